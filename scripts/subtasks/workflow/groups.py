"""Groups of episodes: what one annotate job asks about."""

from subtasks.dataset.dataset import Dataset
from subtasks.workflow.config import Claude


def group_size(claude: Claude) -> int:
    """Return how many episodes a group has."""
    return claude.batch.episodes if claude.api == "batch" else claude.episodes_per_job


def group_name(episode: int, size: int) -> str:
    """Return the group of `size` episodes that an episode belongs to, such as 000016-000031.

    A fixed grid rather than the position in the selection: leaving out one episode changes one
    group and not all that follow.
    """
    first = episode // size * size
    return f"{first:06d}-{first + size - 1:06d}"


def episodes_of(dataset: Dataset, group: str) -> list[int]:
    """Return the selected episodes of a group."""
    first, last = map(int, group.split("-"))
    return [index for index in range(first, last + 1) if index in dataset.episodes]


def groups_of(dataset: Dataset, claude: Claude) -> list[str]:
    """Return the names of all groups of a dataset, in order."""
    size = group_size(claude)
    return list(dict.fromkeys(group_name(index, size) for index in sorted(dataset.episodes)))
