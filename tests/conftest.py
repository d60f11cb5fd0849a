"""Fixtures of several tests, and the marks that tell slow tests from quick ones."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from servers.hub import HubServer
from support import browser as chromium
from support import odd_datasets
from support.browser import Browser
from support.hub_machine import V2, Machine
from support.workflow import PROJECT, Workflow

TESTS = Path(__file__).parent

# Tests share the processors, so an example may take long: no test fails for being slow.
settings.register_profile("patient", parent=settings(), deadline=None)
settings.load_profile("patient")

THOROUGH = {"test_odd_machines", "test_endpoints", "test_batch_records", "test_config_errors"}
"""Files of whole runs of many cases of one kind; each kind has other tests as well."""

SERVER_CLASSES = {
    *("BatchServer", "BucketServer", "ClaudeServer", "Endpoint", "HubServer", "SlurmCluster"),
    *("Browser", "ReviewServer"),
}
SERVER_FIXTURES = {"browser", "endpoint", "hub_server", "review_server", "server"}


FIRST = ["workflow", "programs"]
"""Folders of the longest files. If one of them came last, all processors but one would idle."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first, and mark the tests that run Snakemake or use a server."""
    items.sort(key=lambda item: [item.path.relative_to(TESTS).parts[0] != each for each in FIRST])
    for item in items:
        assert isinstance(item, pytest.Function)
        folder = item.path.relative_to(TESTS).parts[0]
        if folder == "workflow" or "workflow" in item.fixturenames:
            item.add_marker(pytest.mark.snakemake)
        if folder == "workflow" and item.path.stem in THOROUGH:
            item.add_marker(pytest.mark.thorough)
        in_module = SERVER_CLASSES & vars(item.module).keys()
        if folder == "servers" or in_module or SERVER_FIXTURES & set(item.fixturenames):
            item.add_marker(pytest.mark.server)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of the real recordings: beside the project, or given by SUBTASKS_REAL_DATA."""
    folder = Path(os.environ.get("SUBTASKS_REAL_DATA", PROJECT.parent / "shared" / "data"))
    if not (folder / "g1_bottle_v2.1").is_dir():
        pytest.skip(f"no real recordings at {folder}: set SUBTASKS_REAL_DATA")
    return folder.resolve()


@pytest.fixture(scope="session")
def odd_writers() -> Any:
    """The writers of small odd datasets: beside the project, or given by SUBTASKS_CASES."""
    if not (odd_datasets.FOLDER / "base.py").is_file():
        pytest.skip(f"no scripts at {odd_datasets.FOLDER}: set SUBTASKS_CASES")
    return odd_datasets.writers()


@pytest.fixture
def workflow(tmp_path: Path) -> Workflow:
    """A workflow in its own empty folder."""
    return Workflow(tmp_path / "run")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for the tests of a file; each opens windows of its own."""
    if reason := chromium.reason_to_skip():
        pytest.skip(reason)
    with Browser() as running:
        yield running


@pytest.fixture
def hub_server() -> Iterator[HubServer]:
    """A Hub on this machine."""
    with HubServer(page_size=5) as server:
        yield server


@pytest.fixture
def machine(hub_server: HubServer, tmp_path: Path) -> Machine:
    """A machine with an empty home, which reaches that Hub."""
    (tmp_path / "home").mkdir()
    return Machine(tmp_path / "home", hub_server)


@pytest.fixture
def snapshot_folder(
    machine: Machine, hub_server: HubServer, real_data: Path, tmp_path: Path
) -> Path:
    """Folder with the snapshot of the real v2.1 dataset, which is on the Hub as me/bottle."""
    hub_server.create("me/bottle", real_data / V2)
    machine.ensure_snapshot(tmp_path / "source")
    hub_server.forget()
    return tmp_path / "source"
