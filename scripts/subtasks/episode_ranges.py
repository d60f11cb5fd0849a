"""Sets of episode numbers, as people and command lines write them."""

from collections.abc import Collection, Iterable, Sequence

from subtasks.errors import Problem


def select(available: Iterable[int], wanted: str | Sequence[int] | None) -> list[int]:
    """Episodes of `available` that `wanted` names, in ascending order.

    `wanted` is a list of numbers, a `start:stop` slice of the numbers themselves
    (`stop` excluded, either side may be missing), or None for all. A number of a list
    that is not available raises `Problem`; a slice is cut to what there is.
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
    """Raise `Problem` where numbers of `wanted` are not among those `present`."""
    if absent := set(wanted) - set(present):
        has = f"has {min(present)} to {max(present)}" if present else "has none"
        raise Problem(
            f"{named(absent)} {'is' if len(absent) == 1 else 'are'} {what} but not in the dataset, "
            f"which {has}"
        )


def _bounds(text: str) -> tuple[int, int | None]:
    start, colon, stop = text.partition(":")
    try:
        if not colon:
            raise ValueError(text)
        return int(start or 0), int(stop) if stop.strip() else None
    except ValueError:
        raise Problem(
            f"episodes '{text}' is neither a list nor start:stop, such as 0:100"
        ) from None


def format_ranges(numbers: Iterable[int]) -> str:
    """Write numbers as the shortest list of ranges: [0, 1, 2, 5] as `0-2,5`."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)


def named(episodes: Collection[int]) -> str:
    """Name episodes in a sentence: `episode 3`, `episodes 0-2,5`."""
    return f"episode{'' if len(episodes) == 1 else 's'} {format_ranges(episodes)}"


def parse_ranges(text: str) -> list[int]:
    """Read what `format_ranges` wrote; empty text is no number."""
    numbers: list[int] = []
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("-")
        numbers += range(int(first), int(last or first) + 1)
    return numbers
