"""Conversations about an episode: which questions are asked, and which answers are accepted.

They touch neither network nor files, so the same code serves one question at a time and message
batches of thousands.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from subtasks.frames.manifest import Image
from subtasks.questions import prompts
from subtasks.questions.answer_text import sendable
from subtasks.questions.answers import (
    Answer,
    EpisodeLimits,
    check_window,
    episode_subtasks,
    read_label,
)
from subtasks.questions.asking import Conversation, NoAnswer, ask, clause, together
from subtasks.questions.guidance import Guidance
from subtasks.questions.passes import DESCRIBE, RELABEL, SEGMENT
from subtasks.questions.protocol import Protocol
from subtasks.questions.question import Question
from subtasks.questions.shown_times import rounding
from subtasks.questions.windows import RequestLimits, Window, thin_images
from subtasks.segments.segment import Segment, Unusable


@dataclass(frozen=True, slots=True)
class AskSettings:
    """How episodes are asked about.

    `passes` maps the name of each pass to the text of its prompt, which `protocol` is filled into.
    With `effort` None the model answers without thinking. `limits` bound one request: an episode
    that exceeds them is asked about in several overlapping windows if `window` is set, otherwise in
    one request with fewer images. `guidance` is what the user says about the labels.
    """

    model: str
    max_tokens: int
    effort: str | None
    passes: Mapping[str, str]
    protocol: Protocol
    limits: RequestLimits
    guidance: Guidance = field(default_factory=Guidance)
    window: bool = False


@dataclass(frozen=True, slots=True)
class EpisodeView:
    """What the model is shown of an episode.

    `images` are JPEGs with their descriptions, laid out as `layout` ("sheet" or "frame") at
    `rate` frames per second. Each of `windows` goes into one request. `motion` has the times, in
    seconds, at which the robot's motion changes, and how; empty if the model is not told.
    `cameras` are the features that each image shows side by side, from left to right.
    """

    task: str
    layout: str
    rate: float
    images: Sequence[tuple[Image, bytes]]
    windows: Sequence[Window]
    motion: Sequence[tuple[float, str]] = ()
    cameras: Sequence[str] = ()

    @property
    def rounding(self) -> float:
        """By how many seconds times may be off where the model reads them."""
        return rounding(self.layout, self.rate)


def annotation(
    view: EpisodeView, settings: AskSettings, limits: EpisodeLimits
) -> Conversation[Answer]:
    """Ask for an episode's subtasks in the passes of `settings`. Raises `NoAnswer`."""
    parts = [_window(window, view, settings, limits) for window in view.windows]
    texts = yield from together(parts)
    answer = Answer(tuple(view.windows), tuple(texts), rounding=view.rounding)
    try:
        found, _ = episode_subtasks(answer, limits)
    except Unusable as unusable:
        # Each window's answer is usable by itself, so no question can be asked again.
        raise NoAnswer(f"the answers cannot be put together: {clause(unusable)}") from None
    if RELABEL not in settings.passes:
        return answer
    parts = [_relabel(number, found, view, settings, limits) for number in range(len(found))]
    labels = yield from together(parts)
    return replace(answer, labels=tuple(labels))


def _window(
    window: Window, view: EpisodeView, settings: AskSettings, limits: EpisodeLimits
) -> Conversation[str]:
    """Have the window's frames described if the passes say so, then ask for its subtasks."""
    images = view.images[window.first : window.last]
    frames = tuple(prompts.with_captions(view.layout, images, view.cameras))
    guidance = limits.guidance
    remark, start, stop = "", 0.0, limits.duration
    if len(view.windows) > 1:
        start, stop = window.start, window.stop
        remark = prompts.part_remark(start, stop)
        seconds = sum(each.stop - each.start for each in view.windows)
        guidance = guidance.for_part((stop - start) / seconds if seconds else 0.0)
    description = ""
    # The prompt cache serves the second question only if both have the same schema, so the
    # description is a list with times too. A vocabulary would restrict the description's texts,
    # so with one the two schemas differ and nothing is shared.
    shared = len(frames) if DESCRIBE in settings.passes and not guidance.vocabulary else 0

    def question(name: str, guidance: Guidance, *remarks: str) -> Question:
        text = _prompt(name, view, settings, limits, start, stop)
        return Question(
            settings.model,
            settings.max_tokens,
            settings.effort,
            guidance.subtasks_schema(),
            (*frames, prompts.paragraphs(text, *remarks)),
            cached=shared,
            purpose=name,
        )

    if DESCRIBE in settings.passes:
        about = Guidance(context=guidance.context)
        asked = [question(DESCRIBE, about, remark, about.remarks())]
        [reply] = yield asked
        if reply.stop_reason == "refusal":
            raise NoAnswer("the model refused to answer", asked)
        description = prompts.earlier_description(sendable(reply.text))
    motion = prompts.motion_changes(view.motion, start, stop)
    remarks = (remark, guidance.remarks(), motion, description)
    shown = limits.shown(window, view.rounding, is_last=window == view.windows[-1])
    return (
        yield from ask(
            question(SEGMENT, guidance, *remarks),
            lambda text: check_window(text, window, limits, shown),
        )
    )


def _relabel(
    number: int,
    found: list[Segment],
    view: EpisodeView,
    settings: AskSettings,
    limits: EpisodeLimits,
) -> Conversation[str]:
    """Ask for one subtask's label again, with its neighbours in view and fixed borders."""
    times = [segment.time for segment in found] + [limits.duration]
    start, stop = times[max(number - 1, 0)], times[min(number + 2, len(found))]
    # An image counts up to the next one: what happens between them is best seen on the first.
    ends = [image.times[0] for image, _ in view.images[1:]] + [limits.duration]
    seen = [
        (image, data)
        for (image, data), end in zip(view.images, ends, strict=True)
        if end > start and image.times[0] <= stop
    ]
    seen = [seen[i] for i in thin_images([len(data) for _, data in seen], settings.limits)]
    text = _prompt(RELABEL, view, settings, limits, start, stop)
    around = prompts.neighbours(found, number, limits.duration)
    guidance = Guidance(context=limits.guidance.context, vocabulary=limits.guidance.vocabulary)
    question = Question(
        settings.model,
        settings.max_tokens,
        settings.effort,
        limits.guidance.relabel_schema(),
        (
            *prompts.with_captions(view.layout, seen, view.cameras),
            prompts.paragraphs(text, guidance.remarks(), around),
        ),
        purpose=RELABEL,
    )
    return (yield from ask(question, lambda text: read_label(text, limits)))


def _prompt(
    name: str,
    view: EpisodeView,
    settings: AskSettings,
    limits: EpisodeLimits,
    start: float,
    stop: float,
) -> str:
    """Fill in the prompt of a pass about the frames from `start` to `stop`."""
    return prompts.fill(
        settings.passes[name],
        task=view.task,
        rate=view.rate,
        duration=limits.duration,
        start=start,
        stop=stop,
        protocol=settings.protocol,
    )
