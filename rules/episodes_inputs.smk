"""Inputs of the rules that look at episodes and at the robot, and of those that use what they find."""

from subtasks.dataset import tasks_table
from subtasks.workflow.groups import episodes_of, group_name, group_size, groups_of

# Episodes in which the robot is looked at: enough to see what is usual.
MOST_LOOKED_AT = 10


def uses_motion(dataset):
    """Whether the robot's state is read in a dataset."""
    return CONFIG.needs_motion and bool(dataset.motion)


def reads_rows(dataset):
    """Whether rows are looked at first: where files are one episode each, they are not fetched."""
    is_remote = dataset.remote is not None
    return not (is_remote and dataset.one_episode_a_file) or uses_motion(dataset)


def facts_of(dataset, episode):
    """The file with what is known of an episode, and of others in its group."""
    group = group_name(episode, group_size(CONFIG.claude))
    return PATHS.fill(File.EPISODES, dataset.name, group=group)


def rows_of_group(wildcards):
    """What the metadata lists, the data files with the rows, and the table of tasks."""
    dataset, group = dataset_of(wildcards), wildcards.group
    paths = {dataset.episodes[e].data: None for e in episodes_of(dataset, group)}
    return {
        "listed": PATHS.fill(File.LISTED, dataset.name, group=group),
        "data": (
            [rows_source(dataset, path) for path in paths]
            if reads_rows(dataset)
            else []
        ),
        "tasks": (
            [local(str(path)) for path in tasks_table.paths(dataset.root)]
            if CONFIG.asks_claude
            else []
        ),
    }


def data_option(wildcards, input):
    """An option with the folder in which the data files have their paths."""
    if not input.data:
        return ""
    dataset = dataset_of(wildcards)
    first = dataset.episodes[episodes_of(dataset, wildcards.group)[0]].data
    return option("--data", [str(input.data[0]).removesuffix(first) or "."])


def state_source(dataset, path):
    """A data file with the robot's state: that of the source, or of the result.

    Where nothing is made from it, the state of a dataset on the Hub is fetched with the result.
    """
    if on_hub(dataset) and not CONFIG.needs_motion:
        return ancient(PATHS.fill(File.RESULT, dataset.name, file=path))
    return rows_source(dataset, path)


def looked_at(dataset):
    """The episodes in which the robot is looked at."""
    return list(dataset.episodes)[:MOST_LOOKED_AT]


def robots_rows(wildcards):
    """Data files with the robot's state."""
    dataset = dataset_of(wildcards)
    return [state_source(dataset, dataset.episodes[e].data) for e in looked_at(dataset)]


def robots_episodes(wildcards, input):
    """Options with the episodes and their data files."""
    pairs = zip(looked_at(dataset_of(wildcards)), input)
    return " ".join(f"--episode {e} {shlex.quote(str(file))}" for e, file in pairs)


def motion_of(wildcards):
    """The data file with an episode's state, and what robot it is."""
    dataset = dataset_of(wildcards)
    return {
        "data": state_source(dataset, episode_of(wildcards).data),
        "robot": PATHS.fill(File.ROBOT, dataset.name),
    }
