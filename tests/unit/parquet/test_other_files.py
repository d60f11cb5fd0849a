"""A file that is no Parquet file is called what it is."""

import pytest

from subtasks.parquet import other_files


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PAR1 columns footer PAR1", None),
        (b"", "it is empty"),
        (b"PAR1 columns", "its end is missing"),
        (b"PAR1 columns footer PARE", "it is encrypted"),
        (b"PARE columns footer PARE", "it is encrypted"),
        (b"version https://git-lfs.github.com/spec/v1\n", "it is a Git LFS pointer and not the"),
        (b"<!DOCTYPE html>", "it is a page of HTML or XML"),
        (b"\xef\xbb\xbf \r\n<html>", "it is a page of HTML or XML"),
        (b"<?xml version='1.0'?><Error>", "it is a page of HTML or XML"),
        (b'{"error": "not found"}', "it is JSON"),
        (b"\x1f\x8b\x08", "it is compressed with gzip as a whole"),
        (b"\x28\xb5\x2f\xfd", "it is compressed with zstd as a whole"),
        (b"PK\x03\x04", "it is a ZIP archive"),
        (b"ARROW1\0\0", "it is an Arrow file"),
        (b"\xff\xff\xff\xff\x10", "it is an Arrow stream"),
        (b"Obj\x01", "it is an Avro file"),
        (b"ORC", "it is an ORC file"),
        (b"\x89HDF\r\n", "it is an HDF5 file"),
        (bytes(1000), "it begins with zeros"),
        (b"a,b,c\n1,2,3\n", "it does not begin like a Parquet file"),
    ],
)
def test_a_file_is_told_by_its_ends(content: bytes, said: str | None) -> None:
    found = other_files.describe(content[: other_files.HEAD_BYTES], content[-4:])
    assert (found or "").startswith(said or "")
    assert (found is None) == (said is None)
