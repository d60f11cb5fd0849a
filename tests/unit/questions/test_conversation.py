"""Which questions an episode's answer takes; no network and no files."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks.frames.manifest import Image
from subtasks.questions.answers import Answer, EpisodeLimits, episode_subtasks
from subtasks.questions.conversation import AskSettings, EpisodeView, NoAnswer, annotation
from subtasks.questions.guidance import Guidance
from subtasks.questions.question import Jpeg, Question
from subtasks.questions.reply import Reply
from subtasks.questions.windows import Limits, Window
from subtasks.segments.segment import Segment

PICTURES = [(Image(f"{i}.jpg", 100, 80, (float(i), i + 0.5)), b"picture %d" % i) for i in range(5)]
SHOWN = EpisodeView("pick the cup", "sheet", 2.0, PICTURES, (Window(0, 5, 0.0, 4.5),))
RULES = EpisodeLimits(fps=10, frames=50)
PROMPTS = {"describe": "Describe.", "segment": "Segment.", "relabel": "Relabel."}
CUT = [{"time": 0.0, "subtask": "reach"}, {"time": 2.0, "subtask": "grasp"}]
GOOD = json.dumps({"subtasks": CUT})
BEYOND = json.dumps({"subtasks": [{"time": 99.0, "subtask": "reach"}]})


def reply(text: str, stop_reason: str = "end_turn") -> Reply:
    return Reply(text, stop_reason, "claude-opus-4-7", {})


def asking(*passes: str) -> AskSettings:
    given = {name: PROMPTS[name] for name in passes}
    return AskSettings("claude-opus-4-7", 8192, None, given, Limits(600, 100))


def hold(
    *replies: Reply,
    passes: tuple[str, ...] = ("segment",),
    shown: EpisodeView = SHOWN,
    rules: EpisodeLimits = RULES,
) -> tuple[Answer, list[Question]]:
    """Answer a conversation's questions in turn; its answer and what it asked."""
    talk = annotation(shown, asking(*passes), rules)
    waiting = list(replies)
    asked = next(talk)
    questions = list(asked)
    while True:
        given, waiting = waiting[: len(asked)], waiting[len(asked) :]
        assert len(given) == len(asked), "the conversation wants more answers"
        try:
            asked = talk.send(given)
        except StopIteration as end:
            assert not waiting, "the conversation wants fewer answers"
            return end.value, questions
        questions += asked


def test_a_good_answer_takes_one_question() -> None:
    answer, [question] = hold(reply(GOOD))
    assert answer == Answer(SHOWN.windows, (GOOD,))
    pictures = [part.data for part in question.content if isinstance(part, Jpeg)]
    assert pictures == [data for _, data in PICTURES]
    assert question.content[-1] == "Segment."


@pytest.mark.parametrize(
    ("bad", "fault"),
    [
        (reply("I see a robot."), "I see a robot."),
        (reply(""), "(nothing)"),
        (reply(GOOD, "max_tokens"), "cut off after 8192 tokens"),
        (reply(BEYOND), "99"),
    ],
)
def test_an_unusable_answer_is_asked_again_once_with_the_fault(bad: Reply, fault: str) -> None:
    answer, (first, again) = hold(bad, reply(GOOD))
    assert answer.texts == (GOOD,)
    assert again.content[:-1] == first.content
    assert fault in again.content[-1]
    with pytest.raises(NoAnswer, match="asked twice"):
        hold(bad, bad)


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
    found, _ = episode_subtasks(answer, RULES)
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
    rules = EpisodeLimits(10, 50, Guidance(vocabulary=("Reach", "Grasp")))
    answer, (first, again) = hold(
        reply(json.dumps([{"time": 0, "subtask": "wave"}])), reply(GOOD), rules=rules
    )
    entry = first.schema["properties"]["subtasks"]["items"]["properties"]
    assert entry["subtask"] == {"type": "string", "enum": ["Reach", "Grasp"]}
    assert '"wave" is not one of the allowed labels' in again.content[-1]
    found, _ = episode_subtasks(answer, rules)
    assert [segment.subtask for segment in found] == ["Reach", "Grasp"]


TWO_WINDOWS = replace(SHOWN, windows=(Window(0, 3, 0.0, 2.5), Window(2, 5, 2.0, 4.5)))


def test_one_label_outside_the_vocabulary_is_asked_again() -> None:
    """Left out, the label before it would cover its frames, and nobody would know."""
    rules = EpisodeLimits(10, 50, Guidance(vocabulary=("reach", "grasp")))
    wrong = [*CUT, {"time": 3.0, "subtask": "wipe the table"}]
    answer, (_, again) = hold(reply(json.dumps(wrong)), reply(GOOD), rules=rules)
    assert '"wipe the table" is not one of the allowed labels' in again.content[-1]
    assert answer.texts == (GOOD,)


def test_a_window_is_told_of_its_own_motion_and_share_alone() -> None:
    shown = replace(TWO_WINDOWS, motion=[(0.3, "left arm sets off"), (4.0, "left hand closes")])
    rules = EpisodeLimits(10, 50, Guidance(max_segments=7, context="A humanoid."))
    passes = AskSettings("m", 10, None, {"segment": "From {start} to {stop}."}, Limits(600, 100))
    first, second = (question.content[-1] for question in next(annotation(shown, passes, rules)))
    assert first.startswith("From 0.00 to 2.50.")
    assert second.startswith("From 2.00 to 4.50.")
    assert "sets off" in first
    assert "sets off" not in second
    assert "closes" in second
    assert "closes" not in first
    for said in (first, second):
        assert "at most 4 subtasks" in said
        assert "A humanoid." in said
    [whole] = next(annotation(replace(shown, windows=SHOWN.windows), passes, rules))
    assert whole.content[-1].startswith("From 0.00 to 5.00.")
    assert "at most 7 subtasks" in whole.content[-1]
    assert "sets off" in whole.content[-1]
    assert "closes" in whole.content[-1]


def test_windows_are_asked_about_side_by_side() -> None:
    talk = annotation(TWO_WINDOWS, asking("segment"), RULES)
    first, second = next(talk)
    assert "from 0.00 s to 2.50 s" in first.content[-1]
    assert "from 2.00 s to 4.50 s" in second.content[-1]
    assert len([part for part in second.content if isinstance(part, Jpeg)]) == 3


texts = st.text(max_size=20)
pictures = st.builds(Jpeg, st.binary(max_size=4), st.just(1), st.just(1))
questions = st.builds(
    Question,
    texts,
    st.integers(1, 9),
    st.none() | texts,
    st.none() | st.just({"type": "object"}),
    st.lists(
        texts | st.builds(Jpeg, st.binary(max_size=4), st.just(1), st.just(1)), max_size=3
    ).map(tuple),
)


@given(questions, questions)
def test_questions_of_one_meaning_have_one_key(one: Question, other: Question) -> None:
    assert (one.key == other.key) == (one == other)


def test_the_request_says_what_the_question_says() -> None:
    request = Question("m", 5, "high", {"type": "object"}, ("a", Jpeg(b"b", 1, 1))).request(
        cache=False
    )
    assert request == {
        "model": "m",
        "max_tokens": 5,
        "thinking": {"type": "adaptive"},
        "output_config": {
            "format": {"type": "json_schema", "schema": {"type": "object"}},
            "effort": "high",
        },
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "a"},
                    {
                        "type": "image",
                        "source": {"type": "base64", "media_type": "image/jpeg", "data": "Yg=="},
                    },
                ],
            }
        ],
    }
    assert "output_config" not in Question("m", 5, None, None, ("a",)).request(cache=True)
