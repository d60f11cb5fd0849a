"""The forms that true labels may have, and which of them is at a place."""

from enum import Enum, auto
from pathlib import Path

from subtasks.errors import Problem
from subtasks.files import read_json
from subtasks.truth import folder, lerobot, on_hub, table
from subtasks.truth.on_hub import HUB
from subtasks.truth.written import WrittenTruth

SUBTASKS = "subtasks"
"""The folder of a result that has its labels."""

TABLES = ("meta/segments.parquet", "segments.parquet", "segments.csv")
"""Tables that are looked for in a folder without labels of another form."""

INFO = "meta/info.json"


class Form(Enum):
    """What is at a place."""

    FOLDER = auto()
    TABLE = auto()
    DATASET = auto()
    HUB = auto()


def files(place: str, where: str) -> list[Path]:
    """Return the files on this machine that true labels are read from; none on the Hub.

    Raises `Problem` if there are no labels; `where` says which key of the config names them.
    """
    form, path = _find(place, where)
    match form:
        case Form.HUB:
            return []
        case Form.TABLE:
            return [path]
        case Form.FOLDER:
            return [file for found in folder.find(path).values() for file in found]
        case Form.DATASET:
            names = ("meta/**/*.json*", "meta/**/*.parquet", "data/**/*.parquet")
            return sorted(file for name in names for file in path.glob(name))


def covered(place: str, where: str) -> set[int] | None:
    """Return the episodes with true labels; None if that is not known before they are read.

    Raises `Problem` as `files` does.
    """
    form, path = _find(place, where)
    match form:
        case Form.HUB:
            return None
        case Form.TABLE:
            return table.episodes(path)
        case Form.FOLDER:
            return set(folder.find(path))
        case Form.DATASET:
            total = _total(path / INFO)
            return None if total is None else set(range(total))


def read(place: str, fps: float) -> WrittenTruth:
    """Read true labels of whatever form; frames of a table are `fps` a second.

    Raises `Problem` if they cannot be read.
    """
    form, path = _find(place, "the truth")
    match form:
        case Form.HUB:
            return on_hub.read(place, fps)
        case Form.TABLE:
            return table.read(path, place, fps)
        case Form.FOLDER:
            return folder.read(path, place)
        case Form.DATASET:
            return lerobot.read(path, place)


def _find(place: str, where: str) -> tuple[Form, Path]:
    """Say what is at a place, and where exactly."""
    if place.startswith(HUB):
        on_hub.parse(place)
        return Form.HUB, Path()
    path = Path(place)
    if path.is_file() and path.suffix.lower() in table.SUFFIXES:
        return Form.TABLE, path
    if path.is_dir():
        for each in (path / SUBTASKS, path):
            if each.is_dir() and folder.find(each):
                return Form.FOLDER, each
        if (path / INFO).is_file():
            return Form.DATASET, path
        for name in TABLES:
            if (path / name).is_file():
                return Form.TABLE, path / name
    if not path.exists():
        raise Problem(f"{where} is {place}, but there is nothing there")
    raise Problem(
        f"{where} is {place}, which is none of these: a folder with episode_000000.json and so on, "
        f"a table that ends with {' or '.join(table.SUFFIXES)}, or a LeRobot dataset with labels"
    )


def _total(path: Path) -> int | None:
    """Return how many episodes a dataset says it has."""
    try:
        total = read_json(path).get("total_episodes")
    except (Problem, OSError, AttributeError):
        return None
    return total if type(total) is int and 0 <= total < 10**7 else None
