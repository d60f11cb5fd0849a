"""LeRobot 0.6's `language_persistent`: an episode's subtasks with their times on each frame.

The column holds other styles of language too (plan, memory, …): rows that are not subtasks
stay as they are. LeRobot before 0.6 does not load a dataset with a feature of this kind.
"""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from subtasks.errors import Problem
from subtasks.outputs.output import Column, Extension, Labelled, Output

if TYPE_CHECKING:
    import pyarrow as pa

_NAME = "language_persistent"
_STYLE = "subtask"


def values(episode: Labelled) -> list[list[dict[str, Any]]]:
    """Give the episode's language once for each slot, always the same."""
    subtasks = [
        {
            "role": "assistant",
            "content": span.subtask,
            "style": _STYLE,
            "timestamp": time,
            "camera": None,
            "tool_calls": None,
        }
        for span, time in zip(episode.spans, episode.times, strict=True)
        if math.isfinite(time)
    ]
    rows = sorted([*(episode.earlier or []), *subtasks], key=_order)
    return [rows] * (len(episode.spans) + 1)


def _order(row: dict[str, Any]) -> tuple[float, str, str]:
    """Sort as LeRobot's own annotation pipeline does."""
    return row["timestamp"], row["style"] or "", row["role"] or ""


def _keeps(rows: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    return [row for row in map(_checked, rows or []) if row["style"] != _STYLE]


def _checked(row: dict[str, Any] | None) -> dict[str, Any]:
    """Refuse a row that has no place among the others."""
    time = None if row is None else row["timestamp"]
    if row is None or time is None or not math.isfinite(time):
        raise Problem(f"its column {_NAME} has a row without a timestamp: mend or remove it")
    return row


def _row_type() -> "pa.StructType":
    import pyarrow as pa

    return pa.struct(
        {
            "role": pa.string(),
            "content": pa.string(),
            "style": pa.string(),
            "timestamp": pa.float32(),
            "camera": pa.string(),
            "tool_calls": pa.list_(pa.string()),
        }
    )


def _widened(existing: "pa.DataType") -> "pa.DataType":
    """Keep the types of an existing column, except where it has had no value to show one."""
    import pyarrow as pa

    fields = {field.name: field for field in _row_type()}
    if not pa.types.is_list(existing):
        raise Problem(f"its column {_NAME} is no list: remove it")
    if not pa.types.is_null(existing.value_type):
        if not (
            pa.types.is_struct(existing.value_type)
            and {*fields} <= {f.name for f in existing.value_type}
        ):
            raise Problem(f"its column {_NAME} is no list of {', '.join(fields)}: remove it")
        for field in existing.value_type:
            if not pa.types.is_null(field.type):
                _check_type(field)
                fields[field.name] = field
    return pa.list_(pa.struct(list(fields.values())))


def _check_type(field: "pa.Field") -> None:
    import pyarrow as pa

    kind = field.type
    is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    fits = {"timestamp": pa.types.is_floating(kind), "tool_calls": pa.types.is_list(kind)}
    known = {known.name for known in _row_type()}
    if field.name in known and not fits.get(field.name, is_text):
        raise Problem(f"its column {_NAME} has a {field.name} of type {kind}: remove it")


def _column(_numbers: Path | None) -> Column:
    import pyarrow as pa

    extension = Extension(_keeps, _widened)
    return Column(_NAME, pa.list_(_row_type()), values, timed=True, extension=extension)


OUTPUT = Output(
    name=_NAME,
    feature={"dtype": "language", "shape": [1], "names": None},
    column=_column,
    extends=True,
)
