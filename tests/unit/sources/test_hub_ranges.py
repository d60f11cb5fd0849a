"""Ranges of files on the Hub, through its client and a server on this machine."""

from servers.hub import HubServer
from support.hub_machine import Machine

RANGES = """
    import sys
    from subtasks.sources.hub_ranges import range_getter

    get_range = range_getter("me/bottle", sys.argv[1], sys.argv[2])
    part = get_range(sys.argv[3])
    print([part.content, part.content_range, part.version])
"""


def test_a_range_comes_with_its_place_and_its_version(
    machine: Machine, hub_server: HubServer
) -> None:
    commit = hub_server.create("me/bottle").commit({"a.parquet": b"0123456789", "b.txt": b""})
    digest = commit.files["a.parquet"].sha256
    found = machine.python(RANGES, commit.oid, "a.parquet", "2-4").strip()
    assert found == str([b"234", "bytes 2-4/10", f'"{digest}"'])
    found = machine.python(RANGES, commit.oid, "a.parquet", "-3").strip()
    assert found == str([b"789", "bytes 7-9/10", f'"{digest}"'])
    # An empty file has no last bytes, and that is no error.
    assert machine.python(RANGES, commit.oid, "b.txt", "-3").strip() == str([b"", "bytes */0", ""])
