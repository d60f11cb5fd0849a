"""Whole numbers of a column, whatever type holds them."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from subtasks.wording import shorten


class NotWhole(ValueError):
    """Which value of a column is no whole number, and of which type, as a clause."""


def may_hold(kind: pa.DataType) -> bool:
    """Say whether values of a type can be whole numbers: integers, floats, decimals or texts."""
    return bool(
        pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_decimal(kind)
        or pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
    )


def whole_numbers(array: pa.Array) -> npt.NDArray[np.int64]:
    """Return the values of an array as 64-bit integers.

    Floats, decimals and texts count if every value is a whole number, such as 3.0 or "3". Raises
    `NotWhole`, which names the value and its type, for anything else: 3.5, "three", an empty cell,
    a number beyond 64 bits, a list.
    """
    kind = array.type
    if pa.types.is_integer(kind) and not array.null_count:
        return _cast(array, kind)
    if not may_hold(kind):
        raise NotWhole(f"it holds {shorten_type(kind)}, not whole numbers")
    if array.null_count:
        raise NotWhole("it has an empty cell")
    if pa.types.is_integer(kind):
        return _cast(array, kind)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return np.fromiter((_of_text(text) for text in array.to_pylist()), np.int64, len(array))
    return _cast(array, kind)


def shorten_type(kind: pa.DataType) -> str:
    """Name an Arrow type in at most a few words."""
    text = str(kind)
    return text if len(text) <= 40 else f"{text[:39]}…"


def _cast(array: pa.Array, kind: pa.DataType) -> npt.NDArray[np.int64]:
    try:
        # A safe cast refuses fractions, NaN and what does not fit.
        numbers: npt.NDArray[np.int64] = array.cast(pa.int64()).to_numpy(zero_copy_only=False)
        return numbers
    except pa.ArrowInvalid:
        value = next(value for value in array.to_pylist() if not _is_whole(value))
        raise NotWhole(f"it holds {shorten(value)} of type {kind}, not a whole number") from None


def _of_text(text: str) -> int:
    # int() also takes "1_000" and digits of other scripts, which no writer means.
    plain = text.strip()
    if not plain.lstrip("-").isascii() or not plain.lstrip("-").isdigit():
        raise NotWhole(f"it holds the text {shorten(text)}, not a whole number")
    number = int(plain[:20])
    if not -(1 << 63) <= number < 1 << 63 or len(plain) > 20:
        raise NotWhole(f"it holds the text {shorten(text)}, which is too large a number")
    return number


def _is_whole(value: Any) -> bool:
    try:
        return bool(int(value) == value and -(1 << 63) <= value < 1 << 63)
    except (ValueError, OverflowError, TypeError):
        return False
