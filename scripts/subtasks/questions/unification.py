"""The conversation about a dataset's labels: which of them mean the same.

It is held in text alone, once for the labels that are new. Its words are part of a question's key,
as those in `prompts` are.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from subtasks.questions import answer_text
from subtasks.questions.answers import Answer, EpisodeLimits, episode_subtasks
from subtasks.questions.asking import Conversation, NoAnswer, ask
from subtasks.questions.guidance import object_schema
from subtasks.questions.label_questions import LabelSettings, label_question
from subtasks.questions.question import Question
from subtasks.segments.segment import Unusable, clean_label
from subtasks.wording import counted, shorten_json

UNIFY = "unify"
"""The purpose of the questions."""

CHARACTERS_PER_TOKEN = 2.5
"""Fewer than usual, so that an answer is not cut off in any of the usual languages."""

ROOM = 0.75
"""Share of `max_tokens` that an answer may take; what is left is for a model that thinks."""

THINKING_ROOM = 0.4
"""The same where the model is told to think."""


@dataclass(slots=True)
class Unified:
    """What has been found: a label for each of the words that are certain.

    `left` are words that the answers do not place, and that keep a label of their own. `reason`
    says why others have no label, and `keys` are the questions whose answers are to blame.
    """

    labels: dict[str, str] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    reason: str | None = None
    keys: list[str] = field(default_factory=list)


def labels_said(answer: object, limits: EpisodeLimits) -> tuple[str, ...]:
    """Return the labels of an episode as the model said them, in order; none without an answer."""
    if not isinstance(answer, Answer):
        return ()
    try:
        found, _ = episode_subtasks(answer, limits)
    except Unusable:
        return ()
    return tuple(segment.subtask for segment in found)


def unification(
    said: Mapping[str, int], in_use: Sequence[str], settings: LabelSettings
) -> Conversation[Unified]:
    """Ask which of the words mean the same, or the same as a label that is in use.

    `said` maps words to how often they occur. Many words are asked about in several questions,
    the most frequent first; each question prefers the labels that those before it have found.
    """
    result = Unified()
    labels = list(in_use)
    ordered = sorted(said, key=lambda words: (-said[words], words))
    for part in _parts(ordered, settings):
        if len(part) == 1 and not labels:
            # Nothing can mean the same.
            result.labels[part[0]] = part[0]
            labels.append(part[0])
            continue
        try:
            found = yield from _about(part, said, labels, settings)
        except NoAnswer as failure:
            result.reason, result.keys = str(failure), failure.keys
            return result
        result.left += [words for words in part if words not in found.labels]
        result.labels |= {words: found.labels.get(words, words) for words in part}
        labels = list(dict.fromkeys([*labels, *(result.labels[words] for words in part)]))
    return result


def _about(
    words: Sequence[str], said: Mapping[str, int], in_use: Sequence[str], settings: LabelSettings
) -> "Conversation[_Read]":
    """Ask about some words. Raises `NoAnswer` if nothing is certain in either answer."""
    found: list[_Read] = []

    def check(text: str) -> None:
        found.append(_read(text, words, in_use))
        if faults := found[-1].faults:
            raise Unusable(answer_text.join_reasons(faults))

    try:
        yield from ask(_question(words, said, in_use, settings), check)
    except NoAnswer:
        # What is certain in a faulty answer is used: it was paid for.
        if not (found and found[-1].labels):
            raise
    return found[-1]


def schema() -> dict[str, Any]:
    """Return the JSON schema of an answer."""
    label = {"type": "string"}
    group = object_schema(label=label, same={"type": "array", "items": label})
    return object_schema(groups={"type": "array", "items": group})


def _parts(words: Sequence[str], settings: LabelSettings) -> Iterator[list[str]]:
    """Divide words so that the answer about each part has room, even if all are different."""
    share = ROOM if settings.effort is None else THINKING_ROOM
    room = share * settings.max_tokens * CHARACTERS_PER_TOKEN
    part: list[str] = []
    size = 0.0
    for each in words:
        # As the name of a group and in it, with what JSON puts around them.
        length = 2 * len(each) + len('{"label": "", "same": [""]}, ')
        if part and size + length > room:
            yield part
            part, size = [], 0.0
        part.append(each)
        size += length
    if part:
        yield part


def _question(
    words: Sequence[str], said: Mapping[str, int], in_use: Sequence[str], settings: LabelSettings
) -> Question:
    listed = ["\n".join(["Labels that are in use:", *in_use])] if in_use else []
    lines = [f"{said[each]}: {each}" for each in words]
    listed.append("\n".join(["How often, and the label:", *lines]))
    return label_question(settings, listed, schema(), UNIFY)


@dataclass(slots=True)
class _Read:
    """What an answer says for certain, and what is wrong with it."""

    labels: dict[str, str]
    faults: list[str]


def _read(text: str, words: Collection[str], in_use: Collection[str]) -> _Read:
    """Read an answer about some words. Raises `Unusable` if it holds no groups."""
    groups = answer_text.read_groups(text)
    placed: dict[str, list[str]] = {}
    faults = []
    for name, members in groups:
        label = clean_label(name)
        known = label in in_use or label in words
        if not known:
            faults.append(f"the label {shorten_json(name)} is not in the list")
        # A group is one of its own words, if it does not say so.
        own = [label] if label in words else []
        for member in dict.fromkeys([*own, *map(clean_label, members)]):
            if member in words:
                placed.setdefault(member, []).append(label if known else "")
            elif member not in in_use:
                faults.append(f"{shorten_json(member)} is not in the list")
    twice = {each for each, labels in placed.items() if len(set(labels)) > 1}
    faults += [f"{shorten_json(each)} is in several groups" for each in words if each in twice]
    labels = {each: found[0] for each, found in placed.items() if each not in twice and found[0]}
    # A label that is itself in another group names none.
    labels = {
        each: label
        for each, label in labels.items()
        if label not in words or labels.get(label) == label
    }
    if missing := [each for each in words if each not in placed]:
        named = ", ".join(map(shorten_json, missing[: answer_text.MAX_REASONS]))
        faults.append(f"{counted(len(missing), 'label')} of the list in no group, such as {named}")
    return _Read(labels, faults)
