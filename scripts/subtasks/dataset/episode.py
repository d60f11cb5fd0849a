"""An episode of a dataset and where its files are, whatever the version of the format."""

from dataclasses import dataclass
from typing import Any

from subtasks.episode_ranges import episode_id
from subtasks.errors import Problem
from subtasks.wording import shorten

MAX_TASK_LENGTH = 2000
MAX_FRAMES = 10_000_000
MAX_INDEX = 10**9 - 1


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file that can be fetched: a hash of its content and, for a data file, its row count."""

    content: str
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class Episode:
    """One demonstration and the position of its rows and its video.

    `data` and `video` are paths inside the dataset; `video` is None if the dataset has no camera
    to sample. `row` is the episode's first row in its data file and `length` its number of rows
    (frames). `start` and `stop` are seconds inside the video file.
    """

    index: int
    length: int
    task: str
    data: str
    row: int
    video: str | None
    start: float
    stop: float

    @property
    def id(self) -> str:
        """The name of the episode's files: `episode_000017`."""
        return episode_id(self.index)


# Values from the metadata, checked -----------------------------------------------------------


def task(tasks: Any) -> str:
    """Join an episode's tasks into one line of printable text, "" if it has none.

    Raises `Problem` for anything but a string or a list of strings.
    """
    if isinstance(tasks, str) or tasks is None:
        tasks = [tasks or ""]
    if not isinstance(tasks, list) or not all(isinstance(each, str) for each in tasks):
        raise Problem(f"an episode's tasks must be a list of strings, not {shorten(tasks)}")
    lines = (" ".join(each.split()) for each in tasks)
    text = "; ".join(line for line in lines if line)
    if not text.isprintable():
        text = "".join(filter(str.isprintable, text))
    return text[:MAX_TASK_LENGTH]


def length(value: Any, episode: Any) -> int:
    """Check an episode's number of frames; raises `Problem`."""
    if type(value) is not int or not 0 < value <= MAX_FRAMES:
        raise Problem(
            f"the length of episode {shorten(episode)} must be a number of frames from 1 to "
            f"{MAX_FRAMES:,}, not {shorten(value)}"
        )
    return value


def index(value: Any, what: str) -> int:
    """Check a number that counts from 0, such as an episode's or a file's; raises `Problem`."""
    if type(value) is not int or not 0 <= value <= MAX_INDEX:
        raise Problem(f"{what} {shorten(value)} in the metadata is not a valid index")
    return value
