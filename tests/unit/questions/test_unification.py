import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks.questions import unification
from subtasks.questions.answers import Answer, EpisodeLimits
from subtasks.questions.label_questions import LabelSettings
from subtasks.questions.question import Question
from subtasks.questions.reply import Reply
from subtasks.questions.unification import Unified, labels_said
from subtasks.questions.windows import Window
from support import label_conversations
from support.label_conversations import Model, one_after_another

SETTINGS = LabelSettings("m", 8192, None, "Group them.")
REACH, REACHES = "reach toward the red cup", ["reach for the red cup", "move to the red cup"]
LIFT = "lift the red cup"
SAID = {REACH: 31, REACHES[0]: 4, REACHES[1]: 1, LIFT: 30}


def answer(groups: Mapping[str, Sequence[str]]) -> str:
    return json.dumps({"groups": [{"label": k, "same": list(v)} for k, v in groups.items()]})


def hold(
    model: Model,
    said: Mapping[str, int] = SAID,
    in_use: Sequence[str] = (),
    settings: LabelSettings = SETTINGS,
) -> tuple[Unified, list[str]]:
    """Hold the conversation with a model; return what came of it, and the questions' texts."""
    return label_conversations.hold(unification.unification(said, in_use, settings), model)


RIGHT = {REACH: [REACH, *REACHES], LIFT: [LIFT]}
LABELS = {REACH: REACH, REACHES[0]: REACH, REACHES[1]: REACH, LIFT: LIFT}


def test_words_that_mean_the_same_get_one_label() -> None:
    found, [asked] = hold(lambda _: answer(RIGHT))
    assert found == Unified(LABELS)
    assert asked == (
        "Group them.\n\nHow often, and the label:\n31: reach toward the red cup\n"
        "30: lift the red cup\n4: reach for the red cup\n1: move to the red cup"
    )


def test_what_the_model_is_told_besides() -> None:
    settings = LabelSettings("m", 8192, None, "Group them.", "A kitchen.", ("Clear the table.",))
    _, [asked] = hold(lambda _: answer({"grasp": ["take"]}), {"take": 2}, ["grasp"], settings)
    assert "The tasks of the recordings:\nClear the table." in asked
    assert "About these recordings: A kitchen." in asked
    assert "Labels that are in use:\ngrasp" in asked
    many = LabelSettings("m", 8192, None, "Group them.", None, tuple(map(str, range(11))))
    _, [asked] = hold(lambda _: answer(RIGHT), settings=many)
    assert "tasks" not in asked


def test_nothing_is_asked_about_one_label_alone() -> None:
    assert hold(one_after_another(), {LIFT: 3}) == (Unified({LIFT: LIFT}), [])


def test_a_label_in_use_is_kept_and_may_be_named() -> None:
    found, _ = hold(
        lambda _: answer({LIFT: [LIFT, "raise the red cup"]}), {"raise the red cup": 1}, [LIFT]
    )
    assert found == Unified({"raise the red cup": LIFT})


@pytest.mark.parametrize(
    ("groups", "fault"),
    [
        ({REACH: [REACH, *REACHES]}, f'1 label of the list in no group, such as "{LIFT}"'),
        ({REACH: [REACH, *REACHES], LIFT: [], "hop": []}, 'the label "hop" is not in the list'),
        ({**RIGHT, LIFT: [LIFT, "hop"]}, '"hop" is not in the list'),
        ({**RIGHT, LIFT: [LIFT, REACHES[0]]}, f'"{REACHES[0]}" is in several groups'),
        ({"move there": [REACH, *REACHES], LIFT: []}, 'the label "move there" is not in the list'),
    ],
)
def test_a_fault_is_quoted_once(groups: dict[str, list[str]], fault: str) -> None:
    found, asked = hold(one_after_another(answer(groups), answer(RIGHT)))
    assert found == Unified(LABELS)
    assert f"What was wrong: {fault}" in asked[1]
    # Of a second faulty answer, what is certain is used.
    found, asked = hold(one_after_another(answer(groups), answer(groups)))
    assert len(asked) == 2
    assert found.reason is None
    assert {words: found.labels[words] for words in SAID if words not in found.left} == {
        words: label for words, label in LABELS.items() if words not in found.left
    }
    assert all(found.labels[words] == words for words in found.left)


