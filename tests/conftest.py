"""Fixtures of several tests, and the marks that tell slow tests from quick ones."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

from support.workflow import PROJECT, Workflow

TESTS = Path(__file__).parent

# Other tests run at the same time, so an example may take long: no test fails for slowness.
settings.register_profile("patient", parent=settings(), deadline=None)
settings.load_profile("patient")


SERVERS = {"BatchServer", "ClaudeServer", "HubServer", "SlurmCluster", "ThreadedMotoServer"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that run Snakemake and those whose module uses a server."""
    for item in items:
        assert isinstance(item, pytest.Function)
        folder = item.path.relative_to(TESTS).parts[0]
        if folder == "workflow" or "workflow" in item.fixturenames:
            item.add_marker(pytest.mark.snakemake)
        if folder == "servers" or SERVERS & vars(item.module).keys():
            item.add_marker(pytest.mark.server)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of the real recordings, beside the project or where SUBTASKS_REAL_DATA points."""
    folder = Path(os.environ.get("SUBTASKS_REAL_DATA", PROJECT.parent / "shared" / "data"))
    if not (folder / "g1_bottle_v2.1").is_dir():
        pytest.skip(f"no real recordings at {folder}: set SUBTASKS_REAL_DATA")
    return folder.resolve()


@pytest.fixture
def workflow(tmp_path: Path) -> Workflow:
    """A workflow in an empty folder of its own."""
    return Workflow(tmp_path / "run")
