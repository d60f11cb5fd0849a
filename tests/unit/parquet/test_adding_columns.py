"""Columns are added to a Parquet file, and every other column keeps its bytes."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from subtasks.errors import Problem
from subtasks.parquet import adding_columns, reading
from support import data_file

NEW = pa.schema({"response": pa.string(), "number": pa.int64()})


def as_given(column: pa.Array) -> pa.ChunkedArray:
    """A column as it is given: texts as a dictionary."""
    is_text = pa.types.is_string(column.type)
    return pa.chunked_array([column.dictionary_encode() if is_text else column])


def added(source: Path, output: Path, schema: pa.Schema = NEW) -> Path:
    """Add columns that tell of their row."""
    metadata = pq.read_metadata(source)

    def chunks(group: int) -> list[pa.ChunkedArray]:
        numbers = pa.array(range(metadata.row_group(group).num_rows), pa.int64())
        return [as_given(numbers.cast(field.type)) for field in schema]

    adding_columns.add_columns(source, output, schema, chunks)
    return output


def groups(path: Path) -> list[int]:
    metadata = pq.read_metadata(path)
    return [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)]


def chunk_facts(path: Path, columns: int) -> list[Any]:
    """What the footer says of the first columns' chunks, statistics and offsets included."""
    metadata = pq.read_metadata(path)
    return [
        metadata.row_group(group).column(column).to_dict()
        for group in range(metadata.num_row_groups)
        for column in range(columns)
    ]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"store_schema": False},
        {"data_page_version": "2.0"},
        {"version": "1.0", "write_statistics": False},
        {"write_page_index": True},
        {"data_page_size": 64, "use_dictionary": False},
        {"sorting_columns": [pq.SortingColumn(9)]},
    ],
    ids=lambda options: next(iter(options), "plain"),
)
def test_everything_there_stays(tmp_path: Path, options: dict[str, Any]) -> None:
    table = data_file.rows([0] * 40 + [1] * 30 + [2] * 50)
    if options.get("store_schema") is False:
        # Without it a file cannot tell of a time zone's name, dictionaries and large strings.
        table = table.drop_columns(["gripper", "when", "note"])
        options = options | {"use_dictionary": True}
    source = data_file.write(tmp_path / "a.parquet", table, [70, 0, 1, 49], **options)
    output = added(source, tmp_path / "b.parquet")

    before, after = pq.ParquetFile(source), pq.ParquetFile(output)
    names = before.schema_arrow.names
    assert after.schema_arrow.names == [*names, "response", "number"]
    assert (
        output.read_bytes()[: data_file.footer_start(source)]
        == source.read_bytes()[: data_file.footer_start(source)]
    )
    assert chunk_facts(output, before.metadata.num_columns) == chunk_facts(
        source, before.metadata.num_columns
    )
    assert groups(output) == groups(source) == [70, 0, 1, 49]
    assert after.metadata.created_by == before.metadata.created_by
    assert after.metadata.format_version == before.metadata.format_version
    assert data_file.exactly(after.read(names)) == data_file.exactly(before.read())
    for name in names:
        field = after.schema_arrow.field(name)
        assert field.equals(before.schema_arrow.field(name), check_metadata=True)
    expected = [i for size in groups(source) for i in range(size)]
    assert after.read(["number"])["number"].to_pylist() == expected
    assert after.read(["response"])["response"].to_pylist() == [str(i) for i in expected]
    for group in range(after.num_row_groups):
        facts = after.metadata.row_group(group)
        sizes = [facts.column(i).total_uncompressed_size for i in range(facts.num_columns)]
        assert facts.total_byte_size == sum(sizes)
    assert after.read_row_group(3, ["index", "number"])["number"].to_pylist() == list(range(49))


CODECS = ["none", "snappy", "gzip", "brotli", "lz4", "zstd"]


@pytest.mark.parametrize("page", ["1.0", "2.0"])
@pytest.mark.parametrize("codec", CODECS)
def test_new_columns_are_packed_like_the_others(tmp_path: Path, codec: str, page: str) -> None:
    table = data_file.rows([0] * 40)
    source = tmp_path / "a.parquet"
    pq.write_table(table, source, compression=codec, data_page_version=page, row_group_size=16)
    output = added(source, tmp_path / "b.parquet")
    after = pq.ParquetFile(output)
    assert data_file.exactly(after.read(table.column_names)) == data_file.exactly(table)
    assert groups(output) == [16, 16, 8]
    chunks = after.metadata.row_group(0)
    used = {chunks.column(i).compression for i in range(chunks.num_columns)}
    assert used == {"UNCOMPRESSED" if codec == "none" else codec.upper()}


