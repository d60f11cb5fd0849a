"""The program that publishes a result into its source."""

from pathlib import Path

import pytest

from subtasks.dataset import originals
from support.programs import fails, run
from support.small_datasets import info_json, make_v2

DATA = [f"data/chunk-00{i // 2}/episode_00000{i}.parquet" for i in range(5)]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    root = make_v2(tmp_path / "source", info_json())
    return write(root, dict.fromkeys(DATA, "as recorded"))


@pytest.fixture
def result(tmp_path: Path) -> Path:
    return write(tmp_path / "result", dict.fromkeys([*DATA, "subtasks/episode_000000.json"], "new"))


def write(root: Path, contents: dict[str, str]) -> Path:
    for path, content in contents.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content)
    return root


def publish(source: Path, result: Path, episodes: str = "0-4") -> str:
    report = result.parent / "report.txt"
    options = ("--source", source, "--result", result, "--episodes", episodes, "--output", report)
    log = run("publish_in_place.py", *options)
    sentence = report.read_text().rstrip("\n")
    assert sentence in log
    return sentence


def test_what_was_published_is_reported(source: Path, result: Path) -> None:
    assert publish(source, result) == (
        f"published 6 files into {source}; snakemake unpublish restores the originals from its "
        f"{originals.FOLDER}"
    )
    assert all((source / path).read_text() == "new" for path in DATA)
    assert publish(source, result) == f"{source} is up to date: nothing to publish"
    write(result, {DATA[0]: "as recorded", DATA[1]: "other"})
    assert publish(source, result).startswith(f"published 1 file into {source}, restored 1;")
    assert (source / DATA[0]).read_text() == "as recorded"


def test_a_part_of_a_dataset_is_refused(source: Path, result: Path) -> None:
    options = ("--source", source, "--result", result, "--output", result / "report.txt")
    sentence = fails("publish_in_place.py", *options, "--episodes", "0-3")
    assert f"has data files whose episodes are not selected, such as {DATA[4]}" in sentence
    assert not (source / originals.FOLDER).exists()
