"""Damaged and malicious Parquet files are refused before they fill the memory."""

import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from subtasks.errors import Problem
from subtasks.motion.state import read_state
from subtasks.parquet import footer, reading, thrift
from support import data_file


def test_a_bomb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.parquet"
    one = pa.array([7] * 1_000_000)
    pq.write_table(pa.table({"episode_index": pa.chunked_array([one] * 5)}), path)
    assert path.stat().st_size < 100_000
    with (
        pytest.raises(Problem, match=r"bomb\.parquet claims 5,000,000 rows in"),
        reading.opened(path),
    ):
        pass


def test_a_bomb_of_values_is_refused_before_it_unpacks(tmp_path: Path) -> None:
    """One number again and again in the first row, few of them in a row on average."""
    path, count, rows = tmp_path / "bomb.parquet", 10_000_000, 10_000
    zeros = pa.array(np.zeros(count, np.float32))
    lists = pa.ListArray.from_arrays([0, *[count] * rows], zeros)
    pq.write_table(pa.table({"state": lists, "index": range(rows)}), path)
    size = path.stat().st_size
    assert size < 200_000
    del lists, zeros
    before = pa.total_allocated_bytes()
    with reading.opened(path) as file:
        with pytest.raises(Problem, match=r"bomb\.parquet claims 10,009,999 values of state in"):
            reading.check_values(path, file, ["state"], size)
        assert pa.total_allocated_bytes() - before < 1_000_000
        reading.check_values(path, file, ["index"], size)
    with pytest.raises(Problem, match="claims 10,009,999 values"):
        read_state(path, "state", 1, 5)
    assert pa.total_allocated_bytes() - before < 1_000_000


def test_real_columns_have_few_values_a_byte(real_data: Path) -> None:
    for path in real_data.glob("g1_bottle_v*/data/*/*.parquet"):
        with reading.opened(path) as file:
            values = max(
                file.metadata.row_group(0).column(i).num_values
                for i in range(file.metadata.num_columns)
            )
        assert values * 10 < path.stat().st_size * reading.VALUES_PER_BYTE


