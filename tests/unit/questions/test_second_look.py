"""Asking about borders: which questions, with which pictures, and what becomes of the answers."""

import json
from collections.abc import Callable

import pytest

from subtasks.frames.manifest import Image
from subtasks.questions import refinement
from subtasks.questions.answers import EpisodeLimits
from subtasks.questions.asking import NoAnswer
from subtasks.questions.conversation import AskSettings
from subtasks.questions.guidance import Guidance
from subtasks.questions.protocol import Protocol
from subtasks.questions.question import Jpeg, Question
from subtasks.questions.refinement import Refinement
from subtasks.questions.reply import Reply
from subtasks.questions.second_look import BordersView, second_look
from subtasks.questions.windows import RequestLimits
from subtasks.segments.borders import between
from subtasks.segments.segment import Segment

FOUND = [Segment(0.0, "reach"), Segment(5.0, 'grasp the "cup"'), Segment(6.0, "lift")]
BORDERS = between(FOUND, 20.0)
IMAGES = [
    (Image(f"border_{number:03d}.jpg", 30, 20, (border.start, border.stop)), b"jpeg %d" % number)
    for number, border in enumerate(BORDERS)
]


def view(found: list[Segment] = FOUND, **changes: object) -> BordersView:
    parts = {"task": "move the cup", "rate": 8.0, "images": IMAGES[: len(found) - 1]}
    return BordersView(**{**parts, "found": found, "borders": between(found, 20.0), **changes})


def settings(frames: int = 600, **changes: object) -> AskSettings:
    prompt = "{protocol}. {task}: {fps} a second, {start} to {stop} of {duration} s"
    limits = RequestLimits(frames, 600)
    parts = {"model": "some-model", "max_tokens": 100, "effort": None, "limits": limits}
    parts["protocol"] = Protocol("reach: begins when the hand moves", "{}")
    return AskSettings(**{**parts, "passes": {"refine": prompt}, **changes})


def ask(
    answer: Callable[[Question], str],
    shown: BordersView | None = None,
    asks: AskSettings | None = None,
    guidance: Guidance | None = None,
) -> tuple[list[Question], Refinement]:
    limits = EpisodeLimits(10, 200, guidance or Guidance())
    talk = second_look(shown or view(), asks or settings(), limits)
    asked: list[Question] = []
    try:
        questions = next(talk)
        while True:
            asked += questions
            replies = [Reply(answer(each), "end_turn", each.model, {}) for each in questions]
            questions = talk.send(replies)
    except StopIteration as end:
        return asked, end.value


def where_they_are(question: Question) -> str:
    captions = [part for part in question.content if str(part).startswith("Border ")]
    numbers = [int(caption.split(":")[0].split()[1]) for caption in captions]
    return json.dumps({"borders": [{"border": n, "time": BORDERS[n - 1].time} for n in numbers]})


def test_one_question_has_all_borders_with_the_labels_beside_them() -> None:
    [question], found = ask(where_they_are)
    assert question.content == (
        'Border 1: from "reach" to "grasp the \\"cup\\"", now at 5.00 s; shown: 4.00 s to 5.50 s',
        Jpeg(b"jpeg 0", 30, 20),
        'Border 2: from "grasp the \\"cup\\"" to "lift", now at 6.00 s; shown: 5.50 s to 7.00 s',
        Jpeg(b"jpeg 1", 30, 20),
        "reach: begins when the hand moves. move the cup: 8 a second, 4.00 to 7.00 of 20.00 s",
    )
    assert question.schema == refinement.schema()
    assert question.purpose == "refine"
    assert found == Refinement(tuple(BORDERS), (where_they_are(question),))


def test_more_than_a_request_takes_is_asked_in_parts() -> None:
    questions, found = ask(where_they_are, asks=settings(frames=3))
    assert [len(question.content) for question in questions] == [3, 3]
    assert found.texts == tuple(map(where_they_are, questions))


def test_an_episode_of_one_subtask_is_not_asked_about() -> None:
    assert ask(where_they_are, view(FOUND[:1])) == ([], Refinement((), ()))


def test_the_users_context_is_told_and_no_rule_about_labels() -> None:
    guidance = Guidance("the cup is made of glass", ("reach", "lift"), 1.0, 5)
    [question], _ = ask(where_they_are, guidance=guidance)
    assert question.content[-1].endswith("\n\nAbout these recordings: the cup is made of glass")


def test_a_faulty_answer_is_asked_about_once_more() -> None:
    def only_the_first(question: Question) -> str:
        return '{"borders": [{"border": 1, "time": 5}]}'

    with pytest.raises(NoAnswer, match="asked twice: border 2 is missing"):
        ask(only_the_first)
