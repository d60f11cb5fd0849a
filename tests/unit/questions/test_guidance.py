"""What the user says about labels: given to the model, and applied to its answer."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servers.claude import schemas
from subtasks.errors import Problem
from subtasks.questions.guidance import Guidance, without_short
from subtasks.segments.segment import Segment, Unusable, clean_label

DURATION = 60.0


def test_no_guidance_says_nothing_and_takes_any_label() -> None:
    guidance = Guidance.from_json("{}")
    assert guidance == Guidance()
    assert guidance.remarks() == ""
    assert guidance.check_label("  Any\tlabel ") == "Any label"
    assert guidance.label_schema() == {"type": "string"}


@pytest.mark.parametrize(
    "vocabulary", [[""], [" ", "\u200b", "\x00\t"], ["\ud800"], ["\ue000", "\u00a0\u2028"]]
)
def test_a_vocabulary_of_blanks_does_not_allow_any_label(vocabulary: list[str]) -> None:
    with pytest.raises(Problem, match=r"g\.json: all labels of the vocabulary are blank"):
        Guidance.from_json(json.dumps({"vocabulary": vocabulary}), "g.json")


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "[]", "null", "5", '"{}"', "[" * 200_000, '{"unknown": 1}', b"\xff\xfe{"),
        *('{"vocabulary": "reach"}', '{"vocabulary": [1]}', '{"vocabulary": null}'),
        *('{"context": 5}', '{"min_segment": "1"}', '{"min_segment": NaN}', '{"min_segment": -1}'),
        *('{"max_segments": "3"}', '{"max_segments": true}', '{"max_segments": 2.5}'),
        '{"max_segments": 0}',
    ],
)
def test_damaged_guidance_is_named(text: str | bytes) -> None:
    with pytest.raises(Problem, match=r"g\.json is damaged: remove it and run again"):
        Guidance.from_json(text, "g.json")


def test_all_of_it_is_given_to_the_model() -> None:
    said = Guidance(
        context="A humanoid with {two} hands.",
        vocabulary=("reach", "grasp the cup"),
        min_segment=0.5,
        max_segments=12,
    ).remarks()
    for words in ("A humanoid with {two} hands.", "- reach\n- grasp the cup", "0.5 s", "12"):
        assert words in said


@pytest.mark.parametrize("vocabulary", [(), ("reach", "grasp")])
def test_the_api_takes_the_schemas(vocabulary: tuple[str, ...]) -> None:
    guidance = Guidance(vocabulary=vocabulary)
    schemas.check(guidance.subtasks_schema())
    schemas.check(guidance.relabel_schema())


@pytest.mark.parametrize(
    ("said", "label"),
    [
        ("grasp", "grasp"),
        ("Grasp.", "grasp"),
        (" GRASP  the\ncup ", "Grasp the cup"),
        ("Place", "Place"),
        ("place", "place"),
        ("straße", "STRASSE"),
    ],
)
def test_case_and_a_full_stop_are_forgiven(said: str, label: str) -> None:
    words = ("grasp", "Grasp the cup", "Place", "place", "STRASSE")
    assert Guidance(vocabulary=words).check_label(said) == label


@pytest.mark.parametrize("said", ["lift", "grasp it", "", "gra sp", "grasp, "])
def test_other_labels_are_refused(said: str) -> None:
    with pytest.raises(Unusable, match="not one of the allowed labels"):
        Guidance(vocabulary=("grasp",)).check_label(said)


def test_a_vocabulary_is_known_as_it_will_be_written() -> None:
    """A label with invisible characters in the config is found again without them."""
    told = json.dumps({"vocabulary": ["grasp\u200b  cup", "grasp cup", " ", "lift\ncup"]})
    guidance = Guidance.from_json(told)
    assert guidance.vocabulary == ("grasp cup", "lift cup")
    assert guidance.label_schema()["enum"] == ["grasp cup", "lift cup"]
    assert guidance.check_label("Grasp cup") == "grasp cup"


vocabularies = st.lists(st.text(max_size=20), max_size=5).filter(
    lambda words: not words or any(map(clean_label, words))
)


@given(vocabularies, st.text(max_size=20))
def test_a_label_is_in_the_vocabulary_or_refused(words: list[str], said: str) -> None:
    guidance = Guidance.from_json(json.dumps({"vocabulary": words}))
    try:
        label = guidance.check_label(said)
    except Unusable:
        assert clean_label(said) not in guidance.vocabulary
    else:
        assert label in (guidance.vocabulary or (clean_label(said),))
    for word in guidance.vocabulary:
        assert guidance.check_label(word) == word


def test_one_other_label_makes_an_answer_unusable() -> None:
    """Left out, its frames would carry the label before it."""
    guidance = Guidance(vocabulary=("reach", "lift"))
    entries = [Segment(0.0, "Reach"), Segment(20.0, "wipe the table"), Segment(60.0, "lift")]
    with pytest.raises(Unusable, match='"wipe the table"'):
        guidance.apply_vocabulary(entries)
    assert guidance.apply_vocabulary(entries[::2]) == [Segment(0.0, "reach"), Segment(60.0, "lift")]
    assert guidance.apply_vocabulary([]) == []


# lengths and numbers --------------------------------------------------------------------------


def segments(*entries: tuple[float, str]) -> list[Segment]:
    return [Segment(time, label) for time, label in entries]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        # Short ones go, and the one before goes on.
        ([(0, "a"), (10, "b"), (11, "c")], [(0, "a"), (11, "c")]),
        # A short first one gives its place to the next.
        ([(0, "a"), (1, "b"), (9, "c")], [(0, "b"), (9, "c")]),
        # The last one lasts until the end.
        ([(0, "a"), (59, "b")], [(0, "a")]),
        # What comes together under one label is one.
        ([(0, "a"), (10, "b"), (11, "a"), (20, "c")], [(0, "a"), (20, "c")]),
        # Of nothing but short ones the last stays.
        ([(58.5, "a"), (59, "b"), (59.5, "c")], [(0, "c")]),
        # Just long enough.
        ([(0, "a"), (10, "b"), (12, "c")], [(0, "a"), (10, "b"), (12, "c")]),
    ],
)
def test_short_segments_are_left_out(
    before: list[tuple[float, str]], after: list[tuple[float, str]]
) -> None:
    assert without_short(segments(*before), DURATION, 2.0) == segments(*after)


times = st.lists(st.integers(1, 1799), unique=True, max_size=30).map(sorted)


@given(times, st.lists(st.sampled_from("abc"), min_size=31, max_size=31), st.floats(0, 20))
def test_what_remains_is_long_enough_and_covers_everything(
    frames: list[int], labels: list[str], shortest: float
) -> None:
    found = [
        Segment(round(frame / 30, 6), label)
        for frame, label in zip([0, *frames], labels, strict=False)
    ]
    kept = without_short(found, DURATION, shortest)
    assert kept[0].time == 0.0
    assert {segment.subtask for segment in kept} <= {segment.subtask for segment in found}
    for segment, after in pairwise([*kept, Segment(DURATION, "")]):
        assert len(kept) == 1 or after.time - segment.time >= shortest - 1e-5
        assert segment.subtask != after.subtask
    assert without_short(kept, DURATION, shortest) == kept


def test_too_many_segments_are_refused_after_short_ones_went() -> None:
    found = segments((0, "a"), (10, "b"), (11, "c"), (30, "d"))
    assert len(Guidance(max_segments=3, min_segment=2).apply_limits(found, DURATION)) == 3
    with pytest.raises(Unusable, match="there are 4 subtasks and at most 3"):
        Guidance(max_segments=3).apply_limits(found, DURATION)


@given(st.integers(1, 40), st.lists(st.floats(0, 600), min_size=1, max_size=12))
def test_parts_that_keep_to_their_shares_are_not_too_many_together(
    most: int, lengths: list[float]
) -> None:
    """Of parts that overlap, only the first one's first label is no border of another's."""
    guidance = Guidance(max_segments=most)
    shares = [length / (sum(lengths) or 1) for length in lengths]
    counts = [guidance.for_part(share).max_segments for share in shares]
    assert min(counts) >= 1
    assert 1 + sum(count - 1 for count in counts) <= most
    assert guidance.for_part(1.0) == guidance
    assert Guidance().for_part(0.5) == Guidance()
