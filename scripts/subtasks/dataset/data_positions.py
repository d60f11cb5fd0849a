"""Where the rows of a v3 dataset's episodes are: in which data file, and from which row on."""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any, Self

from subtasks.dataset import episode
from subtasks.dataset.episode import RemoteFile
from subtasks.errors import Problem
from subtasks.parquet import reading

_DATA_FILE = re.compile(r"data/chunk-[^/]*/file-[^/]*\.parquet")
_CHUNK, _FILE, _FROM = "data/chunk_index", "data/file_index", "dataset_from_index"


@dataclass(frozen=True, slots=True)
class DataPositions:
    """The data files, the frame of the dataset at which each begins, and how paths are made.

    The data files hold the frames of the whole dataset in order, so their row counts tell where
    each frame is. `data/file_index` only counts if a file is missing or damaged (`starts` is empty
    then), because LeRobot 0.4's converter sets it to the previous file for the first episode of
    each file. `firsts` has the lowest frame of each file by the metadata.
    """

    files: Sequence[str]
    starts: Sequence[int]
    firsts: Mapping[tuple[int, int], int]
    data_path: Callable[..., str]

    @classmethod
    def of(
        cls,
        root: Path,
        remote: Mapping[str, RemoteFile] | None,
        rows: Iterable[Mapping[str, Any]],
        data_path: Callable[..., str],
    ) -> Self:
        """Take the row counts of the files, and what the `rows` of meta/episodes say of them."""
        counts = _row_counts(root) if remote is None else _remote_row_counts(remote)
        files = sorted(counts, key=_numbers)
        starts = list(accumulate((counts[path] for path in files), initial=0))
        frames = 0
        firsts: dict[tuple[int, int], int] = {}
        for row in rows:
            first, length, chunk, file = (
                episode.whole(row.get(name)) for name in (_FROM, "length", _CHUNK, _FILE)
            )
            if first is None:
                continue
            frames = max(frames, first + max(length or 0, 0))
            if chunk is not None and file is not None:
                firsts[chunk, file] = min(first, firsts.get((chunk, file), first))
        are_whole = bool(files) and starts[-1] == frames
        return cls(files, starts if are_whole else [], firsts, data_path)

    def find(self, row: Mapping[str, Any]) -> tuple[str, int | None]:
        """Return an episode's data file and its first row there, None if that is not said.

        Raises `Problem` if the file is not said.
        """
        first = episode.whole(row.get(_FROM))
        if self.starts and first is not None and 0 <= first < self.starts[-1]:
            number = bisect_right(self.starts, first) - 1
            return self.files[number], first - self.starts[number]
        if len(self.files) == 1 and (row.get(_CHUNK) is None or row.get(_FILE) is None):
            return self.files[0], None
        chunk, file = episode.index(row.get(_CHUNK), _CHUNK), episode.index(row.get(_FILE), _FILE)
        path = self.data_path(chunk_index=chunk, file_index=file)
        return path, None if first is None else first - self.firsts[chunk, file]


def _row_counts(root: Path) -> dict[str, int]:
    """Read the number of rows of each data file from its footer; {} if one is damaged."""
    counts = {}
    for path in (root / "data").glob("chunk-*/file-*.parquet"):
        if path.is_file():
            try:
                with reading.opened(path) as file:
                    counts[path.relative_to(root).as_posix()] = file.metadata.num_rows
            except (Problem, OSError):
                return {}
    return counts


def _remote_row_counts(remote: Mapping[str, RemoteFile]) -> dict[str, int]:
    """Look up the number of rows of each data file; {} if one is unknown."""
    files = {path: file for path, file in remote.items() if _DATA_FILE.fullmatch(path)}
    counts = {path: file.rows for path, file in files.items() if file.rows is not None}
    return counts if len(counts) == len(files) else {}


def _numbers(path: str) -> list[int]:
    return [int(digits) for digits in re.findall(r"\d+", path)]
