"""Groups of episodes: what one annotate job asks about."""

from subtasks.dataset.dataset import Dataset
from subtasks.workflow.config import Config


def group_size(config: Config) -> int:
    """Episodes of a batch."""
    claude = config["claude"]
    return claude["batch"]["episodes"] if claude["api"] == "batch" else claude["episodes_per_job"]


def group_name(episode: int, config: Config) -> str:
    """Batch an episode belongs to."""
    return name_in_grid(episode, group_size(config))


def name_in_grid(episode: int, size: int) -> str:
    """Batch of `size` episodes that an episode belongs to, by its number alone.

    A fixed grid and not the position in the selection: leaving one episode out changes one
    batch and not all that follow.
    """
    first = episode // size * size
    return f"{first:06d}-{first + size - 1:06d}"


def episodes_of(dataset: Dataset, name: str) -> list[int]:
    """Selected episodes of a batch."""
    first, last = map(int, name.split("-"))
    return [i for i in range(first, last + 1) if i in dataset.episodes]


def groups_of(dataset: Dataset, config: Config) -> list[str]:
    """Names of all batches of a dataset, in order."""
    return list(dict.fromkeys(group_name(i, config) for i in sorted(dataset.episodes)))
