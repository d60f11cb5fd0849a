"""The labels that a page sends are judged, and put on the frames of their episode."""

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks.review import labels
from subtasks.segments import subtask_files
from subtasks.segments.segment import Segment, Unusable
from support.small_datasets import JSON

TEXTS = st.text(max_size=20) | st.sampled_from(["reach", "grasp", "‮evil", "<script>", "\ud800"])
ENTRIES = st.lists(
    st.fixed_dictionaries(
        {"time": st.floats(-1, 5) | st.floats() | st.integers(), "subtask": TEXTS},
        optional={"mistake": st.booleans() | JSON, "original": JSON},
    )
    | JSON,
    max_size=8,
)


@given(ENTRIES | JSON, st.sampled_from([0.5, 10, 29.97, 30]), st.integers(1, 100))
def test_any_list_is_refused_in_a_sentence_or_can_be_read_again(
    tmp_path_factory: Any, entries: Any, fps: float, length: int
) -> None:
    try:
        found = labels.settled(entries, fps, length)
    except Unusable as unusable:
        said = str(unusable)
    else:
        said = ""
        _readable(tmp_path_factory, found, fps, length)
    assert "\n" not in said
    assert len(said) < 300


def _readable(tmp_path_factory: Any, found: list[Segment], fps: float, length: int) -> None:
    path: Path = tmp_path_factory.mktemp("labels") / "episode_000000.json"
    path.write_text(subtask_files.dump(found), encoding="utf-8")
    assert subtask_files.load(path) == found
    assert subtask_files.on_frames(path, found, fps, length) == found
    assert not found or found[0].time == 0
    assert labels.settled(labels.as_json(found), fps, length) == found


def test_times_are_those_of_frames_and_labels_clean() -> None:
    entries = [
        {"time": 0.51, "subtask": " grasp\tthe  cup", "mistake": True},
        {"time": 0.09, "subtask": "reach", "original": "move"},
    ]
    assert labels.settled(entries, 10, 20) == [
        Segment(0.0, "reach"),
        Segment(0.5, "grasp the cup", mistake=True),
    ]


def test_neighbours_with_one_label_stay_two() -> None:
    entries = [{"time": 0, "subtask": "grasp"}, {"time": 1, "subtask": "grasp"}]
    assert len(labels.settled(entries, 10, 20)) == 2


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        (None, 'The request must have a list of "subtasks".'),
        ([5], "Entry 1: 5 is not an object."),
        ([{"time": 0}], 'Entry 1: it has no "subtask".'),
        ([{"time": -1, "subtask": "a"}], "Entry 1: time -1 is negative."),
        ([{"time": math.nan, "subtask": "a"}], "Entry 1: time NaN is not finite."),
        ([{"time": 0, "subtask": "\n"}], "Entry 1: subtask is an empty text."),
        ([{"time": 0, "subtask": "\u202e"}], "Entry 1: subtask is an empty text."),
        ([{"time": 0, "subtask": "a", "mistake": 1}], 'Entry 1: "mistake" must be true or false.'),
        (
            [{"time": 2.1, "subtask": "a"}],
            '"a" begins at 2.1 s, after the end of the episode at 2.00 s.',
        ),
        (
            [{"time": 1, "subtask": "a"}, {"time": 1.01, "subtask": "b"}],
            '"a" and "b" begin in the same frame, at 1.00 s: move or remove one.',
        ),
        (
            [{"time": 0, "subtask": "a"}] * 21,
            "21 subtasks are more than the episode has frames: 20.",
        ),
    ],
)
def test_unusable_labels_are_refused_in_a_sentence(entries: Any, sentence: str) -> None:
    with pytest.raises(Unusable) as refused:
        labels.settled(entries, 10, 20)
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b"[" * 100_000, b'{"a": ' + b"[" * 99_999, b'"\xed\xa0\x80"']
)
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(Unusable, match="not valid JSON"):
        labels.parse(body)


def test_a_number_of_many_digits_is_no_time() -> None:
    entries = labels.parse(b'[{"time": ' + b"9" * 9000 + b', "subtask": "a"}]')
    with pytest.raises(Unusable, match="is not finite"):
        labels.settled(entries, 10, 20)


def test_a_version_is_that_of_labels_and_of_whose_they_are() -> None:
    one, other = [Segment(0.0, "a")], [Segment(0.0, "b")]
    found = {
        labels.version(one, by_a_person=False),
        labels.version(one, by_a_person=True),
        labels.version(other, by_a_person=True),
        labels.version([], by_a_person=True),
        labels.version([], by_a_person=True, remark="damaged"),
        labels.version([Segment(0.0, "a", mistake=True)], by_a_person=True),
    }
    assert len(found) == 6
    words = [Segment(0.0, "a", "words")]
    assert labels.version(words, by_a_person=True) == labels.version(one, by_a_person=True)
    lone = json.loads('"\\ud800"')
    assert labels.version([Segment(0.0, lone)], by_a_person=True)


def test_neighbours_that_a_new_name_makes_equal_become_one() -> None:
    before = [
        Segment(0.0, "a"),
        Segment(1.0, "b"),
        Segment(2.0, "c"),
        Segment(3.0, "a"),
        Segment(4.0, "a"),
        Segment(5.0, "b", mistake=True),
    ]
    after = [
        Segment(0.0, "a"),
        Segment(2.0, "c"),
        Segment(3.0, "a"),
        Segment(4.0, "a"),
        Segment(5.0, "a", mistake=True),
    ]
    assert labels.renamed(before, {"b": "a"}, remembers=False) == after
    found = labels.renamed(before, {"b": "a"}, remembers=True)
    assert [replace(each, original=None) for each in found] == after
    assert [each.original for each in found] == ["a", None, None, None, "b"]
    again = labels.renamed(found, {"a": "d"}, remembers=True)
    assert [each.original for each in again] == ["a", None, "a", "a", "b"]
