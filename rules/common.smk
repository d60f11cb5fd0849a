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
from snakemake.io import get_flag_value
from snakemake.logging import logger
from snakemake.utils import validate

sys.path.insert(0, str(WORKFLOW / "scripts"))

from subtasks import (
    backup,
    client,
    hub,
    parameters,
    places,
    plan,
    prices,
    settings,
    summary,
)
from subtasks.problem import Problem
from subtasks.selection import format_ranges

# On the command line Snakemake only knows True and False, and people write true.
for key in ("count_tokens", "list", "update"):
    if config.get(key) in ("true", "false"):
        config[key] = config[key] == "true"

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
IN_STORAGE = workflow.storage_settings.default_storage_provider is not None
# Jobs that Snakemake starts, by default, in so many seconds.
OWN_LIMIT = (100, 1)


def client_of_storage(address):
    """The client with which Snakemake's storage plugin reaches an address."""
    return get_flag_value(storage(address), "storage_object").provider.s3c.meta.client


try:
    # Only once a run: the jobs of a cluster read the workflow too.
    update = config["update"] and workflow.is_main_process
    DATASETS = plan.read(
        config, warn=logger.warning, update=update, client=client_of_storage
    )
except Problem as problem:
    raise WorkflowError(str(problem)) from None


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
    kept = backup.original(root, path)
    return file if kept == root / path else kept


def motion_source(dataset, path):
    """A data file of the source, or only the column that tells how the robot moves."""
    if on_hub(dataset):
        return f"{WORK}/{dataset.name}/columns/{path}"
    return source(dataset, path)


def units_held(wildcards):
    """Units of `hub_downloads` that a job on a source file holds (see fetch.smk)."""
    return int(on_hub(dataset_of(wildcards)))


def cores_of_waiting(wildcards):
    """No core, except where a scheduler gives no job without one."""
    return 0 if workflow.local_exec else 1


def minutes_of_waiting(wildcards):
    """Time limit of a job that waits for answers; what it has when it is ended is not lost."""
    return 1500 if config["claude"]["api"] == "batch" else 120


def settings_file(name):
    """A file that the config names."""
    return local(plan.settings_file(name, WORKFLOW))


def prompts():
    """Prompt file of each pass."""
    return {name: local(file) for name, file in plan.prompts(config, WORKFLOW).items()}


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
        "motion": [
            plan.motion_file(dataset, config, e)
            for e in episodes
            if config["claude"]["motion_hints"]
        ],
        **prompts(),
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


def answers_of_dataset(wildcards):
    """Outcomes of all batches, and what their account needs; nothing where no model is asked."""
    if config["annotator"] != "claude":
        return {}
    dataset = dataset_of(wildcards)
    names = plan.batches(dataset, config)
    return {
        "outcomes": [plan.outcomes_file(dataset, config, name) for name in names],
        "prices": settings_file(config["claude"]["prices"]),
        **prompts(),
    }


def answers_options(input):
    """Options with the outcomes, where a model was asked."""
    if config["annotator"] != "claude":
        return ""
    return " ".join(
        [
            option("--outcomes", [Path(file).parent for file in input.outcomes[:1]]),
            f"--batch-size {plan.batch_size(config)}",
            prompt_options(input),
            option("--prices", [input.prices]),
        ]
    )


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


def awaited_by_file(wildcards):
    """What a file's consumer needs besides, so that the file is not fetched before."""
    in_data = wildcards.file in dataset_of(wildcards).files
    return labels_of_file(wildcards) if in_data else {}


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
    root, table = dataset_of(wildcards).root, "meta/subtasks.parquet"
    own = (root / table).is_file() and table not in backup.added(root)
    return [local(str(root / table))] if own else []


def existing_option(wildcards, input):
    """Table of numbers that the source has."""
    table = "meta/subtasks.parquet"
    files = [as_it_was(wildcards, table, file) for file in input.existing]
    return option("--existing", files)


# What a run does at its start, makes, and says at its end.


