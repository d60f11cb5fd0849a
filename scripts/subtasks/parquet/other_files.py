"""What a file is that should be Parquet and is not, told by how it begins and ends."""

from subtasks.files import LFS_POINTER

HEAD_BYTES = 512
"""How much of the beginning is looked at."""

PAGE = "it is a page of HTML or XML"
"""What proxies and networks that ask for a login send in place of a file."""

_KINDS = (
    (LFS_POINTER, "it is a Git LFS pointer and not the file itself"),
    (b"PARE", "it is encrypted"),
    (b"<", PAGE),
    (b"{", "it is JSON"),
    (b"\x1f\x8b", "it is compressed with gzip as a whole"),
    (b"\x28\xb5\x2f\xfd", "it is compressed with zstd as a whole"),
    (b"PK\x03\x04", "it is a ZIP archive"),
    (b"ARROW1", "it is an Arrow file"),
    (b"\xff\xff\xff\xff", "it is an Arrow stream"),
    (b"Obj\x01", "it is an Avro file"),
    (b"ORC", "it is an ORC file"),
    (b"\x89HDF", "it is an HDF5 file"),
)
_MAGIC = b"PAR1"


def describe(head: bytes, tail: bytes) -> str | None:
    """Say in a clause what a file is by its first and last bytes; None if it may be Parquet."""
    if not head:
        return "it is empty"
    if tail.endswith(b"PARE"):
        return "it is encrypted"
    if head.startswith(_MAGIC):
        return None if tail.endswith(_MAGIC) else "its end is missing"
    if not head.strip(b"\0"):
        return "it begins with zeros"
    # HTML may begin with white space and a byte-order mark.
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for begin, kind in _KINDS:
        if text.startswith(begin):
            return kind
    return "it does not begin like a Parquet file"
