import json
import logging
import math
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks.errors import Problem
from subtasks.questions.answer_text import parse
from subtasks.segments import subtask_files
from subtasks.segments.segment import Segment, Span, Unusable, clean_label, settle, spans

ENTRIES = [Segment(0.0, "reach"), Segment(3.5, "grasp")]
ARRAY = '[{"time": 0, "subtask": "reach"}, {"time": 3.5, "subtask": "grasp"}]'

rates = st.sampled_from([1.0, 5.0, 10.0, 15.0, 23.976, 29.97, 30.0, 50.0, 60.0, 240.0])
episode_lengths = st.integers(1, 20_000)
labels = st.text(max_size=8) | st.sampled_from(
    ["reach", "grasp", " reach\n", "re\u200bach", "x" * 300]
)
times = st.floats(0, 400) | st.sampled_from([0.0, 0.1, 2.5, 9.666667, math.inf, math.nan, -1.0])
raw_entries = st.lists(st.builds(Segment, times, labels), max_size=30)


# An answer's text


@pytest.mark.parametrize(
    "text",
    [
        ARRAY,
        f'{{"subtasks": {ARRAY}}}',
        f'{{"segments": {ARRAY}}}',
        f'{{"result": {{"episode": 3, "found": {ARRAY}}}}}',
        f"```json\n{ARRAY}\n```",
        f"Here you are [as asked], for the {{robot}}:\n\n{ARRAY}\n\nIt ends at [9.7 s].",
        f'{{"notes": [1, 2], "thoughts": [{{"time": "?", "subtask": "?"}}], "subtasks": {ARRAY}}}',
        f'[] and [{{"frame": 3}}], no: {ARRAY} or else [{{"time": 1, "subtask": "other"}}]',
        f'{{"subtasks": {ARRAY}, "notes": "and cut off in the midd',
        '[{"time": "0", "subtask": "reach"}, {"time": " 3.50 ", "subtask": "grasp"}]',
        '[{"time": 0, "subtask": "reach", "box": [1, 2]}, {"subtask": "grasp", "time": 3.5}]',
    ],
)
def test_an_answer_is_found_whatever_is_around_it(text: str) -> None:
    assert parse(text).entries == ENTRIES


def test_the_key_that_was_asked_for_comes_first() -> None:
    other = '[{"time": 1, "subtask": "other"}]'
    assert parse(f'{{"draft": {other}, "subtasks": {ARRAY}}}').entries == ENTRIES
    assert parse(f"{other} {ARRAY}").entries == [Segment(1.0, "other")]


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ("17", "17.0 is no object"),
        ('"grasp"', '"grasp" is no object'),
        ("[3.5]", "an array is no object"),
        ("null", "null is no object"),
        ('{"subtask": "grasp"}', 'it has no "time"'),
        ('{"time": 3.5}', 'it has no "subtask"'),
        ('{"time": true, "subtask": "grasp"}', "time true is no number"),
        ('{"time": null, "subtask": "grasp"}', "time null is no number"),
        ('{"time": "3.5s", "subtask": "grasp"}', 'time "3.5s" is no number'),
        ('{"time": "1e3", "subtask": "grasp"}', 'time "1e3" is no number'),
        ('{"time": "٣", "subtask": "grasp"}', "is no number"),
        ('{"time": NaN, "subtask": "grasp"}', "time NaN is not finite"),
        ('{"time": Infinity, "subtask": "grasp"}', "time Infinity is not finite"),
        ('{"time": 1e999, "subtask": "grasp"}', "is not finite"),
        (f'{{"time": {"9" * 5000}, "subtask": "grasp"}}', "is not finite"),
        (f'{{"time": "{"9" * 5000}", "subtask": "grasp"}}', "is not finite"),
        ('{"time": -0.5, "subtask": "grasp"}', "time -0.5 is negative"),
        ('{"time": "-0.5", "subtask": "grasp"}', "time -0.5 is negative"),
        ('{"time": 3.5, "subtask": 7}', "subtask 7.0 is no text"),
        ('{"time": 3.5, "subtask": ["grasp"]}', "subtask an array is no text"),
        ('{"time": 3.5, "subtask": " \\n\\u200b"}', "subtask is an empty text"),
    ],
)
def test_entries_are_refused_one_by_one(entry: str, reason: str) -> None:
    parsed = parse(
        f'[{{"time": 0, "subtask": "reach"}}, {entry}, {{"time": 3.5, "subtask": "grasp"}}]'
    )
    assert parsed.entries == ENTRIES
    [refused] = parsed.refused
    assert refused.startswith("entry 2: ")
    assert reason in refused
    with pytest.raises(Unusable, match="holds no usable entry: entry 1: "):
        parse(f"[{entry}]")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        (" \n", "empty"),
        ("I cannot see a robot.", "no complete JSON array"),
        ('{"time": 0, "subtask": "reach"}', "no complete JSON array"),
        ('[{"time": 0, "subtask": "reach"},]', "no complete JSON array"),
        ('[{"time": 0, "subtask": "reach"}, {"time":', "no complete JSON array"),
        ('{"subtasks": []}', "array of subtasks is empty"),
        ("[1, 2, 3, 4, 5]", r"1\.0 is no object; .* 3\.0 is no object; and 2 more\."),
    ],
)
def test_what_cannot_be_used_is_told_in_one_sentence(text: str, reason: str) -> None:
    with pytest.raises(Unusable, match=reason) as caught:
        parse(text)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "unit",
    [
        "[",
        "{",
        "[]",
        "[x",
        '["',
        '[\\"',
        '{"a":',
        "[[],",
        "[" + " " * 1000,
        "[x\n",
        '[{"time":',
        "```",
    ],
)
def test_hostile_answers_end(unit: str) -> None:
    """Quadratic reading of these two megabytes would take hours."""
    with pytest.raises(Unusable):
        parse(unit * (2_000_000 // len(unit)))


def test_nesting_does_not_hide_an_answer_that_follows() -> None:
    assert parse("[" * 50 + " no " + ARRAY).entries == ENTRIES
    assert parse("[" * 900 + "]" * 900 + ARRAY).entries == ENTRIES


@given(
    st.text()
    | st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.sampled_from(["time", "subtask", "a"]), inner)
        ),
    ).map(json.dumps)
)
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parsed = parse(text)
    except Unusable:
        return
    assert parsed.entries
    for entry in parsed.entries:
        assert math.isfinite(entry.time)
        assert entry.time >= 0
        assert clean_label(entry.subtask)


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


