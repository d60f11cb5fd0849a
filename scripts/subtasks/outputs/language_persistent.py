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
_NEEDED = {"role", "content", "style", "timestamp"}
_MEND = f"repair or remove it, or set output.{_NAME}: false"


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
        raise Problem(f"its column {_NAME} has an entry without a timestamp: {_MEND}")
    return {"camera": None, "tool_calls": None, **entry, "timestamp": float(time)}


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
    entry = _entry_of(existing)
    if pa.types.is_null(entry):
        return pa.list_(_entry_type())
    names = [field.name for field in entry] if pa.types.is_struct(entry) else []
    if not {*names} >= _NEEDED:
        raise Problem(f"its column {_NAME} must be a list of {', '.join(fields)}: {_MEND}")
    if len({*names}) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise Problem(f"its column {_NAME} has the field {twice} twice: {_MEND}")
    for field in entry:
        if not pa.types.is_null(field.type):
            # What a field may not be null in is not known of new entries.
            fields[field.name] = pa.field(field.name, _widen_field(field))
    return pa.list_(pa.struct(list(fields.values())))


def _entry_of(existing: "pa.DataType") -> "pa.DataType":
    """Return the type of a list's entries; null for a column without any."""
    import pyarrow as pa

    if pa.types.is_null(existing):
        return existing
    of_any_size = pa.types.is_list(existing) or pa.types.is_large_list(existing)
    if not (of_any_size or pa.types.is_fixed_size_list(existing)):
        raise Problem(f"its column {_NAME} must be a list: {_MEND}")
    return existing.value_type


def _widen_field(field: "pa.Field") -> "pa.DataType":
    """Return a type of the values of a field, and of those that are added to it."""
    import pyarrow as pa

    from subtasks.parquet.whole_numbers import is_text, shorten_type

    kind = field.type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_string_view(kind):
        kind = pa.string()
    match field.name:
        case "timestamp" if pa.types.is_integer(kind) or pa.types.is_decimal(kind):
            return pa.float64()
        case "timestamp":
            fits = pa.types.is_floating(kind)
        case "tool_calls":
            if pa.types.is_large_list(kind):
                kind = pa.list_(kind.value_type)
            fits = pa.types.is_list(kind) and _is_plain(kind)
        case "role" | "content" | "style" | "camera":
            fits = is_text(kind)
        case _:
            fits = _is_plain(kind)
    if not fits:
        raise Problem(
            f"{field.name} in its column {_NAME} cannot be of type {shorten_type(kind)}: {_MEND}"
        )
    return kind


def _is_plain(kind: "pa.DataType") -> bool:
    """Say whether values of a type are the same after they have been Python's."""
    import pyarrow as pa

    if isinstance(kind, pa.BaseExtensionType):
        return isinstance(kind, pa.JsonType)
    if pa.types.is_struct(kind) or pa.types.is_list(kind):
        names = [kind.field(i).name for i in range(kind.num_fields)]
        parts = [kind.field(i).type for i in range(kind.num_fields)]
        return len({*names}) == len(names) and all(map(_is_plain, parts))
    return bool(
        pa.types.is_null(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_decimal(kind)
        or pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
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
