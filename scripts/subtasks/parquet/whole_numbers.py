"""Whole numbers of a column, whatever type holds them."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from subtasks.wording import shorten

Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_LOWEST, _HIGHEST = -(1 << 63), (1 << 63) - 1
# Up to here a float of that many bits tells every whole number from its neighbours.
_EXACT = {16: 1 << 11, 32: 1 << 24, 64: 1 << 53}


class NotWhole(ValueError):
    """Which value of a column is no whole number, and of which type, as a clause."""


def may_hold(kind: pa.DataType) -> bool:
    """Say whether values of a type can be whole numbers.

    These are integers, floats, decimals and texts, also as lists of one value each, which some
    writers make of LeRobot's shape [1].
    """
    return _is_scalar(kind) or (_is_list(kind) and _is_scalar(kind.value_type))


def whole_numbers(array: pa.Array) -> Integers:
    """Return the values of an array as 64-bit integers.

    Floats, decimals and texts count if every value is a whole number, such as 3.0 or "3". Raises
    `NotWhole`, which names the value and its type, for anything else: 3.5, "three", an empty cell,
    a number beyond 64 bits or beyond what its type holds exactly, a list.
    """
    numbers, is_whole = _parsed(array)
    if not is_whole.all():
        value = array[int(np.argmin(is_whole))].as_py()
        raise NotWhole(_reason(value, array.type))
    return numbers


def whole_numbers_or(array: pa.Array, otherwise: int) -> Integers:
    """Return the values of an array as 64-bit integers, and `otherwise` for what is none.

    Raises `NotWhole` only for a type that cannot hold whole numbers.
    """
    numbers, is_whole = _parsed(array)
    return np.where(is_whole, numbers, otherwise)


def plain(array: pa.Array) -> pa.Array:
    """Return an array without dictionaries, types of extensions and lists of one value each."""
    if isinstance(array, pa.ExtensionArray):
        array = array.storage
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if _is_list(array.type) and (pc.list_value_length(array).to_numpy(False) == 1).all():
        return plain(pc.list_flatten(array))
    return array


def is_text(kind: pa.DataType) -> bool:
    """Say whether a type is one of Arrow's three types of text."""
    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    )


def shorten_type(kind: pa.DataType) -> str:
    """Name an Arrow type in at most a few words."""
    text = str(kind)
    return text if len(text) <= 40 else f"{text[:39]}…"


def _is_scalar(kind: pa.DataType) -> bool:
    if isinstance(kind, pa.BaseExtensionType):
        kind = kind.storage_type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(
        pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_decimal(kind)
        or is_text(kind)
    )


def _is_list(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_list(kind)
        or pa.types.is_large_list(kind)
        or (pa.types.is_fixed_size_list(kind) and kind.list_size == 1)
    )


def _parsed(array: pa.Array) -> tuple[Integers, Mask]:
    """Return the numbers, and which of them are whole; the others are any number."""
    if not may_hold(array.type):
        raise NotWhole(f"it holds {shorten_type(array.type)}, not whole numbers")
    values = plain(array)
    kind = values.type
    if pa.types.is_integer(kind):
        return _of_integers(values)
    if pa.types.is_floating(kind):
        return _of_floats(values)
    # What is still a list has rows of no or of several values.
    found = [_number(value) for value in values.to_pylist()]
    numbers = np.fromiter((number or 0 for number in found), np.int64, len(found))
    return numbers, np.fromiter((number is not None for number in found), np.bool_, len(found))


def _of_integers(array: pa.Array) -> tuple[Integers, Mask]:
    is_whole = array.is_valid().to_numpy(False)
    numbers = array.fill_null(0).to_numpy()
    if numbers.dtype == np.uint64:
        is_whole &= numbers <= _HIGHEST
    return numbers.astype(np.int64), is_whole


def _of_floats(array: pa.Array) -> tuple[Integers, Mask]:
    numbers = array.cast(pa.float64()).fill_null(np.nan).to_numpy()
    is_whole = np.isfinite(numbers) & (np.abs(numbers) < _EXACT[array.type.bit_width])
    numbers = np.where(is_whole, numbers, 0)
    return numbers.astype(np.int64), is_whole & (numbers == np.floor(numbers))


def _number(value: Any) -> int | None:
    """Return a decimal or a text, or the only one of a list, as a number; None if it is none."""
    if isinstance(value, list):
        return _number(value[0]) if len(value) == 1 else None
    if isinstance(value, str):
        # int() also takes "1_000" and digits of other scripts, which no writer means.
        digits = value.strip().removeprefix("-")
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 19):
            return None
        value = int(value)
    try:
        number = int(value)
        return number if number == value and _LOWEST <= number <= _HIGHEST else None
    except (TypeError, ValueError, ArithmeticError):
        return None


def _reason(value: Any, kind: pa.DataType) -> str:
    if value is None:
        return "it has an empty cell"
    if isinstance(value, str):
        digits = value.strip().removeprefix("-")
        if digits.isascii() and digits.isdigit():
            return f"it holds the text {shorten(value)}, which is too large a number"
        return f"it holds the text {shorten(value)}, not a whole number"
    if isinstance(value, float) and value.is_integer():
        return f"it holds {shorten(value)} of type {kind}, which is not exact at this size"
    return f"it holds {shorten(value)} of type {shorten_type(kind)}, not a whole number"
