"""Episode numbers as people, command lines and file names write them."""

from collections.abc import Collection, Iterable, Sequence

from subtasks.errors import Problem


def episode_id(number: int) -> str:
    """Name an episode's files: `episode_000017`."""
    return f"episode_{number:06d}"


def select(available: Iterable[int], wanted: str | Sequence[int] | None) -> list[int]:
    """Select the episodes of `available` that `wanted` names, in ascending order.

    `wanted` is a list of numbers, a slice `start:stop` of the numbers themselves (`stop` is
    excluded, either side may be omitted), or None for all. Raises `Problem` if a list names an
    episode that is not available; a slice is limited to the episodes there are.
    """
    present = set(available)
    if wanted is None:
        return sorted(present)
    if isinstance(wanted, str):
        start, stop = _bounds(wanted)
        return sorted(i for i in present if start <= i and (stop is None or i < stop))
    check(present, wanted, "selected")
    return sorted(set(wanted))


def check(present: Collection[int], wanted: Iterable[int], what: str) -> None:
    """Raise `Problem` if numbers of `wanted` are not among those `present`.

    `what` says what was to happen to them, such as `selected`.
    """
    if absent := set(wanted) - set(present):
        has = f"episodes {min(present)} to {max(present)}" if present else "no episodes"
        raise Problem(f"{named(absent)} cannot be {what}: the dataset has {has}")


def _bounds(text: str) -> tuple[int, int | None]:
    start, colon, stop = text.partition(":")
    try:
        if not colon:
            raise ValueError(text)
        return int(start or 0), int(stop) if stop.strip() else None
    except ValueError:
        raise Problem(
            f"episodes must be a list of numbers or start:stop, such as 0:100, not '{text}'"
        ) from None


def format_ranges(numbers: Iterable[int]) -> str:
    """Write numbers as the shortest list of ranges: [0, 1, 2, 5] as `0-2,5`."""
    ranges: list[list[int]] = []
    for number in sorted(set(numbers)):
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in ranges)


def named(episodes: Collection[int]) -> str:
    """Name episodes in a sentence: `episode 3`, `episodes 0-2,5`."""
    return f"episode{'' if len(episodes) == 1 else 's'} {format_ranges(episodes)}"


def parse_ranges(text: str) -> list[int]:
    """Read what `format_ranges` wrote; an empty text names no number."""
    numbers: list[int] = []
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("-")
        numbers += range(int(first), int(last or first) + 1)
    return numbers
