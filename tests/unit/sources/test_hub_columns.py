"""Columns of a data file of a dataset in the Hub's cache on this machine."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from servers.hub import HubServer
from support.hub_machine import Machine

PATH = "data/chunk-000/file-000.parquet"

FETCH = """
    import sys
    from pathlib import Path
    from subtasks import program
    from subtasks.sources import hub_columns

    source, output, *columns = sys.argv[1:]
    program.run(lambda: hub_columns.fetch(Path(source), sys.argv[3], columns[1:], Path(output)))
"""


def test_names_that_contain_one_another_are_told_apart(
    machine: Machine, hub_server: HubServer, tmp_path: Path
) -> None:
    """Arrow reads `state.left` too where `state` is asked for."""
    root = tmp_path / "dataset"
    (root / "meta").mkdir(parents=True)
    (root / "meta/info.json").write_text("{}")
    (root / PATH).parent.mkdir(parents=True)
    table = pa.table(
        {
            "state": pa.array([{"left": 1.0}, {"left": 2.0}]),
            "state.left": pa.array([3, 4], pa.int8()),
            "state.left.x": pa.array(["a", "b"]).dictionary_encode(),
            "State": pa.array([[1], None], pa.list_(pa.int64(), 1)),
        }
    )
    pq.write_table(table, root / PATH, row_group_size=1)
    hub_server.create("me/bottle", root)
    machine.ensure_snapshot(tmp_path / "source")
    output = tmp_path / "columns.parquet"
    for names in (["state"], ["state.left"], ["state.left.x", "State", "state"]):
        machine.python(FETCH, tmp_path / "source", output, PATH, *names)
        found = pq.read_table(output)
        assert found.column_names == names
        assert found.equals(table.select(names))
        assert pq.ParquetFile(output).num_row_groups == 2
