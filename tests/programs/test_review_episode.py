"""The program that makes what the review page shows of one episode."""

import json
from pathlib import Path

import pytest
from PIL import Image

from subtasks import files
from subtasks.frames import archive
from subtasks.frames.contact_sheets import jpeg
from subtasks.frames.manifest import Image as Member
from subtasks.frames.manifest import Manifest
from support.episode_archive import write_archive
from support.programs import fails, run

MOTION = {
    "seconds": 0.1,
    "speed": {"right arm": [0.0, 1.02, 0.5]},
    "opening": {"right gripper": [1.0, 0.5, 0.0]},
    "actions": [],
    "changes": [{"time": 0.1, "what": "the right gripper begins to close"}],
}


@pytest.fixture
def measured(tmp_path: Path) -> Path:
    path = tmp_path / "movement/000016-000031.json"
    files.write_json(path, {"17": MOTION, "18": {"fault": "it has no state"}})
    return path


def outputs(folder: Path) -> list[str]:
    return [
        *("--output", str(folder / "reviews/episode_000017.json")),
        *("--filmstrip", str(folder / "reviews/episode_000017.jpg")),
    ]


def review(folder: Path) -> dict[str, object]:
    found = json.loads((folder / "reviews/episode_000017.json").read_text())
    assert isinstance(found, dict)
    return found


def size(folder: Path) -> tuple[int, int]:
    with Image.open(folder / "reviews/episode_000017.jpg") as image:
        return image.size


def test_motion_and_filmstrip_are_written(tmp_path: Path, measured: Path) -> None:
    frames = tmp_path / "frames.zip"
    write_frames(frames)
    options = ["--frames", frames, "--measured", measured, "--episode", 17, *outputs(tmp_path)]
    run("review_episode.py", *options)
    strip = {"file": "episode_000017.jpg", "width": 96, "height": 72, "columns": 3}
    assert review(tmp_path) == {
        "motion": MOTION,
        "fault": None,
        "filmstrip": strip | {"times": [0.0, 0.5, 1.0]},
    }
    assert size(tmp_path) == (288, 72)
    before = {path: path.read_bytes() for path in (tmp_path / "reviews").iterdir()}
    run("review_episode.py", *options)
    assert {path: path.read_bytes() for path in (tmp_path / "reviews").iterdir()} == before


def test_without_frames_and_motion_it_says_so(tmp_path: Path, measured: Path) -> None:
    run("review_episode.py", "--episode", 17, *outputs(tmp_path))
    fault = "how the robot moves has not been measured"
    assert review(tmp_path) == {"motion": None, "fault": fault, "filmstrip": None}
    assert size(tmp_path) == (1, 1)
    run("review_episode.py", "--measured", measured, "--episode", 18, *outputs(tmp_path))
    assert review(tmp_path)["fault"] == "it has no state"


def test_an_archive_that_is_damaged_or_of_another_kind_is_no_failure(tmp_path: Path) -> None:
    frames = tmp_path / "frames.zip"
    options = ["--frames", frames, "--episode", 17, *outputs(tmp_path)]
    for content in (b"", b"no archive"):
        frames.write_bytes(content)
        assert "is not a complete archive of frames" in run("review_episode.py", *options)
        assert review(tmp_path)["filmstrip"] is None
    write_archive(frames, sheets=0, error="video.mp4 is damaged")
    assert "video.mp4 is damaged" in run("review_episode.py", *options)
    write_archive(frames)
    assert "its manifest has no tile_width" in run("review_episode.py", *options)
    assert review(tmp_path)["filmstrip"] is None
    assert size(tmp_path) == (1, 1)


def test_what_is_missing_or_damaged_is_one_sentence(tmp_path: Path) -> None:
    base = ["--episode", 17, *outputs(tmp_path)]
    sentence = fails("review_episode.py", "--frames", tmp_path / "a.zip", *base)
    assert sentence.endswith("a.zip: No such file or directory")
    (tmp_path / "a.json").write_text("[")
    sentence = fails("review_episode.py", "--measured", tmp_path / "a.json", *base)
    assert sentence.endswith("a.json is damaged: remove it and run again")
    assert not list((tmp_path / "reviews").glob("*.json"))


def write_frames(path: Path) -> None:
    """Write an archive of single frames."""
    members = tuple(Member(f"frame_{n:03d}.jpg", 160, 120, (n / 2,)) for n in range(3))
    with archive.Writer(path) as writer:
        for member in members:
            writer.image(member, jpeg(Image.new("RGB", (160, 120), "red"), 90))
        writer.manifest(
            Manifest(
                video="video.mp4",
                codec="h264",
                width=160,
                height=120,
                fps=30.0,
                frames=45,
                duration=1.5,
                sampling={"layout": "frame", "rate": 2.0, "frame_width": 640},
                images=members,
            )
        )
