"""The plan: which datasets and episodes there are, and which file belongs to which.

The config is checked against its schema, each dataset's metadata is read once into
`DATASETS` (name to `subtasks.dataset.Dataset`), and every rule asks the functions below for
its inputs and rule_params. Which jobs there are follows from nothing else.
"""

import os
import shlex
import sys
from collections import Counter
from pathlib import Path

import yaml
from jsonschema import ValidationError
from snakemake.exceptions import WorkflowError
from snakemake.io import get_flag_value
from snakemake.logging import logger
from snakemake.utils import validate

sys.path.insert(0, str(WORKFLOW / "scripts"))

from subtasks.dataset import originals
from subtasks.episode_ranges import format_ranges
from subtasks.errors import Problem
from subtasks.workflow import config as settings
from subtasks.workflow import config_errors, groups, paths, plan, rule_params

SCHEMA = WORKFLOW / "config/schema.yaml"
config.update(settings.typed(config, yaml.safe_load(SCHEMA.read_text())))
try:
    validate(config, str(SCHEMA))
except WorkflowError as error:
    if not isinstance(error.__context__, ValidationError):
        raise
    raise WorkflowError(config_errors.explain(error.__context__)) from None

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
CORRECTIONS = config["corrections"]
IN_STORAGE = workflow.storage_settings.default_storage_provider is not None


def client_of_storage(address):
    """The client with which Snakemake's storage plugin reaches an address."""
    return get_flag_value(storage(address), "storage_object").provider.s3c.meta.client


try:
    # Only once a run: the jobs of a cluster read the workflow too.
    update = config["update"] and workflow.is_main_process
    paths.check_files(config, WORKFLOW)
    DATASETS = plan.read(
        config, warn=logger.warning, update=update, client=client_of_storage
    )
except Problem as problem:
    raise WorkflowError(str(problem)) from None
# How many jobs need a file.
USERS = Counter(
    (name, path)
    for name, dataset in DATASETS.items()
    for path in [*dataset.files, *(e.video for e in dataset.episodes.values())]
)


wildcard_constraints:
    dataset="[A-Za-z0-9_][A-Za-z0-9._-]*",
    episode=r"\d+",
    batch=r"\d+-\d+",
    run=r"\d+-\d+",
    file=r"data/.+\.parquet",


def dataset_of(wildcards):
    """The dataset a job works on."""
    return DATASETS[wildcards.dataset]


def episode_of(wildcards):
    """The episode a job works on."""
    return dataset_of(wildcards).episodes[int(wildcards.episode)]


def on_hub(dataset):
    """Whether the rules of fetch.smk bring a dataset's files."""
    return dataset.remote is not None and dataset.address is None


def source(dataset, path):
    """A file of the source dataset, fetched for as long as it is needed if it is not here."""
    if dataset.address is not None:
        return storage(f"{dataset.address}/{path}")
    if dataset.remote is not None:
        return f"{WORK}/{dataset.name}/source/{path}"
    # Here even where work and results go to object storage, as are the settings' files.
    return local(str(dataset.root / path))


def as_it_was(wildcards, path, file):
    """A file of the source before a result was published into it: `file`, or what is kept."""
    root = dataset_of(wildcards).root
    kept = originals.original(root, path)
    return file if kept == root / path else kept


def motion_source(dataset, path):
    """A data file of the source, or only the column that tells how the robot moves."""
    if on_hub(dataset):
        return f"{WORK}/{dataset.name}/columns/{path}"
    return source(dataset, path)


def units_held(wildcards):
    """Units of `hub_downloads` that a job on a source file holds (see fetch.smk)."""
    return int(on_hub(dataset_of(wildcards)))


def otherwise_removed(dataset, path):
    """What a job does that fails: it removes the file that was fetched for it alone."""
    # What other episodes need as well stays for their jobs, and what is tried again for that.
    is_kept = USERS[dataset.name, path] > 1 or workflow.execution_settings.retries
    if is_kept or not on_hub(dataset):
        return "exit"
    return f"{{ rm -f {shlex.quote(source(dataset, path))}; exit 1; }}"


def settings_file(name):
    """A file that the config names."""
    return local(paths.settings_file(name, WORKFLOW))


def prompts():
    """Prompt file of each pass."""
    return {name: local(file) for name, file in paths.prompts(config, WORKFLOW).items()}


def option(name, files):
    """An option of a program with a file, where there is one."""
    return f"{name} {shlex.quote(str(files[0]))}" if files else ""


def told_by(rule, names):
    """What a job of `rule` tells in this run about each dataset."""
    return [f"{WORK}/{name}/{rule}/{RUN}.txt" for name in names]
