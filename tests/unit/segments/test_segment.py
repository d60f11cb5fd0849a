import logging
import math
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks.segments.segment import Segment, Span, Unusable, clean_label, settle, spans

rates = st.sampled_from([1.0, 5.0, 10.0, 15.0, 23.976, 29.97, 30.0, 50.0, 60.0, 240.0])
episode_lengths = st.integers(1, 20_000)
labels = st.text(max_size=8) | st.sampled_from(
    ["reach", "grasp", " reach\n", "re\u200bach", "x" * 300]
)
times = st.floats(0, 400) | st.sampled_from([0.0, 0.1, 2.5, 9.666667, math.inf, math.nan, -1.0])
raw_entries = st.lists(st.builds(Segment, times, labels), max_size=30)


# Settling on frames


@given(raw_entries, rates, episode_lengths)
def test_settled_segments_are_in_order_on_frames_with_clean_labels(entries, fps, length) -> None:
    try:
        settled = settle(entries, fps, length)
    except Unusable:
        assert not any(0 <= e.time < length / fps and clean_label(e.subtask) for e in entries)
        return
    frames = [round(s.time * fps) for s in settled]
    assert frames[0] == settled[0].time == 0
    assert frames == sorted(set(frames))
    assert frames[-1] < length
    assert [s.time for s in settled] == [round(frame / fps, 6) for frame in frames]
    assert all(a.subtask != b.subtask for a, b in pairwise(settled))
    assert {s.subtask for s in settled} <= {clean_label(e.subtask) for e in entries}
    assert settle(settled, fps, length) == settled
    assert spans(settled, fps, length)[-1].subtask == settled[-1].subtask


@given(raw_entries, rates, episode_lengths)
def test_every_entry_alone_on_its_frame_is_kept(entries, fps, length) -> None:
    distinct = [
        Segment(e.time, f"{i}") for i, e in enumerate(entries) if 0 <= e.time < length / fps
    ]
    if distinct:
        nearest = {
            min(round(e.time * fps), length - 1): e.subtask
            for e in sorted(distinct, key=lambda e: e.time)
        }
        settled = settle(distinct, fps, length)
        assert [s.subtask for s in settled] == list(nearest.values())
        assert [round(s.time * fps) for s in settled[1:]] == list(nearest)[1:]


def test_settling_by_example() -> None:
    entries = [
        Segment(4.01, "lift"),
        Segment(0.4, "reach"),
        Segment(2.0, "grasp"),
        Segment(2.004, "grasp  it"),
        Segment(3.0, "grasp it"),
        Segment(5.0, "after the end"),
    ]
    assert settle(entries, 30, 150) == [
        Segment(0.0, "reach"),
        Segment(2.0, "grasp it"),
        Segment(4.0, "lift"),
    ]


def test_times_are_those_of_frames() -> None:
    settled = settle([Segment(0, "a"), Segment(0.34, "b"), Segment(9.66, "c")], 30, 290)
    assert [s.time for s in settled] == [0.0, 0.333333, 9.633333]


def test_nothing_inside_the_episode_is_no_answer() -> None:
    with pytest.raises(Unusable, match=r"ends at 9\.667 s"):
        settle([Segment(9.7, "late")], 30, 290)
    with pytest.raises(Unusable):
        settle([], 30, 290)


@given(st.text())
def test_labels_have_nothing_invisible(text: str) -> None:
    label = clean_label(text)
    assert clean_label(label) == label
    assert label == " ".join(label.split())
    assert len(label) <= 200
    assert not any(unicodedata.category(char).startswith("C") for char in label)
    label.encode()


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("  pick\tup\r\nthe   cup ", "pick up the cup"),
        ("pick\u2028up\u00a0the cup", "pick up the cup"),
        ("pick\x00 up\x1b[31m", "pick up[31m"),
        ("\ufeffpi\u200bck \u202eup\u202c", "pick up"),
        ("a\u200b \u200bb", "a b"),
        ("\ud800broken\ue000\uffff", "broken"),
        ("greife den Becher - 抓住杯子", "greife den Becher - 抓住杯子"),
        ("x" * 199 + " yz", "x" * 199),
        ("<b>pick</b>", "<b>pick</b>"),
    ],
)
def test_labels_by_example(text: str, label: str) -> None:
    assert clean_label(text) == label


# Spreading over frames


@given(raw_entries, rates, st.integers(1, 500))
def test_spans_join(entries, fps, length) -> None:
    usable = [e for e in entries if e.time >= 0 and math.isfinite(e.time)]
    found = spans(usable, fps, length)
    assert all(0 <= span.start < span.stop <= length for span in found)
    assert all(a.stop == b.start for a, b in pairwise(found))
    assert not found or found[-1].stop == length


def test_a_segment_without_a_frame_is_dropped_aloud(caplog) -> None:
    with caplog.at_level(logging.WARNING, "subtasks"):
        found = spans([Segment(0, "a"), Segment(0.5, "too late"), Segment(1e308, "never")], 10, 5)
        assert found == [Span(0, 5, "a")]
    assert "too late" in caplog.text
    assert spans([Segment(0, "a"), Segment(0.01, "b")], 10, 5) == [Span(0, 5, "b")]
    assert 'dropped the subtask "a" at 0 s: the next one begins in the same frame' in caplog.text
    assert "ends at 0.5 s" in caplog.text
