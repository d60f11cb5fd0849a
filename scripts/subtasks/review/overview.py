"""The overview of a dataset: the labels of all episodes as they are now, ready to be sent."""

import gzip
import hashlib
import json
import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from subtasks.errors import Problem
from subtasks.review import present
from subtasks.review.latest import ABSENT, state
from subtasks.review.present import Present
from subtasks.review.workspace import Shown
from subtasks.segments import corrections
from subtasks.segments.segment import Segment
from subtasks.segments.vocabulary import Vocabulary
from subtasks.wording import one_line

GZIP_LEVEL = 3
"""Of 5 MB of labels, higher levels save a tenth and take twice the time."""

MAX_FINDINGS = 50


@dataclass(frozen=True, slots=True)
class Encoded:
    """An overview as it is sent; `etag` names its content."""

    etag: str
    body: bytes
    zipped: bytes


@dataclass(frozen=True, slots=True)
class Row:
    """An episode in the overview: a status, why there are no labels if so, and the labels."""

    status: str
    failure: str | None
    segments: list[Segment]


class Overview:
    """The overview of one dataset, made again when a file that it shows has changed."""

    def __init__(self, shown: Shown, protocol: Mapping[str, str]) -> None:
        self._shown = shown
        self._protocol = protocol
        self._lock = threading.Lock()
        self._read: dict[int, tuple[object, Present]] = {}
        self._of: object = None
        self._encoded: Encoded | None = None

    def encoded(self) -> Encoded:
        """Return the present overview. Raises `Problem` where nobody has made one."""
        with self._lock:
            of = self._state()
            if self._encoded is None or self._of != of:
                self._encoded = self._made()
                self._of = of
            return self._encoded

    def rows(self) -> dict[int, Row]:
        """Return the labels of all episodes as they are now. Raises `Problem`."""
        with self._lock:
            return self._rows()

    def counts(self) -> dict[str, int]:
        """Count the episodes, and those that are accepted, corrected and failed."""
        shown = self._shown
        reviewed = corrections.reviewed(shown.corrections.path).among(self._selected())
        by_a_person = reviewed.accepted | reviewed.corrected
        failed = {n for n in self._selected() if n not in by_a_person and shown.failure(n)}
        return {
            "episodes": len(self._selected()),
            "accepted": len(reviewed.accepted),
            "corrected": len(reviewed.corrected),
            "failed": len(failed),
        }

    def _selected(self) -> Collection[int]:
        try:
            return self._shown.overview.get().keys()
        except (Problem, OSError):
            return self._shown.dataset.selected

    def _state(self) -> object:
        """Return what is different after any change of a file that is shown."""
        shown = self._shown
        folders = (shown.corrected, shown.annotated, shown.results, shown.reviews)
        return (
            *(state(path) for path in (shown.overview.path, shown.checks.path)),
            state(shown.vocabulary_file),
            *(dict(each.files()) for each in folders),
        )

    def _rows(self) -> dict[int, Row]:
        shown = self._shown
        entries = shown.overview.get()
        vocabulary, of_vocabulary = shown.vocabulary, state(shown.vocabulary_file)
        corrected, annotated = shown.corrected.files(), shown.annotated.files()
        results = shown.results.files()
        made = _changed(shown.overview.path)
        found = {}
        for episode, entry in entries.items():
            name = f"episode_{episode:06d}.json"
            states = tuple(each.get(name, ABSENT) for each in (corrected, annotated, results))
            if states[0] != ABSENT or max(states[1][0], states[2][0]) > made:
                found[episode] = self._read_row(episode, entry, (*states, of_vocabulary))
            else:
                found[episode] = _row(entry, vocabulary)
        return found

    def _read_row(self, episode: int, entry: Mapping[str, Any], of: object) -> Row:
        """Read the labels of an episode whose files are newer than the overview file."""
        known = self._read.get(episode)
        if known is None or known[0] != of:
            known = self._read[episode] = of, self._shown.present(episode)
        now = known[1]
        failure = now.trouble
        if failure is None and now.status == "failed":
            failure = entry.get("failure") or "it has no labels"
        return Row(now.status, failure, now.segments)

    def _made(self) -> Encoded:
        shown = self._shown
        checks, reviews = shown.checks.get(), shown.reviews.files()
        entries = shown.overview.get()
        episodes = []
        for episode, row in self._rows().items():
            entry, check = entries[episode], checks.get(episode, {})
            episodes.append(
                {
                    "episode": episode,
                    "task": str(entry.get("task") or ""),
                    "length": shown.length(episode),
                    "status": row.status,
                    "failure": row.failure,
                    "labels": [[each.time, each.subtask, each.mistake] for each in row.segments],
                    "score": check.get("score", 0),
                    "findings": check.get("findings", [])[:MAX_FINDINGS],
                    "filmstrip": f"episode_{episode:06d}.jpg" in reviews,
                }
            )
        content = {
            "dataset": shown.name,
            "fps": shown.fps,
            "unified": shown.unified,
            "protocol": self._protocol,
            "episodes": episodes,
        }
        body = encode(content)
        etag = hashlib.sha256(body).hexdigest()[:20]
        return Encoded(etag, body, gzip.compress(body, GZIP_LEVEL, mtime=0))


def encode(content: object) -> bytes:
    """Return JSON as it is sent; what no text can hold is replaced."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")


def _row(entry: Mapping[str, Any], vocabulary: Vocabulary | None) -> Row:
    """Return what the overview file says of an episode, under the present vocabulary."""
    segments = [
        Segment(time, label, original, mistake is True)
        for time, label, original, mistake in entry.get("labels", [])
    ]
    failure = entry.get("failure")
    if failure is None and not segments:
        failure = "it has no labels"
    status = "failed" if failure else "new"
    return Row(status, failure and one_line(failure), present.under(vocabulary, segments))


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
