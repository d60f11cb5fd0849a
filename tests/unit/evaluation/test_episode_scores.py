"""The counts of one episode, by hand; and what must hold whatever the labels."""

from dataclasses import replace

import numpy as np
import pytest
from actseg.eval.frame import F1Score, MoFAccuracy
from actseg.eval.segment import Edit
from hypothesis import given, settings
from hypothesis import strategies as st

from subtasks.evaluation.borders import TOLERANCES
from subtasks.evaluation.episode_scores import EpisodeScores, WgoCounts, f1, score
from subtasks.evaluation.labelled import Stretch, true_stretches
from subtasks.evaluation.overlaps import OVERLAPS
from subtasks.evaluation.truth_file import TrueSegment
from support.stretches import FPS, of_letters, on_frames

LENGTH = 100

cuts = st.lists(st.integers(1, LENGTH - 1), max_size=6, unique=True).map(sorted)
labels = st.lists(st.sampled_from("bcd"), min_size=7, max_size=7)


def stretches(times: list[int], names: list[str]) -> tuple[Stretch, ...]:
    ends = [*times, LENGTH]
    timed = zip([0, *times], ends, names[: len(ends)], strict=True)
    return true_stretches(
        [TrueSegment(start / FPS, end / FPS, name) for start, end, name in timed], FPS, LENGTH
    )


labellings = st.builds(stretches, cuts, labels)


def scored(
    found: tuple[Stretch, ...], truth: tuple[Stretch, ...], length: int = LENGTH
) -> EpisodeScores:
    return score(3, found, truth, FPS, length)


def test_an_episode_by_hand() -> None:
    """Ten frames are a second.

    found  0 reach 12 grasp 20 lift 44 lay down 50 let go 60
    truth  0 reach 10 grasp 20 lift 40 place         60

    Borders: found 1.2, 2.0, 4.4, 5.0 and true 1.0, 2.0, 4.0. Nearest first: 2.0 and 2.0 (0 s),
    1.2 and 1.0 (0.2 s late), 4.4 and 4.0 (0.4 s late); 5.0 is left.
    Overlaps: reach 10 of 12, grasp 8 of 10, lift 20 of 24, lay down and place 6 of 20 + 0 = 0.3,
    lift and place 4 of 24 + 20 - 4 = 0.1, let go and place 10 of 20.
    """
    found = on_frames(
        (0, 12, "Reach"), (12, 20, "grasp"), (20, 44, "lift"), (44, 50, "lay down"),
        (50, 60, "let go"),
    )  # fmt: skip
    truth = on_frames((0, 10, "reach"), (10, 20, "grasp"), (20, 40, "lift"), (40, 60, "place"))
    judged = {("lay down", "place"): True, ("let go", "place"): True}
    assert score(17, found, truth, FPS, 60, judged) == EpisodeScores(
        episode=17,
        duration=6.0,
        found_borders=4,
        true_borders=3,
        matched_borders=(1, 2, 3, 3),
        border_kinds=("grasp", "lift", "place"),
        border_errors=(0.2, 0.0, 0.4),
        found_segments=5,
        true_segments=4,
        # At 0.5, let go matches place; at 0.1 and 0.25 lay down came first.
        matched_segments=(4, 4, 4, 3),
        labelled_segments=(3, 3, 3, 3),
        edit=1 - 2 / 5,  # lay down becomes place, let go goes
        true_frames=60,
        right_frames=10 + 8 + 20,
        label_pairs=4,
        same_labels=3,
        judged_labels=4,
        wgo_bench=WgoCounts(found=5, true=4, matched=3, right=3),
        confusion=(
            ("grasp", "grasp", 0.8),
            ("grasp", "reach", 0.2),
            ("lift", "lift", 2.0),
            ("place", "lay down", 0.6),
            ("place", "let go", 1.0),
            ("place", "lift", 0.4),
            ("reach", "reach", 1.0),
        ),
    )


def test_the_figures_of_an_episode() -> None:
    """The counts of the episode above."""
    each = EpisodeScores(
        17, 6.0, 4, 3, (1, 2, 3, 3), ("grasp", "lift", "place"), (0.2, 0.0, -0.4),
        5, 4, (4, 4, 4, 3), (3, 3, 3, 2), 0.6, 60, 39, 4, 3, 4,
    )  # fmt: skip
    assert each.border_f1(0.25) == pytest.approx(2 * 2 / 7)  # precision 2/4, recall 2/3
    assert each.segment_f1(0.75) == pytest.approx(2 * 3 / 9)
    assert each.labelled_f1(0.75) == pytest.approx(2 * 2 / 9)
    assert each.frame_accuracy == 39 / 60
    assert each.label_accuracy == 3 / 4
    assert each.judged_accuracy == 1.0
    assert each.mean_error == pytest.approx(0.2)
    without = replace(each, label_pairs=0, border_errors=(None,) * 3, true_frames=0)
    assert without.label_accuracy is without.judged_accuracy is None
    assert without.mean_error is without.frame_accuracy is None
    assert replace(each, judged_labels=None).judged_accuracy is None
    assert f1(0, 0, 0) is None


