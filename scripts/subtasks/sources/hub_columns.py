"""Single columns of the data files of a dataset on the Hugging Face Hub."""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from subtasks import files
from subtasks.errors import Problem
from subtasks.parquet import footer, other_files, reading
from subtasks.parquet.footer import ReadableFile
from subtasks.sources import hub, snapshot
from subtasks.sources.hub_errors import as_hub_problem
from subtasks.sources.range_reader import RangeError


def fetch(folder: Path, path: str, columns: Sequence[str], output: Path) -> None:
    """Write some columns of a data file to `output`, in the same row groups.

    Only the footer and the columns' bytes are fetched. `folder` has the dataset's snapshot.
    """
    source = hub.read_source(folder)
    snapshot.check_path(source.repo_id, path)
    columns = list(dict.fromkeys(columns))
    with _opened(source, path) as stream:
        size = stream.seek(0, io.SEEK_END)
        with reading.opened(Path(path), stream) as file, files.replacing(output) as temporary:
            for column in columns:
                if column not in file.schema_arrow.names:
                    raise Problem(f"{path} of {source.repo_id} has no column {column}")
            reading.check_values(Path(path), file, columns, size)
            schema = pa.schema([file.schema_arrow.field(column) for column in columns])
            with pq.ParquetWriter(temporary, schema) as writer:
                for group in range(file.num_row_groups):
                    # Without threads, for the reason given in `reading.opened`.
                    table = file.read_row_group(group, columns=columns, use_threads=False)
                    # Selected again, because Arrow also reads columns whose name starts with it.
                    writer.write_table(table.select(columns))


@contextmanager
def _opened(source: hub.HubSource, path: str) -> Iterator[ReadableFile]:
    """Open a Parquet file; raises `Problem` if what the Hub sends is none."""
    try:
        with as_hub_problem(source.repo_id, path), source.open(path) as stream:
            # The end is here already; the beginning would be another request.
            stream.seek(max(stream.seek(0, io.SEEK_END) - len(footer.MAGIC), 0))
            tail = stream.read()
            if tail != footer.MAGIC:
                stream.seek(0)
                kind = other_files.describe(stream.read(other_files.HEAD_BYTES), tail)
                raise Problem(
                    f"what the Hub sent for {path} of {source.repo_id} is no Parquet file "
                    f"({kind}): check HF_ENDPOINT, the proxy, and the file on the Hub"
                )
            yield stream
    except RangeError as error:
        raise Problem(f"{path} of {source.repo_id} cannot be read: {error}; run again") from error
