"""Labels against true ones on the page: which borders belong together, and where to look."""

import random
from typing import Any

from subtasks.evaluation.borders import borders, match_borders
from subtasks.evaluation.label_texts import normalise
from subtasks.evaluation.labelled import found_stretches, true_stretches
from subtasks.evaluation.overlaps import judgeable
from subtasks.evaluation.truth_file import TrueSegment
from subtasks.review.agreement import as_json
from subtasks.segments.segment import Segment
from support.page_modules import evaluate

TRUTH = "differences, matchBorders, nextDifference, normalised, summary, takeTrue from truth.js"
FPS, LENGTH = 30, 300
LABELS = ["reach", "Reach!", "the reach", "grasp", "lift", "a", "Straße", "STRASSE", "Οδός 5"]


def _segment(start: int, label: str) -> dict[str, Any]:
    return {"start": start, "label": label, "mistake": False}


SEGMENTS = [_segment(0, "wait"), _segment(30, "reach"), _segment(75, "grasp"), _segment(200, "go")]
TRUE = as_json(
    true_stretches(
        [
            TrueSegment(0, 1, "wait"),
            TrueSegment(1, 2.1, "reach"),
            TrueSegment(2.1, 4, "grasp"),
            TrueSegment(4, 10, "lift"),
        ],
        FPS,
        LENGTH,
    ),
    FPS,
)


def test_the_page_pairs_borders_as_the_evaluation_does() -> None:
    chosen = random.Random(12)
    found, expected = [], []
    for _ in range(300):
        length, fps = chosen.randint(2, 400), chosen.choice([10, 29.97, 30, 50])
        starts = [
            0,
            *sorted(chosen.sample(range(1, length), chosen.randint(0, min(length, 9) - 1))),
        ]
        segments = [_segment(start, chosen.choice(LABELS)) for start in starts]
        true = true_stretches(_random_truth(chosen, length / fps), fps, length)
        found.append([segments, as_json(true, fps), fps, length])
        expected.append(_expected(segments, true, fps, length))
    assert _differences(found) == expected
    assert any(pairs for pairs, *_ in expected)
    assert any(missed and extra for _, missed, extra in expected)


def _random_truth(chosen: random.Random, end: float) -> list[TrueSegment]:
    times = sorted(chosen.uniform(0, end) for _ in range(2 * chosen.randint(1, 6)))
    if chosen.random() < 0.5:
        # Without gaps, but for what is rounded away.
        starts = [0.0, *times]
        stops = [*times, end]
    else:
        starts, stops = times[::2], times[1::2]
    return [
        TrueSegment(round(start, 6), round(stop, 6), chosen.choice(LABELS))
        for start, stop in zip(starts, stops, strict=True)
    ]


def _expected(segments: list[dict[str, Any]], true: Any, fps: float, length: int) -> list[Any]:
    labels = [Segment(round(each["start"] / fps, 6), each["label"]) for each in segments]
    found = borders(judgeable(found_stretches(labels, fps, length), true))
    wanted = borders(true)
    pairs = match_borders([each.time for each in found], [each.time for each in wanted], 1.0)
    taken, met = {f for f, _ in pairs}, {t for _, t in pairs}
    return [
        [[found[f].start, wanted[t].start, found[f].time - wanted[t].time] for f, t in pairs],
        [each.start for t, each in enumerate(wanted) if t not in met],
        [each.start for f, each in enumerate(found) if f not in taken],
    ]


def _differences(cases: list[list[Any]]) -> list[Any]:
    found: list[Any] = evaluate(
        TRUTH,
        "cases.map((each) => differences(...each)).map(({pairs, missed, extra}) => ["
        "pairs.map(({frame, trueFrame, by}) => [frame, trueFrame, by]),"
        " missed.map(({frame}) => frame), extra.map(({frame}) => frame)])",
        cases=cases,
    )
    return found


def test_times_are_paired_nearest_first() -> None:
    chosen = random.Random(3)
    cases = [
        [
            *(
                sorted(chosen.choice(range(40)) / 8 for _ in range(chosen.randint(0, 8)))
                for _ in "ab"
            ),
            chosen.choice([0.125, 0.5, 1]),
        ]
        for _ in range(300)
    ]
    found = evaluate(TRUTH, "cases.map((each) => matchBorders(...each))", cases=cases)
    assert found == [[list(pair) for pair in match_borders(*case)] for case in cases]


def test_labels_say_the_same_where_the_evaluation_says_so() -> None:
    labels = [*LABELS, "", "...", "The", "pick  up THE cup.", "שלום", "<b>", "x_1"]
    found = evaluate(TRUTH, "labels.map(normalised)", labels=labels)
    known = [normalise(label) for label in labels]
    for one, same in zip(found, known, strict=True):
        assert [one == other for other in found] == [same == other for other in known]


def test_a_line_says_how_many_are_where_they_should_be() -> None:
    moved = [*SEGMENTS[:2], _segment(88, "grasp"), *SEGMENTS[3:]]
    right = [_segment(each["frames"][0], each["label"]) for each in TRUE]
    found = evaluate(
        TRUTH,
        "cases.map((each) => summary(differences(each, truth, 30, 300)))",
        cases=[SEGMENTS, moved, right, right[:2]],
        truth=TRUE,
    )
    assert [each.replace("\u00a0", " ") for each in found] == [
        "2 of 3 true borders within 0.5 s, 1 missed, 1 extra",
        "1 of 3 true borders within 0.5 s, 1 more within 1 s, 1 missed, 1 extra",
        "3 of 3 true borders within 0.5 s",
        "1 of 3 true borders within 0.5 s, 2 missed",
    ]


def test_a_key_leads_from_one_difference_to_the_next() -> None:
    places = evaluate(
        TRUTH,
        "[0, 75, 120, 250].map((frame) => nextDifference(differences(s, truth, 30, 300), frame))",
        s=SEGMENTS,
        truth=TRUE,
    )
    assert [each["frame"] for each in places] == [75, 120, 200, 75]
    assert [each["sentence"] for each in places[:3]] == [
        "This border is 0.40 s after the true one.",
        "A true border is missed here.",
        "No true border belongs to this one, within 1 s.",
    ]
    right = [_segment(each["frames"][0], each["label"]) for each in TRUE]
    none = "nextDifference(differences(s, truth, 30, 300), 0)"
    assert evaluate(TRUTH, none, s=right, truth=TRUE) is None


def test_what_is_true_can_be_taken() -> None:
    taken = evaluate(
        TRUTH,
        "[80, 120, 200, 10].map((at) => takeTrue(s, differences(s, truth, 30, 300), at, 300))",
        s=SEGMENTS,
        truth=TRUE,
    )
    moved = [*SEGMENTS[:2], _segment(63, "grasp"), SEGMENTS[3]]
    added = [*SEGMENTS[:3], _segment(120, "lift"), SEGMENTS[3]]
    assert taken == [
        {"segments": moved, "frame": 63},
        {"segments": added, "frame": 120},
        None,
        None,
    ]
    nothing = "takeTrue([], differences([], truth, 30, 300), 120, 300)"
    assert evaluate(TRUTH, nothing, truth=TRUE) is None
