"""Files appear complete or not at all, and a full disk is reported as such."""

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from subtasks import files
from subtasks.errors import Problem
from support import data_file, programs, render
from support.programs import fails
from support.small_disk import filled, mounted


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 200 kB."""
    with mounted(tmp_path / "disk", 200) as folder:
        yield folder


def reports_a_full_disk(disk: Path, output: Path, name: str, *arguments: object) -> None:
    before = sorted(disk.rglob("*"))
    said = fails(name, *arguments, "--output", output)
    assert said == f"the disk of {output} is full: free some space and run again"
    assert sorted(disk.rglob("*")) == before


def test_a_full_disk_is_reported_whatever_writes(disk: Path, tmp_path: Path) -> None:
    source = tmp_path / "source.parquet"
    table = data_file.rows([0] * 60).append_column("state", pa.array([[0.5]] * 60))
    blob = pa.array([bytes(range(256)) * 100] * 60)
    pq.write_table(
        table.append_column("blob", blob), source, use_dictionary=False, compression="none"
    )
    labels = tmp_path / "subtasks"
    files.write_json(labels / "episode_000000.json", [{"time": 0, "subtask": "reach"}])
    chosen = ("--subtasks", labels, "--episodes", 0)
    # Copied, and larger than the disk.
    data = (*chosen, "--source", source, "--fps", 10, "--outputs", "response")
    reports_a_full_disk(disk, disk / "data.parquet", "write_data.py", *data)

    # From memory: by Python, by Arrow and as an archive.
    robot = tmp_path / "robot.json"
    features = '{"robot_type": null, "state": [{"key": "state", "names": []}], "action": []}'
    seen = ("--features", features, "--episode", 0, source, "--fps", 10, "--output", robot)
    programs.run("describe_robot.py", *seen)
    filled(disk)
    state = ("--robot", robot, "--data", source, "--episode", 0, "--fps", 10)
    reports_a_full_disk(disk, disk / "motion.json", "segment_motion.py", *state)
    reports_a_full_disk(disk, disk / "subtasks.parquet", "number_subtasks.py", *chosen)
    video = render.video(tmp_path / "video.mp4", 30)
    camera = ("--camera", "top", "video.mp4", video, 0, 1)
    sampled = (*camera, "--frames", 30, "--episode-fps", 30)
    reports_a_full_disk(disk, disk / "frames.zip", "sample_frames.py", *sampled)


def test_a_file_is_hashed(tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(b"robot" * 1_000_000)
    assert files.sha256(path) == hashlib.sha256(b"robot" * 1_000_000).hexdigest()


def test_a_file_that_fails_leaves_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "a" / "value.json"
    files.write_json(path, [1])
    with pytest.raises(ValueError, match="JSON"):
        files.write_json(path, float("nan"))
    assert json.loads(path.read_text()) == [1]
    assert list(path.parent.iterdir()) == [path]


def test_a_file_is_replaced_only_if_the_block_succeeds(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    # Encoding fails after the temporary file has been opened.
    with pytest.raises(UnicodeEncodeError):
        files.write_text(path, "\ud800")
    assert list(path.parent.iterdir()) == []
    with files.replacing(path) as temporary:
        temporary.write_text("whole")
        assert temporary.parent == path.parent
        assert temporary.name.startswith(".file.")
        assert not path.exists()
    assert path.read_text() == "whole"
    umask = os.umask(0)
    os.umask(umask)
    assert path.stat().st_mode & 0o777 == 0o666 & ~umask


@pytest.mark.parametrize("content", [b"{", b"\xff", b"[" * 100_000])
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "value.json"
    path.write_bytes(content)
    with pytest.raises(Problem, match=r"value\.json is damaged: remove it and run again"):
        files.read_json(path)


def test_a_git_lfs_pointer_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "info.json"
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12\n")
    with pytest.raises(Problem, match=r"info.json is a Git LFS pointer .* run `git lfs pull`"):
        files.refuse_lfs_pointer(path)
    path.write_text("{}")
    files.refuse_lfs_pointer(path)