TYPES: dict[str, pa.Array] = {
    "categories": pa.array(["a", None, "b"]).dictionary_encode(),
    "ordered categories": pa.DictionaryArray.from_arrays([0, 1, 0], ["a", "b"], ordered=True),
    "large text": pa.array(["a", None, "b"], pa.large_string()),
    "text views": pa.array(["a", None, "a text that is longer than a view"], pa.string_view()),
    "large lists": pa.array([[1], None, []], pa.large_list(pa.int8())),
    "maps": pa.array([[("a", 1)], None, []], pa.map_(pa.string(), pa.int64())),
    "deep": pa.array([{"a": [{"b": [[1.5]]}]}, None, {"a": None}]),
    "uuids": pa.array([bytes(range(16)), None, bytes(16)], pa.uuid()),
    "json": pa.array(['{"a": 1}', None, "{}"], pa.json_()),
    "tensors": pa.FixedShapeTensorArray.from_numpy_ndarray(np.arange(12.0).reshape(3, 2, 2)),
    "halves": pa.array(np.array([0.5, -0.0, np.nan], np.float16)),
    "times": pa.array([1, None, 3], pa.time64("ns")),
    "dates": pa.array([1, None, 3], pa.date32()),
    "durations": pa.array([1, None, 3], pa.duration("us")),
    "booleans": pa.array([True, None, False]),
    "nulls": pa.nulls(3),
    "bytes": pa.array([b"\xff", None, b""], pa.large_binary()),
    "fixed bytes": pa.array([b"abc", None, b"def"], pa.binary(3)),
    "exact": pa.array(["1.10", None, "-2.25"]).cast(pa.decimal256(50, 2)),
}


@pytest.mark.parametrize("with_schema", [True, False], ids=["with types", "without"])
@pytest.mark.parametrize("name", TYPES)
def test_columns_of_every_type_stay(tmp_path: Path, name: str, with_schema: bool) -> None:
    source = tmp_path / "a.parquet"
    table = pa.table({"index": [0, 1, 2], "other": TYPES[name]})
    pq.write_table(table, source, store_schema=with_schema)
    before, after = pq.read_table(source), pq.read_table(added(source, tmp_path / "b.parquet"))
    assert after.column_names == ["index", "other", "response", "number"]
    assert after.schema.field("other").equals(before.schema.field("other"), check_metadata=True)
    assert data_file.exactly(after.select(["other"])) == data_file.exactly(before.select(["other"]))
    assert after["response"].to_pylist() == ["0", "1", "2"]


@pytest.mark.parametrize("names", [["Response", "NUMBER"], ["response ", " number"], ["respönse"]])
def test_names_that_only_look_like_the_new_ones_stay(tmp_path: Path, names: list[str]) -> None:
    source = tmp_path / "a.parquet"
    pq.write_table(pa.table({name: [7, 8] for name in names}), source)
    after = pq.read_table(added(source, tmp_path / "b.parquet"))
    assert after.column_names == [*names, "response", "number"]
    assert all(after[name].to_pylist() == [7, 8] for name in names)


def test_one_large_row_group_and_many_small_ones(tmp_path: Path) -> None:
    table = pa.table({"index": range(300_000)})
    for size, count in ((300_000, 1), (100, 3000)):
        source = tmp_path / "a.parquet"
        pq.write_table(table, source, row_group_size=size)
        output = added(source, tmp_path / "b.parquet")
        assert groups(output) == [size] * count
        after = pq.read_table(output)
        assert after["index"].equals(table["index"])
        assert after["number"][-1].as_py() == size - 1


def test_real_files_keep_every_value(tmp_path: Path, real_data: Path) -> None:
    for source in sorted(real_data.glob("g1_bottle_v*/data/*/*.parquet")):
        output = added(source, tmp_path / source.name)
        before, after = pq.ParquetFile(source), pq.ParquetFile(output)
        assert after.read(before.schema_arrow.names).equals(before.read())
        assert (
            output.read_bytes()[: data_file.footer_start(source)]
            == source.read_bytes()[: data_file.footer_start(source)]
        )
        assert after.metadata.row_group(0).column(7).compression == "SNAPPY"
        assert groups(output) == groups(source)


def test_descriptions_of_the_columns_have_the_new_ones(tmp_path: Path) -> None:
    source = data_file.write(tmp_path / "a.parquet", data_file.rows([0] * 9), [9])
    rows = pa.list_(pa.struct({"content": pa.string(), "timestamp": pa.float32()}))
    schema = pa.schema({"response": pa.string(), "number": pa.int64(), "language": rows})
    output = tmp_path / "b.parquet"
    adding_columns.add_columns(
        source, output, schema, lambda _: [as_given(pa.nulls(9, f.type)) for f in schema]
    )
    metadata = pq.read_schema(output).metadata
    assert metadata[b"source"] == b"a robot"
    huggingface = json.loads(metadata[b"huggingface"])
    assert huggingface["fingerprint"] == "abc"
    assert huggingface["info"]["features"] == data_file.FEATURES | {
        "response": {"dtype": "string", "_type": "Value"},
        "number": {"dtype": "int64", "_type": "Value"},
        "language": [
            {
                "content": {"dtype": "string", "_type": "Value"},
                "timestamp": {"dtype": "float32", "_type": "Value"},
            }
        ],
    }
    columns = json.loads(metadata[b"pandas"])["columns"]
    assert [column["name"] for column in columns[-4:]] == [
        "response",
        "number",
        "language",
        "index",
    ]
    types = [(column["pandas_type"], column["numpy_type"]) for column in columns[-4:-1]]
    assert types == [("unicode", "object"), ("int64", "int64"), ("list[object]", "object")]


