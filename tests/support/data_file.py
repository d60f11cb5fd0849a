"""Renders a data file with all that is hard to preserve: NaN payloads, nesting, metadata."""

import json
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from subtasks.parquet import footer, thrift

# A NaN with a payload, which arithmetic and most conversions lose.
ODD_NAN = np.frombuffer(b"\x01\x02\xc0\x7f", np.float32)[0]
FEATURES = {
    "observation.image": {"_type": "Image"},
    "action": {"feature": {"dtype": "float32", "_type": "Value"}, "length": 3, "_type": "Sequence"},
}


def rows(episodes: Sequence[int], fps: float = 10, seed: int = 0) -> pa.Table:
    """Make one row for each episode number given; the frames of each episode are counted up."""
    random = np.random.default_rng(seed)
    seen: dict[int, int] = {}
    frames = []
    for episode in episodes:
        frames.append(seen.get(episode, 0))
        seen[episode] = frames[-1] + 1
    count = len(frames)
    action = random.normal(size=(count, 3)).astype(np.float32)
    action[::3, 1] = ODD_NAN
    columns = {
        "observation.image": pa.array(
            [
                {"bytes": random.bytes(50), "path": f"{i}.png"} if i % 4 else None
                for i in range(count)
            ],
            pa.struct({"bytes": pa.binary(), "path": pa.string()}),
        ),
        "action": pa.FixedSizeListArray.from_arrays(pa.array(action.ravel()), 3),
        "grid": pa.array(
            [[[i], [], None] if i % 5 else None for i in range(count)],
            pa.list_(pa.list_(pa.int8())),
        ),
        "gripper": pa.array(["open", "shut", None, ""] * count).slice(0, count).dictionary_encode(),
        "when": pa.array(range(count), pa.timestamp("us", "Europe/Vienna")),
        "exact": pa.array(range(count), pa.int32()).cast(pa.decimal128(20, 3)),
        "note": pa.array([None] * count, pa.large_string()),
        "next.done": pa.array([i % 2 == 0 for i in range(count)]),
        "timestamp": pa.array(np.array(frames, np.float32) / np.float32(fps)),
        "frame_index": pa.array(frames, pa.int64()),
        "episode_index": pa.array(episodes, pa.int64()),
        "index": pa.array(range(count), pa.int64()),
    }
    schema = pa.schema(
        [pa.field(name, array.type, metadata={"unit": name}) for name, array in columns.items()],
        metadata={
            "huggingface": json.dumps({"info": {"features": FEATURES}, "fingerprint": "abc"}),
            "pandas": json.dumps(
                {
                    "index_columns": ["index"],
                    "columns": [{"name": name, "field_name": name} for name in columns],
                }
            ),
            "source": "a robot",
        },
    )
    return pa.Table.from_arrays(list(columns.values()), schema=schema)


def write(path: Path, table: pa.Table, groups: Sequence[int], **options: object) -> Path:
    """Write a table in row groups of the given sizes, with various compressions."""
    compression = {"action": "zstd", "timestamp": "gzip", "frame_index": "none", "index": "none"}
    settings = {
        "compression": {name: compression.get(name, "snappy") for name in table.column_names},
        "use_dictionary": ["gripper", "episode_index"],
    }
    with pq.ParquetWriter(path, table.schema, **(settings | options)) as writer:
        start = 0
        for size in groups:
            writer.write_table(table.slice(start, size), row_group_size=max(size, 1))
            start += size
    assert start == table.num_rows
    return path


def footer_start(path: Path) -> int:
    """Find the position of a file's footer."""
    with path.open("rb") as file:
        return footer.read(file).position


def with_column_metadata(file: footer.Footer, fields: thrift.Struct) -> footer.Footer:
    """Return a footer with these fields in the metadata of every column chunk."""
    groups = []
    for group in map(thrift.read_struct, thrift.read_list(file.fields[4])):
        chunks = []
        for chunk in map(thrift.read_struct, thrift.read_list(group[1])):
            column = thrift.read_struct(chunk[3].value) | fields
            chunk[3] = thrift.Field(thrift.STRUCT, thrift.write_struct(column))
            chunks.append(thrift.write_struct(chunk))
        group[1] = thrift.write_list(thrift.STRUCT, chunks)
        groups.append(thrift.write_struct(group))
    row_groups = thrift.write_list(thrift.STRUCT, groups)
    return footer.Footer(file.position, {**file.fields, 4: row_groups})


def exactly(table: pa.Table) -> dict[str, list[Any]]:
    """Return the values of a table in a form that compares bit by bit, also for NaN."""
    return {
        name: [_exactly(value) for value in table[name].to_pylist()] for name in table.column_names
    }


def _exactly(value: Any) -> Any:
    match value:
        case float():
            return struct.pack("<d", value)
        case list():
            return [_exactly(item) for item in value]
        case _:
            return value
