"""Which questions are asked about an episode, without network and files."""

import json
from dataclasses import replace

import pytest

from subtasks.frames.manifest import Image
from subtasks.questions.answers import Answer, EpisodeLimits, episode_subtasks
from subtasks.questions.asking import NoAnswer
from subtasks.questions.conversation import AskSettings, EpisodeView, annotation
from subtasks.questions.guidance import Guidance
from subtasks.questions.protocol import Protocol
from subtasks.questions.question import Jpeg, Question
from subtasks.questions.reply import Reply
from subtasks.questions.windows import RequestLimits, Window
from subtasks.segments.segment import Segment

PICTURES = [(Image(f"{i}.jpg", 100, 80, (float(i), i + 0.5)), b"picture %d" % i) for i in range(5)]
VIEW = EpisodeView("pick the cup", "sheet", 2.0, PICTURES, (Window(0, 5, 0.0, 4.5),))
LIMITS = EpisodeLimits(fps=10, frames=50)
PROMPTS = {"describe": "Describe.", "segment": "Segment.", "relabel": "Relabel."}
PROTOCOL = Protocol("Two phases.")
CUT = [{"time": 0.0, "subtask": "reach"}, {"time": 2.0, "subtask": "grasp"}]
GOOD = json.dumps({"subtasks": CUT})
BEYOND = json.dumps({"subtasks": [{"time": 99.0, "subtask": "reach"}]})


def entries(*given: tuple[float, str]) -> str:
    return json.dumps([{"time": time, "subtask": label} for time, label in given])


def reply(text: str, stop_reason: str = "end_turn") -> Reply:
    return Reply(text, stop_reason, "claude-opus-4-7", {})


def settings(*passes: str) -> AskSettings:
    given = {name: PROMPTS[name] for name in passes}
    return AskSettings("claude-opus-4-7", 8192, None, given, PROTOCOL, RequestLimits(600, 100))


def hold(
    *replies: Reply,
    passes: tuple[str, ...] = ("segment",),
    view: EpisodeView = VIEW,
    limits: EpisodeLimits = LIMITS,
) -> tuple[Answer, list[Question]]:
    """Answer a conversation's questions in turn; its answer and what it asked."""
    conversation = annotation(view, settings(*passes), limits)
    waiting = list(replies)
    asked = next(conversation)
    questions = list(asked)
    while True:
        given, waiting = waiting[: len(asked)], waiting[len(asked) :]
        assert len(given) == len(asked), "the conversation wants more answers"
        try:
            asked = conversation.send(given)
        except StopIteration as end:
            assert not waiting, "the conversation wants fewer answers"
            return end.value, questions
        questions += asked


def test_a_good_answer_takes_one_question() -> None:
    answer, [question] = hold(reply(GOOD))
    assert answer == Answer(VIEW.windows, (GOOD,), rounding=0.05)
    pictures = [part.data for part in question.content if isinstance(part, Jpeg)]
    assert pictures == [data for _, data in PICTURES]
    assert question.content[-1] == "Segment."


@pytest.mark.parametrize(
    ("bad", "fault"),
    [
        (reply("I see a robot."), "I see a robot."),
        (reply(""), "(nothing)"),
        (reply(GOOD, "max_tokens"), "cut off after 8192 tokens"),
        (reply(BEYOND), "No subtask begins inside the episode, which ends at 5.000 s."),
        (reply(entries((0, "a"), (9, "b"))), "entry 2 begins at 9.0 s, after the end of the"),
        (reply(entries((2, "a"), (0, "b"))), "entry 2 begins at 0.0 s, before entry 1 at 2.0 s"),
        (reply(entries((0, "a"), (0, "b"))), "entries 1 and 2 begin in the same frame, at 0.0 s"),
        (reply(entries((0, "a"), (2, "\x00"))), "entry 2: subtask is an empty text."),
        (reply(entries((0, "a"), (-2, "b"))), "entry 2: time -2.0 is negative."),
    ],
)
def test_an_unusable_answer_is_asked_again_once_with_the_fault(bad: Reply, fault: str) -> None:
    answer, (first, again) = hold(bad, reply(GOOD))
    assert answer.texts == (GOOD,)
    assert again.content[:-1] == first.content
    assert fault in again.content[-1]
    with pytest.raises(NoAnswer, match="asked twice"):
        hold(bad, bad)


