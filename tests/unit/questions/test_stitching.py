"""What is answered about each window of a long episode becomes one list of subtasks."""

import random
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from subtasks.frames.manifest import Image
from subtasks.questions.answers import Answer, EpisodeLimits, episode_subtasks
from subtasks.questions.guidance import Guidance
from subtasks.questions.stitching import same_meaning, stitch
from subtasks.questions.windows import RequestLimits, Window, cut_windows
from subtasks.segments.segment import Segment
from subtasks.segments.subtask_files import dump
from support import opentau
from support.sheets import RATE, sheets

FPS = 30
JITTER = 0.4

# No two have a word in common but one that counts for nothing.
LABELS = [
    "reach toward cup",
    "grasp handle",
    "lift mug",
    "tilt bottle",
    "close drawer",
    "wipe dust",
]
OTHERS = ["Reach toward the cup.", "grasp the handle", "Lift a mug", "tilt its bottle"]
OTHERS += ["close the drawer", "wipe dust"]


def truth_of(dice: random.Random) -> tuple[list[Segment], int]:
    """The subtasks of a long episode, each of at least two seconds, and its length in frames."""
    sizes = [round(dice.uniform(2, 9) * FPS) for _ in range(dice.randrange(1, 60))]
    kind, found = 0, []
    for number in range(len(sizes)):
        kind = (kind + dice.randrange(1, len(LABELS))) % len(LABELS)
        found.append(Segment(round(sum(sizes[:number]) / FPS, 6), LABELS[kind]))
    return found, sum(sizes)


