"""Answers about borders: checked, and taken over."""

import json
from dataclasses import asdict
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks.questions.answers import EpisodeLimits
from subtasks.questions.guidance import Guidance
from subtasks.questions.refinement import Refinement, check, refine
from subtasks.segments.borders import between
from subtasks.segments.segment import Segment, Unusable, settle

LIMITS = EpisodeLimits(fps=10, frames=200)
FOUND = [Segment(0.0, "reach"), Segment(5.0, "grasp"), Segment(6.0, "lift"), Segment(12.0, "place")]
BORDERS = between(FOUND, 20.0)


def said(*entries: tuple[object, object]) -> str:
    return json.dumps({"borders": [{"border": n, "time": time} for n, time in entries]})


def refined(text: str, limits: EpisodeLimits = LIMITS) -> list[float]:
    found = refine(FOUND, Refinement(tuple(BORDERS), (text,)), limits)
    return [segment.time for segment in found]


def fault(text: str) -> str:
    with pytest.raises(Unusable) as unusable:
        check(text, list(enumerate(BORDERS, 1)))
    return str(unusable.value)


def test_it_comes_back_from_json_as_it_was() -> None:
    refinement = Refinement(tuple(BORDERS), ("x", "y"))
    assert Refinement.from_json(json.loads(json.dumps(asdict(refinement)))) == refinement


# accepting ------------------------------------------------------------------------------------


def test_an_answer_places_each_border_once() -> None:
    check(said((1, 4.6), (2, "not visible"), (3, 12.9)), list(enumerate(BORDERS, 1)))


def test_a_part_is_about_its_own_borders() -> None:
    check(said((3, 12.2)), [(3, BORDERS[2])])
    with pytest.raises(Unusable, match=r"^there is no border 1; border 3 is missing$"):
        check(said((1, 5.0)), [(3, BORDERS[2])])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (said((1, 5.0), (2, 6.0)), "border 3 is missing"),
        (said((1, 5.0), (2, 6.0), (2, 6.1), (3, 12.0)), "border 2 comes twice"),
        (said((1, 5.0), (2, 6.0), (3, 12.0), (4, 13.0)), "there is no border 4"),
        (
            said((1, 5.0), (2, 6.0), (3, 14.0)),
            "border 3 is put at 14 s, outside of what is shown of it, 11.00 s to 13.00 s",
        ),
        (
            said((1, 5.0), (2, 5.2), (3, 12.0)),
            "border 2 is put at 5.2 s, outside of what is shown of it, 5.50 s to 7.00 s",
        ),
        ("", "The answer is empty."),
        ("none", 'The answer holds no complete JSON array of {"border", "time"} objects.'),
        (said(), "The array of borders is empty."),
        (
            said((1, 5.0), (2, "soon"), (3, 12.0)),
            'entry 2: time "soon" is not a number of seconds; border 2 is missing',
        ),
    ],
)
def test_a_fault_is_said_so_that_it_can_be_quoted(text: str, sentence: str) -> None:
    assert fault(text) == sentence


def test_a_tile_beyond_the_edge_means_the_edge() -> None:
    text = said((1, 3.9), (2, 5.4), (3, 12.0))
    check(text, list(enumerate(BORDERS, 1)))
    assert refined(text)[1:3] == [4.0, 5.6]


# taking over ----------------------------------------------------------------------------------


def test_borders_move_to_the_nearest_frame_of_where_they_were_seen() -> None:
    assert refined(said((1, 4.63), (2, 6.28), (3, 11.15))) == [0.0, 4.6, 6.3, 11.2]


def test_what_was_not_visible_stays() -> None:
    assert refined(said((1, "not visible"), (2, 6.28), (3, "not visible"))) == [0.0, 5.0, 6.3, 12.0]


def test_two_that_meet_in_the_middle_stay_two() -> None:
    assert refined(said((1, 5.5), (2, 5.5), (3, 12.0))) == [0.0, 5.5, 5.6, 12.0]


def test_no_subtask_becomes_shorter_than_the_user_allows() -> None:
    limits = EpisodeLimits(10, 200, Guidance(min_segment=0.8))
    assert refined(said((1, 5.4), (2, 5.7), (3, 12.4)), limits) == [0.0, 5.0, 6.0, 12.4]


def test_other_borders_than_those_that_were_looked_at_are_refused() -> None:
    refinement = Refinement(tuple(BORDERS), (said((1, 5.0), (2, 6.0), (3, 12.0)),))
    moved = [*FOUND[:2], Segment(7.0, "lift"), FOUND[3]]
    with pytest.raises(Unusable, match="other borders"):
        refine(moved, refinement, LIMITS)


@given(
    st.sets(st.integers(1, 299), max_size=8),
    st.lists(st.one_of(st.none(), st.floats(0, 40)), min_size=8, max_size=8),
    st.sampled_from((10, 29.97, 30)),
    st.sampled_from((0.0, 0.3, 1.0)),
)
def test_no_border_leaves_what_was_shown_or_passes_a_neighbour(
    frames: set[int], answers: list[float | None], fps: float, shortest: float
) -> None:
    entries = [Segment(0.0, "step 0")]
    entries += [Segment(frame / fps, f"step {frame}") for frame in sorted(frames)]
    limits = EpisodeLimits(fps, 300, Guidance(min_segment=shortest))
    found = limits.guidance.apply_limits(settle(entries, fps, 300), limits.duration)
    borders = between(found, limits.duration)
    times = ["not visible" if time is None else time for time in answers]
    text = said(*enumerate(times[: len(borders)], 1))
    moved = refine(found, Refinement(tuple(borders), (text,) if borders else ()), limits)
    assert [segment.subtask for segment in moved] == [segment.subtask for segment in found]
    for segment, border in zip(moved[1:], borders, strict=True):
        assert border.start - 1e-6 <= segment.time <= border.stop + 1e-6
    ends = pairwise([*(segment.time for segment in moved), limits.duration])
    assert all(stop - start > max(shortest, 1 / fps) - 1e-3 for start, stop in ends)
