"""In which data file an episode is, and from which row on."""

from pathlib import Path
from typing import Any

import pytest

from subtasks.dataset.data_positions import DataPositions
from subtasks.dataset.episode import RemoteFile
from subtasks.errors import Problem

FILES = [f"data/chunk-000/file-{i:03d}.parquet" for i in range(2)]


def path(chunk_index: int, file_index: int) -> str:
    return f"data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet"


def rows(*triples: tuple[Any, Any, Any]) -> list[dict[str, Any]]:
    return [
        {"length": 10, "data/chunk_index": chunk, "data/file_index": file, "dataset_from_index": at}
        for chunk, file, at in triples
    ]


def positions(counts: list[int | None], given: list[dict[str, Any]]) -> DataPositions:
    remote = {name: RemoteFile("x", count) for name, count in zip(FILES, counts, strict=False)}
    return DataPositions.of(Path(), remote, given, path)


def test_row_counts_win_over_the_number_of_the_file() -> None:
    given = rows((0, 0, 0), (0, 0, 10), (0, 0, 20))
    found = positions([10, 20], given)
    assert [found.find(row) for row in given] == [(FILES[0], 0), (FILES[1], 0), (FILES[1], 10)]


def test_without_all_counts_the_number_of_the_file_counts() -> None:
    given = rows((0, 0, 0), (0, 1, 10), (0, 1, 20))
    for counts in ([10, None], [10, 30]):
        found = positions(counts, given)
        assert [found.find(row) for row in given] == [(FILES[0], 0), (FILES[1], 0), (FILES[1], 10)]


def test_the_only_file_needs_no_number() -> None:
    given = rows((None, None, None))
    assert positions([10], given).find(given[0]) == (FILES[0], None)
    with pytest.raises(Problem, match="data/chunk_index is None"):
        positions([10, 20], given).find(given[0])


@pytest.mark.parametrize("at", [None, -5, "x", 10**9])
def test_a_first_frame_that_is_not_in_the_data(at: Any) -> None:
    given = [*rows((0, 0, 0)), *rows((0, 1, at))]
    file, _ = positions([10, 10], given).find(given[1])
    assert file == FILES[1]
