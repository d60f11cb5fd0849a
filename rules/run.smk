"""What a run does at its start, and what it says at its end."""

from subtasks import job_messages
from subtasks.api import api_key
from subtasks.cost import prices
from subtasks.sources import snapshot
from subtasks.workflow import job_failures, summary

REPORTS = {"estimate", "status"}


def begin():
    """What a run does before its first job."""
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


def was_fatal(log):
    """Whether the job with this log failed as all others would."""
    failure = job_failures.read_failure(log)
    return failure is not None and failure.fatal


def keep_keys_out_of_jobs():
    """Hide keys from engines that write down the environment of their jobs, as Slurm does."""
    keys = (api_key.KEY, "ANTHROPIC_AUTH_TOKEN")
    found = [name for name in keys if os.environ.pop(name, None)]
    needs_key = CONFIG.asks_claude and CONFIG.claude.provider == "anthropic"
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
    failures = {log: job_failures.read_failure(log) for log in logs_of_failed_jobs()}
    return {
        str(log): failure.reason if failure else f"a job failed, see {log}"
        for log, failure in failures.items()
        if failure or log.exists()
    }


def only_reports():
    """Whether the run only reports how things are, and makes nothing."""
    return bool(REPORTS & requested_rules())


def end():
    """What a run does after its last job: one that left datasets out ends with an error."""
    print_summary()
    if DATASETS.left_out and CONFIG.on_error == "stop" and not only_reports():
        stop(
            f"{len(DATASETS.left_out)} datasets of the mixture are left out, as said above; all "
            "others are done"
        )
