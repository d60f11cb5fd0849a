"""What an output is: its part of a dataset's metadata and, for most, a column or a table."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from subtasks.segments.segment import Span

if TYPE_CHECKING:
    # Outputs are also looked up where no data is written, and importing pyarrow takes 0.15 s.
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class LabelledEpisode:
    """An episode of a data file and its subtasks.

    `times` are the data's own timestamps (seconds) at which the spans start, infinity for a span
    without rows. `kept` is what stays of the source's value in a column that is extended.
    """

    spans: list[Span]
    times: list[float]
    kept: Any = None


@dataclass(frozen=True, slots=True)
class Extension:
    """How a column of the source is extended instead of replaced.

    The source has the same list on each frame of an episode; `keep(value)` returns the entries of
    it that stay. `widen(type)` returns a type that holds both what stays and what is added.
    """

    keep: Callable[[Any], Any]
    widen: "Callable[[pa.DataType], pa.DataType]"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the data files.

    `values(episode)` returns one value for the frames before the first span and one for each
    span. Unless the column is `timed`, the episode comes without the times of its spans.
    """

    name: str
    type: "pa.DataType"
    values: Callable[[LabelledEpisode], list[Any]]
    timed: bool = False
    extension: Extension | None = None


@dataclass(frozen=True, slots=True)
class Output:
    """One way to write the subtasks, chosen by its name in the config.

    In `meta/info.json`, `feature` is the output's entry among the features, and `info` has further
    keys. `table` is a file under `meta/` that is written by a program of its own. `column` makes
    the column; it is given the path of the table that numbers the subtasks, which only some need.
    If the source already has a column of that name, an output that `extends` adds to it.
    """

    name: str
    feature: Mapping[str, Any] | None = None
    info: Mapping[str, Any] = field(default_factory=dict)
    table: str | None = None
    column: Callable[[Path | None], Column] | None = None
    extends: bool = False
