"""Which message batches were submitted and are not yet collected: files in the reply store.

A batch that was submitted has been ordered, so its record lies in the reply store, under
`batches/<id>.json`, and not with what can be computed again. Before it is sent, its questions
stand in `batches/intent-….json`: a process killed in between leaves that. Once all results are
in the store, `batches/<id>.collected.json` takes the record's place: it keeps why questions have
no reply, for those who waited for the same batch.
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
    """A batch that was submitted: its id, the keys of its questions, the most they may cost.

    A question's key is its custom id, so results need no table to find their place.
    """

    id: str
    keys: frozenset[str]
    bound_usd: float

    @property
    def name(self) -> str:
        """Name of its file."""
        return f"{self.id}.json"


@dataclass(frozen=True, slots=True)
class Intent:
    """A batch that was going to be submitted, and when (seconds since 1970)."""

    name: str
    keys: frozenset[str]
    bound_usd: float
    time: float = field(default_factory=time.time)


class Scope(StrEnum):
    """Whom a trouble concerns: every question, this one, or only this attempt to ask it."""

    ALL = "all"
    QUESTION = "question"
    ATTEMPT = "attempt"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a question of a batch has no reply."""

    concerns: Scope
    reason: str


class BatchLedger:
    """The records and intents of a reply store."""

    def __init__(self, store: Path) -> None:
        self.folder = store / "batches"

    def records(self) -> list[Record]:
        """Batches that are not yet collected."""
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
        """Batches whose sender is gone, unless it is sending at this moment."""
        return [
            Intent(path.name, frozenset(content["keys"]), content["bound_usd"], content["time"])
            for path, content in _contents(self.folder.glob(f"{INTENT}*.json"))
        ]

    def under_way(self) -> list[Record | Intent]:
        """All that may still bring answers. What is just being submitted may stand here twice."""
        return [*self.intents(), *self.records()]

    def known(self) -> set[str]:
        """Ids of all batches that were ever noted."""
        return {path.name.split(".")[0] for path in self.folder.glob("*.json")}

    def intend(self, keys: Iterable[str], bound_usd: float) -> Intent:
        """Note what is going to be submitted."""
        intent = Intent(f"{INTENT}{uuid.uuid4().hex}.json", frozenset(keys), bound_usd)
        content = {"keys": sorted(intent.keys), "bound_usd": bound_usd, "time": intent.time}
        files.write_json(self.folder / intent.name, content)
        return intent

    def submitted(self, intent: Intent, *batch_ids: str) -> None:
        """Note that what was intended is under way: in one of these batches."""
        path = self.folder / intent.name
        *others, last = batch_ids
        for batch_id in others:
            files.write_text(self.folder / f"{batch_id}.json", path.read_text(encoding="utf-8"))
        path.rename(self.folder / f"{last}.json")

    def drop(self, intent: Intent) -> None:
        """Forget what was intended."""
        (self.folder / intent.name).unlink()

    def is_open(self, record: Record) -> bool:
        """Say whether nobody has collected a batch yet."""
        return (self.folder / record.name).exists()

    def close(self, record: Record, troubles: Mapping[str, Failure]) -> None:
        """Note that a batch is collected, and the troubles there were, by key."""
        content = {
            "keys": sorted(record.keys),
            "bound_usd": record.bound_usd,
            "troubles": {key: asdict(trouble) for key, trouble in troubles.items()},
        }
        files.write_json(self.folder / f"{record.id}{COLLECTED}", content)
        (self.folder / record.name).unlink()

    def troubles(self, record: Record) -> dict[str, Failure]:
        """Return the troubles with which a batch was collected, by key."""
        return {
            key: Failure(Scope(trouble["concerns"]), trouble["reason"])
            for _, content in _contents([self.folder / f"{record.id}{COLLECTED}"])
            for key, trouble in content["troubles"].items()
        }


def _contents(paths: Iterable[Path]) -> Iterator[tuple[Path, dict[str, Any]]]:
    for path in sorted(paths):
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:  # another job has just renamed it
            continue
        except (ValueError, RecursionError):
            content = None
        if not isinstance(content, dict) or not {"keys", "bound_usd"} <= content.keys():
            raise Problem(
                f"{path}, the record of a message batch, is damaged: remove it to submit its "
                "questions, and pay for them, again"
            )
        yield path, content
