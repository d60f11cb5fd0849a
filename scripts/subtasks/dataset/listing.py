"""What a dataset's metadata lists: episodes by number, none of them judged before it is asked for.

One unusable row concerns its episode alone, and an episode that nobody selects concerns nobody.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from subtasks.dataset import episode
from subtasks.dataset.episode import Episode
from subtasks.errors import Problem

ReadEpisode = Callable[[], Episode]
"""Reads a listed episode. Raises `Problem` if its row of the metadata cannot be used."""


@dataclass(slots=True)
class Listing:
    """The episodes by number, and sentences about rows that give no number."""

    episodes: dict[int, ReadEpisode] = field(default_factory=dict)
    unnumbered: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        """Number of rows."""
        return len(self.episodes) + len(self.unnumbered)

    def add(self, number: Any, where: str, read: Callable[[int], Episode]) -> None:
        """Add the row at `where` (file and line), which gives this number of an episode.

        `read` is given the number when the episode is asked for. An episode that two rows list
        cannot be read.
        """
        try:
            index = episode.index(number, f"{where}: episode_index")
        except Problem as problem:
            self.skip(str(problem))
            return
        if index in self.episodes:
            self.episodes[index] = _refused(
                f"{where}: episode_index {index} is listed twice; remove one of the two rows"
            )
        else:
            self.episodes[index] = lambda: read(index)

    def skip(self, sentence: str) -> None:
        """Leave out a row whose episode is unknown."""
        self.unnumbered.append(sentence)
        episode.check_count(self.total)


def _refused(sentence: str) -> ReadEpisode:
    def read() -> Episode:
        raise Problem(sentence)

    return read
