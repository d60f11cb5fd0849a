"""What the rules that write a dataset take, and what a finished dataset consists of."""

import re

from subtasks.outputs import metadata as source_metadata

TABLES = settings.tables(config)
# Files of the metadata that are made and not copied.
MADE = [str(source_metadata.INFO), str(source_metadata.ANNOTATION), *TABLES]
# Lengths of more episodes stand in a file: a command takes those of some 20,000.
MOST_LENGTHS = 1000


def labels_of_file(wildcards):
    """Subtasks of the episodes in a data file, and the labels' numbers if they are written."""
    dataset = dataset_of(wildcards)
    episodes = dataset.files[wildcards.file]
    table = f"{RESULTS}/{dataset.name}/meta/subtasks.parquet"
    lengths = f"{WORK}/{dataset.name}/lengths/{wildcards.file}.json"
    return {
        "subtasks": [paths.subtasks_file(dataset, config, e) for e in episodes],
        "numbers": [table] if config["output"]["subtask_index"] else [],
        "lengths": [lengths] if len(episodes) > MOST_LENGTHS else [],
    }


def episodes_option(wildcards, input):
    """Selected episodes of a data file, and how many frames each has."""
    return rule_params.episodes_in(
        dataset_of(wildcards), wildcards.file, *input.lengths
    )


def subtasks_option(input):
    """Folder of the subtasks files that are among the inputs."""
    return option("--subtasks", [Path(file).parent for file in input.subtasks[:1]])


def numbers_option(input):
    """Table of the labels' numbers."""
    return option("--numbers", input.numbers)


def labels_of_dataset(wildcards):
    """Subtasks of all episodes."""
    dataset = dataset_of(wildcards)
    return {
        "subtasks": [paths.subtasks_file(dataset, config, e) for e in dataset.episodes]
    }


def existing_numbers(wildcards):
    """Table of numbers that the source has, if any."""
    root, table = dataset_of(wildcards).root, "meta/subtasks.parquet"
    own = (root / table).is_file() and table not in originals.added(root)
    return [local(str(root / table))] if own else []


def existing_option(wildcards, input):
    """Table of numbers that the source has."""
    table = "meta/subtasks.parquet"
    files = [as_it_was(wildcards, table, file) for file in input.existing]
    return option("--existing", files)


def metadata_files(wildcards):
    """All files of the source's metadata."""
    root = dataset_of(wildcards).root
    return [local(str(root / path)) for path in source_metadata.paths(root)]


def videos_option(dataset):
    """Whether the result's videos lead to the source's; those that are not here cannot."""
    return "" if dataset.remote is None else "--without-videos"


def metadata(dataset):
    """Metadata that is the same in the result, by path: where the source has it."""
    return {
        str(path): originals.original(dataset.root, path)
        for path in source_metadata.paths(dataset.root)
        if str(path) not in MADE
    }


def dataset_targets(dataset):
    """What a finished dataset consists of."""
    root = f"{RESULTS}/{dataset.name}"
    copied = metadata(dataset) if IN_STORAGE else {}
    return [
        *(f"{root}/{file}" for file in dataset.files),
        *(f"{root}/{table}" for table in TABLES),
        *(f"{root}/{path}" for path in copied),
        f"{root}/meta/info.json",
        f"{root}/meta/annotation.json",
    ]


def awaited_by_file(wildcards):
    """What a file's consumer needs besides, so that the file is not fetched before."""
    in_data = wildcards.file in dataset_of(wildcards).files
    return labels_of_file(wildcards) if in_data else {}
