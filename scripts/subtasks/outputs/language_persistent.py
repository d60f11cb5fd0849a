"""LeRobot 0.6's `language_persistent`: all subtasks of an episode, with times, on every frame.

The column may have other styles of language too (plan, memory, …): entries that are not subtasks
stay as they are. LeRobot before 0.6 does not load a dataset with a feature of this kind.
"""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from subtasks.errors import Problem
from subtasks.outputs.output import Column, Extension, LabelledEpisode, Output

if TYPE_CHECKING:
    import pyarrow as pa

_NAME = "language_persistent"
_STYLE = "subtask"


def values(episode: LabelledEpisode) -> list[list[dict[str, Any]]]:
    """Return the episode's language once for each slot; it is the same for all."""
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
    entries = sorted([*(episode.kept or []), *subtasks], key=_order)
    return [entries] * (len(episode.spans) + 1)


def _order(entry: dict[str, Any]) -> tuple[float, str, str]:
    """Sort as LeRobot's own annotation pipeline does."""
    return entry["timestamp"], entry["style"] or "", entry["role"] or ""


def _keep(entries: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    return [entry for entry in map(_checked, entries or []) if entry["style"] != _STYLE]


def _checked(entry: dict[str, Any] | None) -> dict[str, Any]:
    """Refuse an entry that cannot be sorted."""
    time = None if entry is None else entry["timestamp"]
    if entry is None or time is None or not math.isfinite(time):
        raise Problem(
            f"its column {_NAME} has an entry without a timestamp: repair or remove the column"
        )
    return entry


def _entry_type() -> "pa.StructType":
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


def _widen(existing: "pa.DataType") -> "pa.DataType":
    """Return the type of an existing column; fields that have no type yet get LeRobot's."""
    import pyarrow as pa

    fields = {field.name: field for field in _entry_type()}
    if not pa.types.is_list(existing):
        raise Problem(f"its column {_NAME} must be a list: remove it")
    if not pa.types.is_null(existing.value_type):
        if not (
            pa.types.is_struct(existing.value_type)
            and {*fields} <= {f.name for f in existing.value_type}
        ):
            raise Problem(f"its column {_NAME} must be a list of {', '.join(fields)}: remove it")
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
    known = {known.name for known in _entry_type()}
    if field.name in known and not fits.get(field.name, is_text):
        raise Problem(
            f"{field.name} in its column {_NAME} cannot be of type {kind}: remove the column"
        )


def _column(_numbers: Path | None) -> Column:
    import pyarrow as pa

    extension = Extension(_keep, _widen)
    return Column(_NAME, pa.list_(_entry_type()), values, timed=True, extension=extension)


OUTPUT = Output(
    name=_NAME,
    feature={"dtype": "language", "shape": [1], "names": None},
    column=_column,
    extends=True,
)
