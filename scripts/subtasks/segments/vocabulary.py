"""The vocabulary of a dataset: one label for all the words that mean the same.

A run only ever extends it. What it says stays, whoever has said it, until a person changes it.
"""

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from subtasks.segments.segment import Segment


@dataclass(frozen=True)
class Vocabulary:
    """The labels that are written, each with the model's words that it stands for.

    `groups` maps a label to its words, and these to how often they occur, None where nobody has
    said so. No words are in two groups. `questions` are the keys of the questions whose answers
    the groups came from.
    """

    groups: Mapping[str, Mapping[str, int | None]] = field(default_factory=dict)
    questions: tuple[str, ...] = ()

    @cached_property
    def _labels(self) -> dict[str, str]:
        # A label stands for itself as well, unless a person has put it into another group.
        own = {label: label for label in self.groups}
        return own | {words: label for label, group in self.groups.items() for words in group}

    def label(self, words: str) -> str | None:
        """Return the label that is written for the model's words; None if they are not known."""
        return self._labels.get(words)

    def unknown(self, said: Iterable[str]) -> list[str]:
        """Return which of the model's words are not known, each once, in their order."""
        return [words for words in dict.fromkeys(said) if words not in self._labels]

    def apply(self, segments: Iterable[Segment]) -> list[Segment]:
        """Write the vocabulary's labels, and keep the model's words beside them.

        Words that are not known stay as they are. Neighbours that have the same label then become
        one, with the words of the first.
        """
        found: list[Segment] = []
        for segment in segments:
            label = self._labels.get(segment.subtask, segment.subtask)
            if not found or found[-1].subtask != label:
                found.append(Segment(segment.time, sys.intern(label), segment.subtask))
        return found

    def extended(
        self,
        labels: Mapping[str, str],
        said: Mapping[str, int],
        questions: Sequence[str] = (),
    ) -> "Vocabulary":
        """Add words with their labels, and count all words anew.

        `labels` maps words to labels, `said` all words to how often they occur. Words that are
        known already stay where they are.
        """
        groups: dict[str, dict[str, int | None]] = {
            label: {words: said.get(words, count) for words, count in group.items()}
            for label, group in self.groups.items()
        }
        for words in self.unknown(labels):
            groups.setdefault(labels[words], {})[words] = said.get(words)
        return replace(
            self, groups=groups, questions=tuple(dict.fromkeys([*self.questions, *questions]))
        )

    def renamed(self, old: str, new: str, said: Iterable[str] = ()) -> "Vocabulary":
        """Let `new` stand for all that `old` has stood for; a label of that name takes the words.

        The words `old` itself come along if they are among those that were `said`, and are in no
        group.
        """
        groups = {label: dict(group) for label, group in self.groups.items() if label != old}
        moved = dict(self.groups.get(old, {}))
        listed = {words for group in self.groups.values() for words in group}
        if old in said and old not in listed:
            moved[old] = None
        if old in self.groups and new not in groups:
            # In its place, as in a file whose line is changed.
            groups = {
                (new if label == old else label): dict(group)
                for label, group in self.groups.items()
            }
        elif old in self.groups or moved:
            groups.setdefault(new, {})
        if new in groups:
            groups[new] |= moved
        return replace(self, groups=groups)
