"""The conversation about one true label: which of the labels found in its place mean the same.

It is held in text alone. A question is about one true label, so that its answer stays known when
others change, and serves every run that is compared with the same truth. Its words are part of the
question's key, as those in `prompts` are.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from subtasks.questions import answer_text
from subtasks.questions.asking import Conversation, NoAnswer, ask
from subtasks.questions.guidance import object_schema
from subtasks.questions.label_questions import LabelSettings, label_question
from subtasks.questions.question import Question
from subtasks.segments.segment import Unusable
from subtasks.wording import counted

JUDGE_LABELS = "judge_labels"
"""The purpose of the questions."""

JUDGE_TOKENS = 8192
"""Room for an answer, with a model that always thinks too."""

MOST_LABELS = 40
"""Labels of one question: of more, some would be forgotten."""


@dataclass(slots=True)
class Verdicts:
    """Which found labels mean the same as a true one, of those that were judged.

    `reason` says why others were not, and `keys` are the questions whose answers are to blame.
    """

    same: dict[str, bool] = field(default_factory=dict)
    reason: str | None = None
    keys: list[str] = field(default_factory=list)


def judging(true: str, found: Sequence[str], settings: LabelSettings) -> Conversation[Verdicts]:
    """Ask which of some labels, each of them once, mean the same as the true one."""
    verdicts = Verdicts()
    for first in range(0, len(found), MOST_LABELS):
        part = found[first : first + MOST_LABELS]
        read: list[_Read] = []

        def check(text: str, part: Sequence[str] = part, read: list[_Read] = read) -> None:
            read.append(_read(text, part))
            if faults := read[-1].faults:
                raise Unusable(answer_text.join_reasons(faults))

        try:
            yield from ask(_question(true, part, settings), check)
        except NoAnswer as failure:
            verdicts.reason = str(failure)
            verdicts.keys += failure.keys
        # What is certain in a faulty answer is used: it was paid for.
        if read:
            verdicts.same |= read[-1].same
    return verdicts


def schema() -> dict[str, Any]:
    """Return the JSON schema of an answer."""
    numbers = {"type": "array", "items": {"type": "integer"}}
    return object_schema(same=numbers, different=numbers)


def _question(true: str, found: Sequence[str], settings: LabelSettings) -> Question:
    lines = [f"{number}: {_quoted(label)}" for number, label in enumerate(found, start=1)]
    listed = [f"The person's label: {_quoted(true)}", "\n".join(["The other labels:", *lines])]
    return label_question(settings, listed, schema(), JUDGE_LABELS)


def _quoted(label: str) -> str:
    return json.dumps(label, ensure_ascii=False)


@dataclass(slots=True)
class _Read:
    """What an answer says for certain, and what is wrong with it."""

    same: dict[str, bool]
    faults: list[str]


def _read(text: str, found: Sequence[str]) -> _Read:
    """Read an answer about some labels. Raises `Unusable` if it has no lists of numbers."""
    same, different = answer_text.read_verdicts(text)
    places = range(1, len(found) + 1)
    faults = [
        f"{number} is no number of a label" for number in same | different if number not in places
    ]
    if both := sorted(same & different):
        faults.append(f"{_listed(both)} in both lists")
    if missing := [number for number in places if number not in same | different]:
        faults.append(f"{_listed(missing)} in no list")
    judged = {
        found[number - 1]: number in same
        for number in places
        if (number in same) != (number in different)
    }
    return _Read(judged, faults)


def _listed(numbers: Sequence[int]) -> str:
    named = ", ".join(map(str, numbers[: answer_text.MAX_REASONS]))
    verb = "is" if len(numbers) == 1 else "are"
    return f"{counted(len(numbers), 'label')} ({named}) {verb}"
