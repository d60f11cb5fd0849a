"""Files are read again when they have changed, and only then."""

import os
from pathlib import Path

import pytest

from subtasks.errors import Problem
from subtasks.latest import ABSENT, Folder, Latest, state


def test_a_file_is_read_again_after_a_change(tmp_path: Path) -> None:
    path = tmp_path / "file"
    reads = []

    def read(path: Path) -> str:
        reads.append(path)
        return path.read_text() if path.exists() else "nothing"

    latest = Latest(path, read)
    assert [latest.get(), latest.get()] == ["nothing"] * 2
    path.write_text("one")
    assert [latest.get(), latest.get()] == ["one"] * 2
    path.write_text("other")
    assert latest.get() == "other"
    os.utime(path, (1, 1))
    assert latest.get() == "other"
    path.unlink()
    assert latest.get() == "nothing"
    assert len(reads) == 5


def test_an_error_is_no_content(tmp_path: Path) -> None:
    def read(path: Path) -> int:
        if path.read_text() == "bad":
            raise Problem("bad")
        return 1

    path = tmp_path / "file"
    path.write_text("good")
    latest = Latest(path, read)
    assert latest.get() == 1
    path.write_text("bad")
    for _ in range(2):
        with pytest.raises(Problem):
            latest.get()
    path.write_text("good")
    assert latest.get() == 1


@pytest.mark.parametrize("renamed", [True, False])
def test_a_folder_knows_its_files(tmp_path: Path, renamed: bool) -> None:
    path = tmp_path / "folder"
    folder = Folder(path, renamed=renamed)
    assert folder.files() == {}
    path.mkdir()
    (path / "a").write_text("1")
    (path / ".hidden").write_text("1")
    (path / "sub").mkdir()
    assert folder.files() == {"a": state(path / "a")}
    os.utime(path, (1, 1))
    assert folder.files() == {"a": state(path / "a")}
    (path / "b").write_text("1")
    assert set(folder.files()) == {"a", "b"}


def test_a_change_inside_a_file_is_seen_where_people_edit(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    os.utime(tmp_path, (1, 1))
    folder = Folder(tmp_path, renamed=False)
    before = folder.files()
    (tmp_path / "a").write_text("22")
    assert folder.files() != before


def test_a_folder_that_has_not_changed_is_not_listed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_text("1")
    os.utime(tmp_path, (1, 1))
    folder = Folder(tmp_path, renamed=True)
    before = folder.files()
    monkeypatch.setattr(os, "scandir", None)
    assert folder.files() is before


def test_what_is_absent_has_a_state() -> None:
    assert state(Path("/nowhere/at/all")) == ABSENT
