"""Which message batches were submitted and not yet collected: files in the reply store.

A submitted batch will be paid for, so its record `batches/<id>.json` is in the reply store and
not among the files that can be computed again. Before it is sent, its questions are noted in
`batches/intent-….json`, which remains if the process is killed in between. Once all results are
in the store, `batches/<id>.collected.json` replaces the record: it says why questions have no
reply, for other jobs that waited for the same batch.
"""

import contextlib
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from subtasks.errors import Problem
from subtasks.store import batch_files
from subtasks.store.batch_counts import BatchCounts

INTENT = "intent-"
COLLECTED = ".collected.json"


@dataclass(frozen=True, slots=True)
class Origin:
    """When a batch was submitted, to whom, and by whom.

    `time` is in seconds since 1970. `endpoint` is the host of the API, and `mark` tells apart most
    keys and workspaces; both are "" in the files of earlier versions. `asker` names the job that
    counts its requests as made: None in the files of earlier versions, where whoever collects the
    batch does.
    """

    time: float = field(default_factory=time.time)
    endpoint: str = ""
    mark: str = ""
    asker: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """A submitted batch: its id, the keys of its questions and the most they can cost.

    A question's key is its custom id in the batch, so a result says which question it answers.
    `is_certain` says that the API gave this id to the batch when it was submitted. Otherwise it was
    taken from the API's list, and may be a stranger's.
    """

    id: str
    keys: frozenset[str]
    bound_usd: float
    origin: Origin = field(default_factory=Origin)
    is_certain: bool = False

    @property
    def name(self) -> str:
        """The name of its file."""
        return f"{self.id}.json"


@dataclass(frozen=True, slots=True)
class Intent:
    """A batch that was about to be submitted."""

    name: str
    keys: frozenset[str]
    bound_usd: float
    origin: Origin = field(default_factory=Origin)

    @property
    def time(self) -> float:
        """When it was noted, in seconds since 1970."""
        return self.origin.time


