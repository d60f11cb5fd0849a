"""What is counted in one episode; every figure of many episodes is computed from these counts."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

from subtasks.evaluation import frame_accuracy
from subtasks.evaluation.borders import ROUNDING, TOLERANCES, borders, match_borders
from subtasks.evaluation.edit_score import edit_score
from subtasks.evaluation.label_texts import Judged, kind, mean_the_same
from subtasks.evaluation.labelled import Stretch
from subtasks.evaluation.overlaps import (
    LABEL_OVERLAP,
    OVERLAPS,
    Overlap,
    judgeable,
    match_as_wgo_bench,
    match_segments,
    overlapping,
)

DECIMALS = 6
"""Decimals of seconds."""


@dataclass(frozen=True, slots=True)
class WgoCounts:
    """What WGO-Bench counts: segments, those that match, and those whose label is right as well."""

    found: int = 0
    true: int = 0
    matched: int = 0
    right: int = 0


@dataclass(frozen=True, slots=True)
class EpisodeScores:
    """What is counted in an episode of `duration` seconds.

    `matched_borders` has a count for each of `TOLERANCES`; `matched_segments` and
    `labelled_segments` (with equal labels) one for each of `OVERLAPS`. For each true border,
    `border_kinds` says what begins there and `border_errors` how many seconds later the found
    border is, None where none is within the largest tolerance. `label_pairs` matched segments
    have labels to compare, of which `same_labels` say the same and `judged_labels` mean the same
    (None if nothing was judged). `right_frames` of the `true_frames` frames with a true label carry
    it. `confusion` has true label, found label and seconds.
    """

    episode: int
    duration: float
    found_borders: int
    true_borders: int
    matched_borders: tuple[int, ...]
    border_kinds: tuple[str, ...]
    border_errors: tuple[float | None, ...]
    found_segments: int
    true_segments: int
    matched_segments: tuple[int, ...]
    labelled_segments: tuple[int, ...]
    edit: float
    true_frames: int
    right_frames: int
    label_pairs: int
    same_labels: int
    judged_labels: int | None = None
    wgo_bench: WgoCounts = field(default_factory=WgoCounts)
    confusion: tuple[tuple[str, str, float], ...] = ()

    def border_f1(self, tolerance: float) -> float | None:
        """Return the F1 of borders at one of `TOLERANCES`; None if there is no border."""
        matched = self.matched_borders[TOLERANCES.index(tolerance)]
        return f1(matched, self.found_borders, self.true_borders)

    def segment_f1(self, overlap: float) -> float | None:
        """Return the F1 of segments at one of `OVERLAPS`, whatever their labels."""
        matched = self.matched_segments[OVERLAPS.index(overlap)]
        return f1(matched, self.found_segments, self.true_segments)

    def labelled_f1(self, overlap: float) -> float | None:
        """Return the F1 of segments with the same label at one of `OVERLAPS`."""
        matched = self.labelled_segments[OVERLAPS.index(overlap)]
        return f1(matched, self.found_segments, self.true_segments)

    @property
    def frame_accuracy(self) -> float | None:
        """The share of frames with a true label that carry it."""
        return self.right_frames / self.true_frames if self.true_frames else None

    @property
    def label_accuracy(self) -> float | None:
        """The share of matched segments whose labels say the same."""
        return self.same_labels / self.label_pairs if self.label_pairs else None

    @property
    def judged_accuracy(self) -> float | None:
        """The share of matched segments whose labels mean the same, if that was judged."""
        if self.judged_labels is None or not self.label_pairs:
            return None
        return self.judged_labels / self.label_pairs

    @property
    def mean_error(self) -> float | None:
        """Mean seconds between the two of a pair of borders."""
        errors = [abs(each) for each in self.border_errors if each is not None]
        return sum(errors) / len(errors) if errors else None


def f1(matched: int, found: int, true: int) -> float | None:
    """Return the harmonic mean of precision and recall; None if there is nothing to find."""
    return 2 * matched / (found + true) if found + true else None


def score(
    episode: int,
    found: Sequence[Stretch],
    truth: Sequence[Stretch],
    fps: float,
    length: int,
    judged: Judged | None = None,
) -> EpisodeScores:
    """Count what agrees between found and true labels of an episode of `length` frames at `fps`.

    `judged` says which labels mean the same, None if nobody was asked.
    """
    known = judgeable(found, truth)
    overlaps = overlapping(known, truth)
    alike = [each for each in overlaps if known[each.found].text == truth[each.true].text]
    # What lies in a gap of the truth may still cover frames that have a label.
    everywhere = overlaps if len(known) == len(found) else overlapping(found, truth)
    kinds, errors = _border_errors(known, truth)
    pairs = [(known[f], truth[t]) for f, t in match_segments(overlaps, LABEL_OVERLAP)]
    return EpisodeScores(
        episode=episode,
        duration=round(length / fps, DECIMALS),
        found_borders=len(borders(known)),
        true_borders=len(errors),
        matched_borders=tuple(_within(errors, tolerance) for tolerance in TOLERANCES),
        border_kinds=kinds,
        border_errors=errors,
        found_segments=len(known),
        true_segments=len(truth),
        matched_segments=_matched(overlaps),
        labelled_segments=_matched(alike),
        edit=edit_score([each.text for each in known], [each.text for each in truth]),
        true_frames=sum(each.length for each in truth),
        right_frames=frame_accuracy.right_frames(everywhere, found, truth),
        label_pairs=len(pairs),
        same_labels=_same(pairs, {}),
        judged_labels=None if judged is None else _same(pairs, judged),
        wgo_bench=_wgo_bench(found, truth, judged or {}),
        confusion=_confusion(everywhere, found, truth, fps),
    )


def _border_errors(
    found: Sequence[Stretch], truth: Sequence[Stretch]
) -> tuple[tuple[str, ...], tuple[float | None, ...]]:
    """Return of each true border what begins there, and how much later it was found."""
    found_times, begins = [each.time for each in borders(found)], borders(truth)
    pairs = match_borders(found_times, [each.time for each in begins], TOLERANCES[-1])
    errors: list[float | None] = [None] * len(begins)
    for f, t in pairs:
        errors[t] = round(found_times[f] - begins[t].time, DECIMALS)
    # Interned, because thousands of episodes share a few kinds.
    return tuple(sys.intern(kind(each.label)) for each in begins), tuple(errors)


def _within(errors: Sequence[float | None], tolerance: float) -> int:
    return sum(each is not None and abs(each) <= tolerance + ROUNDING for each in errors)


def _matched(overlaps: Sequence[Overlap]) -> tuple[int, ...]:
    return tuple(len(match_segments(overlaps, least)) for least in OVERLAPS)


def _same(pairs: Sequence[tuple[Stretch, Stretch]], judged: Judged) -> int:
    return sum(mean_the_same(found.label, true.label, judged) for found, true in pairs)


def _wgo_bench(found: Sequence[Stretch], truth: Sequence[Stretch], judged: Judged) -> WgoCounts:
    pairs = [(found[f], truth[t]) for f, t in match_as_wgo_bench(found, truth)]
    return WgoCounts(len(found), len(truth), len(pairs), _same(pairs, judged))


def _confusion(
    overlaps: Sequence[Overlap], found: Sequence[Stretch], truth: Sequence[Stretch], fps: float
) -> tuple[tuple[str, str, float], ...]:
    frames = frame_accuracy.confusion(overlaps, found, truth)
    return tuple(
        (true, label, round(count / fps, DECIMALS))
        for (true, label), count in sorted(frames.items())
    )
