"""The program that samples what is around an episode's borders."""

import json
import logging
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import sample_borders
from subtasks.errors import Problem
from subtasks.frames import archive
from subtasks.questions.answers import Answer
from subtasks.questions.outcome import Outcome
from subtasks.questions.windows import Window
from subtasks.store import outcome_files
from support import render

FRAMES = 180
RATE = render.RATE


def answer(*times: float) -> Answer:
    entries = [{"time": time, "subtask": f"step {time}"} for time in times]
    text = json.dumps({"subtasks": entries})
    return Answer((Window(0, 1, 0.0, 5.5),), (text,), rounding=0.05)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Answer | None], Path]:
    """Sample the borders of an answer; gives the archive's path, the same each time."""
    video = render.video(tmp_path / "a.mp4", FRAMES)

    def sample(found: Answer | None, *options: str) -> Path:
        outcomes = tmp_path / "000000-000015.jsonl"
        outcome_files.write(outcomes, [Outcome(3, found, None if found else "it was refused")])
        output = tmp_path / "episode_000003.zip"
        arguments = [
            *("--camera", "top", "videos/a.mp4", str(video), "0", str(FRAMES / RATE)),
            *(f"--frames={FRAMES}", f"--episode-fps={RATE}", "--episode=3"),
            *(f"--outcomes={outcomes}", f"--output={output}", *options),
        ]
        monkeypatch.setattr(sys, "argv", ["sample_borders", *arguments])
        sample_borders.main()
        return output

    return sample


def test_the_borders_of_the_answer_are_sampled(run: Callable[..., Path]) -> None:
    manifest = archive.read_manifest(run(answer(0.0, 2.0, 4.0)))
    assert manifest.borders == (2.0, 4.0)
    assert [image.times[0] for image in manifest.images] == [1.0, 3.0]


def test_the_users_guidance_decides_what_is_a_subtask(
    run: Callable[..., Path], tmp_path: Path
) -> None:
    guidance = tmp_path / "guidance.json"
    guidance.write_text('{"min_segment": 1.0}')
    path = run(answer(0.0, 2.0, 2.5, 4.0), f"--guidance={guidance}")
    assert archive.read_manifest(path).borders == (2.5, 4.0)


def test_what_shows_the_borders_already_is_kept(
    run: Callable[..., Path], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    first = run(answer(0.0, 2.0, 4.0)).read_bytes()
    assert "kept" not in caplog.text
    path = run(answer(0.0, 2.0, 4.0))
    assert path.read_bytes() == first
    assert "kept" in caplog.text
    assert run(answer(0.0, 2.0, 4.1)).read_bytes() != first


@pytest.mark.parametrize("found", [None, answer(0.0), answer(99.0)])
def test_an_episode_without_borders_has_an_empty_archive(
    run: Callable[..., Path], found: Answer | None
) -> None:
    manifest = archive.read_manifest(run(found))
    assert (manifest.images, manifest.borders, manifest.error) == ((), (), None)


def test_an_outcomes_file_without_the_episode_is_named(
    run: Callable[..., Path], tmp_path: Path
) -> None:
    with pytest.raises(Problem, match="has no outcome of episode 5"):
        run(answer(0.0, 2.0), "--episode=5")
