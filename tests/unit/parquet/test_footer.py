"""Footers of Parquet files are read, edited and written back without loss."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from subtasks.parquet import footer, thrift
from support import data_file


def test_a_footer_comes_back_as_it_was(tmp_path: Path, real_data: Path) -> None:
    files = sorted(real_data.glob("g1_bottle_v*/**/*.parquet"))
    files.append(data_file.write(tmp_path / "a.parquet", data_file.rows([0] * 90), [50, 40]))
    for path in files:
        with path.open("rb") as file:
            found = footer.read(file)
        start, size = found.position, path.stat().st_size
        assert thrift.write_struct(found.fields) == path.read_bytes()[start : size - 8]
        assert footer.moved(found, 0) == found
        assert footer.without(found, {"no such column"}) == found


def test_a_footer_is_read(tmp_path: Path) -> None:
    table = data_file.rows([0] * 90)
    path = data_file.write(tmp_path / "a.parquet", table, [50, 40])
    with path.open("rb") as file:
        found = footer.read(file)
    assert footer.rows(found) == 90
    assert footer.column_names(found) == table.column_names
    assert footer.compression(found) == "none"
    left = footer.without(found, {"index", "observation.image"})
    assert footer.column_names(left) == [
        name for name in table.column_names if name not in ("index", "observation.image")
    ]
    assert left.position < found.position
    assert footer.rows(left) == 90


def test_fields_of_newer_writers_are_kept(tmp_path: Path) -> None:
    """The footer, its row groups and their chunks keep what this code has never heard of."""
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"a": range(9), "b": range(9)}), path)
    with path.open("rb") as file:
        found = footer.read(file)
    unknown = thrift.write_binary(b"from the future")
    fields = {**found.fields, 300: unknown}
    [group] = thrift.read_list(fields[4])
    group = thrift.write_struct(thrift.read_struct(group) | {300: unknown})
    fields[4] = thrift.write_list(thrift.STRUCT, [group])
    edited = footer.moved(footer.without(footer.Footer(found.position, fields), {"b"}), 7)
    assert footer.column_names(edited) == ["a"]
    assert edited.fields[300] == unknown
    [group] = thrift.read_list(edited.fields[4])
    assert thrift.read_struct(group)[300] == unknown


@pytest.mark.parametrize("tail", [b"", b"PAR1", b"\xff\xff\xff\x7fPAR1", b"\0\0\0\0PARE"])
def test_what_does_not_end_like_a_parquet_file_is_refused(tmp_path: Path, tail: bytes) -> None:
    (tmp_path / "a.parquet").write_bytes(tail)
    with (tmp_path / "a.parquet").open("rb") as file, pytest.raises(ValueError, match="not end"):
        footer.read(file)