@pytest.mark.parametrize(
    ("odd", "quoted"),
    [
        ("a lone \ud83d surrogate", "a lone \ufffd surrogate"),
        ("\udc00", "\ufffd"),
        ("a \x00 NUL and \x1b[31m red", "a \ufffd NUL and \ufffd[31m red"),
        ("lines\r\nand\ttabs", "lines\r\nand\ttabs"),
        ("\u202eright to left\u202c and 抓住 and 😀", "\u202eright to left\u202c and 抓住 and 😀"),
        ("x" * 1_000_000, "x" * 2000 + "\n"),
    ],
    ids=["high", "low", "controls", "white space", "bidirectional", "long"],
)
def test_whatever_an_answer_says_the_next_question_can_be_sent(odd: str, quoted: str) -> None:
    _, (_, again) = hold(reply(odd), reply(GOOD))
    _, (_, segment) = hold(reply(odd), reply(GOOD), passes=("describe", "segment"))
    for question in (again, segment):
        body = json.dumps(question.request(cache=True), ensure_ascii=False).encode()
        assert quoted.strip() in json.loads(body)["messages"][0]["content"][-1]["text"]
        assert len(question.key) == 64


def test_a_window_is_asked_again_by_itself() -> None:
    late = entries((2.0, "reach"), (4.5, "grasp"), (4.2, "lift"))
    good = entries((2.0, "reach"), (4.5, "grasp"))
    answer, asked = hold(reply(entries((0, "reach"))), reply(late), reply(good), view=TWO_WINDOWS)
    assert "entry 3 begins at 4.2 s, before entry 2 at 4.5 s" in asked[-1].content[-1]
    assert answer.texts == (entries((0, "reach")), good)
    assert len(asked) == 3


@pytest.mark.parametrize("reason", ["refusal", "model_context_window_exceeded"])
def test_some_answers_are_final(reason: str) -> None:
    with pytest.raises(NoAnswer):
        hold(reply("", reason))
    with pytest.raises(NoAnswer):
        hold(reply("nonsense"), reply("", reason))


def test_the_description_goes_into_the_question_and_the_frames_are_shared() -> None:
    """Both questions begin alike and ask for the same form, or the API would keep nothing."""
    _, (describe, segment) = hold(reply("a red cup"), reply(GOOD), passes=("describe", "segment"))
    assert describe.content[-1] == "Describe."
    assert "a red cup" in segment.content[-1]
    assert describe.cached == segment.cached == 2 * len(PICTURES)
    assert describe.content[: describe.cached] == segment.content[: segment.cached]
    assert describe.schema == segment.schema
    marks = [
        [
            block.get("cache_control")
            for block in question.request(cache=True)["messages"][0]["content"]
        ]
        for question in (describe, segment)
    ]
    assert marks[0] == marks[1] == [None] * 9 + [{"type": "ephemeral"}, None]
    assert "cache_control" not in json.dumps(segment.request(cache=False))


def test_every_segment_is_labelled_again_with_its_neighbours_in_view() -> None:
    new = [reply(json.dumps({"subtask": label})) for label in ("reach far", "grasp well")]
    answer, (_, first, second) = hold(reply(GOOD), *new, passes=("segment", "relabel"))
    assert answer.labels == tuple(each.text for each in new)
    found, _ = episode_subtasks(answer, LIMITS)
    assert found == [Segment(0.0, "reach far"), Segment(2.0, "grasp well")]
    assert "Current segment: 0.00 s to 2.00 s" in first.content[-1]
    assert "Next segment: 2.00 s to 5.00 s" in first.content[-1]
    assert "Current segment: 2.00 s to 5.00 s" in second.content[-1]


