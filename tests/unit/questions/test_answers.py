"""Answers become subtasks: read, checked, put together."""

import contextlib
import json
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks.questions.answers import (
    Answer,
    EpisodeLimits,
    episode_subtasks,
    read_label,
    window_subtasks,
)
from subtasks.questions.guidance import Guidance
from subtasks.questions.windows import Window
from subtasks.segments.segment import Segment, Unusable, settle

LIMITS = EpisodeLimits(fps=10, frames=1000)
WHOLE = Window(0, 10, 0.0, 99.5)
MIDDLE = Window(5, 8, 50.0, 79.5)


def said(*entries: tuple[object, object]) -> str:
    return json.dumps({"subtasks": [{"time": t, "subtask": label} for t, label in entries]})


def found(text: str, window: Window = WHOLE, limits: EpisodeLimits = LIMITS) -> list[Segment]:
    return window_subtasks(text, window, limits)[0]


def test_an_answer_comes_back_from_json_as_it_was() -> None:
    for labels in (None, ("a", "b")):
        for rounding in (None, 0.05):
            answer = Answer((WHOLE, MIDDLE), ("x", "y"), labels, rounding)
            assert Answer.from_json(json.loads(json.dumps(asdict(answer)))) == answer


def test_an_answer_that_an_earlier_version_accepted_is_sorted_and_cut() -> None:
    window = {"first": 0, "last": 10, "start": 0.0, "stop": 99.5}
    text = said((9, "lift"), (0, "reach"), (4, "grasp"), (4, "hold"), (99.8, "wait"), (-1, "x"))
    answer = Answer.from_json({"windows": [window], "texts": [text], "labels": None})
    segments, refused = episode_subtasks(answer, LIMITS)
    assert segments == [Segment(0.0, "reach"), Segment(4.0, "hold"), Segment(9.0, "lift")]
    assert refused == ["entry 6: time -1.0 is negative"]


# windows --------------------------------------------------------------------------------------


def test_a_window_begins_with_what_is_going_on() -> None:
    text = said((10, "reach"), (40, "grasp"), (60, "lift"), (75.04, "carry"), (90, "place"))
    assert found(text, MIDDLE) == [
        Segment(50.0, "grasp"),
        Segment(60.0, "lift"),
        Segment(75.0, "carry"),
    ]
    assert found(said((50.0, "grasp"), (60, "lift")), MIDDLE)[0] == Segment(50.0, "grasp")
    # The first is carried back to the beginning of what is shown.
    assert found(said((52.0, "grasp")), MIDDLE) == [Segment(50.0, "grasp")]


@pytest.mark.parametrize("times", [(0, 10, 20), (0, 29.5), (85, 90)])
def test_times_that_count_from_the_windows_own_start_are_refused(times: tuple[float, ...]) -> None:
    """They would make one subtask of the whole window, and nobody would know."""
    text = said(*((time, f"part {time}") for time in times))
    with pytest.raises(Unusable, match=r"50\.00 s to 79\.50 s; times count from the episode's"):
        found(text, MIDDLE)


def test_a_whole_episode_may_begin_with_anything() -> None:
    assert found(said((3, "reach"))) == [Segment(0.0, "reach")]


def test_entries_that_are_left_out_are_named() -> None:
    text = said((0, "reach"), ("soon", "grasp"), (5, "lift"))
    segments, refused = window_subtasks(text, WHOLE, LIMITS)
    assert [segment.subtask for segment in segments] == ["reach", "lift"]
    assert len(refused) == 1
    assert "soon" in refused[0]


def test_too_many_subtasks_in_a_window_are_refused_there() -> None:
    """So that they are asked for again, while each window can be."""
    limits = EpisodeLimits(10, 1000, Guidance(max_segments=2, min_segment=1))
    text = said((0, "a"), (50, "b"), (50.5, "c"), (70, "d"))
    with pytest.raises(Unusable, match="there are 3 subtasks and at most 2"):
        found(text, WHOLE, limits)
    assert len(found(said((0, "a"), (50, "b"), (50.5, "b")), WHOLE, limits)) == 2


def test_a_vocabulary_is_written_as_it_was_given() -> None:
    limits = EpisodeLimits(10, 1000, Guidance(vocabulary=("Grasp", "lift up")))
    text = said((0, "grasp."), (9, "Lift  up"))
    assert found(text, WHOLE, limits) == [Segment(0.0, "Grasp"), Segment(9.0, "lift up")]
    with pytest.raises(Unusable, match='"wave" is not one of the allowed labels'):
        found(said((0, "grasp."), (5, "wave"), (9, "Lift  up")), WHOLE, limits)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["time", "subtask", "subtasks"]), inner)
    ),
    max_leaves=12,
)


@given(
    st.text(max_size=50) | json_values.map(json.dumps),
    st.sampled_from([WHOLE, MIDDLE]),
    st.sampled_from([Guidance(), Guidance(vocabulary=("a",)), Guidance(min_segment=3.0)]),
)
def test_any_answer_gives_subtasks_or_a_reason(
    text: str, window: Window, guidance: Guidance
) -> None:
    limits = EpisodeLimits(10, 1000, guidance)
    with contextlib.suppress(Unusable):
        segments, _ = episode_subtasks(Answer((window,), (text,)), limits)
        assert segments[0].time == 0.0
        assert segments == settle(segments, 10, 1000)


# labels ---------------------------------------------------------------------------------------


def test_a_new_label_is_checked_against_the_vocabulary() -> None:
    limits = EpisodeLimits(10, 1000, Guidance(vocabulary=("Grasp",)))
    assert read_label('{"subtask": "grasp."}', limits) == "Grasp"
    with pytest.raises(Unusable, match='"wave" is not one of the allowed labels'):
        read_label('{"subtask": "wave"}', limits)


def relabelled(*labels: str, limits: EpisodeLimits = LIMITS) -> list[Segment]:
    texts = tuple(json.dumps({"subtask": label}) for label in labels)
    cut = said((0, "a"), (10, "b"), (20, "c"))
    return episode_subtasks(Answer((WHOLE,), (cut,), texts), limits)[0]


def test_new_labels_keep_the_borders_and_join_what_is_the_same() -> None:
    assert relabelled("x", "y", "z") == [Segment(0, "x"), Segment(10, "y"), Segment(20, "z")]
    assert relabelled("x", "x", "z") == [Segment(0, "x"), Segment(20, "z")]
    with pytest.raises(Unusable, match="2 new labels for 3 subtasks"):
        relabelled("x", "y")
