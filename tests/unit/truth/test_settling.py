"""True labels are put on the episodes: each kind of trouble is said once, and the rest is kept."""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks.errors import Problem
from subtasks.evaluation.truth_file import TrueSegment, Truth
from subtasks.truth.settling import settle
from subtasks.truth.written import WrittenSegment, WrittenTruth

FPS = 10
LENGTH = 100  # 10 s

Rows = Sequence[tuple[float, float | None, str]]


def settled(*rows: tuple[float, float | None, str], **written: Any) -> Truth:
    return settled_all({0: rows}, **written)


def settled_all(
    episodes: Mapping[int, Rows], lengths: Mapping[int, int] | None = None, **written: Any
) -> Truth:
    segments = {number: [WrittenSegment(*row) for row in rows] for number, rows in episodes.items()}
    truth = WrittenTruth("there", "a table", segments, **written)
    return settle(truth, lengths or dict.fromkeys(range(3), LENGTH), FPS, "demo")


def rows_of(truth: Truth, episode: int = 0) -> list[tuple[float, float, str]]:
    return [(each.start, each.end, each.label) for each in truth.episodes[episode]]


def test_what_is_right_stays_as_it_is() -> None:
    truth = settled((0.0, 4.0, "reach"), (4.0, 7.5, "grasp"), (7.5, 10.0, "lift"))
    assert rows_of(truth) == [(0.0, 4.0, "reach"), (4.0, 7.5, "grasp"), (7.5, 10.0, "lift")]
    assert (truth.origin, truth.form, truth.notes) == ("there", "a table", ())


def test_a_label_without_an_end_lasts_until_the_next_begins() -> None:
    truth = settled((0.5, None, "reach"), (4.0, None, "grasp"))
    assert rows_of(truth) == [(0.5, 4.0, "reach"), (4.0, 10.0, "grasp")]
    assert truth.notes == (
        "1 episode (0) has up to 0.50 s without a true label: what is found there is neither right "
        "nor wrong",
    )
    truth = settled((0.5, None, "reach"), (4.0, None, "grasp"), from_start=True)
    assert rows_of(truth) == [(0.0, 4.0, "reach"), (4.0, 10.0, "grasp")]
    assert truth.notes == ()


@pytest.mark.parametrize(
    ("rows", "kept", "note"),
    [
        (
            [(4.0, 10.0, "grasp"), (0.0, 4.0, "reach")],
            [(0.0, 4.0, "reach"), (4.0, 10.0, "grasp")],
            "true labels are not in the order of time in 1 episode (0), and were sorted",
        ),
        (
            [(0.0, 5.0, "reach"), (4.0, 10.0, "grasp")],
            [(0.0, 4.0, "reach"), (4.0, 10.0, "grasp")],
            "true labels overlap in 1 episode (0), by up to 1.00 s: each ends where the next "
            "begins",
        ),
        (
            [(0.0, 5.0, "reach"), (5.0, 12.5, "grasp"), (13.0, 14.0, "lift")],
            [(0.0, 5.0, "reach"), (5.0, 10.0, "grasp")],
            "true labels reach beyond the end of 1 episode (0), by up to 4.00 s: what is beyond "
            "is left out",
        ),
        (
            [(0.0, 5.0, "reach"), (6.0, 9.0, "grasp")],
            [(0.0, 5.0, "reach"), (6.0, 9.0, "grasp")],
            "1 episode (0) has up to 2.00 s without a true label: what is found there is neither "
            "right nor wrong",
        ),
        (
            [(0.0, 5.0, "reach"), (5.0, 10.0, "grasp"), (7.0, 6.0, "x"), (math.nan, 9.0, "y")],
            [(0.0, 5.0, "reach"), (5.0, 10.0, "grasp")],
            "true labels without a text or with impossible times are left out in 1 episode (0)",
        ),
        (
            [(0.0, 5.0, "reach"), (5.0, 10.0, "grasp"), (-1.0, 6.0, "x"), (1.0, 2.0, " \u200b")],
            [(0.0, 5.0, "reach"), (5.0, 10.0, "grasp")],
            "true labels without a text or with impossible times are left out in 1 episode (0)",
        ),
    ],
)
def test_what_is_wrong_is_said_and_the_rest_kept(rows: Rows, kept: Rows, note: str) -> None:
    truth = settled(*rows)
    assert rows_of(truth) == kept
    assert truth.notes == (note,)


