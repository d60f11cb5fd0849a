"""The pass refine: a second, dense look at every border between an episode's subtasks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from subtasks.frames.manifest import Image
from subtasks.questions import prompts, refinement
from subtasks.questions.answers import EpisodeLimits
from subtasks.questions.asking import Conversation, ask, together
from subtasks.questions.conversation import AskSettings
from subtasks.questions.guidance import Guidance
from subtasks.questions.passes import REFINE
from subtasks.questions.question import Jpeg, Question
from subtasks.questions.refinement import Refinement
from subtasks.questions.windows import RequestLimits, fill
from subtasks.segments.borders import Border
from subtasks.segments.segment import Segment


@dataclass(frozen=True, slots=True)
class BordersView:
    """What the model is shown of an episode's borders.

    `found` are the subtasks by the first look, and `borders` those between them. `images` has a
    JPEG with its description for each border, of frames at `rate` per second. `cameras` are the
    names of those that a tile shows side by side.
    """

    task: str
    rate: float
    found: Sequence[Segment]
    borders: Sequence[Border]
    images: Sequence[tuple[Image, bytes]]
    cameras: Sequence[str] = ()


def second_look(
    view: BordersView, settings: AskSettings, limits: EpisodeLimits
) -> Conversation[Refinement]:
    """Ask where exactly each border is: all in one question, if its limits allow.

    Nothing is asked about an episode of one subtask. Raises `NoAnswer`.
    """
    parts = [
        _part(view, settings, limits, first, last)
        for first, last in _parts(view.images, settings.limits)
    ]
    texts = yield from together(parts)
    return Refinement(tuple(view.borders), tuple(texts))


def _parts(
    images: Sequence[tuple[Image, bytes]], limits: RequestLimits
) -> Iterator[tuple[int, int]]:
    """Divide images into questions, each of images `first` up to but not including `last`."""
    descriptions, sizes = [image for image, _ in images], [len(data) for _, data in images]
    first = 0
    while first < len(images):
        last = fill(descriptions, sizes, limits, first)
        yield first, last
        first = last


def _part(
    view: BordersView, settings: AskSettings, limits: EpisodeLimits, first: int, last: int
) -> Conversation[str]:
    """Ask about the borders `first` up to but not including `last`."""
    text = prompts.fill(
        settings.passes[REFINE],
        task=view.task,
        rate=view.rate,
        duration=limits.duration,
        start=view.borders[first].start,
        stop=view.borders[last - 1].stop,
        protocol=settings.protocol,
    )
    about = Guidance(context=limits.guidance.context)
    question = Question(
        settings.model,
        settings.max_tokens,
        settings.effort,
        refinement.schema(),
        (*_pictures(view, first, last), prompts.paragraphs(text, about.remarks())),
        purpose=REFINE,
    )
    numbered = [(number + 1, view.borders[number]) for number in range(first, last)]
    return (yield from ask(question, lambda answer: refinement.check(answer, numbered)))


def _pictures(view: BordersView, first: int, last: int) -> Iterator[str | Jpeg]:
    yield from prompts.camera_names("Each tile", view.cameras)
    for number in range(first, last):
        image, data = view.images[number]
        before, after = view.found[number], view.found[number + 1]
        time = view.borders[number].time
        yield prompts.border_caption(number + 1, image, time, before, after)
        yield Jpeg(data, image.width, image.height)
