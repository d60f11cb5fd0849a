"""What a run does at its start, and what it says at its end."""

import atexit
import tempfile
import time

from subtasks import job_messages
from subtasks.api import api_key
from subtasks.cost import prices
from subtasks.sources import snapshot
from subtasks.wording import counted
from subtasks.workflow import (
    full_disks,
    future_files,
    job_failures,
    left_overs,
    summary,
)

REPORTS = {"estimate", "status", "evaluate"}
LOOKS = {"check", "review"}
ASKING = {
    *("annotate", "submit", "refine", "submit_refine"),
    *("unify_labels", "judge_labels"),
}

# What Snakemake has said: about jobs by their logs, about anything, and which disks were full.
SAID_OF = {}
SAID = []
FULL = {}
SUMMARY = []
LABELLED = []


def begin():
    """What a run does before its first job."""
    if runs_locally() and has_no_core():
        stop("with --cores 0 no job can start: give at least 1")
    if problem := future_problem(waits=True):
        stop(problem)
    if problem := key_problem():
        # Elsewhere jobs may have a key of their own.
        if runs_locally() and not any(Path(CONFIG.replies).glob("??/*.json")):
            stop(problem)
        logger.warning(
            f"{problem}; until a question is new, answers come from the store"
        )
    if problem := store_problem():
        stop(problem)
    tidy()
    if {LABELLING, "take_correction"} & rules_to_run():
        LABELLED.append(True)
    say_unnamed_cameras()
    # After what Snakemake prints if it ends without a summary.
    atexit.register(print_last_words)
    if handlers := log_handlers():
        # Only here: rich takes time to import, and not every run draws bars.
        from subtasks.workflow import progress_bars

        progress_bars.add_rate_and_eta(handlers)
    if runs_locally():
        # What jobs say while they wait is shown above the bars, if there are any.
        job_messages.listen(temporary_folder(), logger.info)
    else:
        keep_keys_out_of_jobs()
    lift_default_limit_of_starts()
    start_no_more_jobs_after(was_fatal)
    prepare_downloads()


def say_unnamed_cameras():
    """Say which cameras are sampled of those that nobody named, if any is."""
    if "sample_frames" in rules_to_run():
        for sentence in DATASETS.unnamed:
            logger.info(sentence)


def future_problem(waits):
    """Say which inputs are dated in the future; a clock that is little ahead can be waited for."""
    now = time.time()
    times = future_files.find(inputs_on_this_machine(), now)
    seconds = future_files.longest_wait(times, now)
    if not times or seconds <= future_files.WAITED_FOR and not waits:
        return None
    if seconds > future_files.WAITED_FOR:
        return future_files.explain(times)
    logger.info(f"Waiting {seconds:.0f} s, until no file is dated in the future")
    time.sleep(seconds)
    return None


def key_problem():
    """Say what is wrong with the key, if the run has jobs that ask."""
    if not ASKING & own_rules(rules_to_run()):
        return None
    return api_key.missing_key(CONFIG.claude.provider)


def store_problem():
    """Say that no reply can be stored, if the run has jobs that ask."""
    if not ASKING & own_rules(rules_to_run()):
        return None
    return next(iter(full_disks.find({"replies": Path(CONFIG.replies)})), None)


def tidy():
    """Remove what killed jobs have left, and what earlier ones have said about their failure."""
    job_failures.forget(logs_to_write())
    left_overs.remove({*folders_to_write(), Path(CONFIG.vocabularies)})
    if ASKING & own_rules(rules_to_run()):
        left_overs.rescue(Path(CONFIG.replies))


def hear(text, logs):
    """Note what Snakemake says about an error, and return it as it is to be printed."""
    for log in logs:
        # Some versions of Snakemake name the job twice.
        SAID_OF[log] = text or SAID_OF.get(log, "")
    if not logs:
        SAID.append(text)
    silent = [log for log in logs if job_failures.read_failure(log) is None]
    # At once: when the run ends, a disk that was full may have room again.
    if silent or job_failures.met_a_full_disk(text):
        logs_too = {"logs": log.parent for log in logs}
        for sentence in full_disks.find(written_folders() | logs_too):
            FULL.setdefault(sentence.partition(" (")[0], sentence)
    return job_failures.without_traceback(text)


def print_last_words():
    """Say why jobs have failed, where Snakemake itself failed and there is no summary."""
    if SUMMARY:
        return
    failures = filter(None, map(job_failures.read_failure, SAID_OF))
    said = [*FULL.values(), *(failure.reason for failure in failures)]
    for sentence in list(dict.fromkeys(said))[: summary.MOST_STOPS]:
        print(f"stopped: {sentence}", file=sys.stderr)


