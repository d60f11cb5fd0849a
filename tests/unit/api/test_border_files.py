"""The frames around borders and the answer they come from become one question."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image as Picture

from subtasks.api.border_files import BorderFiles
from subtasks.errors import Problem
from subtasks.frames import archive
from subtasks.frames.manifest import Image, Manifest
from subtasks.questions.answers import Answer
from subtasks.questions.asking import NoAnswer
from subtasks.questions.conversation import AskSettings
from subtasks.questions.outcome import Outcome
from subtasks.questions.protocol import Protocol
from subtasks.questions.windows import RequestLimits, Window
from support.messages import encoded

FOUND = [(0.0, "reach"), (2.0, "grasp"), (3.0, "lift")]
TEXT = json.dumps({"subtasks": [{"time": t, "subtask": label} for t, label in FOUND]})
ANSWER = Answer((Window(0, 1, 0.0, 9.5),), (TEXT,), rounding=0.05)
SETTINGS = AskSettings(
    model="claude-opus-4-7",
    max_tokens=100,
    effort=None,
    passes={"refine": "{task}: {protocol}"},
    protocol=Protocol("reach, grasp", "{}"),
    limits=RequestLimits(600, 100),
)
MANIFEST = Manifest(
    video="video.mp4",
    codec="h264",
    width=640,
    height=480,
    fps=10,
    frames=100,
    duration=10.0,
    sampling={"layout": "strip", "rate": 8.0},
    images=(Image("0.jpg", 20, 10, (1.0, 2.5)), Image("1.jpg", 20, 10, (2.5, 4.0))),
    remarks=("2 frames are missing",),
    cameras=("top", "wrist"),
    borders=(2.0, 3.0),
)


def files(tmp_path: Path, outcome: Outcome | None = None, **changes: object) -> BorderFiles:
    found = BorderFiles.in_folder(tmp_path, outcome or Outcome(17, ANSWER, None))
    manifest = replace(MANIFEST, **changes)
    with archive.Writer(found.archive) as writer:
        for image in manifest.images:
            writer.image(image, encoded(Picture.new("RGB", (20, 10))))
        writer.manifest(manifest)
    return found


def test_one_question_names_cameras_borders_and_labels(tmp_path: Path) -> None:
    found = files(tmp_path)
    assert found.archive == tmp_path / "episode_000017.zip"
    talk, remarks = found.start(17, "move the cup", SETTINGS)
    [question] = next(talk)
    texts = [part for part in question.content if isinstance(part, str)]
    assert texts[0].endswith("side by side, from left to right: top, wrist")
    assert texts[1].startswith('Border 1: from "reach" to "grasp", now at 2.00 s')
    assert texts[2].startswith('Border 2: from "grasp" to "lift", now at 3.00 s')
    assert texts[3] == "move the cup: reach, grasp"
    assert remarks == ("2 frames are missing",)


def test_without_a_first_answer_there_is_nothing_to_ask_about(tmp_path: Path) -> None:
    outcome = Outcome(17, None, "the model refused to answer")
    with pytest.raises(NoAnswer, match="the model refused to answer"):
        files(tmp_path, outcome).start(17, "", SETTINGS)


def test_an_archive_says_why_it_has_no_images(tmp_path: Path) -> None:
    broken = {"images": (), "borders": (), "error": "video.mp4 is broken"}
    with pytest.raises(NoAnswer, match=r"video\.mp4 is broken"):
        files(tmp_path, **broken).start(17, "", SETTINGS)


@pytest.mark.parametrize("borders", [(2.0, 3.1), ()])
def test_an_archive_of_another_answer_is_named(tmp_path: Path, borders: tuple[float, ...]) -> None:
    other = {"borders": borders} | ({} if borders else {"images": ()})
    with pytest.raises(Problem, match=r"episode_000017\.zip shows other borders"):
        files(tmp_path, **other).start(17, "", SETTINGS)


def test_an_answer_that_cannot_be_read_has_no_borders(tmp_path: Path) -> None:
    outcome = Outcome(17, replace(ANSWER, texts=("nothing",)), None)
    with pytest.raises(NoAnswer, match="holds no complete JSON array"):
        files(tmp_path, outcome).start(17, "", SETTINGS)
