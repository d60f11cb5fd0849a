"""The table is fetched from the Hub once."""

from collections.abc import Callable

import pytest

from servers.hub import Damaged, HubServer
from support.hub_machine import Machine

FETCH = """
import sys
from subtasks import program
from subtasks.wgo_bench import table_files

def fetch():
    found = table_files.fetch("me/table", sys.argv[1])
    for path in found.paths:
        print("has", path.read_text())

program.run(fetch)
"""
NAME = "data/annotations.parquet"


@pytest.fixture
def fetch(machine: Machine, hub_server: HubServer) -> Callable[..., str]:
    repo = hub_server.create("me/table")
    repo.commit({NAME: b"old", "README.md": b"text", "other.parquet": b"no"})
    repo.refs["v1"] = repo.refs["main"]
    repo.commit({NAME: b"new"})

    def run(revision: str = "main", *, fails: bool = False) -> str:
        return machine.python(FETCH, revision, fails=fails)

    return run


def test_a_table_is_fetched_once(fetch: Callable[..., str], hub_server: HubServer) -> None:
    assert "has new" in fetch()
    assert dict(hub_server.served) == {NAME: 3}
    hub_server.forget()
    assert "has new" in fetch()
    assert not hub_server.served


def test_several_files_are_read_in_their_order(
    fetch: Callable[..., str], hub_server: HubServer
) -> None:
    hub_server.repos["me/table"].commit(
        {NAME: None, "data/b.parquet": b"2", "data/a.parquet": b"1"}
    )
    assert fetch().index("has 1") < fetch().index("has 2")
    assert "has old" in fetch("v1")


def test_what_goes_wrong_is_one_sentence(
    fetch: Callable[..., str], hub_server: HubServer, machine: Machine
) -> None:
    assert fetch("nowhere", fails=True).startswith("me/table has no revision nowhere")
    hub_server.faults[NAME] = Damaged()
    assert fetch(fails=True) == f"{NAME} of me/table arrived damaged and was removed: run again"
    hub_server.faults.clear()
    assert "has new" in fetch()
    hub_server.repos["me/table"].commit({NAME: None})
    assert fetch(fails=True) == "me/table at main has no table: no file data/*.parquet is there"
    machine.go_offline()
    assert "HF_HUB_OFFLINE is set" in fetch(fails=True)