def test_less_than_half_a_frame_is_not_worth_a_word() -> None:
    truth = settled((0.0, 4.04, "reach"), (4.0, 7.0, "grasp"), (7.04, 10.04, "lift"))
    assert rows_of(truth) == [(0.0, 4.0, "reach"), (4.0, 7.04, "grasp"), (7.04, 10.0, "lift")]
    assert truth.notes == ()


def test_neighbours_with_one_label_are_one_and_labels_are_cleaned() -> None:
    truth = settled((0.0, 4.0, " lift\tit"), (4.0, 6.0, "lift it"), (8.0, 10.0, "lift it"))
    assert rows_of(truth) == [(0.0, 6.0, "lift it"), (8.0, 10.0, "lift it")]


def test_episodes_are_named_once_for_each_kind_of_trouble() -> None:
    bad = [(0.0, 12.0, "reach")]
    truth = settled_all({0: bad, 1: [(0.0, 11.0, "reach")], 2: [(0.0, 10.0, "a")], 7: bad, 9: bad})
    assert truth.notes == (
        "2 episodes (7,9) of the truth are not among those that are evaluated, and left out",
        "true labels reach beyond the end of 2 episodes (0-1), by up to 2.00 s: what is beyond is "
        "left out",
    )
    assert sorted(truth.episodes) == [0, 1, 2]


def test_other_recordings_are_noticed() -> None:
    truth = settled((0.0, 10.0, "reach"), fps=30.0, seconds={0: 14.0})
    assert truth.notes == (
        "the truth has 30 frames a second and demo 10: they are compared by their times",
        "1 episode (0) is up to 4.00 s longer or shorter in the truth: it may be of other "
        "recordings",
    )


def test_of_two_labels_at_the_same_time_the_last_counts() -> None:
    truth = settled((0.0, None, "a"), (1.0, None, "b"), (1.0, None, "c"))
    assert rows_of(truth) == [(0.0, 1.0, "a"), (1.0, 10.0, "c")]
    assert truth.notes == (
        "true labels begin at the same time in 1 episode (0): of these the last one counts",
    )


@pytest.mark.parametrize(
    ("episodes", "reason"),
    [
        (
            {7: [(0.0, 1.0, "a")]},
            "it has true labels of 1 episode (7), and demo is evaluated with 3 episodes (0-2)",
        ),
        ({}, "it has true labels of no episode, and demo is evaluated with 3 episodes (0-2)"),
        ({0: []}, "no true label of 1 episode (0) can be used; see evaluate.truth"),
        (
            {0: [(0.0, 1.0, "")]},
            "no true label of 1 episode (0) can be used; true labels without a text or with "
            "impossible times are left out in 1 episode (0)",
        ),
    ],
)
def test_where_nothing_fits_it_is_said_what_there_is(
    episodes: dict[int, Rows], reason: str
) -> None:
    with pytest.raises(Problem) as problem:
        settled_all(episodes)
    assert str(problem.value).startswith(f"there cannot be compared with demo: {reason}")


def test_why_nothing_could_be_read_is_not_lost() -> None:
    with pytest.raises(Problem, match="the file is broken"):
        settled_all({}, notes=("the file is broken",))


ROWS = st.lists(
    st.tuples(st.floats(), st.none() | st.floats(), st.text(max_size=3))
    | st.tuples(st.floats(0, 12), st.none() | st.floats(0, 12), st.sampled_from("abc"))
)


@given(ROWS, st.booleans())
def test_what_comes_out_is_sorted_inside_and_settled(rows: Rows, from_start: bool) -> None:
    try:
        truth = settled(*rows, from_start=from_start)
    except Problem:
        return
    segments = truth.episodes[0]
    for each in segments:
        assert 0 <= each.start < each.end <= LENGTH / FPS
        assert each.label == each.label.strip()
    for one, other in pairwise(segments):
        assert one.end <= other.start
        assert one.end < other.start or one.label != other.label
    again = settled(*[(each.start, each.end, each.label) for each in segments])
    assert again.episodes[0] == segments
    assert isinstance(segments[0], TrueSegment)
