"""The names of the numbers in a robot's columns, side by side, and which column each is of."""

from collections.abc import Sequence
from dataclasses import dataclass

from subtasks.motion import names as naming
from subtasks.motion.robot import Feature
from subtasks.wording import counted

UNNAMED = "unnamed"
"""The name of a number beyond the names of its column."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The numbers of several columns side by side.

    `names` are empty if there are none; there may be one fewer than numbers. `full` has a name for
    every number, which begins with its column's. `groups` has the position of each number's
    column.
    """

    names: tuple[str, ...]
    full: tuple[str, ...]
    groups: tuple[int, ...]
    remarks: tuple[str, ...] = ()


def side_by_side(features: Sequence[Feature], widths: Sequence[int]) -> Columns:
    """Name the numbers of `features`, which have so many numbers a row.

    Names that fit are kept if there are more of them than numbers, or fewer.
    """
    names: list[str] = []
    full: list[str] = []
    groups: list[int] = []
    remarks: list[str] = []
    alone = len(features) == 1
    for position, (feature, width) in enumerate(zip(features, widths, strict=True)):
        own = _own_names(feature, width)
        if own and len(own) != width:
            remarks.append(
                f"{feature.key} has {counted(width, 'number')} a row and "
                f"{counted(len(own), 'name')}: "
                + ("the last names are not used" if len(own) > width else "the last are unnamed")
            )
        own = own[:width]
        if alone:
            names += own
        elif not own:
            names += [feature.key if width == 1 else f"{feature.key} {i}" for i in range(width)]
        else:
            names += [f"{feature.key} {name}" for name in own]
            names += [UNNAMED] * (width - len(own))
        full += [f"{feature.key} {name}" for name in [*own, *[""] * (width - len(own))]]
        groups += [position] * width
    if naming.say_nothing([naming.words(name) for name in names]):
        names = []
    return Columns(
        tuple(names), tuple(name.strip() for name in full), tuple(groups), tuple(remarks)
    )


def _own_names(feature: Feature, width: int) -> list[str]:
    # Some writers name a feature of many numbers after itself, as in names: ["state"].
    if len(feature.names) == 1 and width > 1:
        return []
    return list(feature.names)
