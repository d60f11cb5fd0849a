"""The plan: which datasets and episodes there are, and which file belongs to which.

The config is checked against its schema, each dataset's metadata is read once into
`DATASETS` (name to `subtasks.dataset.Dataset`), and every rule asks the functions below for
its inputs and parameters. Which jobs there are follows from nothing else.
"""

import os
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.logging import logger
from snakemake.utils import validate

WORKFLOW = Path(workflow.basedir)
sys.path.insert(0, str(WORKFLOW / "scripts"))

from subtasks import plan, settings, summary
from subtasks.problem import Problem

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


def dataset_targets(dataset):
    """What a finished dataset consists of."""
    root = f"{RESULTS}/{dataset.name}"
    return [f"{root}/{file}" for file in dataset.files] + [f"{root}/meta/info.json"]


def print_summary():
    """Tell what the run has come to, dataset by dataset."""
    print(summary.report(DATASETS, config, sys.argv), file=sys.stderr)
