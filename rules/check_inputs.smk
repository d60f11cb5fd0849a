"""Inputs of the rules that say which episodes a person should look at first."""

from subtasks.workflow import job_failures
from subtasks.workflow.status import Listing

LABELLING = {"claude": "extract_subtasks", "kinematic": "segment_motion"}[
    CONFIG.annotator
]


def failed_before(dataset):
    """Episodes that an earlier run could not label, so that nothing can wait for their labels."""
    if IN_STORAGE:
        return set()
    existing = Listing()
    return {
        episode
        for episode in dataset.episodes
        if PATHS.fill(File.SUBTASKS, dataset.name, episode=episode) not in existing
        and PATHS.fill(File.CORRECTION, dataset.name, episode=episode) not in existing
        and str(job_failures.failure_file(Path(label_log(dataset, episode))))
        in existing
    }


def label_log(dataset, episode):
    """The log of the job that labels an episode."""
    return PATHS.fill(File.EPISODE_LOG, dataset.name, LABELLING, episode=episode)


def labels_there(dataset):
    """The subtasks of all episodes that are not known to have none."""
    failed = failed_before(dataset)
    return subtasks_of(dataset, [e for e in dataset.episodes if e not in failed])


def states_of_group(wildcards):
    """The data files with the state of a group's episodes, and what robot it is."""
    dataset, group = dataset_of(wildcards), wildcards.group
    paths = {dataset.episodes[e].data: None for e in episodes_of(dataset, group)}
    return {
        "robot": PATHS.fill(File.ROBOT, dataset.name),
        "listed": PATHS.fill(File.LISTED, dataset.name, group=group),
        "data": [state_source(dataset, path) for path in paths],
    }


def labels_and_episodes(dataset):
    """All labels of a dataset, and what is known of its episodes without looking at these."""
    return {
        "listed": files_of_groups(File.LISTED, dataset),
        "facts": files_of_groups(File.EPISODES, dataset),
        "faults": [PATHS.fill(File.FAULTS, dataset.name)] if faults(dataset) else [],
        "subtasks": labels_there(dataset),
    }


def checked(wildcards):
    """What the checks compare: labels, motion, and how the answers came about."""
    dataset = dataset_of(wildcards)
    return {
        **labels_and_episodes(dataset),
        "measured": files_of_groups(File.MEASURED, dataset) if dataset.motion else [],
        "outcomes": (
            files_of_groups(File.OUTCOMES, dataset) if CONFIG.asks_claude else []
        ),
        "refined": (
            files_of_groups(File.REFINED, dataset) if CONFIG.labels.refines else []
        ),
    }


def seen(wildcards):
    """What people are shown of a dataset: its labels, and what the checks have found."""
    dataset = dataset_of(wildcards)
    return {
        **labels_and_episodes(dataset),
        "checks": PATHS.fill(File.CHECKS, dataset.name),
    }


def labels_option(wildcards, input):
    """An option with the folder of a dataset's labels, which may be empty."""
    if input.subtasks:
        return folder_option("--subtasks", input.subtasks)
    return option("--subtasks", [PATHS.folder(File.SUBTASKS, wildcards.dataset)])


def failures_option(wildcards):
    """An option with the folder in which jobs have said why an episode has no labels."""
    return option("--failures", [Path(label_log(dataset_of(wildcards), 0)).parent])


def faults(dataset):
    """Why episodes cannot be labelled, as far as it is known before any job."""
    absent = {episode: "its files are missing" for episode in dataset.absent}
    return {str(episode): why for episode, why in (absent | dataset.faults).items()}


def outcomes_options(input):
    """Options with the answers, where a model was asked."""
    if not CONFIG.asks_claude:
        return ""
    options = [
        folder_option("--outcomes", input.outcomes),
        folder_option("--refined", input.refined),
    ]
    return " ".join(filter(None, options))


def all_checks(wildcards):
    """What the checks have found in all datasets."""
    return [PATHS.fill(File.CHECKS, name) for name in DATASETS]
