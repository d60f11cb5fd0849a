"""Which files of a result are published, and whether the result covers the whole dataset."""

from pathlib import Path

from subtasks.dataset.dataset import Dataset
from subtasks.errors import Problem


def files_of(dataset: Dataset, result: Path) -> dict[str, Path]:
    """Find the files of a result that are published, by their path in the dataset.

    Raises `Problem` as `check_whole` does.
    """
    check_whole(dataset)
    meta = (result / "meta").rglob("*")
    # Names that begin with a dot are what a killed job has left.
    metadata = [path for path in meta if path.is_file() and not path.name.startswith(".")]
    subtasks = [f"subtasks/{episode.id}.json" for episode in dataset.episodes.values()]
    paths = [
        *dataset.files,
        *sorted(path.relative_to(result).as_posix() for path in metadata),
        # An episode that lacks its video has none.
        *(path for path in subtasks if (result / path).is_file()),
    ]
    return {path: result / path for path in paths}


def check_whole(dataset: Dataset) -> None:
    """Raise `Problem` unless every data file of a dataset has selected episodes.

    Readers of a dataset expect all of its data files to have the same columns.
    """
    if others := sorted(_data_files(dataset) - dataset.files.keys()):
        raise Problem(
            f"{dataset.name} has data files whose episodes are not selected, such as {others[0]}: "
            "a dataset is published as a whole, with all episodes selected and none left out"
        )


def _data_files(dataset: Dataset) -> set[str]:
    """Return the paths of all data files, selected or not."""
    if dataset.remote is not None:
        return {p for p in dataset.remote if p.startswith("data/") and p.endswith(".parquet")}
    found = (dataset.root / "data").rglob("*.parquet")
    return {path.relative_to(dataset.root).as_posix() for path in found}
