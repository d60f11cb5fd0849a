"""The JSON file with the labels of all episodes of a dataset, as its review begins.

An episode is a short line of it, so that ten thousand are read in a moment.
"""

import json
import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from subtasks import files
from subtasks.errors import Problem
from subtasks.segments.segment import Segment


@dataclass(frozen=True, slots=True)
class Episode:
    """An episode of `length` frames and its labels, in the order of their times.

    `failure` says in one sentence why there are no labels, None if there are.
    """

    episode: int
    task: str
    length: int
    labels: tuple[Segment, ...]
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Overview:
    """All selected episodes of a dataset by number, at `fps` frames a second."""

    dataset: str
    fps: float
    episodes: tuple[Episode, ...]


def write(path: Path, overview: Overview) -> None:
    """Write the file, completely or not at all: a line an episode."""
    with files.replacing(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        file.writelines(_lines(overview))


def read(path: Path) -> Overview:
    """Read the file. Raises `Problem` if it is damaged."""
    stored = files.read_json(path)
    try:
        episodes = tuple(map(_episode, stored["episodes"]))
        fps = stored["fps"]
        if type(fps) not in (int, float) or not math.isfinite(fps) or fps <= 0:
            raise ValueError("fps")
        if any(b.episode <= a.episode for a, b in pairwise(episodes)):
            raise ValueError("order")
        return Overview(_text(stored["dataset"]), fps, episodes)
    except (ValueError, TypeError, KeyError, AttributeError):
        raise Problem(f"{path} is damaged: remove it and run again") from None


def _lines(overview: Overview) -> Iterator[str]:
    head = {"dataset": overview.dataset, "fps": overview.fps}
    yield f'{_json(head)[:-1]},"episodes":['
    for number, each in enumerate(overview.episodes):
        line = {
            "episode": each.episode,
            "task": each.task,
            "length": each.length,
            "labels": [[s.time, s.subtask, s.original, s.mistake] for s in each.labels],
            "failure": each.failure,
        }
        yield f"{',' * (number > 0)}\n{_json(line)}"
    yield "\n]}\n"


def _json(value: Any) -> str:
    # Half of a surrogate pair can be in a label, and not in a file.
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _episode(stored: Any) -> Episode:
    number, length = stored["episode"], stored["length"]
    if type(number) is not int or number < 0 or type(length) is not int or length < 0:
        raise ValueError(number)
    failure = stored["failure"]
    return Episode(
        number,
        sys.intern(_text(stored["task"])),
        length,
        tuple(_segment(*each) for each in stored["labels"]),
        failure if failure is None else _text(failure),
    )


def _segment(time: Any, label: Any, original: Any, mistake: Any) -> Segment:
    if type(time) not in (int, float) or not math.isfinite(time) or time < 0:
        raise ValueError(time)
    if not isinstance(mistake, bool):
        raise TypeError(mistake)
    # Interned, because thousands of episodes share a few labels.
    words = None if original is None else sys.intern(_text(original))
    return Segment(float(time), sys.intern(_text(label)), words, mistake)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value
