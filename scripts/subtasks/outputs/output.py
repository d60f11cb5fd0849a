"""What an output is: what it adds to a dataset's metadata and, if it has one, its column."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from subtasks.segments.segment import Span

if TYPE_CHECKING:
    # Outputs are also known where no data is written; pyarrow costs 0.15 s.
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Labelled:
    """An episode of a data file and its subtasks.

    `times` are the data's own timestamps (seconds) where the spans begin, infinity for a span
    without rows. `earlier` is what stays of the source's value in a column that is extended.
    """

    spans: list[Span]
    times: list[float]
    earlier: Any = None


@dataclass(frozen=True, slots=True)
class Extension:
    """How a column that the source has is extended instead of replaced.

    The source gives an episode's value on each of its frames; `keeps(value)` is what stays of
    it. `widened(type)` is the column's type that holds both what stays and what is added.
    """

    keeps: Callable[[Any], Any]
    widened: "Callable[[pa.DataType], pa.DataType]"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the data files.

    `values(episode)` gives one value for the frames before the first span, then one a span.
    Where it is not `timed`, the episode comes without the times of its spans.
    """

    name: str
    type: "pa.DataType"
    values: Callable[[Labelled], list[Any]]
    timed: bool = False
    extension: Extension | None = None


@dataclass(frozen=True, slots=True)
class Output:
    """One way to write the subtasks, chosen by its name in the config.

    `feature` is its entry among the features of `meta/info.json`, `info` what else it adds
    there, `table` the file under `meta/` that a program of its own makes. `column` makes the
    column; it takes the path of the subtasks' numbers, which only some need. One that
    `extends` lives with a column of its name in the source.
    """

    name: str
    feature: Mapping[str, Any] | None = None
    info: Mapping[str, Any] = field(default_factory=dict)
    table: str | None = None
    column: Callable[[Path | None], Column] | None = None
    extends: bool = False