def written_folders():
    """Folders that a run writes to, by their keys in the config or by what they are for."""
    keys = ("work", "results", "replies")
    stored = ("work", "results") if IN_STORAGE else ()
    return {
        **{key: Path(getattr(CONFIG, key)) for key in keys if key not in stored},
        "Snakemake's own": Path(".snakemake"),
        "TMPDIR": Path(tempfile.gettempdir()),
    }


def warn_before_dry_run():
    """Say in a dry run what a run would stop at."""
    for problem in (future_problem(waits=False), key_problem()):
        if problem:
            logger.warning(problem)
    say_unnamed_cameras()


if is_main_process() and not is_run():
    before_dry_run(warn_before_dry_run)
    listen_to_errors(hear)


def was_fatal(log):
    """Whether the job with this log failed as all others would.

    A reply that cannot be stored is paid in vain, and so would be those of other jobs.
    """
    failure = job_failures.read_failure(log)
    if failure is None:
        return False
    return failure.fatal or failure.reason.startswith(f"the disk of {CONFIG.replies}/")


def keep_keys_out_of_jobs():
    """Hide keys from engines that write down the environment of their jobs, as Slurm does."""
    keys = (api_key.KEY, "ANTHROPIC_AUTH_TOKEN")
    found = [name for name in keys if os.environ.pop(name, None)]
    asks = bool(ASKING & own_rules(rules_to_run()))
    needs_key = asks and CONFIG.claude.provider == "anthropic"
    if found and needs_key and api_key.KEY_FILE not in os.environ:
        stop(
            f"{found[0]} would be written down with the environment of the jobs: put the key into "
            f"a file that only you can read, set {api_key.KEY_FILE} to its path, and run again"
        )


def prepare_downloads():
    """Make sure that downloads start only when they may (see fetch.smk)."""
    fetched = [dataset for dataset in DATASETS.values() if on_hub(dataset)]
    for dataset in fetched:
        snapshot.clear_parts(dataset.root)
    if fetched:
        # A sub-sample is drawn blindly: among thousands of downloads that are ready, those few
        # jobs that would free the disk would hardly ever be considered.
        consider_all_ready_jobs()


def print_summary():
    """Say what the run has come to, dataset by dataset."""
    if only_reports():
        return
    try:
        text = account()
    except Problem as problem:
        text = str(problem)
    # Logged rather than printed: a log that draws bars keeps it in order.
    logger.info(text + summary.left_out(DATASETS))
    SUMMARY.append(text)


def account():
    """The summary of the run's datasets; those in object storage are not looked at."""
    if IN_STORAGE:
        return f"\nThe results are in {object_storage_prefix()}/{CONFIG.results}\n"
    table = prices.NONE
    if CONFIG.asks_claude:
        table = prices.read(
            Path(shipped_files.settings_file(CONFIG.claude.prices, WORKFLOW))
        )
    return summary.report(DATASETS, CONFIG, table, sys.argv, unmade_files(), stops())


def stops():
    """Why jobs have failed, by their logs."""
    found = {}
    for logs, outputs in failed_jobs():
        for log in logs:
            failure = job_failures.read_failure(log)
            found[str(log)] = failure.reason if failure else why_silent(log, outputs)
    # A job on a full disk says nothing, or that it cannot write.
    return {**dict(FULL), **found}


def why_silent(log, outputs):
    """Why a job has failed that has not said so."""
    said = SAID_OF.get(log) or next(
        (text for text in SAID if any(file in text for file in outputs)), ""
    )
    if FULL:
        return next(iter(FULL.values()))
    if job_failures.met_a_full_disk(said):
        return full_disks.sentence(written_folders().values())
    return job_failures.explain(log, said)


def only_reports():
    """Whether the run only reports how things are; what it labels for that is no whole dataset."""
    requested = requested_rules()
    return bool(REPORTS & requested or (LOOKS & requested and not LABELLED))


def end():
    """What a run does after its last job: one that left something out ends with an error."""
    print_summary()
    if "review" in requested_rules():
        logger.info(
            f"\nTo look at the labels and to correct them:\n  {page_command()}\n"
        )
    if CONFIG.on_error == "skip" or only_reports():
        return
    if DATASETS.left_out:
        stop(
            f"{len(DATASETS.left_out)} datasets of the mixture are left out, as said above; all "
            "others are done"
        )
    if faults := sum(len(dataset.faults) for dataset in DATASETS.values()):
        stop(
            f"{counted(faults, 'episode')} cannot be labelled, as said above; all others are done"
        )
