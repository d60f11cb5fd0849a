import random

import pytest

from subtasks.evaluation.labelled import Stretch
from subtasks.evaluation.overlaps import (
    OVERLAPS,
    judgeable,
    label_pairs,
    match_as_wgo_bench,
    match_segments,
    overlapping,
)
from support.stretches import of_letters, on_frames

Stretches = tuple[Stretch, ...]


def test_overlap_is_the_common_frames_over_all_of_both() -> None:
    found = of_letters("aaaabbbbbb")
    truth = of_letters("xxxxxxyyyy")
    # a and x: 4 common frames of 6. b and x: 2 of 10. b and y: 4 of 6.
    assert [(o.found, o.true, o.frames, o.iou) for o in overlapping(found, truth)] == [
        (0, 0, 4, 4 / 6),
        (1, 0, 2, 2 / 10),
        (1, 1, 4, 4 / 6),
    ]


def test_frames_without_a_true_label_are_left_out() -> None:
    found, truth = of_letters("aaaabbbbbb"), of_letters("xxxxyyy...")
    # b and y have 3 frames in common; the other 3 of b have no true label.
    assert [o.iou for o in overlapping(found, truth)] == [1.0, 1.0]


@pytest.mark.parametrize(
    ("found", "truth", "kept"),
    [
        ("aaaabbbb", "xxxx....", "a"),  # b lies where nothing is known
        ("aaabbbbb", "xxxx....", "a"),  # most of b does, and the rest is a quarter of x
        ("aaaabbbb", "xxxxyy..", "ab"),  # half of b does, but it is all of y
        ("aaaabbbb", "xxxxxxx.", "ab"),  # a quarter of b does
        ("aabbccdd", "xxxxxxxx", "abcd"),
        ("aaaabbbb", "........", ""),
    ],
)
def test_what_lies_in_a_gap_of_the_truth_is_not_judged(found, truth, kept) -> None:
    assert "".join(s.label for s in judgeable(of_letters(found), of_letters(truth))) == kept


@pytest.mark.parametrize(
    ("found", "truth", "least", "matches"),
    [
        # Overlaps: a x 4/6, b x 2/10, b y 4/6.
        ("aaaabbbbbb", "xxxxxxyyyy", 0.5, [(0, 0), (1, 1)]),
        ("aaaabbbbbb", "xxxxxxyyyy", 0.75, []),
        # Both a and b overlap x most (4/8, then 4/8); a came first, so b has none, although y is
        # left: MS-TCN looks at the best true segment alone. Overlaps of b: x 4/9, y 1/5.
        ("aaaabbbbb", "xxxxxxxxy", 0.1, [(0, 0)]),
        # Exactly the overlap that is asked for is enough: 1 of 4 frames. So a has taken x when b
        # comes, which overlaps it more.
        ("abbb", "xxxx", 0.25, [(0, 0)]),
        ("abbb", "xxxx", 0.5, [(1, 0)]),
        ("aaab", "xxxx", 0.75, [(0, 0)]),
    ],
)
def test_found_segments_take_the_best_true_one_in_order(found, truth, least, matches) -> None:
    overlaps = overlapping(of_letters(found), of_letters(truth))
    assert match_segments(overlaps, least) == matches


def test_matches_are_as_by_the_published_description_frame_by_frame() -> None:
    """Against another way to the same figure: sets of frames in place of starts and ends."""
    drawn = random.Random(3)
    for _ in range(300):
        letters, length = drawn.choice(["ab", "abcd"]), drawn.randint(1, 30)
        found, truth = (
            of_letters("".join(c * drawn.randint(1, 6) for c in drawn.choices(letters, k=length)))
            for _ in range(2)
        )
        for alike in (False, True):
            overlaps = overlapping(found, truth)
            if alike:
                overlaps = [o for o in overlaps if found[o.found].text == truth[o.true].text]
            # The two may differ in length: what follows the truth has no true label.
            known = {frame for each in truth for frame in range(each.start, each.stop)}
            for least in OVERLAPS:
                expected = _true_positives(found, truth, known, least, alike)
                assert len(match_segments(overlaps, least)) == expected


def _true_positives(
    found: Stretches, truth: Stretches, known: set[int], least: float, alike: bool
) -> int:
    hits: set[int] = set()
    for one in found:
        frames = set(range(one.start, one.stop)) & known
        shares = []
        for other in truth:
            others = set(range(other.start, other.stop))
            same = one.text == other.text or not alike
            shares.append(len(frames & others) / len(frames | others) if same else 0.0)
        best = shares.index(max(shares))
        if shares[best] >= least and best not in hits:
            hits.add(best)
    return len(hits)


def test_wgo_bench_moves_the_outer_ends() -> None:
    # The truth ends at frame 8: c is 8 to 10 longer than z, 2 of 4 frames, and is cut to it.
    found, truth = of_letters("aaabbbcccc"), of_letters(".xxyyyzz..")
    assert match_as_wgo_bench(found, truth) == [(0, 0), (1, 1), (2, 2)]
    assert len(match_as_wgo_bench(truth, truth)) == 3


def test_wgo_bench_asks_for_three_quarters() -> None:
    # a x: 3 of 4 frames is enough; b y: 3 of 5 is not.
    assert match_as_wgo_bench(of_letters("aaaabbb"), of_letters("xxxyyyy")) == [(0, 0), (1, 1)]
    assert match_as_wgo_bench(of_letters("aaaaabb"), of_letters("xxxyyyy")) == []


def test_a_segment_that_moving_would_leave_without_frames_keeps_its_ends() -> None:
    # c begins where the truth has ended, b is the last that could have matched.
    assert match_as_wgo_bench(of_letters("aaabbbcc"), of_letters("xxxyyy..")) == [(0, 0), (1, 1)]
    assert match_as_wgo_bench(of_letters("abbbb"), of_letters("..xxx")) == [(1, 0)]
    assert match_as_wgo_bench((), of_letters("xx")) == []


def test_the_pairs_to_judge_are_labels_of_matched_segments_that_differ() -> None:
    found = on_frames((0, 10, "Pick the cup"), (10, 20, "place"), (20, 40, "let go"))
    truth = on_frames((0, 12, "grasp cup"), (12, 20, "Place"), (20, 24, "release"))
    # The last pair has 4 of 4 known frames; places say the same.
    assert label_pairs(found, truth) == {("Pick the cup", "grasp cup"), ("let go", "release")}


def test_pairs_that_only_wgo_bench_matches_are_judged_as_well() -> None:
    found = on_frames((0, 30, "wait"), (30, 40, "lift"))
    truth = on_frames((24, 30, "rest"), (30, 40, "lift"))
    # "wait" covers all of "rest", whose first frames nobody labelled.
    assert label_pairs(found, truth) == {("wait", "rest")}
