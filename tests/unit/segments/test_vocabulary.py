from hypothesis import given
from hypothesis import strategies as st

from subtasks.segments.segment import Segment, settle
from subtasks.segments.vocabulary import Vocabulary

CUP = "grasp the red cup"
VOCABULARY = Vocabulary({CUP: {"grab the red cup": 3, "take it": None}, "lift": {}}, ("a" * 64,))

texts = st.text("ab ", min_size=1, max_size=3).map(str.strip).filter(bool)


@st.composite
def vocabularies(draw: st.DrawFn) -> Vocabulary:
    owners = draw(st.dictionaries(texts, texts, max_size=8))
    groups: dict[str, dict[str, int | None]] = {each: {} for each in draw(st.sets(texts))}
    for words, label in owners.items():
        groups.setdefault(label, {})[words] = draw(st.none() | st.integers(0, 99))
    return Vocabulary(groups, tuple(draw(st.sets(st.sampled_from(["0" * 64, "f" * 64])))))


def test_words_have_the_label_they_stand_below() -> None:
    assert VOCABULARY.label("grab the red cup") == CUP
    assert VOCABULARY.label(CUP) == CUP
    assert VOCABULARY.label("place") is None
    assert VOCABULARY.unknown(["place", "take it", "lift", "place", "turn"]) == ["place", "turn"]


def test_a_label_that_was_put_below_another_stands_for_that() -> None:
    vocabulary = Vocabulary({"a": {"b": 1}, "c": {"a": 1}})
    assert [vocabulary.label(words) for words in "abc"] == ["c", "a", "c"]


def test_the_models_words_are_kept_and_neighbours_become_one() -> None:
    said = [
        Segment(0.0, "hold still"),
        Segment(1.0, "grab the red cup"),
        Segment(2.0, "take it"),
        Segment(3.0, "lift"),
        Segment(4.0, CUP),
    ]
    assert VOCABULARY.apply(said) == [
        Segment(0.0, "hold still", "hold still"),
        Segment(1.0, CUP, "grab the red cup"),
        Segment(3.0, "lift", "lift"),
        Segment(4.0, CUP, CUP),
    ]


@given(vocabularies(), st.lists(texts, min_size=1, max_size=6))
def test_labels_are_joined_as_settling_does(vocabulary: Vocabulary, said: list[str]) -> None:
    segments = settle([Segment(float(i), each) for i, each in enumerate(said)], 1, len(said))
    found = [Segment(each.time, each.subtask) for each in vocabulary.apply(segments)]
    labels = [
        Segment(each.time, vocabulary.label(each.subtask) or each.subtask) for each in segments
    ]
    assert found == settle(labels, 1, len(said))


@given(vocabularies(), st.dictionaries(texts, texts), st.dictionaries(texts, st.integers(0, 99)))
def test_what_is_known_never_changes(
    vocabulary: Vocabulary, labels: dict[str, str], said: dict[str, int]
) -> None:
    extended = vocabulary.extended(labels, said, ["1" * 64])
    for words in [*labels, *said, *vocabulary.groups]:
        expected = vocabulary.label(words)
        if expected is not None:
            assert extended.label(words) == expected
    assert not extended.unknown(labels)
    assert extended.questions == (*vocabulary.questions, "1" * 64)
    assert list(extended.groups)[: len(vocabulary.groups)] == list(vocabulary.groups)
    assert extended.extended(labels, said, ["1" * 64]) == extended


def test_a_label_gets_another_name() -> None:
    groups = {"grab": {"grasp": 2, "grip": 1}, "reach": {"reach": 3}, "rest": {}}
    vocabulary = Vocabulary(groups, ("key",))
    found = vocabulary.renamed("grab", "take")
    assert found == Vocabulary({"take": groups["grab"], **groups_but(groups, "grab")}, ("key",))
    assert list(found.groups) == ["take", "reach", "rest"]
    merged = vocabulary.renamed("grab", "reach")
    assert merged.groups == {"reach": {"reach": 3, "grasp": 2, "grip": 1}, "rest": {}}
    assert vocabulary.renamed("rest", "reach").groups == groups_but(groups, "rest")
    assert vocabulary.renamed("nothing", "other") == vocabulary


def groups_but(groups, label):
    return {name: group for name, group in groups.items() if name != label}


def test_words_that_are_their_own_label_come_along() -> None:
    vocabulary = Vocabulary({"grab": {"grasp": 2}})
    # The model has said "grab" as well, and nobody has listed it.
    assert vocabulary.renamed("grab", "take", ["grab"]).groups == {
        "take": {"grasp": 2, "grab": None}
    }
    # Nobody has said anything of these words.
    found = vocabulary.renamed("lift", "raise", ["lift"])
    assert found.groups == {"grab": {"grasp": 2}, "raise": {"lift": None}}
    assert [found.label(words) for words in ("lift", "raise", "grasp")] == [
        "raise",
        "raise",
        "grab",
    ]
    # Words in a group stay there.
    assert vocabulary.renamed("grasp", "take", ["grasp"]) == vocabulary
