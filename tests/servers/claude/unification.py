"""Answers to the question which labels of a dataset mean the same."""

import json
import re
from collections.abc import Callable

from servers.claude.faults import Answer
from servers.claude.question import Question

Meaning = Callable[[str], str]
"""Gives what labels that mean the same have in common."""

_LISTED = re.compile(r"^How often, and the label:\n((?:.*\n?)*)", re.MULTILINE)
_IN_USE = re.compile(r"^Labels that are in use:\n((?:.+\n?)*)", re.MULTILINE)
_COUNTED = re.compile(r"[0-9]+: (.+)")


def labels(question: Question) -> list[str] | None:
    """Return the labels that a question asks about; None for one about an episode."""
    for text in reversed(question.texts):
        if not question.pictures and (listed := _LISTED.search(text)):
            lines = (_COUNTED.match(line) for line in listed[1].splitlines())
            return [line[1] for line in lines if line]
    return None


def in_use(question: Question) -> list[str]:
    """Return the labels that a question says are in use."""
    found = (_IN_USE.search(text) for text in question.texts)
    return [label for listed in found if listed for label in listed[1].splitlines()]


def truth(question: Question, listed: list[str], meaning: Meaning) -> Answer:
    """Group labels by what they mean, each named by one in use, or else by the shortest."""
    shortest = sorted(listed, key=len)
    names = {meaning(label): label for label in reversed([*in_use(question), *shortest])}
    groups: dict[str, list[str]] = {}
    for label in listed:
        groups.setdefault(names[meaning(label)], []).append(label)
    entries = [{"label": name, "same": same} for name, same in groups.items()]
    return Answer(json.dumps({"groups": entries}))
