"""What a second look is estimated to show before anything is sampled for it."""

import json
from pathlib import Path

import pytest

from subtasks.api.border_files import BorderFiles
from subtasks.estimate import typical_borders
from subtasks.frames import border_strips
from subtasks.frames.archive import read_manifest
from subtasks.frames.footage import Camera
from subtasks.frames.stretch import VideoPosition
from subtasks.frames.video_footage import VideoSource
from subtasks.questions.answers import Answer, EpisodeLimits, episode_subtasks
from subtasks.questions.asking import NoAnswer
from subtasks.questions.conversation import AskSettings
from subtasks.questions.outcome import Outcome
from subtasks.questions.protocol import Protocol
from subtasks.questions.question import Jpeg, Question
from subtasks.questions.windows import RequestLimits, Window
from subtasks.segments.borders import between
from support import render

FRAMES, SIZE = 300, (256, 192)
LIMITS = EpisodeLimits(render.RATE, FRAMES)
TEXT = json.dumps({"subtasks": [{"time": t, "subtask": f"step {t}"} for t in (0.0, 2.0, 3.1, 9.6)]})
ANSWER = Answer((Window(0, 1, 0.0, 9.5),), (TEXT,), rounding=0.05)
SETTINGS = AskSettings(
    model="claude-opus-4-7",
    max_tokens=100,
    effort=None,
    passes={"refine": "{task}"},
    protocol=Protocol("reach, grasp", "{}"),
    limits=RequestLimits(600, 100),
)


def question(archive: Path, cameras: int = 1, answer: Answer | None = ANSWER) -> Question:
    shown = {f"camera {n}": SIZE for n in range(cameras)}
    files = BorderFiles(archive, Outcome(0, answer, None))
    talk = typical_borders.start(files, "move the cup", SETTINGS, LIMITS, shown)
    [asked] = next(talk)
    return asked


def jpegs(asked: Question) -> list[Jpeg]:
    return [part for part in asked.content if isinstance(part, Jpeg)]


@pytest.mark.parametrize("count", [1, 2])
def test_before_sampling_the_question_is_as_large_as_after_it(tmp_path: Path, count: int) -> None:
    archive = tmp_path / "episode_000000.zip"
    likely = question(archive, count)
    video = render.video(tmp_path / "a.mp4", FRAMES, size=SIZE)
    position = VideoPosition("a.mp4", 0.0, FRAMES / render.RATE, FRAMES, render.RATE)
    cameras = [Camera(f"camera {n}", VideoSource(video, position)) for n in range(count)]
    borders = between(episode_subtasks(ANSWER, LIMITS)[0], LIMITS.duration)
    border_strips.sample_strips(cameras, borders, 85, archive)
    assert len(read_manifest(archive).images) == 3
    real = question(archive, count)
    assert [(each.width, each.height) for each in jpegs(likely)] == [
        (each.width, each.height) for each in jpegs(real)
    ]
    captions = [
        [part for part in asked.content if isinstance(part, str) and part.startswith("Border")]
        for asked in (likely, real)
    ]
    assert captions[0] == captions[1]


@pytest.mark.parametrize(
    "answer", [None, Answer((Window(0, 1, 0.0, 9.5),), ("nothing",), rounding=0.05)]
)
def test_without_subtasks_nothing_will_be_asked(tmp_path: Path, answer: Answer | None) -> None:
    with pytest.raises(NoAnswer):
        question(tmp_path / "none.zip", answer=answer)
