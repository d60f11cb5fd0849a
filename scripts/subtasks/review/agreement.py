"""The true labels of a dataset, where it has some, and how well other labels agree with them."""

import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from subtasks.errors import Problem
from subtasks.evaluation import truth_file
from subtasks.evaluation.borders import borders, match_borders
from subtasks.evaluation.episode_scores import f1
from subtasks.evaluation.labelled import Stretch, found_stretches, true_stretches
from subtasks.evaluation.overlaps import judgeable
from subtasks.evaluation.truth_file import Truth
from subtasks.latest import ABSENT, Latest, State, state
from subtasks.segments.segment import TIME_DECIMALS, Segment
from subtasks.wording import one_line

TOLERANCE = 0.5
"""Seconds that a border may be away from a true one; page/truth.js has the same."""

AGREEMENT_DECIMALS = 4


class TrueLabels:
    """What is true of a dataset's episodes at `fps`, by a file that need not be there.

    The file is read again when it has changed. One that is damaged says nothing: the page goes on
    without it, and `trouble()` is the sentence.
    """

    def __init__(self, path: Path, fps: float) -> None:
        self.path = path
        self._fps = fps
        self._latest = Latest(path, truth_file.read)
        self._lock = threading.Lock()
        self._damaged: tuple[State, str] | None = None

    def summary(self) -> dict[str, str | None] | None:
        """Say where the labels come from, or what is wrong; None where there is no file."""
        if state(self.path) == ABSENT:
            return None
        truth = self._truth()
        origin = one_line(truth.origin) if truth else None
        return {"origin": origin, "trouble": self.trouble()}

    def trouble(self) -> str | None:
        """Say why the file cannot be read; None if it can be, or is not there."""
        self._truth()
        with self._lock:
            return self._damaged and self._damaged[1]

    def of(self, episode: int, length: int) -> tuple[Stretch, ...]:
        """Return what is true of an episode of `length` frames; nothing where nobody has said."""
        truth = self._truth()
        return true_stretches(truth.episodes.get(episode, ()), self._fps, length) if truth else ()

    def agreement(self, episode: int, length: int, segments: Iterable[Segment]) -> float | None:
        """Return the F1 of an episode's borders within `TOLERANCE` of true ones.

        None without true labels, without any others, or without borders.
        """
        true = self.of(episode, length)
        found = found_stretches(list(segments), self._fps, length) if true else ()
        if not found:
            return None
        value = border_f1(found, true)
        return value if value is None else round(value, AGREEMENT_DECIMALS)

    def _truth(self) -> Truth | None:
        with self._lock:
            now = state(self.path)
            if self._damaged is not None and self._damaged[0] == now:
                return None
            self._damaged = None
            try:
                return self._latest.get()
            except FileNotFoundError:
                return None
            except Problem as problem:
                self._damaged = now, one_line(str(problem))
            except OSError as error:
                self._damaged = now, one_line(f"{self.path}: {error.strerror or error}")
            return None


def border_f1(found: Sequence[Stretch], true: Sequence[Stretch]) -> float | None:
    """Return the F1 of borders within `TOLERANCE`, as the evaluation counts them."""
    found_times = [each.time for each in borders(judgeable(found, true))]
    true_times = [each.time for each in borders(true)]
    matched = len(match_borders(found_times, true_times, TOLERANCE))
    return f1(matched, len(found_times), len(true_times))


def as_json(stretches: Iterable[Stretch], fps: float) -> list[dict[str, Any]]:
    """Return true labels as a page gets them: seconds, and the frames that they are put on."""
    return [
        {
            "start": each.time,
            "end": round(each.stop / fps, TIME_DECIMALS),
            "label": each.label,
            "frames": [each.start, each.stop],
        }
        for each in stretches
    ]
