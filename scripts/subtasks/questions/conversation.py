"""How an episode's answer is won: which questions are asked, and when an answer will do.

A conversation yields the questions it wants answered and is sent their replies. It touches
neither network nor files, so that one question at a time and batches of thousands are driven
by the same code.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from subtasks.frames.manifest import Image
from subtasks.questions import prompts
from subtasks.questions.answers import (
    Answer,
    EpisodeLimits,
    episode_subtasks,
    read_label,
    window_subtasks,
)
from subtasks.questions.guidance import Guidance
from subtasks.questions.question import Question
from subtasks.questions.reply import Reply
from subtasks.questions.windows import Limits, Window, thin_images
from subtasks.segments.segment import Segment, Unusable

T = TypeVar("T")
Conversation = Generator[list[Question], list[Reply], T]
"""Yields questions, is sent as many replies in their order, returns what they come to."""

DESCRIBE, SEGMENT, RELABEL = "describe", "segment", "relabel"


class NoAnswer(Exception):
    """Why an episode has no usable answer, in one sentence.

    `questions` are those whose answers it lies at, or none where it lies at all of them.
    """

    def __init__(self, reason: str, questions: Sequence[Question] = ()) -> None:
        super().__init__(reason)
        self.keys = [question.key for question in questions]


@dataclass(frozen=True, slots=True)
class AskSettings:
    """What episodes are asked with.

    `passes` maps the name of each pass to the text of its prompt, and `effort` is None where the
    model is to answer without thinking. `limits` bound one request; with `window`, an episode
    that exceeds them is asked about in several overlapping windows, without it in one request
    with fewer images. `guidance` is what the user says about the labels.
    """

    model: str
    max_tokens: int
    effort: str | None
    passes: Mapping[str, str]
    limits: Limits
    guidance: Guidance = field(default_factory=Guidance)
    window: bool = False


@dataclass(frozen=True, slots=True)
class EpisodeView:
    """An episode as the model gets to see it.

    `images` are the pictures with what they show, `layout` how they are laid out, `windows`
    which of them go into one request; `motion` are the times at which the robot's motion
    changes, and how, if the model is to be told.
    """

    task: str
    layout: str
    rate: float
    images: Sequence[tuple[Image, bytes]]
    windows: Sequence[Window]
    motion: Sequence[tuple[float, str]] = ()


def annotation(
    shown: EpisodeView, asking: AskSettings, rules: EpisodeLimits
) -> Conversation[Answer]:
    """Ask for an episode's subtasks in the passes that are wanted. Raises `Failed`."""
    parts = [_window(window, shown, asking, rules) for window in shown.windows]
    texts = yield from together(parts)
    answer = Answer(tuple(shown.windows), tuple(texts))
    try:
        found, _ = episode_subtasks(answer, rules)
    except Unusable as unusable:
        # Each window's answer will do by itself, so nothing in them can be asked for again.
        raise NoAnswer(f"the answers cannot be put together: {_clause(unusable)}") from None
    if RELABEL not in asking.passes:
        return answer
    talks = [_relabel(number, found, shown, asking, rules) for number in range(len(found))]
    labels = yield from together(talks)
    return Answer(answer.windows, answer.texts, tuple(labels))


def together(talks: Sequence[Conversation[T]]) -> Conversation[list[T]]:
    """Hold several conversations at once: their questions go out side by side."""
    results: dict[int, T] = {}
    waiting: dict[int, list[Question]] = {}

    def advance(number: int, replies: list[Reply] | None) -> None:
        try:
            talk = talks[number]
            waiting[number] = next(talk) if replies is None else talk.send(replies)
        except StopIteration as end:
            results[number] = end.value

    for number in range(len(talks)):
        advance(number, None)
    while waiting:
        turn, waiting = waiting, {}
        replies = yield [question for questions in turn.values() for question in questions]
        given = iter(replies)
        for number, questions in turn.items():
            advance(number, [next(given) for _ in questions])
    return [results[number] for number in range(len(talks))]


