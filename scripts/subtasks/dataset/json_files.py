"""Texts of a dataset's metadata as strangers write them: with a byte-order mark, or a pointer."""

from pathlib import Path

from subtasks import files
from subtasks.errors import Problem

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def read_text(path: Path) -> str:
    """Read a file of the metadata, with or without a byte-order mark.

    Raises `Problem` for a Git LFS pointer, and `ValueError` for what is not UTF-8.
    """
    refuse_pointer(path)
    return path.read_bytes().removeprefix(BYTE_ORDER_MARK).decode("utf-8")


def refuse_pointer(path: Path) -> None:
    """Raise `Problem`, which names the file in `meta`, for a Git LFS pointer."""
    try:
        files.refuse_lfs_pointer(path)
    except Problem as problem:
        raise Problem(str(problem).replace(str(path), f"meta/{path.name}")) from None
