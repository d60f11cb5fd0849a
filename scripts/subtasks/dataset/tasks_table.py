"""The tasks table: the sentence that belongs to each `task_index` of the rows."""

import json
from pathlib import Path

from subtasks.dataset import episode, json_files
from subtasks.errors import Problem
from subtasks.wording import shorten

JSON_LINES, PARQUET = "meta/tasks.jsonl", "meta/tasks.parquet"

MAX_BYTES = 256 << 20
_NUMBER = "task_index"
_TEXTS = ("task", "__index_level_0__", "index")
"""Columns that hold the sentence: pandas writes its index under one of the last two names."""


def paths(root: Path) -> list[Path]:
    """Return the table of the dataset at `root`, in a list that is empty if there is none."""
    return [root / name for name in (JSON_LINES, PARQUET) if (root / name).is_file()][:1]


def read(path: Path) -> dict[int, str]:
    """Read the sentences by number. Raises `Problem` for a table that cannot be used.

    A row without a number or a sentence says nothing and is left out, and so is a damaged line
    among others.
    """
    if path.stat().st_size > MAX_BYTES:
        raise Problem(f"meta/{path.name} is larger than {MAX_BYTES >> 20} MB: restore it")
    rows = _parquet_rows(path) if path.suffix == ".parquet" else _json_rows(path)
    found = {}
    for number, sentence in rows:
        index = episode.whole(number)
        if index is not None and isinstance(sentence, str):
            found[index] = sentence
    return found


def _json_rows(path: Path) -> list[tuple[object, object]]:
    refused = Problem(f"meta/{path.name} is not one JSON object a line: restore it")
    try:
        # str.splitlines() would also cut at characters that may stand in a sentence.
        lines = json_files.read_text(path).replace("\r", "\n").split("\n")
    except ValueError:
        raise refused from None
    rows, damaged = [], False
    for line in filter(str.strip, lines):
        try:
            row = json.loads(line)
            rows.append((row.get(_NUMBER), row.get("task")))
        except (ValueError, RecursionError, AttributeError):
            damaged = True
    if damaged and not rows:
        raise refused
    return rows


def _parquet_rows(path: Path) -> list[tuple[object, object]]:
    from subtasks.parquet import reading

    with reading.opened(path) as file:
        names = file.schema_arrow.names
        texts = [name for name in _TEXTS if names.count(name) == 1]
        if names.count(_NUMBER) != 1 or not texts:
            raise Problem(
                f"meta/{path.name} must have a column {_NUMBER} and one of sentences, but has "
                f"{shorten(', '.join(names))}"
            )
        return [
            (row[_NUMBER], row[texts[0]])
            for batch in reading.record_batches(path, file, [_NUMBER, texts[0]])
            for row in batch.to_pylist()
        ]
