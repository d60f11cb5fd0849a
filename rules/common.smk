"""The plan: which datasets and episodes there are, and which file belongs to which.

The config is checked against its schema, each dataset's metadata is read once into
`DATASETS` (name to `subtasks.dataset.Dataset`), and every rule asks the functions below for
its inputs and parameters. Which jobs there are follows from nothing else.
"""

import os
import shlex
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.logging import logger
from snakemake.utils import validate

WORKFLOW = Path(workflow.basedir)
sys.path.insert(0, str(WORKFLOW / "scripts"))

from subtasks import parameters, plan, settings, summary
from subtasks.problem import Problem
from subtasks.selection import format_ranges

try:
    validate(config, "../config/schema.yaml")
except WorkflowError as error:
    raise WorkflowError(settings.explain(error.__context__)) from None

# Jobs find the programs and the interpreter that runs Snakemake through their environment, not
# through parameters: a moved checkout or another virtual environment starts nothing anew.
os.environ.update(
    PATH=os.pathsep.join(
        [str(Path(sys.executable).parent), os.environ.get("PATH", "")]
    ),
    SUBTASKS_SCRIPTS=str(WORKFLOW / "scripts"),
)
RESULTS = config["results"]
WORK = config["work"]

try:
    DATASETS = plan.read(config, warn=logger.warning)
except Problem as problem:
    raise WorkflowError(str(problem)) from None


wildcard_constraints:
    dataset="[A-Za-z0-9_][A-Za-z0-9._-]*",
    episode=r"\d+",
    batch=r"\d+-\d+",
    file=r"data/.+\.parquet",


def dataset_of(wildcards):
    """The dataset a job works on."""
    return DATASETS[wildcards.dataset]


def episode_of(wildcards):
    """The episode a job works on."""
    return dataset_of(wildcards).episodes[int(wildcards.episode)]


def source(dataset, path):
    """A file of the source dataset."""
    return str(dataset.root / path)


def option(name, files):
    """An option of a program with a file, where there is one."""
    return f"{name} {shlex.quote(str(files[0]))}" if files else ""


# Inputs of the rules that ask Claude.


def questions_of(wildcards):
    """Frames, prompts and whatever else makes the questions about a batch."""
    dataset = dataset_of(wildcards)
    episodes = plan.batch(dataset, wildcards.batch)
    return {
        "frames": [plan.frames_file(dataset, config, e) for e in episodes],
        "prices": ancient(plan.settings_file(config["claude"]["prices"], WORKFLOW)),
        "motion": [
            plan.motion_file(dataset, config, e)
            for e in episodes
            if config["claude"]["motion_hints"]
        ],
        **plan.prompts(config, WORKFLOW),
    }


def prompt_options(input):
    """Each pass with its prompt."""
    return " ".join(
        f"--prompt {name} {shlex.quote(str(input[name]))}"
        for name in config["claude"]["passes"]
    )


def motion_option(input):
    """Folder of the motion files that are among the inputs."""
    return option("--motion", [Path(file).parent for file in input.motion[:1]])


def all_receipts(wildcards):
    """Receipts of all batches of all datasets."""
    return [
        plan.receipt_file(dataset, config, name)
        for dataset in DATASETS.values()
        for name in plan.batches(dataset, config)
    ]


def submission_of(wildcards):
    """What a batch waits for: its own receipt, and that all others are submitted too."""
    if config["claude"]["api"] != "batch":
        return []
    own = plan.receipt_file(dataset_of(wildcards), config, wildcards.batch)
    return [own, ancient(f"{WORK}/submitted")]


def answers_of(wildcards):
    """Outcomes of an episode's batch, and its motion if borders move to it."""
    dataset, episode = dataset_of(wildcards), int(wildcards.episode)
    name = plan.batch_name(episode, config)
    snaps = config["claude"]["snap_to_motion"]
    return {
        "outcomes": plan.outcomes_file(dataset, config, name),
        "motion": [plan.motion_file(dataset, config, episode)] if snaps else [],
    }


# Inputs of the rules that write.


def labels_of_file(wildcards):
    """Subtasks of the episodes in a data file, and the labels' numbers if they are written."""
    dataset = dataset_of(wildcards)
    episodes = dataset.files[wildcards.file]
    table = f"{RESULTS}/{dataset.name}/meta/subtasks.parquet"
    return {
        "subtasks": [plan.subtasks_file(dataset, config, e) for e in episodes],
        "numbers": [table] if config["output"]["subtask_index"] else [],
    }


def numbers_option(input):
    """Table of the labels' numbers."""
    return option("--numbers", input.numbers)


def labels_of_dataset(wildcards):
    """Subtasks of all episodes."""
    dataset = dataset_of(wildcards)
    return {
        "subtasks": [plan.subtasks_file(dataset, config, e) for e in dataset.episodes]
    }


def existing_numbers(wildcards):
    """Table of numbers that the source has, if any."""
    table = dataset_of(wildcards).root / "meta" / "subtasks.parquet"
    return [str(table)] if table.is_file() else []


def existing_option(input):
    """Table of numbers that the source has."""
    return option("--existing", input.existing)


# What a run makes, and what it says at its end.


def dataset_targets(dataset):
    """What a finished dataset consists of."""
    root = f"{RESULTS}/{dataset.name}"
    tables = {"subtask_index": "subtasks", "segments": "segments"}
    return [
        *(f"{root}/{file}" for file in dataset.files),
        *(f"{root}/meta/{tables[o]}.parquet" for o in tables if config["output"][o]),
        f"{root}/meta/info.json",
    ]


def print_summary():
    """Tell what the run has come to, dataset by dataset."""
    print(summary.report(DATASETS, config, sys.argv), file=sys.stderr)
