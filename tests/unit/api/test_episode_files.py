"""The files of an episode become the first questions about it."""

from pathlib import Path

import pytest

from subtasks.api.episode_files import EpisodeFiles
from subtasks.errors import Problem
from subtasks.questions.asking import NoAnswer
from subtasks.questions.conversation import AskSettings
from subtasks.questions.protocol import Protocol
from subtasks.questions.question import Jpeg
from subtasks.questions.windows import RequestLimits
from support.episode_archive import MODEL, SHEETS, TASK, write_archive


def settings(**changes: object) -> AskSettings:
    parts = {
        "model": MODEL,
        "max_tokens": 100,
        "effort": None,
        "passes": {"segment": "{task}"},
        "protocol": Protocol("reach, grasp", "{}"),
        "limits": RequestLimits(600, 100),
    }
    return AskSettings(**{**parts, **changes})


def test_files_are_named_after_the_episode(tmp_path: Path) -> None:
    both = EpisodeFiles.in_folders(17, tmp_path / "frames", tmp_path / "motion")
    assert both == EpisodeFiles(
        tmp_path / "frames/episode_000017.zip", tmp_path / "motion/episode_000017.json"
    )
    assert EpisodeFiles.in_folders(17, tmp_path, None).motion is None


def test_the_first_question_shows_all_images_and_the_task(tmp_path: Path) -> None:
    files = EpisodeFiles(tmp_path / "a" / "0.zip")
    write_archive(files.archive)
    talk, remarks = files.start(0, TASK, settings())
    [question] = next(talk)
    assert sum(isinstance(part, Jpeg) for part in question.content) == SHEETS
    assert question.content[-1] == TASK
    assert remarks == ()


def test_an_archive_without_images_is_no_conversation(tmp_path: Path) -> None:
    files = EpisodeFiles(tmp_path / "a" / "0.zip")
    write_archive(files.archive, 0, "video.mp4 is broken")
    with pytest.raises(NoAnswer, match=r"video\.mp4 is broken"):
        files.start(0, TASK, settings())


def test_damaged_hints_are_named(tmp_path: Path) -> None:
    files = EpisodeFiles(tmp_path / "a" / "0.zip", tmp_path / "hints.json")
    write_archive(files.archive)
    files.motion.write_text('[{"time": "soon"}]')
    with pytest.raises(Problem, match=r"hints\.json is damaged: remove it and run again"):
        files.start(0, TASK, settings())