def _window(
    window: Window, shown: EpisodeView, asking: AskSettings, rules: EpisodeLimits
) -> Conversation[str]:
    """Describe the window's frames if that is wanted, then ask for its subtasks."""
    frames = tuple(prompts.captioned(shown.layout, shown.images[window.first : window.last]))
    guidance = rules.guidance
    part, start, stop = "", 0.0, rules.duration
    if len(shown.windows) > 1:
        start, stop = window.start, window.stop
        part = prompts.part(start, stop)
        seconds = sum(each.stop - each.start for each in shown.windows)
        guidance = guidance.of_part((stop - start) / seconds if seconds else 0.0)
    description = ""
    # The API keeps frames for a second question only where both ask for the same form, so the
    # description comes as a list with times too. A closed list of labels would bind it as well.
    shared = len(frames) if DESCRIBE in asking.passes and not guidance.vocabulary else 0

    def question(name: str, guidance: Guidance, *remarks: str) -> Question:
        text = _prompt(name, shown, asking, rules, start, stop)
        said = "\n\n".join(filter(None, [text, *remarks]))
        schema = guidance.subtasks_schema()
        content = (*frames, said)
        return Question(
            asking.model, asking.max_tokens, asking.effort, schema, content, shared, name
        )

    if DESCRIBE in asking.passes:
        about = Guidance(context=guidance.context)
        asked = [question(DESCRIBE, about, part, about.remarks())]
        [reply] = yield asked
        if reply.stop_reason == "refusal":
            raise NoAnswer("the model refused to answer", asked)
        description = prompts.described(reply.text)
    motion = prompts.moved(shown.motion, start, stop)
    remarks = (part, guidance.remarks(), motion, description)
    return (
        yield from _asked(
            question(SEGMENT, guidance, *remarks),
            lambda text: window_subtasks(text, window, rules),
        )
    )


def _relabel(
    number: int, found: list[Segment], shown: EpisodeView, asking: AskSettings, rules: EpisodeLimits
) -> Conversation[str]:
    """Ask for one subtask's label again, with its neighbours in view and the borders fixed."""
    times = [segment.time for segment in found] + [rules.duration]
    start, stop = times[max(number - 1, 0)], times[min(number + 2, len(found))]
    # What is between two images is seen on neither: the one before it tells the most of it.
    ends = [image.times[0] for image, _ in shown.images[1:]] + [rules.duration]
    seen = [
        (image, data)
        for (image, data), end in zip(shown.images, ends, strict=True)
        if end > start and image.times[0] <= stop
    ]
    seen = [seen[i] for i in thin_images([len(data) for _, data in seen], asking.limits)]
    text = _prompt(RELABEL, shown, asking, rules, start, stop)
    around = prompts.around(found, number, rules.duration)
    guidance = Guidance(context=rules.guidance.context, vocabulary=rules.guidance.vocabulary)
    said = "\n\n".join(filter(None, [text, guidance.remarks(), around]))
    question = Question(
        asking.model,
        asking.max_tokens,
        asking.effort,
        rules.guidance.relabel_schema(),
        (*prompts.captioned(shown.layout, seen), said),
        purpose=RELABEL,
    )
    return (yield from _asked(question, lambda text: read_label(text, rules)))


def _prompt(
    name: str,
    shown: EpisodeView,
    asking: AskSettings,
    rules: EpisodeLimits,
    start: float,
    stop: float,
) -> str:
    """Fill in a pass's prompt about the frames from `start` to `stop`."""
    return prompts.fill(
        asking.passes[name],
        task=shown.task,
        rate=shown.rate,
        duration=rules.duration,
        start=start,
        stop=stop,
    )


def _asked(question: Question, check: Callable[[str], object]) -> Conversation[str]:
    """Ask until the answer passes the check, twice at most. Raises `Failed`."""
    [reply] = yield [question]
    fault = _fault(reply, [question], check)
    if fault:
        again = question.again(reply.text, fault)
        [reply] = yield [again]
        fault = _fault(reply, [question, again], check)
        if fault:
            raise NoAnswer(f"the answer could not be used, asked twice: {fault}", [question, again])
    return reply.text


def _fault(reply: Reply, asked: list[Question], check: Callable[[str], object]) -> str | None:
    match reply.stop_reason:
        case "refusal":
            raise NoAnswer("the model refused to answer", asked)
        case "model_context_window_exceeded":
            raise NoAnswer("the question is too long for the model: lower sample.max_frames", asked)
        case "max_tokens":
            return f"it was cut off after {asked[0].max_tokens} tokens (claude.max_tokens)"
    try:
        check(reply.text)
    except Unusable as unusable:
        return _clause(unusable)
    return None


def _clause(unusable: Unusable) -> str:
    return str(unusable).rstrip(".")
