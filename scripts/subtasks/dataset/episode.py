"""An episode of a dataset and where its files are, whatever the version of the format."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from subtasks.episode_ranges import episode_id
from subtasks.errors import Problem
from subtasks.wording import shorten

MAX_TASK_LENGTH = 2000
MAX_FRAMES = 10_000_000
MAX_INDEX = 10**9 - 1
MAX_EPISODES = 10_000_000

NO_TASKS = frozenset(("valid", "invalid"))
"""Entries of a list of tasks that are none: GR00T's datasets also list there whether an episode is
valid."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file that can be fetched: a hash of its content and, for a data file, its row count."""

    content: str
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class Clip:
    """What one camera shows of an episode: a stretch of a video, or images in the data file.

    `file` is a path inside the dataset. `start` and `stop` are seconds inside a video, None for
    images.
    """

    camera: str
    file: str
    start: float | None = None
    stop: float | None = None

    @property
    def is_video(self) -> bool:
        """Whether it is a stretch of a video."""
        return self.start is not None


@dataclass(frozen=True, slots=True)
class Episode:
    """One demonstration and the position of its rows and of what its cameras show.

    `data` is a path inside the dataset. `row` is the episode's first row in its data file by the
    metadata, None if that does not say it, and `length` its number of rows (frames). `clips` has
    one entry for each camera that is sampled, in their order.
    """

    index: int
    length: int
    task: str
    data: str
    row: int | None
    clips: tuple[Clip, ...] = ()

    @property
    def footage(self) -> tuple[str, ...]:
        """The files with what the cameras show, each once."""
        return tuple(dict.fromkeys(clip.file for clip in self.clips))

    @property
    def id(self) -> str:
        """The name of the episode's files: `episode_000017`."""
        return episode_id(self.index)


# Values from the metadata, checked -----------------------------------------------------------


def task(tasks: Any) -> str:
    """Join an episode's tasks into one line of printable text, "" if it has none.

    Raises `Problem` for anything but a string or a list of strings; an empty cell is no task.
    """
    if isinstance(tasks, str) or tasks is None:
        tasks = [tasks or ""]
    if not isinstance(tasks, list) or not all(isinstance(t, str | None) for t in tasks):
        raise Problem(f"an episode's tasks must be a list of strings, not {shorten(tasks)}")
    return join_tasks(each for each in tasks if each is not None)


def join_tasks(tasks: Iterable[str]) -> str:
    """Join tasks into one line of printable text."""
    lines = [line for each in tasks if (line := " ".join(each.split()))]
    stated = [line for line in lines if line.casefold() not in NO_TASKS]
    text = "; ".join(stated or lines)
    if not text.isprintable():
        text = "".join(filter(str.isprintable, text))
    return text[:MAX_TASK_LENGTH]


def length(value: Any, where: str) -> int:
    """Check an episode's number of frames, which stands at `where`; raises `Problem`."""
    number = whole(value)
    if number is None or not 0 < number <= MAX_FRAMES:
        raise Problem(
            f"{where}: length is {shorten(value)}, but must be a number of frames from 1 to "
            f"{MAX_FRAMES:,}; mend it or exclude the episode"
        )
    return number


def index(value: Any, what: str) -> int:
    """Check a number that counts from 0, such as an episode's or a file's; raises `Problem`."""
    number = whole(value)
    if number is None or not 0 <= number <= MAX_INDEX:
        raise Problem(f"{what} is {shorten(value)}, but must be a whole number from 0")
    return number


def seconds(value: Any, what: str) -> float:
    """Check a time in a video, which may be a text; raises `Problem`."""
    try:
        if isinstance(value, bool):
            raise TypeError
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise Problem(f"{what} is {shorten(value)}, but must be a number of seconds") from None
    return number


def whole(value: Any) -> int | None:
    """Return a whole number that may be stored as a float or a text, such as 3.0 or "3".

    None for anything else: converters write such numbers, but 3.5 or true means something else.
    """
    if type(value) is int:
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < 1 << 53:
        return int(value)
    if isinstance(value, str) and len(value) < 20:
        digits = value.strip()
        if digits.isascii() and digits.isdigit():
            return int(digits)
        # As a converter writes a float: 3.0
        head, point, tail = digits.partition(".")
        if point and head.isascii() and head.isdigit() and tail and not tail.strip("0"):
            return int(head)
    return None


def check_count(episodes: Any) -> None:
    """Raise `Problem` for an impossible number of episodes."""
    if isinstance(episodes, int | float) and not episodes <= MAX_EPISODES:
        raise Problem(
            f"its metadata claims {shorten(episodes)} episodes (limit: {MAX_EPISODES:,}): "
            "restore meta/ from the original dataset"
        )
