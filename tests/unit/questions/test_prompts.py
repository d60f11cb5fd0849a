import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks.frames.manifest import Image
from subtasks.questions import prompts
from subtasks.questions.protocol import Protocol
from subtasks.questions.question import Jpeg
from subtasks.segments.segment import Segment
from support.workflow import PROJECT


def filled_in(template: str, **values: Any) -> str:
    usual = {"task": "wave", "rate": 2, "duration": 1800, "start": 0, "stop": 1800}
    usual["protocol"] = Protocol("- {task} is a step", '{"subtasks": []}')
    return prompts.fill(template, **usual | values)


def test_only_the_fields_are_filled_in_and_only_once() -> None:
    template = 'Task: {task}\n{duration} s at {fps}; answer {"subtasks": []} {other}'
    filled = filled_in(template, task="put {fps} {in}", rate=1 / 3, duration=9.6666)
    assert filled == 'Task: put {fps} {in}\n9.67 s at 0.333; answer {"subtasks": []} {other}'


def test_a_protocol_is_filled_in_as_it_is() -> None:
    assert filled_in("{protocol}: {example}") == '- {task} is a step: {"subtasks": []}'


def test_an_episode_without_a_task_says_so() -> None:
    assert filled_in("{task}", task="") == "(not stated)"


def test_a_part_of_an_episode_has_a_beginning_and_an_end_of_its_own() -> None:
    template = "From {start} to {stop} of {duration}"
    assert filled_in(template, start=840, stop=1139.5) == "From 840.00 to 1139.50 of 1800.00"


@pytest.mark.parametrize("name", ["describe", "segment", "refine", "relabel"])
def test_a_shipped_prompt_has_every_field(name: str) -> None:
    text = (PROJECT / f"config/prompts/{name}.md").read_text(encoding="utf-8")
    filled = filled_in(text, protocol=Protocol("A step.", "[]"))
    for field in ("{task}", "{fps}", "{duration}", "{protocol}"):
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


def test_the_names_of_several_cameras_are_said_once_and_in_order() -> None:
    images = [(Image("a", 1, 1, (0.0, 0.5)), b"A"), (Image("b", 1, 1, (1.0,)), b"B")]
    names = ("observation.images.top", "wrist\x1b[31m\n\u202e.left")
    found = list(prompts.with_captions("sheet", images, names))
    assert found[0] == (
        "Each tile shows the cameras of one moment side by side, from left to right:"
        " observation.images.top, wrist[31m.left"
    )
    assert found[1:] == list(prompts.with_captions("sheet", images))
    first, *others = prompts.with_captions("frame", images, names)
    assert str(first).startswith("Each image shows the cameras of one moment side by side")
    assert others == list(prompts.with_captions("frame", images))


@pytest.mark.parametrize("names", [(), ("observation.images.top",)])
def test_a_single_camera_is_not_named(names: tuple[str, ...]) -> None:
    images = [(Image("a", 1, 1, (0.0, 0.5)), b"A")]
    assert len(list(prompts.with_captions("sheet", images, names))) == 2


def test_remarks_and_quotes_are_lines_of_their_own() -> None:
    found = [Segment(0.0, "reach"), Segment(2.0, 'grasp "it"'), Segment(3.5, "lift")]
    assert prompts.neighbours(found, 1, 5.0).splitlines() == [
        'Previous segment: 0.00 s to 2.00 s, labelled "reach"',
        'Current segment: 2.00 s to 3.50 s, labelled "grasp \\"it\\""',
        'Next segment: 3.50 s to 5.00 s, labelled "lift"',
    ]
    assert prompts.neighbours(found, 2, 5.0).splitlines()[-1].startswith("Current segment: 3.50 s")
    assert prompts.earlier_description(" a cup\n").endswith("\na cup")
    assert "from 2.00 s to 4.50 s" in prompts.part_remark(2, 4.5)


def test_only_the_motion_of_the_frames_is_listed() -> None:
    events = [(0.5, "the arm sets off"), (2.25, "the arm stops")]
    assert prompts.motion_changes(events, 1, 3).splitlines()[1:] == ["2.25 s: the arm stops"]
    assert prompts.motion_changes(events, 3, 4) == ""


# what looks like a field -----------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted((PROJECT / "config/prompts").iterdir()))
def test_the_shipped_prompts_have_no_wrong_field(path: Path) -> None:
    assert prompts.wrong_field(path.read_text()) is None


@pytest.mark.parametrize(
    ("written", "advice"),
    [
        ("{taks}", "did you mean {task}?"),
        ("{Task}", "did you mean {task}?"),
        ("{TASK}", "did you mean {task}?"),
        ("{tasks}", "did you mean {task}?"),
        ("{task_name}", "did you mean {task}?"),
        ("{durations}", "did you mean {duration}?"),
        ("{fsp}", "did you mean {fps}?"),
        ("{strat}", "did you mean {start}?"),
        ("{end}", "the fields are {task}, {fps}, {duration}, {start}, {stop}, "),
        ("{robot}", "the fields are {task}, {fps}, {duration}, {start}, {stop}, "),
        ("{camera0}", "the fields are {task}, {fps}, {duration}, {start}, {stop}, "),
        ("{task}", None),
        ("{{task}}", "write {task}"),
        ("{{ task }}", "write {task}"),
        ("{ task }", "write {task}"),
        ("${task}", "write {task}"),
        ("{task!r}", "write {task}"),
        ("{fps:.1f}", "write {fps}"),
        ("{start:>8}", "write {start}"),
        ("{stop:}", "write {stop}"),
        ("{}", None),
        ("{0}", None),
        ("{ robot }", None),
        ("{a, b}", None),
        ("{a b}", None),
        ("{a-b}", None),
        ('{"task": 1}', None),
        ('{"a": {"b": []}}', None),
        ("{start: 0.0, stop: 1.0}", None),
        ('{task: "reach"}', None),
        ("{", None),
        ("}{", None),
    ],
)
def test_a_word_in_braces_is_a_field_or_a_mistake(written: str, advice: str | None) -> None:
    for before, after in [("", ""), ("{task} ", " {stop}\n"), ("{[(", ")]}")]:
        found = prompts.wrong_field(before + written + after)
        assert (found is None) == (advice is None)
        if found is not None and advice is not None:
            assert found[0] == written
            assert found[1].startswith(advice)
            if not advice.startswith("write"):
                assert found[1].endswith(f"Text in braces needs a space: {{ {written[1:-1]} }}")


def test_what_is_advised_is_no_mistake() -> None:
    for word in ("robot", "Task", "camera0"):
        assert prompts.wrong_field(f"{{ {word} }}") is None


@given(st.text(alphabet="{}taskfps_:!r$. ", max_size=40))
def test_without_a_mistake_every_word_in_braces_is_a_field(text: str) -> None:
    words = {match.rstrip("}").lstrip("{") for match in re.findall(r"\{[a-z_]+\}", text)}
    assert (prompts.wrong_field(text) is None) <= (words <= {*prompts.FIELDS})