def test_relabelling_shows_only_what_is_near() -> None:
    cut = [{"time": float(t), "subtask": f"part {t}"} for t in range(5)]
    labels = [reply(json.dumps({"subtask": f"part {t}"})) for t in range(5)]
    _, (_, *relabels) = hold(reply(json.dumps(cut)), *labels, passes=("segment", "relabel"))
    seen = [[p.data for p in q.content if isinstance(p, Jpeg)] for q in relabels]
    assert seen[2] == [b"picture 1", b"picture 2", b"picture 3", b"picture 4"]
    assert seen[0] == [b"picture 0", b"picture 1", b"picture 2"]


def test_a_subtask_between_two_images_is_seen_on_the_one_before() -> None:
    """Picture 1 shows 1.0 and 1.5 s, picture 2 begins at 2.0 s."""
    cut = [{"time": t, "subtask": f"part {t}"} for t in (0.0, 1.6, 1.7, 1.8, 3.0)]
    labels = [reply(json.dumps({"subtask": str(each["subtask"])})) for each in cut]
    _, (_, *relabels) = hold(reply(json.dumps(cut)), *labels, passes=("segment", "relabel"))
    seen = [[p.data for p in q.content if isinstance(p, Jpeg)] for q in relabels]
    assert seen[2] == [b"picture 1", b"picture 2", b"picture 3"]
    assert all(seen)


def test_a_vocabulary_binds_the_form_and_the_reader() -> None:
    limits = EpisodeLimits(10, 50, Guidance(vocabulary=("Reach", "Grasp")))
    answer, (first, again) = hold(
        reply(json.dumps([{"time": 0, "subtask": "wave"}])), reply(GOOD), limits=limits
    )
    entry = first.schema["properties"]["subtasks"]["items"]["properties"]
    assert entry["subtask"] == {"type": "string", "enum": ["Reach", "Grasp"]}
    assert '"wave" is not one of the allowed labels' in again.content[-1]
    found, _ = episode_subtasks(answer, limits)
    assert [segment.subtask for segment in found] == ["Reach", "Grasp"]


TWO_WINDOWS = replace(VIEW, windows=(Window(0, 3, 0.0, 2.5), Window(2, 5, 2.0, 4.5)))


def test_one_label_outside_the_vocabulary_is_asked_again() -> None:
    """Left out, the label before it would cover its frames, and nobody would know."""
    limits = EpisodeLimits(10, 50, Guidance(vocabulary=("reach", "grasp")))
    wrong = [*CUT, {"time": 3.0, "subtask": "wipe the table"}]
    answer, (_, again) = hold(reply(json.dumps(wrong)), reply(GOOD), limits=limits)
    assert '"wipe the table" is not one of the allowed labels' in again.content[-1]
    assert answer.texts == (GOOD,)


def test_a_window_hears_only_of_its_own_motion_and_share() -> None:
    view = replace(TWO_WINDOWS, motion=[(0.3, "left arm sets off"), (4.0, "left hand closes")])
    limits = EpisodeLimits(10, 50, Guidance(max_segments=7, context="A humanoid."))
    passes = AskSettings(
        "m", 10, None, {"segment": "From {start} to {stop}."}, PROTOCOL, RequestLimits(600, 100)
    )
    first, second = (question.content[-1] for question in next(annotation(view, passes, limits)))
    assert first.startswith("From 0.00 to 2.50.")
    assert second.startswith("From 2.00 to 4.50.")
    assert "sets off" in first
    assert "sets off" not in second
    assert "closes" in second
    assert "closes" not in first
    for said in (first, second):
        assert "at most 4 subtasks" in said
        assert "A humanoid." in said
    [whole] = next(annotation(replace(view, windows=VIEW.windows), passes, limits))
    assert whole.content[-1].startswith("From 0.00 to 5.00.")
    assert "at most 7 subtasks" in whole.content[-1]
    assert "sets off" in whole.content[-1]
    assert "closes" in whole.content[-1]


def test_windows_are_asked_about_side_by_side() -> None:
    conversation = annotation(TWO_WINDOWS, settings("segment"), LIMITS)
    first, second = next(conversation)
    assert "from 0.00 s to 2.50 s" in first.content[-1]
    assert "from 2.00 s to 4.50 s" in second.content[-1]
    assert len([part for part in second.content if isinstance(part, Jpeg)]) == 3
