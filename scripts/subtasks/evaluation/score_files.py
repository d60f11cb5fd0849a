"""The files of an evaluation: the scores of a dataset, and the counts of its episodes."""

import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from subtasks import files
from subtasks.errors import Problem
from subtasks.evaluation.bootstrap import Figure
from subtasks.evaluation.borders import TOLERANCES
from subtasks.evaluation.episode_scores import EpisodeScores, WgoCounts
from subtasks.evaluation.overlaps import OVERLAPS
from subtasks.evaluation.scores import KindOfBorder, Scores

ROWS_AT_ONCE = 500

_TEXT, _WHOLE, _NUMBER = pa.string(), pa.int64(), pa.float64()
_CONFUSION = pa.struct([("true", _TEXT), ("found", _TEXT), ("seconds", _NUMBER)])

_AT_TOLERANCE = tuple(f"matched_borders_{tolerance}" for tolerance in TOLERANCES)
_AT_OVERLAP = tuple(f"matched_segments_{overlap}" for overlap in OVERLAPS)
_LABELLED = tuple(f"labelled_segments_{overlap}" for overlap in OVERLAPS)
_COUNTS = (
    *("found_borders", "true_borders", *_AT_TOLERANCE),
    *("found_segments", "true_segments", *_AT_OVERLAP, *_LABELLED),
    *("true_frames", "right_frames", "label_pairs", "same_labels", "judged_labels"),
    *("wgo_found", "wgo_true", "wgo_matched", "wgo_right"),
)
_FIGURES = (
    *(f"border_f1_{tolerance}" for tolerance in TOLERANCES),
    *("mean_error",),
    *(f"segment_f1_{overlap}" for overlap in OVERLAPS),
    *(f"labelled_f1_{overlap}" for overlap in OVERLAPS),
    *("edit", "frame_accuracy", "label_accuracy", "judged_accuracy"),
)

SCHEMA = pa.schema(
    [
        pa.field("episode", _WHOLE, nullable=False),
        pa.field("duration", _NUMBER, nullable=False),
        *(pa.field(name, _NUMBER) for name in _FIGURES),
        *(pa.field(name, _WHOLE) for name in _COUNTS),
        pa.field("border_kinds", pa.list_(_TEXT)),
        pa.field("border_errors", pa.list_(_NUMBER)),
        pa.field("confusion", pa.list_(_CONFUSION)),
    ]
)
"""First what is read by people: figures of the episode. Then the counts that they come from."""


# The scores of a dataset


def write_scores(path: Path, scores: Scores) -> None:
    """Write scores as JSON, the whole file or nothing."""
    found: dict[str, Any] = {
        "dataset": scores.dataset,
        "truth": {"origin": scores.origin, "form": scores.form},
        "episodes": scores.episodes,
        "duration": scores.duration,
        "notes": list(scores.notes),
    }
    for name, figure in scores.figures.items():
        *above, last = name.split("/")
        place = found
        for key in above:
            place = place.setdefault(key, {})
        place[last] = _dump(figure)
    found["kinds"] = [
        {
            "kind": each.kind,
            "borders": each.borders,
            "matched": each.matched,
            "bias": _dump(each.bias),
            "error": _dump(each.error),
        }
        for each in scores.kinds
    ]
    found["confusion"] = [list(each) for each in scores.confusion]
    files.write_json(path, found)


def read_scores(path: Path) -> Scores:
    """Read scores. Raises `Problem` for a damaged file."""
    stored = files.read_json(path)
    try:
        return Scores(
            _text(stored.pop("dataset")),
            _text(stored["truth"]["origin"]),
            _text(stored.pop("truth")["form"]),
            _whole(stored.pop("episodes")),
            _number(stored.pop("duration")),
            tuple(map(_text, stored.pop("notes"))),
            kinds=tuple(_kind(**each) for each in stored.pop("kinds")),
            confusion=tuple(_confusion(*each) for each in stored.pop("confusion")),
            figures=dict(_figures(stored, "")),
        )
    except (TypeError, KeyError, ValueError, AttributeError):
        raise _damaged(path) from None


def _dump(figure: Figure) -> dict[str, float | None]:
    return {"value": figure.value, "low": figure.low, "high": figure.high}


def _figures(stored: Mapping[str, Any], above: str) -> Iterator[tuple[str, Figure]]:
    """Give the figures in nested objects, each by the keys that lead to it."""
    for key, value in stored.items():
        if "value" in value:
            yield f"{above}{key}", _figure(value)
        else:
            yield from _figures(value, f"{above}{key}/")


def _figure(stored: Mapping[str, Any]) -> Figure:
    found = [stored[key] for key in ("value", "low", "high")]
    return Figure(*(None if each is None else _number(each) for each in found))


def _kind(kind: Any, borders: Any, matched: Any, bias: Any, error: Any) -> KindOfBorder:
    return KindOfBorder(
        _text(kind), _whole(borders), _whole(matched), _figure(bias), _figure(error)
    )


