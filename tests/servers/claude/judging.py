"""Answers to the question which found labels mean the same as a true one."""

import json
import re

from servers.claude.faults import Answer
from servers.claude.question import Question
from servers.claude.unification import Meaning

_TRUE = re.compile(r"^The person's label: (\".*\")$", re.MULTILINE)
_LISTED = re.compile(r"^The other labels:\n((?:[0-9]+: \".*\"\n?)*)", re.MULTILINE)
_NUMBERED = re.compile(r"([0-9]+): (\".*\")")


def labels(question: Question) -> tuple[str, dict[int, str]] | None:
    """Return the true label and the numbered others; None for another question."""
    for text in reversed(question.texts):
        true, listed = _TRUE.search(text), _LISTED.search(text)
        if not question.pictures and true and listed:
            lines = filter(None, map(_NUMBERED.match, listed[1].splitlines()))
            return json.loads(true[1]), {int(line[1]): json.loads(line[2]) for line in lines}
    return None


def truth(true: str, others: dict[int, str], meaning: Meaning) -> Answer:
    """Tell the labels that mean the same as the true one from the others."""
    same = [number for number, label in others.items() if meaning(label) == meaning(true)]
    different = [number for number in others if number not in same]
    return Answer(json.dumps({"same": same, "different": different}))
