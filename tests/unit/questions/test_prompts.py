from pathlib import Path
from typing import Any

import pytest

from subtasks.api.options import read_prompt
from subtasks.frames.manifest import Image
from subtasks.questions import prompts
from subtasks.questions.question import Jpeg
from support.workflow import PROJECT


def filled_in(template: str, **values: Any) -> str:
    usual = {"task": "wave", "rate": 2, "duration": 1800, "start": 0, "stop": 1800}
    return prompts.fill(template, **usual | values)


def test_only_the_fields_are_filled_in_and_only_once() -> None:
    template = 'Task: {task}\n{duration} s at {fps}; answer {"subtasks": []} {other}'
    filled = filled_in(template, task="put {fps} {in}", rate=1 / 3, duration=9.6666)
    assert filled == 'Task: put {fps} {in}\n9.67 s at 0.333; answer {"subtasks": []} {other}'


def test_an_episode_without_a_task_says_so() -> None:
    assert filled_in("{task}", task="") == "(not stated)"


def test_a_part_of_an_episode_has_a_beginning_and_an_end_of_its_own() -> None:
    template = "From {start} to {stop} of {duration}"
    assert filled_in(template, start=840, stop=1139.5) == "From 840.00 to 1139.50 of 1800.00"


@pytest.mark.parametrize(
    "path", sorted((PROJECT / "config/prompts").iterdir()), ids=lambda p: p.stem
)
def test_a_shipped_prompt_has_every_field(path: Path) -> None:
    text = read_prompt(path)
    filled = filled_in(text)
    for field in ("{task}", "{fps}", "{duration}"):
        assert field in text
        assert field not in filled
    assert "0.00" in filled or "{start}" not in text


def test_captions_give_the_times() -> None:
    images = [(Image("a", 1, 1, (0.0, 0.5, 9.5)), b"A"), (Image("b", 1, 1, (10.0, 10.25)), b"B")]
    assert list(prompts.with_captions("sheet", images)) == [
        "Sheet 1: 0.00 s to 9.50 s",
        Jpeg(b"A", 1, 1),
        "Sheet 2: 10.00 s to 10.25 s",
        Jpeg(b"B", 1, 1),
    ]
    assert list(prompts.with_captions("frame", [(Image("a", 1, 1, (1.2333,)), b"A")])) == [
        "t = 1.23 s",
        Jpeg(b"A", 1, 1),
    ]