class Scope(StrEnum):
    """What a failure concerns: every question, this one, or only this attempt to ask it."""

    ALL = "all"
    QUESTION = "question"
    ATTEMPT = "attempt"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a question of a batch has no reply."""

    concerns: Scope
    reason: str


class BatchLedger:
    """The records and intents of the reply store in a folder."""

    def __init__(self, store: Path) -> None:
        self.folder = store / "batches"
        self.counts = BatchCounts(self.folder)

    def records(self) -> list[Record]:
        """Return the batches that are not yet collected. Raises `Problem` for a damaged record."""
        paths = (
            path
            for path in self._files()
            if not path.name.startswith(INTENT) and not path.name.endswith(COLLECTED)
        )
        return [
            Record(
                path.name.removesuffix(".json"),
                frozenset(content["keys"]),
                content["bound_usd"],
                _origin(content, path),
                content.get("is_certain") is True,
            )
            for path, content in _contents(paths, "keys", "bound_usd")
        ]

    def intents(self) -> list[Intent]:
        """Return the batches that are being sent, or whose sender is gone."""
        paths = (path for path in self._files() if path.name.startswith(INTENT))
        return [
            Intent(
                path.name,
                frozenset(content["keys"]),
                content["bound_usd"],
                _origin(content, path),
            )
            for path, content in _contents(paths, "keys", "bound_usd", "time")
        ]

    def under_way(self) -> list[Record | Intent]:
        """Return all batches that may bring answers; one that is being submitted, perhaps twice."""
        return [*self.intents(), *self.records()]

    def known(self) -> set[str]:
        """Return the ids of all batches that were ever noted."""
        return {
            path.name.removesuffix(COLLECTED).removesuffix(".json")
            for path in self._files()
            if not path.name.startswith(INTENT)
        }

    def intend(self, keys: Iterable[str], bound_usd: float, origin: Origin | None = None) -> Intent:
        """Note the questions of a batch that is about to be submitted."""
        name = f"{INTENT}{uuid.uuid4().hex}.json"
        intent = Intent(name, frozenset(keys), bound_usd, origin or Origin())
        batch_files.write(self.folder / name, _content(intent) | {"is_certain": True})
        return intent

    def submitted(self, intent: Intent, batch_id: str) -> None:
        """Note that the intended batch was submitted, and has this id."""
        (self.folder / intent.name).rename(self.folder / f"{batch_id}.json")

    def may_be(self, intent: Intent, *batch_ids: str) -> None:
        """Note that the intended batch was submitted, and is one of these."""
        self.note_others(intent, *batch_ids)
        self.drop(intent)

    def note_others(self, batch: Record | Intent, *batch_ids: str) -> None:
        """Note that a batch may be one of these rather than the one it was taken for."""
        for batch_id in batch_ids:
            batch_files.write(self.folder / f"{batch_id}.json", _content(batch))

    def drop(self, intent: Intent) -> None:
        """Forget a batch that was not submitted."""
        (self.folder / intent.name).unlink(missing_ok=True)

    def is_open(self, record: Record) -> bool:
        """Return whether nobody has collected a batch yet."""
        return (self.folder / record.name).exists()

    def close(self, record: Record, failures: Mapping[str, Failure], collector: str = "") -> None:
        """Note that a batch is collected, and its failures by key.

        Its requests are left for its asker to count, or for the `collector` if that is unknown.
        """
        asker = record.origin.asker
        asker = collector if asker is None else asker
        if asker:
            self.counts.leave(record.id, asker, record.keys)
        troubles = {key: asdict(failure) for key, failure in failures.items()}
        content = {
            "keys": sorted(record.keys),
            "bound_usd": record.bound_usd,
            "troubles": troubles,
        }
        batch_files.write(self.folder / f"{record.id}{COLLECTED}", content)
        (self.folder / record.name).unlink(missing_ok=True)

    def failures(self, record: Record) -> dict[str, Failure]:
        """Return the failures of a collected batch by key."""
        path = self.folder / f"{record.id}{COLLECTED}"
        try:
            content = batch_files.read(path, ["troubles"]) or {}
        except ValueError:
            raise Problem(
                f"{path}, the note of a message batch whose answers are stored, is damaged: remove "
                "it and run again"
            ) from None
        return {
            key: Failure(Scope(failure["concerns"]), failure["reason"])
            for key, failure in content.get("troubles", {}).items()
        }

    def asked_by(self, asker: str) -> set[str]:
        """Return the keys of all questions that a job has submitted and not yet counted."""
        asked: set[str] = set()
        # Whoever is about to submit hears of a damaged record. Here, only a number depends on it.
        with contextlib.suppress(Problem):
            for batch in self.under_way():
                if (batch.origin.asker or "") == asker:
                    asked |= batch.keys
        # Afterwards: a batch that is collected meanwhile is found twice rather than missed.
        return asked | self.counts.left_for(asker)

    def _files(self) -> Iterator[Path]:
        # Some systems put hidden files of their own beside others.
        return (path for path in self.folder.glob("*.json") if not path.name.startswith("."))


def _content(batch: Record | Intent) -> dict[str, Any]:
    origin = {name: value for name, value in asdict(batch.origin).items() if value is not None}
    return {"keys": sorted(batch.keys), "bound_usd": batch.bound_usd, **origin}


def _origin(content: Mapping[str, Any], path: Path) -> Origin:
    """Read where a batch comes from; an earlier version says when in the file's time at most."""
    moment = content.get("time")
    if moment is None:
        try:
            moment = path.stat().st_mtime
        except FileNotFoundError:  # another job has just renamed it
            moment = time.time()
    return Origin(
        moment, content.get("endpoint", ""), content.get("mark", ""), content.get("asker")
    )


def _contents(paths: Iterable[Path], *required: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    for path in sorted(paths):
        try:
            content = batch_files.read(path, required)
        except ValueError:
            raise batch_files.damaged(path) from None
        if content is not None:
            yield path, content
