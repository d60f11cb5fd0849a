"""The second look at an episode's borders, with strips as they typically are until they exist."""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

from subtasks.api.border_files import BorderFiles
from subtasks.errors import Problem
from subtasks.estimate import typical
from subtasks.frames import grid, strip_layout
from subtasks.frames.grid import Size
from subtasks.frames.manifest import Image
from subtasks.questions.answers import Answer, EpisodeLimits, episode_subtasks
from subtasks.questions.asking import Conversation, NoAnswer, clause
from subtasks.questions.conversation import AskSettings
from subtasks.questions.refinement import Refinement
from subtasks.questions.second_look import BordersView, second_look
from subtasks.segments.borders import Border, between
from subtasks.segments.segment import Unusable


def start(
    files: BorderFiles,
    task: str,
    settings: AskSettings,
    limits: EpisodeLimits,
    cameras: Mapping[str, Size],
) -> Conversation[Refinement]:
    """Start the conversation about an episode's borders, if there is one.

    `cameras` has the width and height of each camera's frames. Raises `NoAnswer` where nothing is
    asked.
    """
    with suppress(OSError, Problem):
        conversation, _ = files.start(files.outcome.episode, task, settings)
        return conversation
    answer = files.outcome.answer
    if not isinstance(answer, Answer):
        raise NoAnswer("it has no subtasks")
    try:
        found, _ = episode_subtasks(answer, limits)
    except Unusable as unusable:
        raise NoAnswer(clause(unusable)) from None
    borders = between(found, limits.duration)
    view = BordersView(
        task=task,
        rate=strip_layout.RATE,
        found=found,
        borders=borders,
        images=typical.blank(_images(borders, limits, list(cameras.values())), "strip"),
        cameras=tuple(cameras),
    )
    return second_look(view, settings, limits)


def _images(
    borders: Sequence[Border], limits: EpisodeLimits, sizes: Sequence[Size]
) -> Iterator[Image]:
    """Describe the strip of each border."""
    times = array("d", (frame / limits.fps for frame in range(limits.frames)))
    tile = grid.cameras_size(sizes, strip_layout.TILE_WIDTH)
    for frames in strip_layout.frames(times, borders):
        size = strip_layout.size(tile, len(sizes), len(frames))
        yield Image("", *size, tuple(times[frame] for frame in frames))