# The counts of its episodes


def write_episodes(path: Path, episodes: Sequence[EpisodeScores]) -> None:
    """Write a row for each episode, the whole file or nothing."""
    with (
        files.replacing(path) as temporary,
        pq.ParquetWriter(temporary, SCHEMA, compression="zstd") as writer,
    ):
        # Some at a time, because lists of Python objects take much more memory than the table.
        for first in range(0, len(episodes), ROWS_AT_ONCE):
            rows = [_row(each) for each in episodes[first : first + ROWS_AT_ONCE]]
            writer.write_table(pa.Table.from_pylist(rows, SCHEMA))


def read_episodes(path: Path) -> list[EpisodeScores]:
    """Read the counts of episodes. Raises `Problem` for a file that is damaged or another."""
    found = []
    columns = [name for name in SCHEMA.names if name not in _FIGURES or name == "edit"]
    try:
        with pq.ParquetFile(path) as file:
            if file.schema_arrow.field("episode").type != _WHOLE:
                raise TypeError
            for batch in file.iter_batches(ROWS_AT_ONCE, columns=columns):
                found += [_episode(row) for row in batch.to_pylist()]
    except (pa.ArrowException, TypeError, KeyError, ValueError):
        raise _damaged(path) from None
    return found


def _row(each: EpisodeScores) -> dict[str, Any]:
    wgo = each.wgo_bench
    return {
        "episode": each.episode,
        "duration": each.duration,
        "mean_error": each.mean_error,
        "edit": each.edit,
        "frame_accuracy": each.frame_accuracy,
        "label_accuracy": each.label_accuracy,
        "judged_accuracy": each.judged_accuracy,
        "found_borders": each.found_borders,
        "true_borders": each.true_borders,
        "found_segments": each.found_segments,
        "true_segments": each.true_segments,
        "true_frames": each.true_frames,
        "right_frames": each.right_frames,
        "label_pairs": each.label_pairs,
        "same_labels": each.same_labels,
        "judged_labels": each.judged_labels,
        "wgo_found": wgo.found,
        "wgo_true": wgo.true,
        "wgo_matched": wgo.matched,
        "wgo_right": wgo.right,
        "border_kinds": each.border_kinds,
        "border_errors": each.border_errors,
        "confusion": [
            {"true": true, "found": found, "seconds": seconds}
            for true, found, seconds in each.confusion
        ],
        **{f"border_f1_{tolerance}": each.border_f1(tolerance) for tolerance in TOLERANCES},
        **{f"segment_f1_{overlap}": each.segment_f1(overlap) for overlap in OVERLAPS},
        **{f"labelled_f1_{overlap}": each.labelled_f1(overlap) for overlap in OVERLAPS},
        **dict(zip(_AT_TOLERANCE, each.matched_borders, strict=True)),
        **dict(zip(_AT_OVERLAP, each.matched_segments, strict=True)),
        **dict(zip(_LABELLED, each.labelled_segments, strict=True)),
    }


def _episode(row: Mapping[str, Any]) -> EpisodeScores:
    judged = row["judged_labels"]
    return EpisodeScores(
        episode=_whole(row["episode"]),
        duration=_number(row["duration"]),
        found_borders=_whole(row["found_borders"]),
        true_borders=_whole(row["true_borders"]),
        matched_borders=tuple(_whole(row[name]) for name in _AT_TOLERANCE),
        # Interned, because thousands of episodes share a few kinds and labels.
        border_kinds=tuple(_text(each) for each in row["border_kinds"]),
        border_errors=tuple(row["border_errors"]),
        found_segments=_whole(row["found_segments"]),
        true_segments=_whole(row["true_segments"]),
        matched_segments=tuple(_whole(row[name]) for name in _AT_OVERLAP),
        labelled_segments=tuple(_whole(row[name]) for name in _LABELLED),
        edit=_number(row["edit"]),
        true_frames=_whole(row["true_frames"]),
        right_frames=_whole(row["right_frames"]),
        label_pairs=_whole(row["label_pairs"]),
        same_labels=_whole(row["same_labels"]),
        judged_labels=None if judged is None else _whole(judged),
        wgo_bench=WgoCounts(
            _whole(row["wgo_found"]),
            _whole(row["wgo_true"]),
            _whole(row["wgo_matched"]),
            _whole(row["wgo_right"]),
        ),
        confusion=tuple(
            _confusion(each["true"], each["found"], each["seconds"]) for each in row["confusion"]
        ),
    )


def _confusion(true: Any, found: Any, seconds: Any) -> tuple[str, str, float]:
    return _text(true), _text(found), _number(seconds)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return sys.intern(value)


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise TypeError
    return value


def _number(value: Any) -> float:
    if type(value) not in (int, float) or not math.isfinite(value):
        raise TypeError
    return float(value)


def _damaged(path: Path) -> Problem:
    return Problem(f"{path} is damaged: remove it and run again")
