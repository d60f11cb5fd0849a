"""What a dataset was before a result was published into it."""

from pathlib import Path

import pytest

from subtasks.dataset import originals
from subtasks.dataset.originals import Published
from subtasks.errors import Problem

INFO, DATA, LABELS = "meta/info.json", "data/a.parquet", "subtasks/a.json"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A dataset whose info.json was replaced, and which got a file it did not have."""
    root = tmp_path / "dataset"
    for path in (root / INFO, root / DATA, root / LABELS, originals.kept(root, INFO)):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("published" if originals.FOLDER not in path.parts else "as recorded")
    originals.write(root, {INFO: Published(True, ["a"]), LABELS: Published(False, ["b", "c"])})
    return root


def test_a_replaced_file_is_found_as_it_was(root: Path) -> None:
    assert originals.original(root, INFO).read_text() == "as recorded"
    assert originals.original(root, DATA) == root / DATA


def test_the_record_comes_back_as_it_was_written(root: Path) -> None:
    assert originals.read(root) == {
        INFO: Published(True, ["a"]),
        LABELS: Published(False, ["b", "c"]),
    }
    assert originals.added(root) == {LABELS}


def test_nothing_was_published_into_a_dataset_without_a_record(tmp_path: Path) -> None:
    assert originals.read(tmp_path) == {}
    assert originals.added(tmp_path) == frozenset()


def test_clearing_removes_no_original(root: Path) -> None:
    (root / originals.FOLDER / originals.STAGED / "data").mkdir(parents=True)
    originals.clear(root)
    assert originals.read(root) == {}
    assert originals.original(root, INFO).read_text() == "as recorded"
    originals.kept(root, INFO).unlink()
    originals.clear(root)
    assert not (root / originals.FOLDER).exists()


@pytest.mark.parametrize(
    "record",
    [
        "{",
        "[]",
        '{"files": {"../a": {"replaced": false, "written": []}}}',
        '{"files": {"videos/a.mp4": {"replaced": false, "written": []}}}',
        '{"files": {"data/a": {"replaced": "no", "written": []}}}',
        '{"files": {"data/a": {"replaced": true, "written": [1]}}}',
    ],
)
def test_a_record_that_is_none_is_refused(root: Path, record: str) -> None:
    (root / originals.FOLDER / "published.json").write_text(record)
    with pytest.raises(Problem, match=r"published\.json is damaged: restore it, or move"):
        originals.read(root)


def test_a_link_is_not_followed(root: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    originals.kept(root, INFO).unlink()
    originals.kept(root, INFO).symlink_to(tmp_path / "secret")
    with pytest.raises(Problem, match="is a link or not a regular file"):
        originals.original(root, INFO)
