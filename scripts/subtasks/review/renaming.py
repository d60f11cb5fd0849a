"""Gives a label another name in all episodes of a dataset, or that of another label."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from subtasks.review import labels, saving
from subtasks.review.overview import Overview
from subtasks.review.refusals import Refusal
from subtasks.review.workspace import Shown
from subtasks.segments import vocabulary_files
from subtasks.segments.segment import Unusable
from subtasks.wording import shorten_json


@dataclass(slots=True)
class Renamed:
    """The episodes whose labels are others now, and the files that were written."""

    episodes: list[int] = field(default_factory=list)
    files: list[str] = field(default_factory=list)


def rename(shown: Shown, overview: Overview, old: Any, new: Any) -> Renamed:
    """Give the label `old` the name `new`, in the vocabulary if there is one, or in corrections.

    Corrections that have the label are written anew in both cases. Raises `Unusable` for names that
    cannot be, `Refusal`, and `Problem` for files that cannot be read.
    """
    if not isinstance(old, str):
        raise Unusable(f"The label {shorten_json(old)} is not a text.")
    to = labels.label_of(new, "The new name")
    if to == old:
        raise Unusable("The new name is the old one.")
    with shown.corrections.writing():
        having = [
            number
            for number, row in overview.rows().items()
            if any(each.subtask == old for each in row.segments)
        ]
        found = Renamed(having)
        if shown.unified:
            said = _said(overview, having)
            if vocabulary_files.rename(shown.vocabulary_file, shown.name, old, to, said):
                found.files.append(str(shown.vocabulary_file))
        elif not having:
            raise Refusal(404, f"No episode has the label {shorten_json(old)}.")
        for number in having:
            _write(shown, number, old, to, found)
        return found


def _said(overview: Overview, having: Iterable[int]) -> set[str]:
    rows = overview.rows()
    return {each.original for number in having for each in rows[number].segments if each.original}


def _write(shown: Shown, number: int, old: str, new: str, found: Renamed) -> None:
    present = shown.present(number)
    if shown.unified and not present.by_a_person:
        return
    # Nobody has looked at an episode for that.
    is_new = present.status == "new"
    segments = labels.renamed(present.segments, {old: new}, remembers=is_new)
    if segments != present.segments and not present.trouble:
        here = shown.files(number)
        saving.save(here, present, segments, durable=False)
        found.files.append(str(here.correction))
