"""Which message batches were submitted and are not yet collected: files in the reply store.

A batch that was submitted has been ordered, so its record lies in the reply store, under
`batches/<id>.json`, and not with what can be computed again. Before it is sent, its questions
stand in `batches/intent-….json`: a process killed in between leaves that. A record whose results
are all in the store is renamed, and no longer waited for.
"""

import contextlib
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from subtasks import files

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


@dataclass(frozen=True, slots=True)
class Intent:
    """A batch that was going to be submitted, and when (seconds since 1970)."""

    name: str
    keys: frozenset[str]
    bound_usd: float
    time: float = field(default_factory=time.time)


class Ledger:
    """The records and intents in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def records(self) -> list[Record]:
        """Batches that are not yet collected."""
        found = []
        for path in sorted(self._folder.glob("*.json")):
            if path.name.startswith(INTENT) or path.name.endswith(COLLECTED):
                continue
            # Another job may have just collected it.
            with contextlib.suppress(FileNotFoundError):
                content = files.read_json(path)
                found.append(Record(path.stem, frozenset(content["keys"]), content["bound_usd"]))
        return found

    def intents(self) -> list[Intent]:
        """Batches whose sender is gone, unless it is the one who asks."""
        found = []
        for path in sorted(self._folder.glob(f"{INTENT}*.json")):
            content = files.read_json(path)
            keys = frozenset(content["keys"])
            found.append(Intent(path.name, keys, content["bound_usd"], content["time"]))
        return found

    def known(self) -> set[str]:
        """Ids of all batches that were ever noted."""
        return {path.name.split(".")[0] for path in self._folder.glob("*.json")}

    def intend(self, keys: Iterable[str], bound_usd: float) -> Intent:
        """Note what is going to be submitted."""
        intent = Intent(f"{INTENT}{uuid.uuid4().hex}.json", frozenset(keys), bound_usd)
        content = {"keys": sorted(intent.keys), "bound_usd": bound_usd, "time": intent.time}
        files.write_json(self._folder / intent.name, content)
        return intent

    def submitted(self, intent: Intent, *batch_ids: str) -> None:
        """Note that what was intended is under way: in one of these batches."""
        path = self._folder / intent.name
        *others, last = batch_ids
        for batch_id in others:
            files.write_text(self._folder / f"{batch_id}.json", path.read_text(encoding="utf-8"))
        path.rename(self._folder / f"{last}.json")

    def drop(self, intent: Intent) -> None:
        """Forget what was intended."""
        (self._folder / intent.name).unlink()

    def is_open(self, record: Record) -> bool:
        """Say whether nobody has collected a batch yet."""
        return (self._folder / f"{record.id}.json").exists()

    def close(self, record: Record) -> None:
        """Note that a batch is collected."""
        path = self._folder / f"{record.id}.json"
        path.rename(path.with_name(f"{record.id}{COLLECTED}"))
