"""Data files with outputs, made as write_data makes them."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from subtasks import files
from subtasks.outputs import columns, subtask_index
from subtasks.outputs.data_rows import DataRows
from subtasks.outputs.registry import OUTPUTS
from subtasks.parquet import adding_columns, reading
from subtasks.segments import subtask_files
from subtasks.segments.segment import Segment

PICK = [Segment(0.0, "reach"), Segment(0.5, "grasp"), Segment(1.2, "lift")]
LATE = [Segment(0.3, "reach")]


def filled(
    source: Path,
    labels: dict[int, list[Segment]],
    names: Sequence[str],
    *,
    fps: float = 10,
    numbers: Path | None = None,
    overwrite: bool = False,
    whole: int | None = None,
) -> pa.Table:
    """Write a data file with some outputs, and read it."""
    output = source.with_suffix(".out.parquet")
    wanted = [OUTPUTS[name].column(numbers) for name in names]
    with reading.opened(source) as file:
        schema, fill_row_group = columns.fill(
            DataRows(file, whole), wanted, labels.items(), fps, overwrite=overwrite
        )
        adding_columns.add_columns(source, output, schema, fill_row_group)
    return pq.read_table(output)


def numbered(path: Path, texts: list[str]) -> Path:
    """Write the table that numbers the subtasks."""
    pq.write_table(subtask_index.table(texts), path)
    return path


def write_subtasks(folder: Path, labels: dict[int, list[Segment]]) -> Path:
    """Write the subtasks file of each episode."""
    for episode, segments in labels.items():
        path = folder / subtask_files.FILE_NAME.format(episode_index=episode)
        files.write_text(path, subtask_files.dump(segments))
    return folder