def test_what_lies_in_a_gap_counts_for_nothing() -> None:
    # Nobody knows what is true from frame 6 on, so that c and d begin no border that counts.
    each = scored(of_letters("ggghhhcccddd"), of_letters("ggghhh......"), 12)
    assert (each.found_segments, each.true_segments, each.matched_segments[-1]) == (2, 2, 2)
    assert (each.found_borders, each.true_borders, each.matched_borders[0]) == (1, 1, 1)
    assert each.edit == each.frame_accuracy == 1.0
    # WGO-Bench knows no gaps: c and d are found and wrong.
    assert each.wgo_bench == WgoCounts(4, 2, 2, 2)


def test_a_frame_is_right_although_its_segment_lies_in_a_gap() -> None:
    each = scored(of_letters("gggghhhhhhhh"), of_letters("ggggghhhhhh."), 12)
    assert each.right_frames == 4 + 6
    # Seven frames of c lie in the gap and two do not, of which one is right.
    each = scored(of_letters("gggccccccccc"), of_letters("ggggcgg....."), 12)
    assert (each.found_segments, each.right_frames) == (2, 4)
    assert ("g", "c", 0.3) in each.confusion


@settings(max_examples=60, deadline=None)
@given(labellings)
def test_identical_labels_score_one(truth) -> None:
    each = scored(truth, truth)
    assert {each.border_f1(tolerance) for tolerance in TOLERANCES} <= {1.0, None}
    assert {each.segment_f1(overlap) for overlap in OVERLAPS} == {1.0}
    assert {each.labelled_f1(overlap) for overlap in OVERLAPS} == {1.0}
    assert each.edit == each.frame_accuracy == each.label_accuracy == 1.0
    assert not any(each.border_errors)
    many = len(truth)
    assert each.wgo_bench == WgoCounts(many, many, many, many)


@settings(max_examples=80, deadline=None)
@given(labellings, labellings)
def test_shares_are_from_0_to_1_and_fall_as_more_is_asked(found, truth) -> None:
    each = scored(found, truth)
    most = min(each.found_borders, each.true_borders)
    assert most >= each.matched_borders[3] >= each.matched_borders[2] >= each.matched_borders[1]
    assert each.matched_borders[1] >= each.matched_borders[0] >= 0
    for counts in (each.matched_segments, each.labelled_segments):
        assert min(each.found_segments, each.true_segments) >= counts[0]
        assert list(counts) == sorted(counts, reverse=True)
    assert 0 <= each.edit <= 1
    assert 0 <= each.right_frames <= each.true_frames == LENGTH
    assert 0 <= each.same_labels <= each.label_pairs
    assert sum(seconds for *_, seconds in each.confusion) == pytest.approx(LENGTH / FPS)


@settings(max_examples=80, deadline=None)
@given(labellings, labellings)
def test_swapping_found_and_true_swaps_precision_and_recall(one, other) -> None:
    each, swapped = scored(one, other), scored(other, one)
    assert (each.found_borders, each.true_borders) == (swapped.true_borders, swapped.found_borders)
    assert each.matched_borders == swapped.matched_borders
    # Below an overlap of one half, who comes first decides, so only above it is it the same.
    assert each.matched_segments[3] == swapped.matched_segments[3]
    assert each.labelled_segments[3] == swapped.labelled_segments[3]
    assert each.edit == swapped.edit
    assert each.frame_accuracy == swapped.frame_accuracy


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 14), st.integers(0, 14))
def test_f1_does_not_rise_as_borders_move_away(one: int, other: int) -> None:
    near, far = sorted((one, other))
    truth = stretches([25, 50, 75], list("bcdbbbb"))
    first, second = (
        scored(stretches([25 + by, 50 + by, 75 + by], list("bcdbbbb")), truth) for by in (near, far)
    )
    for tolerance in TOLERANCES:
        assert (first.border_f1(tolerance) or 0) >= (second.border_f1(tolerance) or 0)
    for overlap in OVERLAPS:
        assert (first.segment_f1(overlap) or 0) >= (second.segment_f1(overlap) or 0)
        assert (first.labelled_f1(overlap) or 0) >= (second.labelled_f1(overlap) or 0)
    assert first.right_frames >= second.right_frames


@settings(max_examples=60, deadline=None)
@given(labellings, labellings)
def test_the_same_as_actseg(found, truth) -> None:
    """An independent package, which has MS-TCN's own code of F1@k and the edit score.

    It was written for a NumPy that still had `float`.
    """
    frames = [[each.text for each in side for _ in range(each.length)] for side in (found, truth)]
    numbers = {text: number for number, text in enumerate("bcd")}
    predictions, targets = ([numbers[text] for text in side] for side in frames)
    each = scored(found, truth)
    expected = F1Score(OVERLAPS).add(targets, predictions)
    assert [each.labelled_f1(overlap) for overlap in OVERLAPS] == pytest.approx(
        [value / 100 for value in expected]
    )
    assert each.frame_accuracy == pytest.approx(MoFAccuracy().add(targets, predictions))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(np, "float", float, raising=False)
        assert each.edit == pytest.approx(Edit().add(targets, predictions) / 100)
