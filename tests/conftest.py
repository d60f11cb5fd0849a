"""What several tests stand on: the real recordings, and workflows run as a user runs them."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

from support.workflow import PROJECT, Workflow

# An example may take its time where other tests run beside it: no test fails for slowness.
settings.register_profile("patient", parent=settings(), deadline=None)
settings.load_profile("patient")


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
