"""The metadata of a result: copied, with the outputs added."""

import errno
import json
import logging
import os
from pathlib import Path
from typing import Any

import pytest

from subtasks.errors import Problem
from subtasks.outputs import metadata
from subtasks.outputs.registry import OUTPUTS
from support.small_datasets import info_json, make_v2

TABLE = "meta/segments.parquet"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return make_v2(tmp_path / "source", info_json())


def files_of(root: Path) -> set[str]:
    return {p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file()}


def test_outputs_are_added_and_nothing_else_changes(source: Path) -> None:
    before = metadata.read_info(source)
    chosen = [OUTPUTS["response"], OUTPUTS["segments"]]
    after = metadata.with_outputs(before, chosen)
    assert list(after) == [*before, "subtask_path"]
    added = after["features"].pop("response")
    assert added == {"dtype": "string", "shape": [1], "names": None}
    assert after.pop("subtask_path")
    assert after == before == metadata.read_info(source)


def test_info_is_written_as_lerobot_writes_it(source: Path) -> None:
    content: dict[str, Any] = {"robot_type": "größer", "features": {}}
    metadata.write_info(source, content)
    text = (source / "meta/info.json").read_text(encoding="utf-8")
    assert text == json.dumps(content, ensure_ascii=False, indent=4) + "\n"


def test_another_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="is not a LeRobot dataset: it has no folder meta"):
        metadata.paths(tmp_path)
    make_v2(tmp_path / "old", info_json() | {"codebase_version": "v1.0"})
    with pytest.raises(Problem, match=f"{tmp_path / 'old'}: .*v1.0"):
        metadata.read_info(tmp_path / "old")


def test_files_are_copied_under_their_paths(source: Path, tmp_path: Path) -> None:
    paths = metadata.paths(source)
    assert [str(path) for path in paths] == ["meta/episodes.jsonl", "meta/info.json"]
    metadata.copy(source, tmp_path / "result", paths)
    for path in paths:
        assert (tmp_path / "result" / path).read_bytes() == (source / path).read_bytes()


def test_tables_of_other_outputs_are_removed_unless_the_source_has_them(
    source: Path, tmp_path: Path
) -> None:
    result = make_v2(tmp_path / "result", info_json())
    (result / TABLE).touch()
    (source / TABLE).touch()
    metadata.remove_tables(source, result, OUTPUTS.values())
    assert TABLE in files_of(result)
    (source / TABLE).unlink()
    metadata.remove_tables(source, result, [OUTPUTS["response"]])
    assert TABLE in files_of(result)
    metadata.remove_tables(source, result, OUTPUTS.values())
    assert TABLE not in files_of(result)


def test_videos_are_linked_while_the_source_has_some(source: Path, tmp_path: Path) -> None:
    result = tmp_path / "result"
    result.mkdir()
    metadata.link_videos(source, result)
    assert not (result / "videos").is_symlink()
    (source / "videos").mkdir()
    for _ in range(2):
        metadata.link_videos(source, result)
        assert (result / "videos").readlink() == source / "videos"
    (source / "videos").rmdir()
    metadata.link_videos(source, result)
    assert not (result / "videos").is_symlink()
    (result / "videos").mkdir()
    with pytest.raises(Problem, match="videos must be a link to the source's videos: move it away"):
        metadata.link_videos(source, result)


def test_videos_on_another_disk_stay_where_they_are(source: Path, tmp_path: Path, caplog) -> None:
    """The source's `videos` is a link itself; its disk may come back later."""
    disk, result = tmp_path / "disk", tmp_path / "result"
    (disk / "films").mkdir(parents=True)
    (source / "videos").symlink_to(disk / "films")
    metadata.link_videos(source, result)
    assert (result / "videos").resolve() == disk / "films"
    disk.rename(tmp_path / "away")
    for _ in range(2):
        with caplog.at_level(logging.WARNING, "subtasks"):
            metadata.link_videos(source, result)
        assert (result / "videos").readlink() == source / "videos"
        assert f"leads to {disk / 'films'}, which is not there" in caplog.text
    (tmp_path / "away").rename(disk)
    assert (result / "videos").is_dir()


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "the disk of {} is full: free some space and run again"),
        (errno.EDQUOT, "the disk of {} is full: free some space and run again"),
        (errno.EPERM, "{} cannot be a link to the source's videos (Operation not permitted): put"),
        (errno.EROFS, "{} cannot be a link to the source's videos (Read-only file system): put"),
    ],
)
def test_a_disk_that_takes_no_link_is_named(
    source: Path, tmp_path: Path, monkeypatch, number: int, said: str
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(number, os.strerror(number))

    (source / "videos").mkdir()
    monkeypatch.setattr(Path, "symlink_to", refuse)
    with pytest.raises(Problem) as caught:
        metadata.link_videos(source, tmp_path / "result")
    assert str(caught.value).startswith(said.format(tmp_path / "result/videos"))


@pytest.mark.parametrize("name", ["episodes.jsonl", "stats.json", "more/file-000.parquet"])
def test_a_pointer_of_git_lfs_is_not_copied(source: Path, tmp_path: Path, name: str) -> None:
    pointer = source / "meta" / name
    pointer.parent.mkdir(exist_ok=True)
    pointer.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n")
    with pytest.raises(Problem, match=rf"{name} is a Git LFS pointer .*: run `git lfs pull`"):
        metadata.copy(source, tmp_path / "result", metadata.paths(source))
    assert not (tmp_path / "result/meta" / name).exists()
