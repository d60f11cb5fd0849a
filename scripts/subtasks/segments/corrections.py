"""A dataset's folder of corrections: which episodes a person has accepted, and which corrected.

Beside a correction, the folder `annotated` has the labels that the annotator had given when a
person first touched the episode. Equal labels were accepted. Where labels of the whole dataset
were renamed and nobody has looked at the episode, an entry has the annotator's own words as its
"original". A correction without that copy, such as one written by hand, counts as corrected.
"""

import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from subtasks.segments.segment import Segment
from subtasks.wording import counted

ANNOTATED = "annotated"
"""The folder of the annotator's labels, inside that of a dataset's corrections."""

Status = Literal["accepted", "corrected", "renamed"]

_NAME = re.compile(r"episode_([0-9]{6,9})\.json")


@dataclass(frozen=True, slots=True)
class Reviewed:
    """The numbers of the episodes that people have reviewed; no others have been looked at."""

    accepted: frozenset[int] = frozenset()
    corrected: frozenset[int] = frozenset()

    def among(self, selected: Iterable[int]) -> "Reviewed":
        """Leave out episodes that are not selected."""
        chosen = frozenset(selected)
        return Reviewed(self.accepted & chosen, self.corrected & chosen)

    def sentence(self, total: int) -> str:
        """Say how many of `total` episodes are reviewed, as a part of a line."""
        reviewed = len(self.accepted) + len(self.corrected)
        return (
            f"{reviewed:,} of {counted(total, 'episode')} reviewed: {len(self.accepted):,} "
            f"accepted, {len(self.corrected):,} corrected"
        )


def reviewed(folder: Path) -> Reviewed:
    """Find what people have reviewed of a dataset whose corrections are in `folder`.

    Both folders are listed once, and only episodes that are in both are opened.
    """
    found: dict[Status, set[int]] = {"accepted": set(), "corrected": set(), "renamed": set()}
    annotated = frozenset(_names(folder / ANNOTATED))
    for name in _names(folder):
        copy = folder / ANNOTATED / name if name in annotated else None
        found[_status(folder / name, copy)].add(number(name) or 0)
    return Reviewed(frozenset(found["accepted"]), frozenset(found["corrected"]))


def status(labels: Iterable[Segment], annotated: Iterable[Segment] | None) -> Status:
    """Compare a correction with what the annotator had said, None where nobody knows that."""
    if annotated is None:
        return "corrected"
    mine, theirs = list(labels), [(each.time, each.subtask) for each in annotated]
    if any(each.mistake for each in mine):
        return "corrected"
    if [(each.time, each.subtask) for each in mine] == theirs:
        return "accepted"
    # Renaming may have made neighbours equal, which are then one.
    own = {(each.time, each.original or each.subtask) for each in mine}
    renamed = any(each.original for each in mine) and own <= set(theirs)
    return "renamed" if renamed else "corrected"


def number(name: str) -> int | None:
    """Return the episode whose file has this name; None if it is no such name."""
    found = _NAME.fullmatch(name)
    # A number has one name: more than six digits begin with no zero.
    if not found or (len(found[1]) > 6 and found[1][0] == "0"):
        return None
    return int(found[1])


def _names(folder: Path) -> Iterator[str]:
    try:
        with os.scandir(folder) as entries:
            yield from (e.name for e in entries if number(e.name) is not None)
    except OSError:
        return


def _status(correction: Path, annotated: Path | None) -> Status:
    """Compare two files without judging them: one that cannot be read is no accepted one."""
    if annotated is None:
        return "corrected"
    try:
        return status(_segments(correction), _segments(annotated))
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return "corrected"


def _segments(path: Path) -> list[Segment]:
    entries = json.loads(path.read_bytes())
    found = [
        Segment(e["time"], e["subtask"], e.get("original"), bool(e.get("mistake"))) for e in entries
    ]
    return sorted(found, key=lambda segment: float(segment.time))
