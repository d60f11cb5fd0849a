"""Where an answer about borders puts each of them."""

import math
from dataclasses import dataclass
from typing import Any

from subtasks.segments.segment import Unusable, read_time
from subtasks.wording import shorten_json

NOT_VISIBLE = "not visible"
"""The answer about a border that cannot be seen in what is shown."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where an answer puts the border of this number: `time` in seconds, None if not visible."""

    border: int
    time: float | None


def read_placement(entry: Any) -> Placement:
    """Read `{"border": number, "time": seconds or "not visible"}`.

    Raises `Unusable` with the reason as a clause.
    """
    if not isinstance(entry, dict):
        raise Unusable(f"{shorten_json(entry)} is not an object")
    for key in ("border", "time"):
        if key not in entry:
            raise Unusable(f'it has no "{key}"')
    number, time = entry["border"], entry["time"]
    if isinstance(number, str) and number.strip().isdecimal() and len(number) < 10:
        number = int(number)
    if isinstance(number, bool) or not isinstance(number, float | int) or number % 1:
        raise Unusable(f"border {shorten_json(number)} is not the number of a border")
    if not math.isfinite(number):
        raise Unusable(f"border {shorten_json(number)} is not the number of a border")
    if time is None or (isinstance(time, str) and _is_not_visible(time)):
        return Placement(int(number), None)
    return Placement(int(number), read_time(time))


def _is_not_visible(text: str) -> bool:
    words = text.strip().strip(".").replace("_", " ").casefold().split()
    return " ".join(words) == NOT_VISIBLE
