"""LeRobot 0.4's `subtask_index`: a number on every frame, whose text is in `meta/subtasks.parquet`.

LeRobot takes the text from the row at that position, counted from 0. So numbers have no gaps, and
frames without a subtask need a row too, with the text "". (For -1, LeRobot would read the last
row.)
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from subtasks.errors import Problem
from subtasks.outputs.output import Column, LabelledEpisode, Output
from subtasks.wording import shorten

if TYPE_CHECKING:
    import pyarrow as pa

_TEXT, _NUMBER = "subtask", "subtask_index"
_MEND = f"repair or remove it, or set output.{_NUMBER}: false"


def number(labels: Iterable[str], known: list[str]) -> list[str]:
    """Order texts by number: `known` ones first, in their order, then new ones and "", sorted."""
    return [*known, *sorted({"", *labels} - set(known))]


def table(texts: list[str]) -> "pa.Table":
    """Make the table as pandas writes one whose index is the text."""
    import pyarrow as pa

    pandas = {
        "index_columns": [_TEXT],
        "column_indexes": [
            {
                "name": None,
                "field_name": None,
                "pandas_type": "unicode",
                "numpy_type": "object",
                "metadata": {"encoding": "UTF-8"},
            }
        ],
        "columns": [
            {
                "name": name,
                "field_name": name,
                "pandas_type": pandas_type,
                "numpy_type": numpy_type,
                "metadata": None,
            }
            for name, pandas_type, numpy_type in (
                (_NUMBER, "int64", "int64"),
                (_TEXT, "unicode", "object"),
            )
        ],
    }
    schema = pa.schema(
        [(_NUMBER, pa.int64()), (_TEXT, pa.string())], metadata={"pandas": json.dumps(pandas)}
    )
    return pa.table({_NUMBER: range(len(texts)), _TEXT: texts}, schema=schema)


def read(path: Path) -> list[str]:
    """Read the texts of a table in the order of their numbers.

    Raises `Problem` if the table has other columns, which would be lost, or LeRobot could not
    look up its numbers.
    """
    import pyarrow as pa

    from subtasks.parquet import reading
    from subtasks.parquet.whole_numbers import NotWhole, plain, whole_numbers

    with reading.opened(path) as file:
        schema = file.schema_arrow
        texts_column = _texts_column(path, schema)
        batches = reading.record_batches(path, file, schema.names)
        table = pa.Table.from_batches(batches, schema)
        if not table.num_rows:
            return []
        try:
            numbers = [n for c in table[_NUMBER].chunks for n in whole_numbers(c).tolist()]
        except NotWhole as reason:
            raise Problem(f"{path}: cannot use its column {_NUMBER}: {reason}; {_MEND}") from None
        texts: list[str] = [t for c in table[texts_column].chunks for t in plain(c).to_pylist()]
    if None in texts:
        raise Problem(f"{path}: its column {texts_column} has an empty cell; {_MEND}")
    if numbers != list(range(len(texts))) or len(set(texts)) < len(texts):
        raise Problem(
            f"{path} must number distinct texts 0, 1, 2 … in the order of its rows, which is how "
            f"LeRobot finds them: {_MEND}"
        )
    return texts


def _texts_column(path: Path, schema: "pa.Schema") -> str:
    """Return the name of the column of texts, the only one beside that of the numbers."""
    import pyarrow as pa

    from subtasks.parquet.whole_numbers import is_text, shorten_type

    others = [field for field in schema if field.name != _NUMBER]
    if _NUMBER not in schema.names or len(others) != 1:
        raise Problem(
            f"{path} must have a column {_NUMBER} and one column of texts, and no others (it has "
            f"{', '.join(map(shorten, schema.names[:5])) or 'none'}): {_MEND}"
        )
    [texts] = others
    kind = texts.type.value_type if pa.types.is_dictionary(texts.type) else texts.type
    # The types in a table without rows mean nothing.
    if not is_text(kind) and not pa.types.is_null(kind):
        raise Problem(
            f"{path}: its column {texts.name} holds {shorten_type(kind)}, not texts; {_MEND}"
        )
    return str(texts.name)


def _column(numbers: Path | None) -> Column:
    import pyarrow as pa

    if numbers is None:
        raise Problem(
            f"the output {_NUMBER} needs the table that numbers the subtasks: set --numbers"
        )
    number_of = {text: number for number, text in enumerate(read(numbers))}

    def values(episode: LabelledEpisode) -> list[int]:
        labels = ["", *(span.subtask for span in episode.spans)]
        if missing := set(labels) - set(number_of):
            raise Problem(f"{numbers} has no number for {min(missing)!r}: remove it and run again")
        return [number_of[label] for label in labels]

    return Column(_NUMBER, pa.int64(), values)


OUTPUT = Output(
    name=_NUMBER,
    feature={"dtype": "int64", "shape": [1], "names": None},
    table="meta/subtasks.parquet",
    column=_column,
)
