"""True labels settled on a dataset's episodes: what is wrong is said, and what is right is kept."""

import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from subtasks.episode_ranges import format_ranges
from subtasks.errors import Problem
from subtasks.evaluation.truth_file import TrueSegment, Truth
from subtasks.segments.segment import TIME_DECIMALS, clean_label
from subtasks.truth.written import WrittenSegment, WrittenTruth
from subtasks.wording import counted, shorten_text

MOST_RANGES = 60
"""Characters of the episodes that a sentence names."""

CLEARLY = 0.5
"""Seconds by which an episode may be shorter or longer than the one that was labelled."""


def settle(written: WrittenTruth, lengths: Mapping[int, int], fps: float, dataset: str) -> Truth:
    """Settle true labels on episodes of so many frames at `fps`; `dataset` names them.

    Segments are sorted, cut to their episode and where the next one begins, cleaned, and joined
    with neighbours of the same label. Gaps stay. Raises `Problem` if no episode has a true label.
    """
    account = _Account()
    episodes = {}
    for number in sorted(written.episodes.keys() & lengths.keys()):
        seconds = lengths[number] / fps
        said = _Said(account, number)
        labelled = written.seconds.get(number, seconds)
        if abs(labelled - seconds) > CLEARLY:
            said(_OTHER_LENGTH, abs(labelled - seconds))
        segments = _settle(written.episodes[number], seconds, 0.5 / fps, written.from_start, said)
        if segments:
            episodes[number] = segments
    if not episodes:
        common = sorted(written.episodes.keys() & lengths.keys())
        what = f"no true label of {_named(common)} can be used"
        if not common:
            what = (
                f"it has true labels of {_named(written.episodes)}, and {dataset} is evaluated "
                f"with {_named(lengths)}"
            )
        why = next(iter([*written.notes, *account.sentences()]), "see evaluate.truth")
        raise Problem(f"{written.origin} cannot be compared with {dataset}: {what}; {why}")
    others = sorted(written.episodes.keys() - lengths.keys())
    notes = [*written.notes]
    if others:
        notes.append(
            f"{_named(others)} of the truth {_is(others)} not among those that are evaluated, and "
            "left out"
        )
    if written.fps is not None and not math.isclose(written.fps, fps, rel_tol=1e-3):
        notes.append(
            f"the truth has {written.fps:g} frames a second and {dataset} {fps:g}: they are "
            "compared by their times"
        )
    return Truth(written.origin, written.form, (*notes, *account.sentences()), episodes)


_UNUSABLE = "true labels without a text or with impossible times are left out in {episodes}"
_UNSORTED = "true labels are not in the order of time in {episodes}, and were sorted"
_AT_ONCE = "true labels begin at the same time in {episodes}: of these the last one counts"
_OVERLAP = (
    "true labels overlap in {episodes}, by up to {amount:.2f} s: each ends where the next begins"
)
_BEYOND = (
    "true labels reach beyond the end of {episodes}, by up to {amount:.2f} s: what is beyond is "
    "left out"
)
_GAP = (
    "{episodes} {has} up to {amount:.2f} s without a true label: what is found there is neither "
    "right nor wrong"
)
_OTHER_LENGTH = (
    "{episodes} {is_} up to {amount:.2f} s longer or shorter in the truth: it may be of other "
    "recordings"
)


@dataclass(slots=True)
class _Account:
    """What is wrong, with the episodes and the largest amount of it."""

    found: dict[str, dict[int, float]] = field(default_factory=dict)

    def sentences(self) -> Iterator[str]:
        for sentence, amounts in self.found.items():
            yield sentence.format(
                episodes=_named(amounts),
                amount=max(amounts.values()),
                has="has" if len(amounts) == 1 else "have",
                is_=_is(amounts),
            )


@dataclass(frozen=True, slots=True)
class _Said:
    """Notes what is wrong with one episode."""

    account: _Account
    number: int

    def __call__(self, sentence: str, amount: float = 0.0) -> None:
        amounts = self.account.found.setdefault(sentence, {})
        amounts[self.number] = max(amount, amounts.get(self.number, 0.0))


def _settle(
    written: Sequence[WrittenSegment],
    seconds: float,
    half_frame: float,
    from_start: bool,
    said: _Said,
) -> tuple[TrueSegment, ...]:
    """Settle the segments of an episode; times are in seconds."""
    usable = [each for each in written if _is_usable(each)]
    if len(usable) < len(written):
        said(_UNUSABLE)
    ordered = sorted(usable, key=lambda each: each.start)
    if ordered != usable:
        said(_UNSORTED)
    if any(one.start == other.start for one, other in pairwise(ordered)):
        said(_AT_ONCE)
    found: list[TrueSegment] = []
    starts = [*(each.start for each in ordered[1:]), math.inf]
    # Without any segment, one start is too many.
    for each, following in zip(ordered, starts, strict=False):
        start = 0.0 if from_start and each is ordered[0] else each.start
        end = min(following, seconds) if each.end is None else each.end
        if end > following + half_frame:
            said(_OVERLAP, end - following)
        end = min(end, following)
        if max(start, end) > seconds + half_frame:
            said(_BEYOND, max(start, end) - seconds)
        start, end = round(start, TIME_DECIMALS), round(min(end, seconds), TIME_DECIMALS)
        if start < end:
            found.append(TrueSegment(start, end, sys.intern(clean_label(each.label))))
    joined = _joined(found, half_frame)
    if gap := _gaps(joined, seconds, half_frame):
        said(_GAP, gap)
    return tuple(joined)


def _is_usable(each: WrittenSegment) -> bool:
    times = [each.start] if each.end is None else [each.start, each.end]
    if not all(map(math.isfinite, times)) or each.start < 0:
        return False
    return bool(clean_label(each.label)) and (each.end is None or each.start < each.end)


def _joined(segments: Sequence[TrueSegment], half_frame: float) -> list[TrueSegment]:
    """Close gaps of less than half a frame, and make neighbours of one label one."""
    found: list[TrueSegment] = []
    for each in segments:
        if found and each.start - found[-1].end <= half_frame:
            last = found.pop()
            if last.label == each.label:
                found.append(TrueSegment(last.start, each.end, each.label))
                continue
            found.append(TrueSegment(last.start, each.start, last.label))
        found.append(each)
    return found


def _gaps(segments: Sequence[TrueSegment], seconds: float, half_frame: float) -> float:
    """Return the seconds without a true label."""
    if not segments:
        return 0.0
    between = [other.start - one.end for one, other in pairwise(segments)]
    gaps = [segments[0].start, *between, seconds - segments[-1].end]
    return sum(gap for gap in gaps if gap > half_frame)


def _named(numbers: Mapping[int, object] | Sequence[int]) -> str:
    """Name episodes by their numbers, as far as there is room."""
    if not numbers:
        return "no episode"
    which = shorten_text(format_ranges(numbers), MOST_RANGES)
    return f"{counted(len(numbers), 'episode')} ({which})"


def _is(numbers: Mapping[int, object] | Sequence[int]) -> str:
    return "is" if len(numbers) == 1 else "are"
