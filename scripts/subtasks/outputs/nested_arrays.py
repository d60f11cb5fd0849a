"""Arrays of nested types, with types of extensions such as JSON inside, which Arrow cannot make."""

from collections.abc import Iterable
from typing import Any

import pyarrow as pa


def array(values: Iterable[Any], kind: pa.DataType) -> pa.Array:
    """Make an array of any type whose extensions, if it has some, hold texts or numbers."""
    return _typed(pa.array(values, _storage(kind)), kind)


def _storage(kind: pa.DataType) -> pa.DataType:
    if isinstance(kind, pa.BaseExtensionType):
        return kind.storage_type
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(_storage(field.type)) for field in kind])
    if pa.types.is_list(kind):
        return pa.list_(kind.value_field.with_type(_storage(kind.value_type)))
    if pa.types.is_large_list(kind):
        return pa.large_list(kind.value_field.with_type(_storage(kind.value_type)))
    return kind


def _typed(storage: pa.Array, kind: pa.DataType) -> pa.Array:
    if storage.type == kind:
        return storage
    if isinstance(kind, pa.BaseExtensionType):
        return pa.ExtensionArray.from_storage(kind, storage)
    nulls = storage.is_null() if storage.null_count else None
    if pa.types.is_struct(kind):
        children = [_typed(storage.field(i), field.type) for i, field in enumerate(kind)]
        return pa.StructArray.from_arrays(children, fields=list(kind), mask=nulls)
    lists = pa.LargeListArray if pa.types.is_large_list(kind) else pa.ListArray
    values = _typed(storage.values, kind.value_type)
    return lists.from_arrays(storage.offsets, values, type=kind, mask=nulls)
