"""The forms that true labels may have, and which of them is at a place."""

from pathlib import Path

from subtasks.errors import Problem
from subtasks.truth import folder
from subtasks.truth.written import WrittenTruth

HUB = "hf://datasets/"
"""How an address on the Hub begins, as huggingface_hub writes it."""

SUBTASKS = "subtasks"
"""The folder of a result that has its labels."""


def files(place: str, where: str) -> list[Path]:
    """Return the files on this machine that true labels are read from; none on the Hub.

    Raises `Problem` if there are none; `where` says which key of the config names them.
    """
    if place.startswith(HUB):
        return []
    return [path for paths in folder.find(_folder(place, where)).values() for path in paths]


def covered(place: str, where: str) -> set[int] | None:
    """Return the episodes with true labels; None if that is not known before they are read.

    Raises `Problem` as `files` does.
    """
    if place.startswith(HUB):
        return None
    return set(folder.find(_folder(place, where)))


def read(place: str) -> WrittenTruth:
    """Read true labels of whatever form."""
    return folder.read(_folder(place, "the truth"), place)


def _folder(place: str, where: str) -> Path:
    """Return the folder with the JSON files of a place."""
    path = Path(place)
    if not path.exists():
        raise Problem(f"{where} is {place}, but there is nothing there")
    for each in (path / SUBTASKS, path):
        if each.is_dir() and folder.find(each):
            return each
    raise Problem(f"{where} is {place}, and nothing there is a form of true labels")
