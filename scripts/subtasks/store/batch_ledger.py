"""Which message batches were submitted and not yet collected: files in the reply store.

A submitted batch will be paid for, so its record `batches/<id>.json` is in the reply store and
not among the files that can be computed again. Before it is sent, its questions are noted in
`batches/intent-….json`, which remains if the process is killed in between. Once all results are
in the store, `batches/<id>.collected.json` replaces the record: it says why questions have no
reply, for other jobs that waited for the same batch.
"""

import json
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from subtasks import files
from subtasks.errors import Problem

INTENT = "intent-"
COLLECTED = ".collected.json"


@dataclass(frozen=True, slots=True)
class Record:
    """A submitted batch: its id, the keys of its questions and the most they can cost.

    A question's key is its custom id in the batch, so a result says which question it answers.
    """

    id: str
    keys: frozenset[str]
    bound_usd: float

    @property
    def name(self) -> str:
        """The name of its file."""
        return f"{self.id}.json"


@dataclass(frozen=True, slots=True)
class Intent:
    """A batch that was about to be submitted, and when (seconds since 1970)."""

    name: str
    keys: frozenset[str]
    bound_usd: float
    time: float = field(default_factory=time.time)


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

    def records(self) -> list[Record]:
        """Return the batches that are not yet collected."""
        paths = (
            path
            for path in self.folder.glob("*.json")
            if not path.name.startswith(INTENT) and not path.name.endswith(COLLECTED)
        )
        return [
            Record(path.stem, frozenset(content["keys"]), content["bound_usd"])
            for path, content in _contents(paths)
        ]

    def intents(self) -> list[Intent]:
        """Return the batches that are being sent, or whose sender is gone."""
        return [
            Intent(path.name, frozenset(content["keys"]), content["bound_usd"], content["time"])
            for path, content in _contents(self.folder.glob(f"{INTENT}*.json"))
        ]

    def under_way(self) -> list[Record | Intent]:
        """Return all batches that may bring answers; one that is being submitted, perhaps twice."""
        return [*self.intents(), *self.records()]

    def known(self) -> set[str]:
        """Return the ids of all batches that were ever noted."""
        return {path.name.split(".")[0] for path in self.folder.glob("*.json")}

    def intend(self, keys: Iterable[str], bound_usd: float) -> Intent:
        """Note the questions of a batch that is about to be submitted."""
        intent = Intent(f"{INTENT}{uuid.uuid4().hex}.json", frozenset(keys), bound_usd)
        content = {"keys": sorted(intent.keys), "bound_usd": bound_usd, "time": intent.time}
        files.write_json(self.folder / intent.name, content)
        return intent

    def submitted(self, intent: Intent, *batch_ids: str) -> None:
        """Note that the intended batch was submitted, and is one of these."""
        path = self.folder / intent.name
        *others, last = batch_ids
        for batch_id in others:
            files.write_text(self.folder / f"{batch_id}.json", path.read_text(encoding="utf-8"))
        path.rename(self.folder / f"{last}.json")

    def drop(self, intent: Intent) -> None:
        """Forget a batch that was not submitted."""
        (self.folder / intent.name).unlink()

    def is_open(self, record: Record) -> bool:
        """Return whether nobody has collected a batch yet."""
        return (self.folder / record.name).exists()

    def close(self, record: Record, failures: Mapping[str, Failure]) -> None:
        """Note that a batch is collected, and its failures by key."""
        content = {
            "keys": sorted(record.keys),
            "bound_usd": record.bound_usd,
            "troubles": {key: asdict(failure) for key, failure in failures.items()},
        }
        files.write_json(self.folder / f"{record.id}{COLLECTED}", content)
        (self.folder / record.name).unlink()

    def failures(self, record: Record) -> dict[str, Failure]:
        """Return the failures of a collected batch by key."""
        return {
            key: Failure(Scope(failure["concerns"]), failure["reason"])
            for _, content in _contents([self.folder / f"{record.id}{COLLECTED}"])
            for key, failure in content["troubles"].items()
        }


def _contents(paths: Iterable[Path]) -> Iterator[tuple[Path, dict[str, Any]]]:
    for path in sorted(paths):
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:  # Another job has just renamed it.
            continue
        except (ValueError, RecursionError):
            content = None
        if not isinstance(content, dict) or not {"keys", "bound_usd"} <= content.keys():
            raise Problem(
                f"{path}, the record of a message batch, is damaged: remove it to submit its "
                "questions again and pay for them again"
            )
        yield path, content
