"""Inputs of the rules that write a dataset, and the files a finished dataset consists of."""

import re

from subtasks.outputs import metadata

# Files of the metadata that are made and not copied.
MADE = [str(metadata.INFO), str(metadata.ANNOTATION), *CONFIG.output.tables]
# The lengths of more episodes go into a file: a command line takes those of some 20,000.
MOST_LENGTHS = 1000
SUBTASKS_TABLE = "meta/subtasks.parquet"


def subtasks_of(dataset, episodes):
    """The subtasks files of some episodes."""
    return [PATHS.fill(File.SUBTASKS, dataset.name, episode=e) for e in episodes]


def labels_of_file(wildcards):
    """Subtasks of the episodes in a data file, and the labels' numbers if they are written."""
    dataset, file = dataset_of(wildcards), wildcards.file
    episodes = dataset.files[file]
    table = PATHS.fill(File.SUBTASKS_TABLE, dataset.name)
    lengths = PATHS.fill(File.LENGTHS, dataset.name, file=file)
    return {
        "subtasks": subtasks_of(dataset, episodes),
        "numbers": [table] if CONFIG.output.subtask_index else [],
        "lengths": [lengths] if len(episodes) > MOST_LENGTHS else [],
    }


def episodes_option(wildcards, input):
    """The selected episodes of a data file, and how many frames each has."""
    return rule_params.episodes_in(
        dataset_of(wildcards), wildcards.file, *input.lengths
    )


def labels_of_dataset(wildcards):
    """The subtasks of all episodes."""
    dataset = dataset_of(wildcards)
    return {"subtasks": subtasks_of(dataset, dataset.episodes)}


def existing_numbers(wildcards):
    """The table of numbers that the source has, if any."""
    root = dataset_of(wildcards).root
    own = (root / SUBTASKS_TABLE).is_file() and SUBTASKS_TABLE not in originals.added(
        root
    )
    return [local(str(root / SUBTASKS_TABLE))] if own else []


def existing_option(wildcards, input):
    """An option with the table of numbers that the source has."""
    files = [original(wildcards, SUBTASKS_TABLE, file) for file in input.existing]
    return option("--existing", files)


def metadata_files(wildcards):
    """All files of the source's metadata."""
    root = dataset_of(wildcards).root
    return [local(str(root / path)) for path in metadata.paths(root)]


def videos_option(dataset):
    """Whether the result's videos link to the source's; remote ones cannot be linked."""
    return "" if dataset.remote is None else "--without-videos"


def unchanged_metadata(dataset):
    """Metadata that is the same in the result, by path: where the source has it."""
    return {
        str(path): originals.original(dataset.root, path)
        for path in metadata.paths(dataset.root)
        if str(path) not in MADE
    }


def dataset_targets(dataset):
    """What a finished dataset consists of, and what is known of its episodes."""
    copied = unchanged_metadata(dataset) if IN_STORAGE else {}
    made = [*dataset.files, *CONFIG.output.tables, *copied]
    return [
        *(PATHS.fill(File.RESULT, dataset.name, file=path) for path in made),
        PATHS.fill(File.INFO, dataset.name),
        PATHS.fill(File.ANNOTATION, dataset.name),
        # The end of a run says what contradicts what, whoever labels.
        *files_of_groups(File.EPISODES, dataset),
        # The end of a run also names the labels to look at first, and Snakemake's report shows all.
        *([labels_report(dataset.name)] if CONFIG.checks else []),
    ]


def labels_report(name):
    """What Snakemake's report shows of the labels of a dataset, if it has been made.

    Marked where it is asked for and not where it is made: Snakemake makes no report at all where
    something that is marked is missing, as after a failure.
    """
    path = PATHS.fill(File.LABELS_REPORT, name)
    if not Path(path).exists():
        return path
    caption = str(WORKFLOW / "rules/report_labels.rst")
    return report(path, caption=caption, category="Labels", labels={"dataset": name})


def labels_before_data(wildcards):
    """The labels that a data file waits for, so that it is not fetched before they exist."""
    dataset = dataset_of(wildcards)
    # Images in it are what labels are made from.
    waits = wildcards.file in dataset.files and not dataset.stores_images
    return labels_of_file(wildcards) if waits else {}
