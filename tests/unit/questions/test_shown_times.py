"""What a model may answer with the times it was shown, and which times cannot be meant."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks.frames import contact_sheets, sampling
from subtasks.questions.answers import Answer, EpisodeLimits, check_window, episode_subtasks
from subtasks.questions.shown_times import rounding
from subtasks.questions.windows import Window
from subtasks.segments.segment import Segment, Unusable, settle

LIMITS = EpisodeLimits(fps=30, frames=120)
END = 3.966667  # when the last frame begins
WHOLE = Window(0, 9, 0.0, END)
FIRST, LAST = Window(0, 5, 0.0, 2.3), Window(4, 9, 1.8, END)


def said(*entries: tuple[object, str]) -> str:
    return json.dumps([{"time": time, "subtask": label} for time, label in entries])


def check(text: str, window: Window = WHOLE, *, is_last: bool = True, rate: float = 2) -> None:
    shown = LIMITS.shown(window, rounding("sheet", rate), is_last=is_last)
    check_window(text, window, LIMITS, shown)


def found(text: str, rate: float | None = 2) -> list[Segment]:
    off = None if rate is None else rounding("sheet", rate)
    return episode_subtasks(Answer((WHOLE,), (text,), rounding=off), LIMITS)[0]


@pytest.mark.parametrize(
    ("layout", "rate", "seconds"),
    [
        ("sheet", 0.1, 0.05),
        ("sheet", 2, 0.05),
        ("sheet", 2.1, 0.005),
        ("sheet", 20, 0.005),
        # Captions and prompts have two digits whatever the rate.
        ("sheet", 60, 0.005),
        ("frame", 1, 0.005),
    ],
)
def test_times_are_off_by_half_a_digit(layout: str, rate: float, seconds: float) -> None:
    assert rounding(layout, rate) == pytest.approx(seconds)


# the last frame -------------------------------------------------------------------------------


@pytest.mark.parametrize("time", [3.9, 3.95, 119 / 30, 3.97, 3.99, 4.0, "4.0", 4.01, 4.05])
def test_a_subtask_dated_by_the_last_tile_is_kept(time: float | str) -> None:
    """The last frame is at 3.967 s, and its tile says 3.9s in an episode of 4 s.

    A model that rounds for itself, or goes by the duration, says 4.0.
    """
    text = said((0, "reach"), (time, "let go"))
    check(text)
    *_, last = found(text)
    assert last.subtask == "let go"
    assert last.time <= round(119 / 30, 6)


@pytest.mark.parametrize("time", [4.0, 4.01, 4.05, 5, 1e9])
def test_an_answer_of_an_earlier_version_is_read_as_it_was(time: float) -> None:
    text = said((0, "reach"), (time, "let go"))
    assert found(text, rate=None) == [Segment(0.0, "reach")]


@pytest.mark.parametrize("rate", [5, 10])
def test_a_finer_time_may_be_off_by_less(rate: float) -> None:
    check(said((0, "reach"), (4.005, "let go")), rate=rate)
    with pytest.raises(Unusable, match=r"entry 2 begins at 4\.03 s, after the end of the episode"):
        check(said((0, "reach"), (4.03, "let go")), rate=rate)


@given(
    st.integers(2, 3000),
    st.sampled_from([1.0, 5.0, 10.0, 15.0, 23.976, 29.97, 30.0, 50.0, 60.0, 240.0]),
    st.sampled_from([0.2, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0]),
    st.sampled_from([5, 40, 600]),
)
def test_every_tile_can_begin_a_subtask(frames: int, fps: float, wanted: float, most: int) -> None:
    times = [round(frame / fps, 6) for frame in range(frames)]
    samples = sampling.choose(times, wanted, most)
    digits = sampling.decimals(samples.rate)
    shown = [
        contact_sheets.shown_time(times[index], digits, is_last=index == samples.indices[-1])
        for index in samples.indices
    ]
    tiles = [text.removesuffix("s") for text in shown]
    assert float(tiles[-1]) < frames / fps
    assert len(set(tiles)) == len(tiles)
    text = said(*((time, f"part {number}") for number, time in enumerate(tiles)))
    limits = EpisodeLimits(fps, frames)
    window = Window(0, 1, 0.0, times[samples.indices[-1]])
    off = rounding("sheet", samples.rate)
    check_window(text, window, limits, limits.shown(window, off, is_last=True))
    segments, refused = episode_subtasks(Answer((window,), (text,), rounding=off), limits)
    assert not refused
    assert [each.subtask for each in segments] == [f"part {n}" for n in range(len(tiles))]
    for segment, index in zip(segments, samples.indices, strict=True):
        # The last tile's is rounded down, the others' to the nearest.
        off = (1 if index == samples.indices[-1] else 0.5) / 10**digits
        assert abs(segment.time - times[index]) <= off + 0.5 / fps + 1e-5


def test_what_begins_between_the_last_tile_and_the_end_is_kept() -> None:
    text = said((0, "reach"), (3.9, "let go"))
    window = Window(0, 8, 0.0, 3.5)
    check(text, window)
    answer = Answer((window,), (text,), rounding=0.05)
    assert episode_subtasks(answer, LIMITS)[0][-1] == Segment(3.9, "let go")
    # Earlier versions left it out.
    assert len(episode_subtasks(Answer((window,), (text,)), LIMITS)[0]) == 1


def test_the_last_tile_of_a_window_is_in_it() -> None:
    """Its tile, at 2.267 s, says 2.3s."""
    window = Window(0, 5, 0.0, 2.266667)
    early = said((0, "reach"), (2.3, "grasp"))
    check(early, window, is_last=False)
    later = said((1.8, "reach"), (2.3, "grasp"), (4.0, "lift"))
    check(later, LAST)
    answer = Answer((window, LAST), (early, later), rounding=0.05)
    segments, _ = episode_subtasks(answer, LIMITS)
    assert [each.subtask for each in segments] == ["reach", "grasp", "lift"]
    assert segments[1].time in (2.266667, 2.3)
    assert segments[2].time == round(119 / 30, 6)


def test_a_last_tile_between_two_frames_is_in_its_window() -> None:
    window = Window(0, 5, 0.0, 2.28)
    text = said((0, "reach"), (2.28, "grasp"))
    answer = Answer((window, LAST), (text, said((1.8, "reach"))), rounding=0.05)
    shown = answer.shown(0, LIMITS)
    assert shown.on_frames([Segment(2.28, "grasp")]) == [Segment(68 / 30, "grasp")]
    check_window(text, window, LIMITS, shown)


# faults ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entries", "fault"),
    [
        (
            [(0, "a"), (2, "b"), (1, "c")],
            "entry 3 begins at 1.0 s, before entry 2 at 2.0 s: times must increase",
        ),
        (
            [(3.5, "a"), (0.0, "b")],
            "entry 2 begins at 0.0 s, before entry 1 at 3.5 s: times must increase",
        ),
        (
            [(0, "a"), ("2.5", "b"), (1.25, "c"), (3, "d")],
            "entry 3 begins at 1.25 s, before entry 2 at 2.5 s: times must increase",
        ),
        (
            [(0, "a"), (2, "b"), (2, "c")],
            "entries 2 and 3 begin in the same frame, at 2.0 s and 2.0 s: "
            "each must have a time of its own",
        ),
        (
            [(0, "a"), (0.01, "b"), (2, "c")],
            "entries 1 and 2 begin in the same frame, at 0.0 s and 0.01 s: "
            "each must have a time of its own",
        ),
        (
            [(0, "a"), (3.99, "b"), (4.0, "c")],
            "entries 2 and 3 begin in the same frame, at 3.99 s and 4.0 s: "
            "each must have a time of its own",
        ),
        (
            [(0, "a"), (2, "b"), (4.1, "c")],
            "entry 3 begins at 4.1 s, after the end of the episode at 4.00 s",
        ),
        (
            [(0, "a"), (1e308, "b")],
            "entry 2 begins at 1e+308 s, after the end of the episode at 4.00 s",
        ),
        (
            [(0, "a"), (-1, "b"), (2, "c")],
            "entry 2: time -1.0 is negative",
        ),
        ([(0, "a"), (1, " \u200b"), (2, "c")], "entry 2: subtask is an empty text"),
        ([(0, "a"), ("soon", "b")], 'entry 2: time "soon" is not a number of seconds'),
        (
            [(0, "a"), (None, "b"), (3, "c"), (2, "d"), (9, "e"), (8, "f")],
            "entry 2: time null is not a number of seconds; "
            "entry 4 begins at 2.0 s, before entry 3 at 3.0 s: times must increase; "
            "entry 6 begins at 8.0 s, before entry 5 at 9.0 s: times must increase; and 2 more",
        ),
    ],
)
def test_a_fault_is_said_with_its_entries(entries: list[tuple[object, str]], fault: str) -> None:
    with pytest.raises(Unusable) as caught:
        check(said(*entries))
    assert str(caught.value) == fault


@pytest.mark.parametrize(
    "entries",
    [
        [(0, "a"), (1, "b"), (2, "c")],
        [(1.5, "a")],
        [(0, "a"), (1, "a"), (1, "a"), (2, "b")],
        [(0, "a"), (1, "a "), (1.001, "a\u200b")],
        [(0, "a"), (0.04, "b"), (0.07, "c")],
    ],
)
def test_what_can_be_meant_is_no_fault(entries: list[tuple[object, str]]) -> None:
    check(said(*entries))


def test_a_window_may_overshoot_a_little_because_the_next_one_shows_it() -> None:
    check(said((0, "a"), (2.75, "b")), FIRST, is_last=False)
    with pytest.raises(Unusable, match=r"entry 2 begins at 3\.0 s, after the end of the part that"):
        check(said((0, "a"), (3.0, "b")), FIRST, is_last=False)


def test_a_reason_that_was_given_before_is_still_given() -> None:
    """It is part of the second question, under whose key a paid reply is stored."""
    with pytest.raises(Unusable, match=r"^No subtask begins inside the episode, which ends at 4\."):
        check(said((9, "a"), (8, "b")))
    with pytest.raises(Unusable, match=r"^The array holds no usable entry: entry 1: time -1.0 is"):
        check(said((-1, "a")))
    late = Window(5, 9, 2.0, 3.5)
    with pytest.raises(
        Unusable, match=r"^no subtask begins in the part that is shown, 2.00 s to 3"
    ):
        check(said((0, "a"), (1, "b")), late)


times = st.floats(0, 4.3) | st.sampled_from([0.0, 1.0, 2.0, 3.967, 4.0, 4.05, 4.2])
labels = st.sampled_from(["reach", "grasp", "Grasp.", "grasp\u200b", "let  go"])
answers = st.lists(st.tuples(times, labels), min_size=1, max_size=8)


@given(answers)
def test_what_passes_is_read_without_loss(entries: list[tuple[float, str]]) -> None:
    """Whatever passes has as many subtasks as it has labels in a row, in its own order."""
    text = said(*entries)
    try:
        check(text)
    except Unusable:
        return
    clean = [" ".join(label.replace("\u200b", "").split()) for _, label in entries]
    rows = [label for i, label in enumerate(clean) if i == 0 or label != clean[i - 1]]
    segments = found(text)
    assert [each.subtask for each in segments] == rows
    assert settle(segments, LIMITS.fps, LIMITS.frames) == segments
    assert all(abs(one.time - two.time) > 1e-6 for one, two in pairwise(segments))


@given(answers)
def test_an_answer_that_loses_something_does_not_pass(entries: list[tuple[float, str]]) -> None:
    distinct = [(time, f"{label} {number}") for number, (time, label) in enumerate(entries)]
    text = said(*distinct)
    if distinct != sorted(distinct) or any(time > 4.0501 for time, _ in distinct):
        with pytest.raises(Unusable):
            check(text)


@given(st.lists(st.tuples(st.floats(0, 3.96), labels), min_size=1, max_size=8))
def test_accepted_answers_within_the_images_give_what_they_always_gave(
    entries: list[tuple[float, str]],
) -> None:
    text = said(*entries)
    assert (
        found(text)
        == found(text, rate=None)
        == settle([Segment(time, label) for time, label in entries], LIMITS.fps, LIMITS.frames)
    )
