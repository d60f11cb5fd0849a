"""How far found segments cover true ones, and which of them match.

Overlap is intersection over union (IoU), in frames. Frames without a true label count for
nothing: nobody knows what is true there.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from subtasks.evaluation.labelled import Stretch

OVERLAPS = (0.1, 0.25, 0.5, 0.75)
"""Overlaps from which on a found segment counts as a true one."""

LABEL_OVERLAP = 0.5
"""Overlap from which on the labels of a found and a true segment are compared."""

WGO_OVERLAP = 0.75
"""The overlap that WGO-Bench asks for."""

Matches = list[tuple[int, int]]
"""Pairs of indices: of a found segment, of a true one."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """Found segment `found` and true segment `true` have `frames` frames in common.

    `iou` is these frames over all that either of the two has.
    """

    found: int
    true: int
    frames: int
    iou: float


def overlapping(found: Sequence[Stretch], truth: Sequence[Stretch]) -> list[Overlap]:
    """Return all pairs that have frames in common, in the order of time.

    The frames of a found segment that have no true label are left out of the union.
    """
    common = list(_common_frames(found, truth))
    known = [0] * len(found)
    for f, _, frames in common:
        known[f] += frames
    return [
        Overlap(f, t, frames, frames / (known[f] + truth[t].length - frames))
        for f, t, frames in common
    ]


def judgeable(found: Sequence[Stretch], truth: Sequence[Stretch]) -> tuple[Stretch, ...]:
    """Return the found segments of which the truth can say whether they are right.

    At least half of such a segment's frames would have a true label, or it covers at least half
    of a true segment: what lies in a gap of the truth is neither right nor wrong.
    """
    known = [0] * len(found)
    covers = [False] * len(found)
    for f, t, frames in _common_frames(found, truth):
        known[f] += frames
        covers[f] |= 2 * frames >= truth[t].length
    return tuple(
        each
        for each, frames, much in zip(found, known, covers, strict=True)
        if 2 * frames > each.length or much
    )


def match_segments(overlaps: Iterable[Overlap], least: float) -> Matches:
    """Match found segments with true ones as MS-TCN does (Farha & Gall 2019).

    In the order of time, each found segment takes the true one that it overlaps most. The two
    match if their overlap is at least `least` and no other has taken that true one.
    """
    best: dict[int, Overlap] = {}
    for each in overlaps:
        if each.found not in best or each.iou > best[each.found].iou:
            best[each.found] = each
    matches, taken = [], set()
    for each in best.values():
        if each.iou >= least and each.true not in taken:
            matches.append((each.found, each.true))
            taken.add(each.true)
    return matches


def match_as_wgo_bench(found: Sequence[Stretch], truth: Sequence[Stretch]) -> Matches:
    """Match found segments with true ones as WGO-Bench does, as far as that is public.

    The start of the first found segment and the end of the last are moved to those of the truth.
    Then two match if they overlap by `WGO_OVERLAP` or more, so that each has one partner at most.
    """
    moved = _moved_to(found, truth)
    return [
        (f, t)
        for f, t, frames in _common_frames(moved, truth)
        if frames >= WGO_OVERLAP * (moved[f].length + truth[t].length - frames)
    ]


def label_pairs(found: Sequence[Stretch], truth: Sequence[Stretch]) -> set[tuple[str, str]]:
    """Return the pairs of a found and a true label that are compared, as they are written.

    These are the labels of all segments that match, by `LABEL_OVERLAP` or as in WGO-Bench, if they
    do not say the same.
    """
    judged = judgeable(found, truth)
    matches = match_segments(overlapping(judged, truth), LABEL_OVERLAP)
    pairs = [(judged[f], truth[t]) for f, t in matches]
    pairs += [(found[f], truth[t]) for f, t in match_as_wgo_bench(found, truth)]
    return {(f.label, t.label) for f, t in pairs if f.text != t.text}


def _moved_to(found: Sequence[Stretch], truth: Sequence[Stretch]) -> list[Stretch]:
    """Move the outer ends to those of the truth, unless that leaves a segment without frames."""
    moved = list(found)
    if moved and truth:
        if truth[0].start < moved[0].stop:
            moved[0] = replace(moved[0], start=truth[0].start)
        if moved[-1].start < truth[-1].stop:
            moved[-1] = replace(moved[-1], stop=truth[-1].stop)
    return moved


def _common_frames(
    found: Sequence[Stretch], truth: Sequence[Stretch]
) -> Iterator[tuple[int, int, int]]:
    """Give the pairs that overlap, with how many frames they have in common."""
    f = t = 0
    while f < len(found) and t < len(truth):
        frames = min(found[f].stop, truth[t].stop) - max(found[f].start, truth[t].start)
        if frames > 0:
            yield f, t, frames
        if found[f].stop <= truth[t].stop:
            f += 1
        else:
            t += 1
