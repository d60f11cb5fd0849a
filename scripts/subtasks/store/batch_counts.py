"""Which requests of collected batches their askers have not yet counted as made.

Whoever submitted a batch counts its requests, whoever collects it. So its collector leaves a file
`batches/<id>.<asker>.uncounted` until the asker has counted them.
"""

from collections.abc import Collection, Iterable
from pathlib import Path

from subtasks.store import batch_files

UNCOUNTED = ".uncounted"


class BatchCounts:
    """The files of the uncounted requests in the folder of the batch ledger."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def leave(self, batch_id: str, asker: str, keys: Iterable[str]) -> None:
        """Leave the requests of a batch for its asker to count."""
        path = self._folder / f"{batch_id}.{asker}{UNCOUNTED}"
        batch_files.write(path, {"keys": sorted(keys)})

    def left_for(self, asker: str) -> set[str]:
        """Return the keys of the requests that were left for an asker."""
        return set().union(*self._keys(asker).values())

    def note_counted(self, asker: str, keys: Collection[str]) -> None:
        """Note that an asker has counted its requests with these keys."""
        for path, uncounted in self._keys(asker).items():
            if not uncounted.isdisjoint(keys):
                path.unlink(missing_ok=True)

    def _keys(self, asker: str) -> dict[Path, set[str]]:
        found = {}
        for path in self._folder.glob(f"*.{asker}{UNCOUNTED}") if asker else ():
            try:
                found[path] = set((batch_files.read(path, ["keys"]) or {}).get("keys", []))
            except (ValueError, OSError):
                # Only a number in the summary depends on it.
                continue
        return found
