"""What is known of the episodes of a group before anything is made from them.

`check_episodes` writes the file from the metadata and the rows of the data files; whoever works on
an episode reads there what it is about, where its rows are, and whether it can be used at all.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from subtasks import files
from subtasks.errors import Problem


@dataclass(frozen=True, slots=True)
class EpisodeFacts:
    """An episode's task sentence, its number of frames and its rows.

    `length` is the number of frames by the metadata. `rows` rows of the data file, from `first`
    on, are the episode's; None where the file has not been read, and `first` also where they do
    not follow one another. `fault` says in one sentence why the episode cannot be labelled, None
    if it can. `remarks` are sentences a person should read although it can.
    """

    task: str
    length: int
    first: int | None = None
    rows: int | None = None
    fault: str | None = None
    remarks: tuple[str, ...] = ()


def write(path: Path, facts: Mapping[int, EpisodeFacts]) -> None:
    """Write what is known of a group's episodes."""
    files.write_json(path, {str(episode): asdict(each) for episode, each in sorted(facts.items())})


def read(path: Path) -> dict[int, EpisodeFacts]:
    """Read what is known of a group's episodes. Raises `Problem` for a damaged file."""
    stored = files.read_json(path)
    try:
        return {
            int(episode): EpisodeFacts(**{**each, "remarks": tuple(each["remarks"])})
            for episode, each in stored.items()
        }
    except (ValueError, TypeError, KeyError, AttributeError):
        raise Problem(f"{path} is damaged: remove it and run again") from None


def find(path: Path, episode: int) -> EpisodeFacts:
    """Return what is known of one episode. Raises `Problem` if the file does not have it."""
    if (found := read(path).get(episode)) is None:
        raise Problem(f"{path} has no episode {episode}: remove it and run again")
    return found