def images_of(frames: int) -> list[Image]:
    samples = max(1, frames * RATE // FPS)
    return sheets(-(-samples // 20), last=samples % 20 or 20)


def said(window: Window, truth: list[Segment], spelled: list[str], jitter: list[float]) -> str:
    """What a model answers that sees the window: right, but for small errors of time."""
    moved = [
        Segment(segment.time + late, spelled[LABELS.index(segment.subtask)])
        for segment, late in zip(truth, jitter, strict=True)
    ]
    before = [segment for segment in moved if segment.time <= window.start] or moved[:1]
    seen = [segment for segment in moved if window.start < segment.time <= window.stop]
    return dump([Segment(window.start, before[-1].subtask), *seen])


@given(st.integers(0, 1 << 32), st.integers(2, 6))
def test_windows_that_are_right_are_joined_to_the_truth(seed: int, sheets_each: int) -> None:
    """Whatever small errors of time each makes, and however it spells what it sees."""
    dice = random.Random(seed)
    truth, frames = truth_of(dice)
    images = images_of(frames)
    parts = cut_windows(images, [1000] * len(images), RequestLimits(20 * sheets_each, 600))
    texts = []
    for part in parts:
        errors = [0.0, *(dice.uniform(-JITTER, JITTER) for _ in truth[1:])]
        texts.append(said(part, truth, dice.choice([LABELS, OTHERS]), errors))
    found, refused = episode_subtasks(
        Answer(tuple(parts), tuple(texts)), EpisodeLimits(FPS, frames)
    )
    assert not refused
    # What begins after the last picture nobody can know of.
    known = [segment for segment in truth if segment.time + JITTER <= parts[-1].stop]
    names = [segment.subtask for segment in found]
    plain = [LABELS[OTHERS.index(name)] if name in OTHERS else name for name in names]
    assert plain[: len(known)] == [segment.subtask for segment in known]
    assert len(found) <= len(known) + 1
    for one, true in zip(found, known, strict=False):
        assert abs(one.time - true.time) <= JITTER + 1 / FPS


@given(st.integers(0, 1 << 32), st.integers(2, 6))
def test_windows_without_errors_are_joined_without_errors(seed: int, sheets_each: int) -> None:
    truth, frames = truth_of(random.Random(seed))
    images = images_of(frames)
    parts = cut_windows(images, [1000] * len(images), RequestLimits(20 * sheets_each, 600))
    texts = [said(part, truth, LABELS, [0.0] * len(truth)) for part in parts]
    found, _ = episode_subtasks(Answer(tuple(parts), tuple(texts)), EpisodeLimits(FPS, frames))
    assert found == [segment for segment in truth if segment.time <= parts[-1].stop]


words = st.sampled_from(["reach", "grasp", "grasp the cup", "grasp cup", "lift it up", ""])
answers = st.lists(st.tuples(st.floats(0, 80), words), min_size=1, max_size=12)


@given(
    st.lists(answers, min_size=1, max_size=4),
    st.floats(0, 5),
    st.integers(1, 8),
)
def test_whatever_is_said_the_result_is_whole(
    said: list[list[tuple[float, str]]], shortest: float, shown: int
) -> None:
    """Sorted, from the beginning, every frame labelled once, nothing shorter than allowed."""
    images = sheets(8)
    parts = cut_windows(images, [1] * 8, RequestLimits(20 * shown, 600))
    frames = 80 * FPS
    texts = [
        dump(Segment(time, label or "wait") for time, label in said[i % len(said)])
        for i in range(len(parts))
    ]
    limits = EpisodeLimits(FPS, frames, Guidance(min_segment=shortest))
    try:
        found, _ = episode_subtasks(Answer(tuple(parts), tuple(texts)), limits)
    except ValueError:
        assume(False)
    assert found[0].time == 0.0
    for before, after in pairwise([*found, Segment(frames / FPS, "")]):
        assert len(found) == 1 or after.time - before.time >= max(shortest, 1 / FPS) - 1e-5
        assert before.subtask != after.subtask
    assert all(opentau.responses(found, FPS, frames))


TWO = (Window(0, 30, 0.0, 299.5), Window(29, 59, 290.0, 589.5))


def joined(earlier: list[tuple[float, str]], later: list[tuple[float, str]]) -> list[Segment]:
    return stitch(
        [
            (window, [Segment(*each) for each in entries])
            for window, entries in zip(TWO, (earlier, later), strict=True)
        ]
    )


def test_the_earlier_label_counts_where_both_see_a_border() -> None:
    found = joined(
        [(0.0, "reach"), (292.0, "grasp the cup"), (298.0, "lift the cup")],
        [(290.0, "reach"), (292.3, "take hold of it"), (297.8, "raise it"), (400.0, "put it down")],
    )
    assert found == [
        Segment(0.0, "reach"),
        Segment(292.0, "grasp the cup"),
        Segment(298.0, "lift the cup"),
        Segment(400.0, "put it down"),
    ]


def test_a_border_that_only_the_later_window_sees_is_kept_between_common_ones() -> None:
    found = joined(
        [(0.0, "reach"), (291.0, "grasp"), (299.0, "lift")],
        [(290.0, "reach"), (291.0, "grasp"), (297.0, "turn"), (299.1, "lift")],
    )
    assert [segment.subtask for segment in found] == ["reach", "grasp", "turn", "lift"]


@pytest.mark.parametrize("times", [(293.0, 297.0), (297.0, 293.0)])
def test_a_change_that_one_sees_seconds_later_counts_once(times: tuple[float, float]) -> None:
    first, second = times
    found = joined(
        [(0.0, "reach"), (first, "grasp the red cup")],
        [(290.0, "reach"), (second, "grasp a red cup")],
    )
    assert len(found) == 2
    assert found[1].time in times
    assert same_meaning(found[1].subtask, "grasp red cup")


def test_labels_that_differ_in_one_of_many_words_are_two_subtasks() -> None:
    long = "move the small blue block from the left side of the tray over to the {} of the box"
    found = joined(
        [(0.0, long.format("front"))],
        [(290.0, long.format("front")), (300.0, long.format("back"))],
    )
    assert len(found) == 2


def test_windows_of_one_image_share_nothing_and_lose_nothing() -> None:
    images = sheets(3)
    parts = cut_windows(images, [1] * 3, RequestLimits(20, 600))
    assert [(part.start, part.stop) for part in parts] == [(0.0, 9.5), (10.0, 19.5), (20.0, 29.5)]
    labels = ["reach", "grasp", "grasp the"]
    found = stitch([(p, [Segment(p.start, n)]) for p, n in zip(parts, labels, strict=True)])
    assert found == [Segment(0.0, "reach"), Segment(10.0, "grasp")]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("grasp the red cup", "Grasp red cup.", True),
        ("grasp the red cup", "grasp the blue cup", False),
        ("open the drawer", "close the drawer", False),
        ("the", "a", True),
        ("把杯子放下", "把杯子放下", True),
        ("", "reach", False),
    ],
)
def test_meaning_is_judged_by_words(one: str, other: str, same: bool) -> None:
    assert same_meaning(one, other) is same
    assert same_meaning(other, one) is same


@given(st.integers(4, 60), st.integers(2, 20), st.integers(0, 1000))
def test_windows_that_overlap_add_no_border(count: int, sheets_each: int, seed: int) -> None:
    """So windows that keep to their shares of `max_segments` are not too many together."""
    dice = random.Random(seed)
    parts = []
    for window in cut_windows(sheets(count), [1000] * count, RequestLimits(20 * sheets_each, 600)):
        times = [dice.uniform(window.start, window.stop) for _ in range(dice.randrange(6))]
        found = [Segment(time, dice.choice("abcd")) for time in sorted([window.start, *times])]
        parts.append((window, found))
    assert len(stitch(parts)) <= 1 + sum(len(found) - 1 for _, found in parts)
