"""Which files of a result are published, and whether the result is whole."""

from collections.abc import Iterable
from pathlib import Path

from subtasks.dataset.dataset import Dataset
from subtasks.errors import Problem


def files_of(dataset: Dataset, result: Path) -> dict[str, Path]:
    """Find the files of a dataset's result that are published, by their path in the dataset."""
    meta = (result / "meta").rglob("*")
    # What a killed job has left begins with a dot.
    tables = [path for path in meta if path.is_file() and not path.name.startswith(".")]
    subtasks = [f"subtasks/{episode.id}.json" for episode in dataset.episodes.values()]
    paths = [
        *dataset.files,
        *sorted(path.relative_to(result).as_posix() for path in tables),
        # An episode that lacks its video has none.
        *(path for path in subtasks if (result / path).is_file()),
    ]
    return {path: result / path for path in paths}


def check_whole(dataset: Dataset, tables: Iterable[str]) -> None:
    """Raise `Problem` where some of a dataset's data files, `tables`, have no labels.

    Readers of a dataset expect the same columns in all of them.
    """
    if others := sorted(set(tables) - dataset.files.keys()):
        raise Problem(
            f"{dataset.name} has data files whose episodes are not selected, such as {others[0]}: "
            "a dataset is published as a whole, with all episodes selected and none left out"
        )


def tables_of(dataset: Dataset) -> list[str]:
    """Paths of all data files of a dataset."""
    if dataset.remote is not None:
        return [p for p in dataset.remote if p.startswith("data/") and p.endswith(".parquet")]
    found = (dataset.root / "data").rglob("*.parquet")
    return [path.relative_to(dataset.root).as_posix() for path in found]
