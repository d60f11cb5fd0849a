"""A full disk is found by its space, its number of files, or because nothing can be written."""

import errno
import os
import tempfile
from pathlib import Path
from typing import Any

import pytest

from subtasks.workflow import full_disks
from support.small_disk import filled, mounted


def test_disks_with_room_are_not_named(tmp_path: Path) -> None:
    assert full_disks.find({"work": tmp_path, "results": tmp_path / "absent" / "deep"}) == []


def test_a_full_disk_is_named_once_with_its_first_folder(tmp_path: Path) -> None:
    with mounted(tmp_path / "small", 100) as disk:
        filled(disk)
        folders = {"work": tmp_path, "results": disk / "results", "replies": disk}
        [sentence] = full_disks.find(folders)
    assert sentence == (
        f"the disk of {disk}/results (results) is full (0 kB free): free some space and run again"
    )


@pytest.mark.parametrize(("kilobytes", "full"), [(0, True), (20, True), (200, False)])
def test_little_is_as_good_as_nothing(tmp_path: Path, kilobytes: int, full: bool) -> None:
    with mounted(tmp_path / "small", 1000) as disk:
        (disk / "filling").write_bytes(bytes((1000 - kilobytes) * 1000))
        assert bool(full_disks.find({"work": disk})) == full


def test_a_disk_that_can_hold_no_more_files(tmp_path: Path) -> None:
    with mounted(tmp_path / "small", 1000, files=3) as disk:
        for number in range(2):
            (disk / str(number)).touch()
        [sentence] = full_disks.find({"work": disk})
    assert "is full (it can hold no more files)" in sentence


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.EDQUOT, ["the disk of {} (work) is full (the quota is used up): free some space "]),
        (errno.ENOSPC, ["the disk of {} (work) is full (the quota is used up): free some space "]),
        (errno.EACCES, []),
        (errno.EROFS, []),
    ],
)
def test_a_quota_shows_only_when_something_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, said: list[str]
) -> None:
    def refuse(**where: Any) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    found = full_disks.find({"work": tmp_path})
    assert [each.format(tmp_path) + "and run again" for each in said] == found


def test_nothing_is_left_by_looking(tmp_path: Path) -> None:
    full_disks.find({"work": tmp_path})
    assert list(tmp_path.iterdir()) == []


def test_a_link_is_followed_to_its_disk(tmp_path: Path) -> None:
    with mounted(tmp_path / "small", 100) as disk:
        filled(disk)
        (tmp_path / "work").symlink_to(disk)
        [sentence] = full_disks.find({"work": tmp_path / "work"})
    assert sentence.startswith(f"the disk of {tmp_path}/work (work) is full")


def test_a_disk_that_has_room_again_is_told_from_nothing() -> None:
    assert full_disks.sentence([Path("work"), Path("results"), Path("work")]) == (
        "a disk was full, that of one of these folders: work, results; free some space and run "
        "again"
    )
