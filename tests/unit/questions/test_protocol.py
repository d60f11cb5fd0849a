"""What counts as a subtask is said shortly, and without a word of any recording."""

import re
from pathlib import Path

import pytest

from subtasks.cost import tokens
from subtasks.questions import answer_text, prompts
from subtasks.questions.protocol import NEUTRAL_EXAMPLE, Protocol
from support.workflow import PROJECT

PASSES = ("describe", "segment", "relabel", "refine")
PROTOCOLS = sorted((PROJECT / "config/protocols").iterdir())
SHIPPED = [*PROTOCOLS, *(PROJECT / f"config/prompts/{name}.md" for name in PASSES)]

STEPS = ("hold still", "reach", "grasp", "lift", "place", "release", "withdraw")
ACTIONS = (
    *("push", "pull", "pour", "open", "close", "turn", "fold", "insert", "wipe", "hand over"),
)

OF_RECORDINGS = re.compile(
    r"bottle|cloth|towel|shirt|garment|napkin|yellow|\bg1\b|unitree|dex|so-?10\d|lerobot|aloha|"
    r"droid|franka|panda|koch|lekiwi|humanoid|rack|bin\b",
    re.IGNORECASE,
)
"""Words of the recordings that labels were measured on, of others, and of robots."""


def protocol(name: str) -> Protocol:
    return Protocol.from_text((PROJECT / f"config/protocols/{name}.md").read_text())


# reading a file ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\n- a step\n", Protocol("- a step", NEUTRAL_EXAMPLE)),
        ("- a step\n\n## Example\n[1]\n", Protocol("- a step", "[1]")),
        ("- a step\r\n## example \r\n[1]\r\n[2]\r\n", Protocol("- a step", "[1]\r\n[2]")),
        ("- a step\n## Example\n\n", Protocol("- a step", NEUTRAL_EXAMPLE)),
        ("## Examples\n- a", Protocol("## Examples\n- a", NEUTRAL_EXAMPLE)),
        ("a ## Example\n- a", Protocol("a ## Example\n- a", NEUTRAL_EXAMPLE)),
        ("a\n## Example\nb\n## Example\nc", Protocol("a", "b\n## Example\nc")),
    ],
)
def test_an_example_stands_under_its_heading(text: str, expected: Protocol) -> None:
    assert Protocol.from_text(text) == expected


def test_the_neutral_example_has_the_form_of_an_answer_and_no_words() -> None:
    entries = answer_text.read_subtasks(NEUTRAL_EXAMPLE).entries
    assert [(entry.time, entry.subtask) for entry in entries] == [(0.0, "…"), (1.5, "…")]


# what is shipped --------------------------------------------------------------------------------


def test_the_phases_are_those_that_were_measured() -> None:
    names = re.findall(r"^- ([a-z, ]+)(?: \(.*\))?:", protocol("phases").definitions, re.MULTILINE)
    assert [name for line in names for name in line.split(", ")] == [*STEPS, *ACTIONS, "two arms"]


def test_the_phases_are_those_of_the_reference() -> None:
    path = PROJECT.parent / "shared/reference/labels.md"
    if not path.is_file():
        pytest.skip(f"no reference at {path}")
    _, _, after = path.read_text().partition("\n## Definitions that were used")
    section = after.partition("\n## ")[0]
    steps = re.findall(
        r"^- ([a-z ]+?)(?: \(.*?\))?: begins|^- (hold still):", section, re.MULTILINE
    )
    assert tuple(one or other for one, other in steps) == STEPS
    [actions] = re.findall(r"^- other actions \((.*?)\)", section, re.MULTILINE)
    assert tuple(actions.split(", ")) == ACTIONS


def test_the_example_of_phases_begins_at_rest_and_names_the_arm() -> None:
    first, *others = answer_text.read_subtasks(protocol("phases").example).entries
    assert first.subtask == "hold still"
    assert [entry.subtask.split()[0] for entry in others] == [*STEPS[1:6]]
    assert all("right arm" in entry.subtask for entry in others)


@pytest.mark.parametrize("path", PROTOCOLS, ids=lambda path: path.stem)
def test_examples_are_answers_that_would_be_accepted(path: Path) -> None:
    found = answer_text.read_subtasks(Protocol.from_text(path.read_text()).example)
    times = [entry.time for entry in found.entries]
    assert found.refused == []
    assert times[0] == 0.0
    assert times == sorted({*times})
    assert prompts.word_in_braces(path.read_text()) is None


@pytest.mark.parametrize("path", PROTOCOLS, ids=lambda path: path.stem)
def test_the_segment_prompt_is_short(path: Path) -> None:
    text = prompts.fill(
        (PROJECT / "config/prompts/segment.md").read_text().strip(),
        task="",
        rate=2,
        duration=60,
        start=0,
        stop=60,
        protocol=Protocol.from_text(path.read_text()),
    )
    assert tokens.of_text(text) < 900


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_no_text_is_about_these_recordings(path: Path) -> None:
    assert OF_RECORDINGS.findall(path.read_text()) == []