def begin():
    """What a run does before its first job."""
    show_time_left()
    lift_limit_of_starts()
    keep_key_out_of_jobs()
    prepare_downloads()


def show_time_left():
    """Let the bars of the rich logger, where it is used, tell the time that is left."""
    if handlers := workflow.logger_manager.get_log_handlers():
        # Only here: rich takes time to import, and not every run draws bars.
        from subtasks import bars

        bars.complete(handlers)


def lift_limit_of_starts():
    """Have no limit of jobs a second where nobody asked for one.

    Snakemake's own keeps a timer going for every job that has finished, and each looks through
    all ready jobs once a second: after some hundred jobs that alone takes a whole core.
    """
    limiter = workflow.scheduler.job_rate_limiter
    if limiter and (limiter.max_jobs, limiter.timespan) == OWN_LIMIT:
        workflow.scheduler.job_rate_limiter = None


def keep_key_out_of_jobs():
    """Let no engine see a key that writes its jobs' environment down, as Slurm does."""
    if workflow.local_exec:
        return
    keys = (client.KEY, "ANTHROPIC_AUTH_TOKEN")
    named = [name for name in keys if os.environ.pop(name, None)]
    provider = config["claude"]["provider"] if config["annotator"] == "claude" else None
    if named and provider == "anthropic" and client.KEY_FILE not in os.environ:
        raise WorkflowError(
            f"{named[0]} would be written down with the environment of the jobs: put the key "
            f"into a file that only you can read, set {client.KEY_FILE} to its path, and run again"
        )


def prepare_downloads():
    """Make sure that downloads start only when they may (see fetch.smk)."""
    fetched = [dataset for dataset in DATASETS.values() if on_hub(dataset)]
    for dataset in fetched:
        hub.clear_parts(dataset.root)
    if fetched:
        # A sub-sample is drawn blindly: among thousands of downloads that are ready, those few
        # jobs that would free the disk would hardly ever be considered.
        workflow.scheduler.subsample = None


def videos_option(dataset):
    """Whether the result's videos lead to the source's; those that are not here cannot."""
    return "" if dataset.remote is None else "--without-videos"


def tables_made():
    """Tables of a whole dataset that are written."""
    tables = {"subtask_index": "subtasks.parquet", "segments": "segments.parquet"}
    return [table for output, table in tables.items() if config["output"][output]]


def metadata(dataset):
    """Metadata that is the same in the result, by path: where the source has it."""
    made = {"info.json", "annotation.json", *tables_made()}
    paths = (Path(file).relative_to(dataset.root) for file in plan.meta_files(dataset))
    return {
        str(path): backup.original(dataset.root, path)
        for path in paths
        if str(path.relative_to("meta")) not in made
    }


def dataset_targets(dataset):
    """What a finished dataset consists of."""
    root = f"{RESULTS}/{dataset.name}"
    copied = metadata(dataset) if IN_STORAGE else {}
    return [
        *(f"{root}/{file}" for file in dataset.files),
        *(f"{root}/meta/{table}" for table in tables_made()),
        *(f"{root}/{path}" for path in copied),
        f"{root}/meta/info.json",
        f"{root}/meta/annotation.json",
    ]


def told_by(rule, names):
    """What a job of `rule` tells in this run about each dataset."""
    return [f"{WORK}/{name}/{rule}/{RUN}.txt" for name in names]


def print_summary():
    """Tell what the run has come to, dataset by dataset."""
    if {"estimate", "status"} & set(workflow.dag_settings.targets):
        return
    if IN_STORAGE:
        place = workflow.storage_settings.default_storage_prefix
        logger.info(f"\nThe results are in {place}/{RESULTS}")
        return
    try:
        table = prices.read(
            Path(plan.settings_file(config["claude"]["prices"], WORKFLOW))
        )
        said = summary.report(DATASETS, config, table, sys.argv)
    except Problem as problem:
        said = str(problem)
    # Not printed: a log that draws bars writes it when all that came before is written.
    logger.info(said)