def test_a_batch_is_read_without_its_row_group(tmp_path: Path) -> None:
    """A column's chunk, which may be a GB, is not read as a whole for a few of its rows."""
    count = 4_000_000
    numbers = np.random.default_rng(0).integers(0, 1 << 60, count)
    pq.write_table(
        pa.table({"a": numbers}), tmp_path / "a.parquet", row_group_size=count, use_dictionary=False
    )
    pool = pa.default_memory_pool()
    before = pool.bytes_allocated()
    with reading.opened(tmp_path / "a.parquet") as file:
        for batch in file.iter_batches(1000):
            assert batch.num_rows
            assert pool.bytes_allocated() - before < 4_000_000


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("cut", "its end is missing"),
        ("text", "it does not begin like a Parquet file"),
        ("page", "it is a page of HTML or XML"),
        ("zeros", "it begins with zeros"),
        ("empty", "it is empty"),
        ("pages", ""),
        ("encrypted", "it is encrypted"),
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, damage: str, said: str) -> None:
    path = data_file.write(tmp_path / "bad.parquet", data_file.rows([0] * 90), [90])
    data = path.read_bytes()
    start = data_file.footer_start(path)
    path.write_bytes(
        {
            "cut": data[: len(data) // 2],
            "text": b"not found",
            "page": b"\xef\xbb\xbf\n<!DOCTYPE html><title>Sign in</title>",
            "zeros": bytes(1000),
            "empty": b"",
            "pages": b"PAR1" + b"\xff" * (start - 4) + data[start:],
            "encrypted": data[:-4] + b"PARE",
        }[damage]
    )
    with (
        pytest.raises(Problem) as caught,
        reading.opened(path) as file,
    ):
        file.read()
    assert f"bad.parquet cannot be read as Parquet: {said}" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_pointer_of_git_lfs_says_what_to_run(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n")
    with (
        pytest.raises(Problem, match=r"a\.parquet is a Git LFS pointer .*: run `git lfs pull`"),
        reading.opened(path),
    ):
        pass
    with (
        pytest.raises(Problem, match=r"b\.parquet cannot be read as Parquet: it is a Git LFS"),
        reading.opened(Path("b.parquet"), io.BytesIO(path.read_bytes())),
    ):
        pass


def twice(names: list[str]) -> pa.Table:
    return pa.Table.from_arrays([pa.array([1, 2])] * len(names), names)


def test_a_column_twice_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(twice(["index", "episode_index", "x" * 900, "x" * 900]), path)
    with (
        pytest.raises(Problem, match=r"a\.parquet has the column 'x+… twice: keep one") as caught,
        reading.opened(path),
    ):
        pass
    assert len(str(caught.value)) < 300


def test_names_that_differ_are_not_twice(tmp_path: Path) -> None:
    """In case, in white space, or because one is inside a column: readers tell them apart."""
    names = ["index", "Index", "index ", "a.b"]
    table = twice(names).append_column("a", pa.array([{"b": 1}, {"b": 2}]))
    pq.write_table(table, tmp_path / "a.parquet")
    with reading.opened(tmp_path / "a.parquet") as file:
        assert file.schema_arrow.names == [*names, "a"]


def test_rows_that_are_in_no_row_group_are_missed(tmp_path: Path) -> None:
    """Arrow reads what the row groups have, without a word about the others."""
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"index": range(70)}), path, row_group_size=40)
    with path.open("rb") as file:
        whole = footer.read(file)
    fields = {**whole.fields, 3: thrift.write_int(thrift.I64, 78)}
    with path.open("r+b") as file:
        file.truncate(whole.position)
        footer.write(file, footer.Footer(whole.position, fields))
    assert len(pq.ParquetFile(path).read()) == 70
    with (
        pytest.raises(Problem, match=r"a\.parquet .*: it has 78 rows, but 70 in its row groups"),
        reading.opened(path),
    ):
        pass


def test_a_page_that_does_not_fit_its_checksum_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    table = pa.table({"frame_index": range(1000)})
    pq.write_table(table, path, write_page_checksum=True, compression="none", use_dictionary=False)
    data = bytearray(path.read_bytes())
    data[4000] ^= 1
    path.write_bytes(data)
    with (
        pytest.raises(Problem, match=r"a\.parquet cannot be read as Parquet: .*CRC"),
        reading.opened(path) as file,
    ):
        file.read()


def test_a_missing_file_is_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught, reading.opened(tmp_path / "none.parquet"):
        pass
    assert caught.value.filename


def test_a_stream_is_read_like_a_file(tmp_path: Path) -> None:
    table = pa.table({"index": range(9)})
    pq.write_table(table, tmp_path / "a.parquet")
    stream = io.BytesIO((tmp_path / "a.parquet").read_bytes())
    with reading.opened(Path("elsewhere.parquet"), stream) as file:
        assert file.read() == table
    with (
        pytest.raises(Problem, match=r"elsewhere\.parquet cannot be read as Parquet"),
        reading.opened(Path("elsewhere.parquet"), io.BytesIO(b"no Parquet")),
    ):
        pass


def test_a_table_is_read_in_batches_up_to_a_limit(tmp_path: Path) -> None:
    path = tmp_path / "tasks.parquet"
    pq.write_table(pa.table({"task": ["wave"] * 300, "index": range(300)}), path)
    with reading.opened(path) as file:
        sizes = [batch.num_rows for batch in reading.record_batches(path, file, ["task"])]
    assert sum(sizes) == 300
    assert max(sizes) == reading.BATCH_ROWS
    # One long string that every row refers to.
    long = pa.table({"task": ["x" * (1 << 20)] * reading.BATCH_ROWS})
    pq.write_table(long, path)
    assert path.stat().st_size < 4 << 20
    with reading.opened(path) as file, pytest.raises(Problem, match=r"tasks\.parquet unpacks to"):
        list(reading.record_batches(path, file, ["task"]))
