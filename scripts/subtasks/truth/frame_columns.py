"""Labels in the data of a LeRobot dataset: a value on each frame, or all of them on every frame.

`response` is OpenTau's text a frame, `subtask_index` LeRobot 0.4's number a frame, and
`language_persistent` LeRobot 0.6's rows of an episode.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from subtasks.dataset.column_names import EPISODE, FRAME
from subtasks.dataset.dataset import Dataset
from subtasks.errors import Problem
from subtasks.outputs import subtask_index
from subtasks.parquet import reading
from subtasks.truth.written import WrittenSegment

if TYPE_CHECKING:
    import pyarrow as pa

RESPONSE, NUMBER, LANGUAGE = "response", "subtask_index", "language_persistent"
TIMESTAMP = "timestamp"
NUMBERS_TABLE = "meta/subtasks.parquet"
STYLE = "subtask"

ROWS_AT_ONCE = 16_384

Segments = dict[int, list[WrittenSegment]]
Bring = Callable[[str, Sequence[str]], Path]
"""Gives a file with some columns of a data file of the dataset."""


@dataclass(frozen=True, slots=True)
class FrameLabels:
    """Labels by episode, and the length of each episode in frames.

    `faults` say in a sentence each why a file could not be read.
    """

    segments: Segments
    frames: Mapping[int, int]
    faults: tuple[str, ...] = ()


def present(dataset: Dataset) -> list[str]:
    """Return the columns with labels that a dataset says it has, the best first."""
    has_texts = (dataset.root / NUMBERS_TABLE).is_file()
    return [
        name
        for name in (RESPONSE, NUMBER, LANGUAGE)
        if name in dataset.features and (name != NUMBER or has_texts)
    ]


def read(dataset: Dataset, column: str, bring: Bring) -> FrameLabels:
    """Read the labels of all episodes; a file that cannot be read leaves its episodes out."""
    try:
        texts = subtask_index.read(dataset.root / NUMBERS_TABLE) if column == NUMBER else []
    except Problem as problem:
        return FrameLabels({}, {}, (_without_advice(problem),))
    runs = _Runs()
    languages: Segments = {}
    faults = []
    for path, episodes in dataset.files.items():
        own = episodes[0] if dataset.one_episode_a_file else None
        wanted = [FRAME, *([] if own is not None else [EPISODE]), column]
        if column == LANGUAGE:
            wanted.append(TIMESTAMP)
        try:
            for batch in _batches(bring(path, wanted), wanted):
                _add(batch, column, own, texts, runs, languages)
        except Problem as problem:
            faults.append(str(problem))
        except FileNotFoundError:
            faults.append(f"{path} is missing")
    frames_of = runs.frames()
    found = languages if column == LANGUAGE else runs.segments(dataset.fps)
    labelled = {number: each for number, each in found.items() if each}
    return FrameLabels(labelled, frames_of, tuple(faults))


def _without_advice(problem: Problem) -> str:
    """Return a sentence about a table of numbers; what it advises is for whoever writes one."""
    return str(problem).partition(": repair or remove it")[0]


def _add(
    batch: "pa.RecordBatch",
    column: str,
    own: int | None,
    texts: Sequence[str],
    runs: "_Runs",
    languages: Segments,
) -> None:
    """Take the labels of some rows; with `own`, all are that episode's."""
    numbers = _numbers(batch, own)
    frames = batch.column(FRAME).to_pylist()
    if column == LANGUAGE:
        _add_language(languages, runs, numbers, frames, batch)
        return
    for number, frame, value in zip(numbers, frames, batch.column(column).to_pylist(), strict=True):
        runs.add(number, frame, _text(value, texts) if column == NUMBER else value)


def _batches(path: Path, wanted: Sequence[str]) -> "Iterator[pa.RecordBatch]":
    with reading.opened(path) as file:
        names = file.schema_arrow.names
        if absent := [name for name in wanted if name not in names]:
            raise Problem(f"{path} has no column {absent[0]}, which its dataset says it has")
        reading.check_values(path, file, wanted, path.stat().st_size)
        yield from file.iter_batches(ROWS_AT_ONCE, columns=list(wanted), use_threads=False)


def _numbers(batch: "pa.RecordBatch", own: int | None) -> list[Any]:
    """Return the episode of each row."""
    return [own] * batch.num_rows if own is not None else batch.column(EPISODE).to_pylist()


@dataclass(slots=True)
class _Run:
    """Frames `start` up to but not including `stop` carry `label`, None if they have none."""

    start: int
    stop: int
    label: str | None


@dataclass(slots=True)
class _Runs:
    """What the frames of each episode carry, in the order in which they are read."""

    of: dict[int, list[_Run]] = field(default_factory=dict)

    def add(self, episode: Any, frame: Any, value: Any) -> None:
        """Take the value of a frame; a frame without a number is left out."""
        if type(episode) is not int or type(frame) is not int or frame < 0:
            return
        label = value if isinstance(value, str) and value else None
        runs = self.of.setdefault(episode, [])
        if runs and runs[-1].stop == frame and runs[-1].label == label:
            runs[-1].stop += 1
        else:
            runs.append(_Run(frame, frame + 1, label))

    def frames(self) -> dict[int, int]:
        """Return how many frames each episode has."""
        return {episode: max(run.stop for run in runs) for episode, runs in self.of.items()}

    def segments(self, fps: float) -> Segments:
        """Return the runs that have a label, in the order of time."""
        return {
            episode: [
                WrittenSegment(run.start / fps, run.stop / fps, run.label)
                for run in sorted(runs, key=lambda run: run.start)
                if run.label is not None
            ]
            for episode, runs in self.of.items()
        }


def _text(number: Any, texts: Sequence[str]) -> str | None:
    return texts[number] if type(number) is int and 0 <= number < len(texts) else None


def _add_language(
    languages: Segments,
    runs: _Runs,
    numbers: Sequence[Any],
    frames: Sequence[Any],
    batch: "pa.RecordBatch",
) -> None:
    """Take the rows of language of each episode's first frame; they are the same on all."""
    for place, (number, frame) in enumerate(zip(numbers, frames, strict=True)):
        runs.add(number, frame, None)
        if frame != 0 or type(number) is not int:
            continue
        first = batch.column(TIMESTAMP)[place].as_py() or 0.0
        entries = batch.column(LANGUAGE)[place].as_py()
        languages[number] = [
            WrittenSegment(float(each["timestamp"]) - first, None, each["content"])
            for each in (entries if isinstance(entries, list) else [])
            if isinstance(each, dict)
            and each.get("style") == STYLE
            and isinstance(each.get("content"), str)
            and isinstance(each.get("timestamp"), int | float)
        ]
