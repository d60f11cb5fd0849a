"""An episode of a dataset and where its files lie, whatever the version of the format."""

from dataclasses import dataclass
from typing import Any

from subtasks.errors import Problem
from subtasks.wording import shorten

MAX_TASK_LENGTH = 2000
MAX_FRAMES = 10_000_000
MAX_INDEX = 10**9 - 1


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file that is not here but can be fetched: its content's hash, a data file's rows."""

    content: str
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class Episode:
    """One demonstration: where its rows and its video lie.

    `data` and `video` are paths inside the dataset; `row` is the episode's first row in
    its data file, `length` its number of rows (frames); `start` and `stop` are seconds
    inside the video file. `video` is None when the dataset has no camera to sample.
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
        return f"episode_{self.index:06d}"


# What the metadata says of an episode, checked ----------------------------------------------


def task(tasks: Any) -> str:
    """Make one line of printable text from an episode's list of tasks; none is "".

    Raises `Problem` for what is no text and no list of texts.
    """
    if isinstance(tasks, str) or tasks is None:
        tasks = [tasks or ""]
    if not isinstance(tasks, list) or not all(isinstance(each, str) for each in tasks):
        raise Problem(f"the tasks of an episode are {shorten(tasks)}, which is no list of texts")
    lines = (" ".join(each.split()) for each in tasks)
    text = "; ".join(line for line in lines if line)
    if not text.isprintable():
        text = "".join(filter(str.isprintable, text))
    return text[:MAX_TASK_LENGTH]


def length(value: Any, episode: Any) -> int:
    """Check an episode's number of frames; raises `Problem`."""
    if type(value) is not int:
        raise Problem(
            f"the length of episode {shorten(episode)} is {shorten(value)}, which is no number of "
            "frames"
        )
    if not 0 < value <= MAX_FRAMES:
        raise Problem(f"the length of episode {shorten(episode)} is {shorten(value)} frames")
    return value


def index(value: Any, what: str) -> int:
    """Check a number that counts from 0, such as an episode's or a file's; raises `Problem`."""
    if type(value) is not int or not 0 <= value <= MAX_INDEX:
        raise Problem(f"{what} {shorten(value)} in the metadata is no index")
    return value
