"""Columns of a data file on the Hub come without the others."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from servers.hub import Changing, Cut, Damaged, HubServer, NoRanges, Other, OtherRange, Status
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
    """Fetch columns of a data file to `column.parquet`."""

    def column(*names: str, fails: bool = False) -> str:
        return machine.program(
            "fetch_column.py",
            f"--source={source}",
            f"--path={PATH}",
            *(f"--column={name}" for name in names),
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


def test_several_columns_come_in_one_file(
    hub_server: HubServer, column: Callable[..., str], real_data: Path, tmp_path: Path
) -> None:
    names = ["action", "observation.state", "frame_index"]
    printed = column(*names, "action")
    assert "action, observation.state, frame_index" in printed
    with (
        pq.ParquetFile(real_data / V3 / PATH) as whole,
        pq.ParquetFile(tmp_path / "column.parquet") as some,
    ):
        assert some.schema_arrow.names == names
        assert some.read() == whole.read(columns=names).select(names)
        assert some.num_row_groups == whole.num_row_groups
        chunks = len(names) * whole.num_row_groups
    # The end of the file and each column's chunk, behind a redirect each.
    fetched = [r for r in hub_server.requests if r.path.endswith(PATH) and r.status == 206]
    assert len(fetched) <= 1 + chunks
    column("action", "other", fails=True)


def test_a_server_may_send_all_of_a_file(
    hub_server: HubServer, column: Callable[..., str], real_data: Path, tmp_path: Path
) -> None:
    hub_server.faults[PATH] = NoRanges()
    column("observation.state")
    found = pq.read_table(tmp_path / "column.parquet")
    assert found == pq.read_table(real_data / V3 / PATH, columns=["observation.state"])


PAGE = b"<!DOCTYPE html><html><title>Sign in</title></html>"
FAULTS = {
    "page": (Other(PAGE), "no Parquet file (it is a page of HTML or XML): check HF_ENDPOINT"),
    "long page": (Other(PAGE * 9999), "no Parquet file (it is a page of HTML or XML): check"),
    "json": (Other(b'{"error": "busy"}'), "no Parquet file (it is JSON)"),
    "nothing": (Other(b""), "no Parquet file (it is empty)"),
    "pointer": (Other(b"version https://git-lfs.github.com/spec/v1\n"), "(it is a Git LFS pointer"),
    "cut off": (Other(b"PAR1 half of it"), "no Parquet file (its end is missing)"),
    "changing": (Changing(), "cannot be read: it changed while it was read; run again"),
    "longer": (OtherRange(+3, is_said=True), "cannot be read: "),
    "shorter": (OtherRange(-3, is_said=True), "cannot be read: "),
    "longer, not said": (OtherRange(+3, is_said=False), "cannot be read: "),
    "shorter, not said": (OtherRange(-3, is_said=False), "cannot be read: "),
    "half": (Cut(), f"{PATH} of me/bottle could not be fetched"),
    "gone": (Status(404), "the Hub answered 404"),
    "busy": (Status(503), "the Hub answered 503"),
}


# The Hub's own client waits long before it tries again.
SLOW = {"busy": [pytest.mark.thorough], "half": [pytest.mark.thorough]}


@pytest.mark.parametrize("name", [pytest.param(name, marks=SLOW.get(name, [])) for name in FAULTS])
def test_an_answer_that_is_not_the_file_is_one_sentence(
    hub_server: HubServer, column: Callable[..., str], tmp_path: Path, name: str
) -> None:
    hub_server.faults[PATH], said = FAULTS[name]
    sentence = column("observation.state", fails=True)
    assert said in sentence
    assert f"{PATH} of me/bottle" in sentence
    assert not (tmp_path / "column.parquet").exists()


def test_more_than_a_recording_needs_is_not_read_at_once(
    machine: Machine, source: Path, tmp_path: Path
) -> None:
    sentence = machine.python(
        """
        import sys
        from pathlib import Path
        from subtasks import program
        from subtasks.sources import hub_columns, range_reader

        range_reader.MAX_READ_BYTES = 50_000
        path = "data/chunk-000/file-001.parquet"
        source, output = map(Path, sys.argv[1:])
        program.run(lambda: hub_columns.fetch(source, path, ["observation.state"], output))
        """,
        source,
        tmp_path / "column.parquet",
        fails=True,
    )
    assert sentence.startswith(f"{PATH} of me/bottle cannot be read: ")
    assert sentence.endswith("bytes would be read at once (limit: 50,000); run again")


def test_what_goes_wrong_is_one_sentence(
    hub_server: HubServer, column: Callable[..., str], tmp_path: Path
) -> None:
    assert "has no column other" in column("other", fails=True)
    hub_server.faults[PATH] = Damaged()
    assert column("observation.state", fails=True) == (
        f"what the Hub sent for {PATH} of me/bottle is no Parquet file (it does not begin like a "
        "Parquet file): check HF_ENDPOINT, the proxy, and the file on the Hub"
    )
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
    assert f"{PATH} claims 10,000,000 values of observation.state in" in said
    assert not output.exists()


def test_a_column_is_read_by_no_other_thread(
    machine: Machine, source: Path, tmp_path: Path
) -> None:
    """A thread that still holds the file while the interpreter exits would abort the program."""
    printed = machine.python(
        """
        import sys, threading
        from pathlib import Path
        from subtasks.sources import hub, hub_columns
        from subtasks.sources.range_reader import RangeReader

        class Watched(RangeReader):
            def read(self, size=-1):
                print(threading.current_thread() is threading.main_thread())
                return super().read(size)

        hub.RangeReader = Watched
        path = "data/chunk-000/file-000.parquet"
        hub_columns.fetch(Path(sys.argv[1]), path, ["observation.state"], Path(sys.argv[2]))
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
