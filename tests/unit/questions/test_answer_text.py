"""The JSON in a model's answer: an array of subtasks or one label, whatever is around it."""

import contextlib
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks.questions.answer_text import read_label, read_subtasks
from subtasks.segments.segment import Segment, Unusable, clean_label

ENTRIES = [Segment(0.0, "reach"), Segment(3.5, "grasp")]
ARRAY = '[{"time": 0, "subtask": "reach"}, {"time": 3.5, "subtask": "grasp"}]'

# subtasks -------------------------------------------------------------------------------------


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
    assert read_subtasks(text).entries == ENTRIES


def test_the_key_that_was_asked_for_comes_first() -> None:
    other = '[{"time": 1, "subtask": "other"}]'
    assert read_subtasks(f'{{"draft": {other}, "subtasks": {ARRAY}}}').entries == ENTRIES
    assert read_subtasks(f"{other} {ARRAY}").entries == [Segment(1.0, "other")]


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ("17", "17.0 is not an object"),
        ('"grasp"', '"grasp" is not an object'),
        ("[3.5]", "[3.5] is not an object"),
        ("null", "null is not an object"),
        ('{"subtask": "grasp"}', 'it has no "time"'),
        ('{"time": 3.5}', 'it has no "subtask"'),
        ('{"time": true, "subtask": "grasp"}', "time true is not a number"),
        ('{"time": null, "subtask": "grasp"}', "time null is not a number"),
        ('{"time": "3.5s", "subtask": "grasp"}', 'time "3.5s" is not a number'),
        ('{"time": "1e3", "subtask": "grasp"}', 'time "1e3" is not a number'),
        ('{"time": "٣", "subtask": "grasp"}', "is not a number"),
        ('{"time": NaN, "subtask": "grasp"}', "time NaN is not finite"),
        ('{"time": Infinity, "subtask": "grasp"}', "time Infinity is not finite"),
        ('{"time": 1e999, "subtask": "grasp"}', "is not finite"),
        (f'{{"time": {"9" * 5000}, "subtask": "grasp"}}', "is not finite"),
        (f'{{"time": "{"9" * 5000}", "subtask": "grasp"}}', "is not finite"),
        ('{"time": -0.5, "subtask": "grasp"}', "time -0.5 is negative"),
        ('{"time": "-0.5", "subtask": "grasp"}', "time -0.5 is negative"),
        ('{"time": 3.5, "subtask": 7}', "subtask 7.0 is not a text"),
        ('{"time": 3.5, "subtask": ["grasp"]}', 'subtask ["grasp"] is not a text'),
        ('{"time": 3.5, "subtask": " \\n\\u200b"}', "subtask is an empty text"),
    ],
)
def test_entries_are_refused_one_by_one(entry: str, reason: str) -> None:
    parsed = read_subtasks(
        f'[{{"time": 0, "subtask": "reach"}}, {entry}, {{"time": 3.5, "subtask": "grasp"}}]'
    )
    assert parsed.entries == ENTRIES
    [refused] = parsed.refused
    assert refused.startswith("entry 2: ")
    assert reason in refused
    with pytest.raises(Unusable, match="holds no usable entry: entry 1: "):
        read_subtasks(f"[{entry}]")


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
        ("[1, 2, 3, 4, 5]", r"1\.0 is not an object; .* 3\.0 is not an object; and 2 more\."),
    ],
)
def test_why_an_answer_cannot_be_used_is_one_sentence(text: str, reason: str) -> None:
    with pytest.raises(Unusable, match=reason) as caught:
        read_subtasks(text)
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
    text = unit * (2_000_000 // len(unit))
    with pytest.raises(Unusable):
        read_subtasks(text)
    with pytest.raises(Unusable):
        read_label(text)


def test_nesting_does_not_hide_an_answer_that_follows() -> None:
    assert read_subtasks("[" * 50 + " no " + ARRAY).entries == ENTRIES
    assert read_subtasks("[" * 900 + "]" * 900 + ARRAY).entries == ENTRIES


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["time", "subtask", "a"]), inner)
    ),
)


@given(st.text() | json_values.map(json.dumps))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parsed = read_subtasks(text)
    except Unusable:
        return
    assert parsed.entries
    for entry in parsed.entries:
        assert math.isfinite(entry.time)
        assert entry.time >= 0
        assert clean_label(entry.subtask)


# labels ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        '{"subtask": "grasp the cup"}',
        '```json\n{"subtask": "grasp the cup"}\n```',
        'Here is it:\n{"subtask": " grasp  the cup\\n"}\nTell me [anything] else.',
        'I looked at {the frames}. {"subtask": "grasp the cup"} That {is} all.',
        '{"subtask": "grasp the cup", "why": {"because": ["}"]}}',
        '{"result": [{"subtask": 3}, {"subtask": "grasp the cup"}], "subtask": ""}',
    ],
)
def test_a_label_is_read_out_of_an_answer(text: str) -> None:
    assert clean_label(read_label(text)) == "grasp the cup"


@pytest.mark.parametrize(
    "text",
    ["", "grasp", "{}", '{"subtask": 3}', '{"subtask": "\\u200b"}', "[1]", "}{", "{" * 5000],
)
def test_an_answer_without_a_label_is_refused(text: str) -> None:
    with pytest.raises(Unusable):
        read_label(text)


@given(st.text(max_size=60) | json_values.map(json.dumps))
def test_any_answer_gives_a_label_or_a_reason(text: str) -> None:
    with contextlib.suppress(Unusable):
        assert clean_label(read_label(text))
