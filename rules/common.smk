"""The config and the plan: which datasets and episodes there are, and what all rules share.

The config is checked against its schema and becomes `CONFIG`; each dataset's metadata is read
once into `DATASETS` (name to `subtasks.dataset.dataset.Dataset`). Rules ask the functions below
for their inputs and parameters. Which jobs there are follows from nothing else.
"""

import shlex
from collections import Counter

import yaml
from jsonschema import ValidationError
from snakemake.exceptions import WorkflowError
from snakemake.utils import validate

from subtasks.dataset import originals
from subtasks.episode_ranges import format_ranges
from subtasks.errors import Problem
from subtasks.questions.passes import REFINE
from subtasks.workflow import (
    config_errors,
    config_files,
    config_values,
    places,
    plan,
    rule_params,
    shipped_files,
    vocabularies,
    written_paths,
)
from subtasks.workflow.config import Config
from subtasks.workflow.config_types import typed
from subtasks.workflow.paths import File, Paths

SCHEMA = WORKFLOW / "config/schema.yaml"
IN_STORAGE = uses_object_storage()


def accepted(given):
    """A config with its defaults and with its paths as they are meant."""
    config_values.check_secrets(given)
    schema = yaml.safe_load(SCHEMA.read_text())
    found = typed(given, schema)
    try:
        validate(found, str(SCHEMA))
    except WorkflowError as error:
        if not isinstance(error.__context__, ValidationError):
            raise
        raise Problem(config_errors.explain(error.__context__, schema)) from None
    config_values.check(found)
    return written_paths.expand(found)


try:
    # The jobs of a cluster read what this process has checked.
    if is_main_process():
        config_files.check(files_of_config())
    config.update(accepted(config))
    CONFIG = Config.from_mapping(config)
    PATHS = Paths.of(CONFIG)
    if is_main_process():
        places.check(CONFIG, in_storage=IN_STORAGE)
        shipped_files.check_files(CONFIG, WORKFLOW, warn=logger.warning)
    DATASETS = plan.read(
        CONFIG,
        warn=logger.warning,
        update=CONFIG.hub.update and is_main_process(),
        looks_inside=is_main_process(),
        client=s3_client,
    )
    if is_main_process():
        local_roots = {
            n: each.root for n, each in DATASETS.items() if each.remote is None
        }
        places.check_sources(local_roots, CONFIG, in_storage=IN_STORAGE)
        places.check_results(DATASETS, CONFIG)
        vocabularies.check(DATASETS, CONFIG, logger.warning, in_storage=IN_STORAGE)
except Problem as problem:
    stop(problem)
# How many jobs need a file.
USERS = Counter(
    (name, path)
    for name, dataset in DATASETS.items()
    for path in [
        *dataset.files,
        *(path for each in dataset.episodes.values() for path in each.footage),
    ]
)


wildcard_constraints:
    dataset="[A-Za-z0-9_][A-Za-z0-9._-]*",
    episode=r"\d+",
    group=r"\d+-\d+",
    started=r"\d+-\d+",
    file=r"data/.+\.parquet",


def dataset_of(wildcards):
    """The dataset a job works on."""
    return DATASETS[wildcards.dataset]


def limits_of(wildcards):
    """What the user says about the labels of the dataset a job works on."""
    return DATASETS.labels[wildcards.dataset]


def episode_of(wildcards):
    """The episode a job works on."""
    return dataset_of(wildcards).episodes[int(wildcards.episode)]


def on_hub(dataset):
    """Whether the rules of fetch.smk bring a dataset's files."""
    return dataset.remote is not None and dataset.address is None


def source(dataset, path):
    """A file of the source dataset, fetched for as long as it is needed if it is remote."""
    if dataset.address is not None:
        return storage(f"{dataset.address}/{path}")
    if dataset.remote is not None:
        return PATHS.fill(File.SOURCE, dataset.name, file=path)
    # Local even where work and results go to object storage, as are the files of the settings.
    return local(str(dataset.root / path))


def original(wildcards, path, file):
    """A file of the source before a result was published into it: `file`, or the kept copy."""
    root = dataset_of(wildcards).root
    kept = originals.original(root, path)
    return file if kept == root / path else kept


def rows_source(dataset, path):
    """A data file of the source, or only those of its columns that are needed before labels are."""
    if on_hub(dataset):
        return PATHS.fill(File.COLUMN, dataset.name, file=path)
    return source(dataset, path)


def fetched_in_order():
    """All files that may be fetched, by dataset and path, in the order of their first use."""
    found = {}
    for name, dataset in DATASETS.items():
        if on_hub(dataset):
            for each in dataset.episodes.values():
                for path in (*each.footage, each.data):
                    found.setdefault((name, path), len(found))
    return found


def most_fetched():
    """The most files that one job works on, of those that are fetched."""
    fetched = [dataset for dataset in DATASETS.values() if on_hub(dataset)]
    episodes = (each for dataset in fetched for each in dataset.episodes.values())
    return max((len(each.footage) for each in episodes), default=1) or 1


FETCH_ORDER = fetched_in_order()
MOST_FETCHED = most_fetched()


def units_held(wildcards):
    """Units of `hub_downloads` that a job on source files holds (see fetch.smk)."""
    if not on_hub(dataset_of(wildcards)):
        return 0
    limit = limit_of("hub_downloads")
    # A job that needed more units than there are could never run.
    return MOST_FETCHED if limit is None else min(MOST_FETCHED, limit)


def remove_if_fetched(dataset, paths, place=source):
    """What a failed job does in the shell: it removes files that were fetched for it alone."""
    # Other episodes' jobs may need them as well, and so does this one if it is tried again.
    alone = [path for path in paths if USERS[dataset.name, path] == 1]
    if not alone or tries_again() or not on_hub(dataset):
        return "exit"
    files = shlex.join(place(dataset, path) for path in alone)
    return f"{{ code=$?; rm -f {files}; exit $code; }}"


def settings_file(name):
    """A file that the config names."""
    return local(shipped_files.settings_file(name, WORKFLOW))


def protocol():
    """The file that defines the subtasks."""
    return local(shipped_files.protocol(CONFIG, WORKFLOW))


def prompts(*, refines=False):
    """The prompt file of each pass of the first look, or that of the pass refine."""
    return {
        name: local(file)
        for name, file in shipped_files.prompts(CONFIG, WORKFLOW).items()
        if (name == REFINE) == refines
    }


def option(name, files):
    """An option of a program with a file, where there is one."""
    return f"{name} {shlex.quote(str(files[0]))}" if files else ""


def folder_option(name, files):
    """An option of a program with the folder of its input files, where there are any."""
    return option(name, [Path(file).parent for file in files[:1]])
