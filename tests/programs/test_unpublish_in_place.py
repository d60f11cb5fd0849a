"""The program that takes back what was published into a dataset."""

from pathlib import Path

from subtasks.publish import in_place
from support.programs import fails, run

DATA = "data/chunk-000/file-000.parquet"


def unpublish(source: Path) -> str:
    report = source.parent / "report.txt"
    log = run("unpublish_in_place.py", "--source", source, "--output", report)
    sentence = report.read_text().rstrip("\n")
    assert sentence in log
    return sentence


def test_what_was_restored_is_reported(tmp_path: Path) -> None:
    source, new = tmp_path / "source", tmp_path / "new"
    (source / DATA).parent.mkdir(parents=True)
    (source / DATA).write_text("as recorded")
    new.write_text("labelled")
    assert unpublish(source) == f"nothing was published into {source}"
    in_place.publish(source, {DATA: new})
    assert unpublish(source) == f"restored 1 file of {source}"
    in_place.publish(source, {DATA: new, "meta/annotation.json": new})
    assert unpublish(source) == f"restored 2 files of {source}"
    assert [path for path in source.rglob("*") if path.is_file()] == [source / DATA]
    assert (source / DATA).read_text() == "as recorded"


def test_a_file_that_somebody_has_changed_is_left_alone(tmp_path: Path) -> None:
    source, new = tmp_path / "source", tmp_path / "new"
    source.mkdir()
    new.write_text("labelled")
    in_place.publish(source, {DATA: new})
    (source / DATA).write_text("corrected")
    sentence = fails("unpublish_in_place.py", "--source", source, "--output", tmp_path / "report")
    assert f"{DATA} has been changed since it was published" in sentence
    assert (source / DATA).read_text() == "corrected"
