"""The overview of a dataset: the labels of all episodes as they are now, ready to be sent."""

import gzip
import hashlib
import json
import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass

from subtasks.checks.finding import Checked
from subtasks.episode_ranges import episode_id
from subtasks.errors import Problem
from subtasks.latest import ABSENT, State, state
from subtasks.review import present
from subtasks.review.overview_file import Episode as Entry
from subtasks.review.present import NO_LABELS, Present, Status
from subtasks.review.workspace import Shown
from subtasks.segments import corrections, subtask_files
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

    status: Status
    failure: str | None
    segments: Sequence[Segment]


@dataclass(slots=True)
class _Line:
    """A row, the state of all files that it was made of, and its JSON once it is needed."""

    of: object
    row: Row
    encoded: bytes = b""


class Overview:
    """The overview of one dataset, made again when a file that it shows has changed.

    Only the lines of episodes whose files have changed are made again.
    """

    def __init__(self, shown: Shown, protocol: Mapping[str, str]) -> None:
        self._shown = shown
        self._protocol = protocol
        self._lock = threading.Lock()
        self._lines: dict[int, _Line] = {}
        self._of: object = None
        self._encoded: Encoded | None = None

    def encoded(self) -> Encoded:
        """Return the present overview. Raises `Problem` where nobody has made one."""
        with self._lock:
            found = self._listed()
            of = self._of_all(), found
            if self._encoded is None or self._of != of:
                self._encoded = self._made(found)
                self._of = of
            return self._encoded

    def rows(self) -> dict[int, Row]:
        """Return the labels of all episodes as they are now. Raises `Problem`."""
        with self._lock:
            self._refresh(self._listed())
            return {episode: line.row for episode, line in self._lines.items()}

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

    def _of_all(self) -> tuple[State, ...]:
        """Return the states of the files that say something of all episodes."""
        shown = self._shown
        paths = (
            shown.overview.path,
            shown.checks.path,
            shown.vocabulary_file,
            shown.truth.path,
        )
        return tuple(state(path) for path in paths)

    def _listed(self) -> "_Listed":
        shown = self._shown
        folders = (shown.corrected, shown.annotated, shown.results, shown.reviews)
        return _Listed(*(each.files() for each in folders))

    def _refresh(self, listed: "_Listed") -> None:
        """Make the rows of episodes whose files have changed. Raises `Problem`."""
        shown = self._shown
        of_all = self._of_all()
        # What is read now is at least as new.
        entries, vocabulary = shown.overview.get(), shown.vocabulary
        made = of_all[0][0]
        lines: dict[int, _Line] = {}
        for episode, entry in entries.items():
            states = listed.of(episode)
            of = of_all, states
            known = self._lines.get(episode)
            if known is not None and known.of == of:
                lines[episode] = known
            elif states[0] != ABSENT or max(states[1][0], states[2][0]) > made:
                lines[episode] = _Line(of, _newer(shown.present(episode), entry))
            else:
                lines[episode] = _Line(of, _row(entry, vocabulary))
        self._lines = lines

    def _made(self, listed: "_Listed") -> Encoded:
        self._refresh(listed)
        shown = self._shown
        entries, checks = shown.overview.get(), shown.checks.get()
        for episode, line in self._lines.items():
            if not line.encoded:
                strip = strip_name(episode) in listed.reviews
                check = checks.get(episode)
                task = shown.task(episode)
                line.encoded = encode(
                    {
                        **_content(entries[episode], task, line.row, check, strip),
                        "agreement": shown.agreement(episode, line.row.segments),
                    }
                )
        head = encode(
            {
                "dataset": shown.name,
                "fps": shown.fps,
                "unified": shown.unified,
                "protocol": self._protocol,
                "truth": shown.truth.summary(),
            }
        )
        lines = b",".join(line.encoded for line in self._lines.values())
        body = head[:-1] + b',"episodes":[' + lines + b"]}"
        etag = hashlib.sha256(body).hexdigest()[:20]
        return Encoded(etag, body, gzip.compress(body, GZIP_LEVEL, mtime=0))


@dataclass(frozen=True, slots=True)
class _Listed:
    """The files of a dataset by their names."""

    corrected: Mapping[str, State]
    annotated: Mapping[str, State]
    results: Mapping[str, State]
    reviews: Mapping[str, State]

    def of(self, episode: int) -> tuple[State, State, State, bool]:
        """Return the states of the files that say something of one episode."""
        name = subtask_files.FILE_NAME.format(episode_index=episode)
        return (
            self.corrected.get(name, ABSENT),
            self.annotated.get(name, ABSENT),
            self.results.get(name, ABSENT),
            strip_name(episode) in self.reviews,
        )


def strip_name(episode: int) -> str:
    """Return the name of an episode's filmstrip."""
    return f"{episode_id(episode)}.jpg"


def _content(
    entry: Entry, task: str, row: Row, check: Checked | None, has_strip: bool
) -> dict[str, object]:
    return {
        "episode": entry.episode,
        "task": task,
        "length": entry.length,
        "status": row.status,
        "failure": row.failure,
        "labels": [[each.time, each.subtask, each.mistake] for each in row.segments],
        **findings(check),
        "filmstrip": has_strip,
    }


def findings(check: Checked | None) -> dict[str, object]:
    """Return what the checks have found in an episode, and how much it deserves a look."""
    if check is None:
        return {"score": 0, "findings": []}
    return {
        "score": check.score,
        "findings": [asdict(each) for each in check.findings[:MAX_FINDINGS]],
    }


def encode(content: object) -> bytes:
    """Return JSON as it is sent; what no text can hold is replaced."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")


def _row(entry: Entry, vocabulary: Vocabulary | None) -> Row:
    """Return what the overview file says of an episode, under the present vocabulary."""
    if not entry.labels:
        return Row("failed", one_line(entry.failure or NO_LABELS), ())
    if vocabulary is None:
        return Row("new", None, entry.labels)
    return Row("new", None, present.under(vocabulary, list(entry.labels)))


def _newer(now: Present, entry: Entry) -> Row:
    """Return the labels of an episode whose files are newer than the overview file."""
    failure = now.trouble
    if failure is None and now.status == "failed":
        failure = entry.failure or NO_LABELS
    return Row(now.status, failure and one_line(failure), tuple(now.segments))