# The file a person may correct


@given(st.lists(st.builds(Segment, st.floats(0, 1e6), labels.map(clean_label).filter(bool))))
def test_a_file_is_read_as_it_was_written(tmp_path_factory, entries) -> None:
    path = tmp_path_factory.getbasetemp() / "subtasks.json"
    path.write_text(subtask_files.dump(entries), encoding="utf-8")
    assert subtask_files.load(path) == sorted(entries, key=lambda entry: entry.time)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is no valid JSON"),
        ("[" * 100_000, "is no valid JSON"),
        ("{}", "must hold a JSON array"),
        ('[{"time": 0, "subtask": "a"}, 5]', "entry 2: 5 is no object; an entry is an object with"),
        ('[{"time": "soon", "subtask": "a"}]', 'entry 1: time "soon" is no number'),
        ('[{"time": -1, "subtask": "a"}]', "entry 1: time -1 is negative"),
        ('[{"time": NaN, "subtask": "a"}]', "entry 1: time NaN is not finite"),
        ('[{"time": 0, "subtask": ""}]', "entry 1: subtask is an empty text"),
        ('[{"time": 0, "subtask": "a  b"}]', 'entry 1: .* write "a b" instead'),
        ('[{"time": 0, "subtask": "\\ud800"}]', "entry 1: subtask is an empty text"),
    ],
)
def test_a_mistake_by_hand_is_named(tmp_path, text: str, sentence: str) -> None:
    path = tmp_path / "episode_000007.json"
    path.write_text(text)
    with pytest.raises(Problem, match=sentence) as caught:
        subtask_files.load(path)
    assert "episode_000007.json" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_text_is_named(tmp_path) -> None:
    path = tmp_path / "episode_000007.json"
    path.write_bytes(b"\xff\xfe[]")
    with pytest.raises(Problem, match=r"episode_000007\.json is no valid JSON"):
        subtask_files.load(path)


def test_by_hand_a_list_may_be_empty_and_in_any_order(tmp_path) -> None:
    path = tmp_path / "episode.json"
    path.write_text("[]")
    assert subtask_files.load(path) == []
    path.write_text('[{"time": 3, "subtask": "b", "note": "sure?"}, {"time": 1.5, "subtask": "a"}]')
    assert subtask_files.load(path) == [Segment(1.5, "a"), Segment(3.0, "b")]


# Spreading over frames


@given(raw_entries, rates, st.integers(1, 500))
def test_spans_join(entries, fps, length) -> None:
    usable = [e for e in entries if e.time >= 0 and math.isfinite(e.time)]
    found = spans(usable, fps, length)
    assert all(0 <= span.start < span.stop <= length for span in found)
    assert all(a.stop == b.start for a, b in pairwise(found))
    assert not found or found[-1].stop == length


def test_a_segment_beyond_the_end_is_dropped_aloud(caplog) -> None:
    with caplog.at_level(logging.WARNING, "subtasks"):
        found = spans([Segment(0, "a"), Segment(0.5, "too late"), Segment(1e308, "never")], 10, 5)
        assert found == [Span(0, 5, "a")]
    assert "too late" in caplog.text
    assert "ends at 0.5 s" in caplog.text
