"""One column of a data file on the Hub comes without the others."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from servers.hub import Damaged, HubServer, Status
from support.hub_machine import V3, Machine
from support.workflow import PROJECT

PATH = "data/chunk-000/file-001.parquet"


@pytest.fixture
def source(machine: Machine, hub_server: HubServer, real_data: Path, tmp_path: Path) -> Path:
    """Folder of the snapshot of the real v3.0 dataset."""
    hub_server.create("me/bottle", real_data / V3)
    machine.ensure_snapshot(tmp_path / "source")
    hub_server.forget()
    return tmp_path / "source"


@pytest.fixture
def column(machine: Machine, source: Path, tmp_path: Path) -> Callable[..., str]:
    """Fetch a column of a data file to `column.parquet`."""

    def column(name: str, *, fails: bool = False) -> str:
        return machine.program(
            "fetch_column.py",
            f"--source={source}",
            f"--path={PATH}",
            f"--column={name}",
            f"--output={tmp_path / 'column.parquet'}",
            fails=fails,
        )

    return column


def test_a_column_comes_alone(
    hub_server: HubServer, column: Callable[..., str], real_data: Path, tmp_path: Path
) -> None:
    column("observation.state")
    output = tmp_path / "column.parquet"
    with pq.ParquetFile(real_data / V3 / PATH) as whole, pq.ParquetFile(output) as alone:
        assert alone.schema_arrow.names == ["observation.state"]
        assert alone.read() == whole.read(columns=["observation.state"])
        assert alone.num_row_groups == whole.num_row_groups
    assert hub_server.served[PATH] < 0.8 * (real_data / V3 / PATH).stat().st_size


def test_what_goes_wrong_is_one_sentence(
    hub_server: HubServer, column: Callable[..., str], tmp_path: Path
) -> None:
    assert "has no column other" in column("other", fails=True)
    hub_server.faults[PATH] = Damaged()
    assert "cannot be read as Parquet" in column("observation.state", fails=True)
    hub_server.faults[PATH] = Status(403)
    assert "the token may not read me/bottle" in column("observation.state", fails=True)
    assert not (tmp_path / "column.parquet").exists()


def test_a_column_that_is_a_bomb_is_refused(
    machine: Machine, hub_server: HubServer, real_data: Path, tmp_path: Path
) -> None:
    root = tmp_path / "bottle"
    shutil.copytree(real_data / V3, root)
    numbers = pa.array(np.zeros(10_000_000))
    table = pa.table({"observation.state": pa.ListArray.from_arrays([0, len(numbers)], numbers)})
    pq.write_table(table, root / PATH)
    hub_server.create("me/bottle", root)
    machine.ensure_snapshot(tmp_path / "source")
    output = tmp_path / "column.parquet"
    said = machine.program(
        "fetch_column.py",
        f"--source={tmp_path / 'source'}",
        f"--path={PATH}",
        "--column=observation.state",
        f"--output={output}",
        fails=True,
    )
    assert f"{PATH} claims 10,000,000 values of observation.state." in said
    assert not output.exists()


def test_a_column_is_read_by_no_other_thread(
    machine: Machine, source: Path, tmp_path: Path
) -> None:
    """A thread that still holds the file while the interpreter exits would abort the program."""
    printed = machine.python(
        """
        import sys, threading
        from pathlib import Path
        from subtasks.sources import hub
        from subtasks.sources.range_reader import RangeReader

        class Watched(RangeReader):
            def read(self, size=-1):
                print(threading.current_thread() is threading.main_thread())
                return super().read(size)

        hub.RangeReader = Watched
        path = "data/chunk-000/file-000.parquet"
        hub.fetch_column(Path(sys.argv[1]), path, "observation.state", Path(sys.argv[2]))
        """,
        source,
        tmp_path / "column.parquet",
    )
    assert set(printed.split()) == {"True"}


def test_a_full_disk_is_one_sentence(machine: Machine, source: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    output = disk / "columns" / PATH
    said = machine.fails_on_a_small_disk(
        source,
        disk,
        PROJECT / "scripts/fetch_column.py",
        f"--source={disk}",
        f"--path={PATH}",
        "--column=observation.state",
        f"--output={output}",
    )
    assert said == f"the disk of {output} is full: free some space and run again"