def test_descriptions_that_are_not_as_expected_are_left_alone(tmp_path: Path) -> None:
    odd = {"huggingface": "{]", "pandas": "[]"}
    table = data_file.rows([0] * 9).replace_schema_metadata(odd)
    output = added(data_file.write(tmp_path / "a.parquet", table, [9]), tmp_path / "b.parquet")
    assert pq.read_schema(output).metadata == {k.encode(): v.encode() for k, v in odd.items()}


def test_a_file_without_descriptions_gets_none(tmp_path: Path) -> None:
    table = pa.table({"index": range(5)})
    pq.write_table(table, tmp_path / "a.parquet", store_schema=False)
    output = added(tmp_path / "a.parquet", tmp_path / "b.parquet")
    assert pq.read_metadata(output).metadata is None
    assert pq.read_table(output)["response"].to_pylist() == ["0", "1", "2", "3", "4"]


def test_a_file_without_rows_gets_columns_without_rows(tmp_path: Path) -> None:
    for name, sizes in (("none", []), ("empty", [0])):
        source = data_file.write(tmp_path / name, data_file.rows([]), sizes)
        output = added(source, tmp_path / "b.parquet")
        assert groups(output) == sizes
        assert pq.read_table(output).column_names[-2:] == ["response", "number"]


def test_a_column_is_replaced_and_leaves_nothing_behind(tmp_path: Path) -> None:
    source = data_file.write(tmp_path / "a.parquet", data_file.rows([0] * 90), [50, 40])
    once = added(source, tmp_path / "b.parquet")
    again = added(once, tmp_path / "c.parquet")
    assert again.read_bytes() == once.read_bytes()
    moved = added(once, tmp_path / "d.parquet", pa.schema({"response": pa.int32()}))
    names = pq.read_schema(source).names
    assert pq.read_schema(moved).names == [*names, "number", "response"]
    kept = pq.read_table(moved, columns=names)
    assert data_file.exactly(kept) == data_file.exactly(pq.read_table(source))
    assert pq.read_table(moved)["response"].to_pylist() == [*range(50), *range(40)]
    features = json.loads(pq.read_schema(moved).metadata[b"huggingface"])["info"]["features"]
    assert features["response"] == {"dtype": "int32", "_type": "Value"}


def test_a_column_in_the_middle_is_replaced(tmp_path: Path) -> None:
    """As OpenTau's script leaves it where the source had one: before others, in two leaves."""
    table = data_file.rows([0] * 90)
    source = data_file.write(tmp_path / "a.parquet", table, [50, 40], write_page_index=True)
    schema = pa.schema({"observation.image": pa.string(), "gripper": pa.int64()})
    output = added(source, tmp_path / "b.parquet", schema)
    rest = [n for n in table.column_names if n not in schema.names]
    after = pq.read_table(output)
    assert after.column_names == [*rest, *schema.names]
    assert data_file.exactly(after.select(rest)) == data_file.exactly(table.select(rest))
    assert after["gripper"].to_pylist() == [*range(50), *range(40)]
    for field in after.schema:
        unit = None if field.name in schema.names else {b"unit": field.name.encode()}
        assert (field.metadata or {}).get(b"unit") == (unit and unit[b"unit"])


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """The other columns pass without being read: in Arrow's memory is only what is new."""
    count, blob = 400, 100_000
    table = pa.table(
        {"image": [bytes([i % 251]) * blob for i in range(count)], "index": range(count)}
    )
    source = tmp_path / "a.parquet"
    pq.write_table(table, source, compression="none", use_dictionary=False)
    del table
    pool = pa.default_memory_pool()
    before, peak = pool.bytes_allocated(), 0
    numbers = pa.array(range(count))

    def chunks(_group: int) -> list[pa.ChunkedArray]:
        nonlocal peak
        peak = max(peak, pool.bytes_allocated())
        return [as_given(numbers.cast(pa.string())), as_given(numbers)]

    adding_columns.add_columns(source, tmp_path / "b.parquet", NEW, chunks)
    assert source.stat().st_size > 39_000_000
    assert max(peak, pool.bytes_allocated()) - before < 1_000_000


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_footer_with_flipped_bytes_is_refused_or_read(tmp_path: Path, data) -> None:
    source = tmp_path / "a.parquet"
    if not source.exists():
        data_file.write(source, data_file.rows([0] * 5), [3, 2])
    whole, start = bytearray(source.read_bytes()), data_file.footer_start(source)
    for _ in range(data.draw(st.integers(1, 3))):
        whole[data.draw(st.integers(start, len(whole) - 1))] = data.draw(st.integers(0, 255))
    (tmp_path / "bad.parquet").write_bytes(whole)
    try:
        with reading.opened(tmp_path / "bad.parquet"):
            pass
        added(tmp_path / "bad.parquet", tmp_path / "b.parquet")
    except (Problem, pa.ArrowException):
        # Arrow's own from this test's reading of the metadata.
        assert not (tmp_path / "b.parquet").exists()
    (tmp_path / "b.parquet").unlink(missing_ok=True)