def test_a_label_that_is_in_another_group_names_none() -> None:
    groups = {REACHES[0]: [REACHES[1]], REACH: [REACH, REACHES[0]], LIFT: []}
    found, _ = hold(lambda _: answer(groups))
    assert found.left == [REACHES[0], REACHES[1]]
    assert found.labels[REACHES[1]] == REACHES[1]


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ([Reply("No.", "refusal", "m", {})], "the model refused to answer"),
        (["no", "never"], "the answer could not be used, asked twice: the answer holds no JSON"),
        ([Reply("{", "max_tokens", "m", {})] * 2, "asked twice: it was cut off after 8192 tokens"),
    ],
)
def test_without_an_answer_nothing_is_found(answers: list[str | Reply], reason: str) -> None:
    found, asked = hold(one_after_another(*answers))
    assert not found.labels
    assert found.reason
    assert reason in found.reason
    assert len(found.keys) == len(asked) == len(answers)


def test_many_labels_are_asked_about_in_parts_that_prefer_what_was_found() -> None:
    said = {f"label number {i:04d} in some words": 1 for i in range(1000)}
    settings = LabelSettings("m", 2048, None, "Group them.")
    known: list[set[str]] = []

    def model(question: Question) -> str:
        text = str(question.content[0])
        before, _, listed = text.partition("How often, and the label:\n")
        labels = [line.partition(": ")[2] for line in listed.splitlines()]
        in_use = before.partition("Labels that are in use:\n")[2].split("\n\n")[0].splitlines()
        known.append(set(in_use))
        found = answer({labels[0]: labels[::2], labels[1]: labels[1::2]} if not in_use else
                       {in_use[0]: labels[::2], in_use[1]: labels[1::2]})  # fmt: skip
        assert len(answer({each: [each] for each in labels})) / 3.5 < 2048
        return found

    found, asked = hold(model, said, settings=settings)
    assert len(asked) > 10
    assert len(set(found.labels.values())) == 2
    assert found.labels.keys() == said.keys()
    assert known[0] == set()
    assert all(each == set(found.labels.values()) for each in known[1:])


def test_what_was_found_before_a_refusal_is_kept() -> None:
    said = {f"label number {i:04d} in some words": 1 for i in range(1000)}
    settings = LabelSettings("m", 2048, None, "Group them.")
    turns = iter(range(2))

    def model(question: Question) -> str | Reply:
        if next(turns) == 1:
            return Reply("No.", "refusal", "m", {})
        listed = str(question.content[0]).partition("How often, and the label:\n")[2]
        labels = [line.partition(": ")[2] for line in listed.splitlines()]
        return answer({labels[0]: labels})

    found, _ = hold(model, said, settings=settings)
    assert found.reason == "the model refused to answer"
    assert 10 < len(found.labels) < 1000
    assert len(found.keys) == 1


words = st.text("ab", max_size=2)


@given(
    st.dictionaries(words.filter(bool), st.integers(1, 9), min_size=1),
    st.lists(words.filter(bool), unique=True),
    st.lists(st.recursive(words | st.none() | st.integers(), st.lists, max_leaves=3)),
    st.lists(st.tuples(words, st.lists(words))),
)
def test_whatever_is_answered_words_get_a_label_that_is_one(
    said: dict[str, int], in_use: list[str], noise: list[Any], groups: list[tuple[str, list[str]]]
) -> None:
    new = {each: count for each, count in said.items() if each not in in_use}
    entries = [{"label": label, "same": same} for label, same in groups]
    text = json.dumps({"groups": [*entries, *noise]})
    found, asked = hold(lambda _: text, new, in_use)
    assert len(asked) <= 2
    for each, label in found.labels.items():
        assert each in new
        assert label in in_use or found.labels[label] == label
    assert found.reason or found.labels.keys() == new.keys()


def test_the_labels_of_an_episode_are_those_that_it_gets() -> None:
    text = json.dumps(
        {"subtasks": [{"time": 0, "subtask": " reach "}, {"time": 1, "subtask": "lift"}]}
    )
    answered = Answer((Window(0, 1, 0.0, 2.0),), (text,))
    limits = EpisodeLimits(10, 30)
    assert labels_said(answered, limits) == ("reach", "lift")
    assert labels_said(None, limits) == ()
    assert labels_said(Answer(answered.windows, ("nothing",)), limits) == ()
