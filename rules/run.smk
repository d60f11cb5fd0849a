"""What a run does at its start, and what it says at its end."""

from snakemake_interface_logger_plugins.common import LogEvent

from subtasks import job_messages
from subtasks.api import api_key
from subtasks.cost import prices
from subtasks.sources import snapshot
from subtasks.workflow import job_failures, summary

# Jobs that Snakemake starts, by default, in so many seconds.
OWN_LIMIT = (100, 1)


def begin():
    """What a run does before its first job."""
    show_time_left()
    say_what_jobs_tell()
    lift_limit_of_starts()
    end_with_what_is_fatal()
    keep_key_out_of_jobs()
    prepare_downloads()


def show_time_left():
    """Let the bars of the rich logger, where it is used, tell the time that is left."""
    if handlers := workflow.logger_manager.get_log_handlers():
        # Only here: rich takes time to import, and not every run draws bars.
        from subtasks.workflow import progress_bars

        progress_bars.add_rate_and_eta(handlers)


def say_what_jobs_tell():
    """Pass on what jobs tell while they wait for answers, above the bars if there are any."""
    if workflow.local_exec:
        job_messages.listen(workflow.snakemake_tmp_dir, logger.info)


def lift_limit_of_starts():
    """Have no limit of jobs a second where nobody asked for one.

    Snakemake's own keeps a timer going for every job that has finished, and each looks through
    all ready jobs once a second: after some hundred jobs that alone takes a whole core.
    """
    limiter = workflow.scheduler.job_rate_limiter
    if limiter and (limiter.max_jobs, limiter.timespan) == OWN_LIMIT:
        workflow.scheduler.job_rate_limiter = None


def end_with_what_is_fatal():
    """Start no more jobs, also with --keep-going, after one that failed as all others would."""

    def look(record):
        if getattr(record, "event", None) is LogEvent.JOB_ERROR:
            failures = [job_failures.read_failure(Path(log)) for log in record.log]
            if any(failure and failure.fatal for failure in failures):
                workflow.scheduler.keepgoing = False
        return True

    # Called where the failure is told, which is before the scheduler looks for the next jobs.
    logger.addFilter(look)


def keep_key_out_of_jobs():
    """Let no engine see a key that writes its jobs' environment down, as Slurm does."""
    if workflow.local_exec:
        return
    keys = (api_key.KEY, "ANTHROPIC_AUTH_TOKEN")
    named = [name for name in keys if os.environ.pop(name, None)]
    provider = config["claude"]["provider"] if config["annotator"] == "claude" else None
    if named and provider == "anthropic" and api_key.KEY_FILE not in os.environ:
        raise WorkflowError(
            f"{named[0]} would be written down with the environment of the jobs: put the key "
            f"into a file that only you can read, set {api_key.KEY_FILE} to its path, and run again"
        )


def prepare_downloads():
    """Make sure that downloads start only when they may (see fetch.smk)."""
    fetched = [dataset for dataset in DATASETS.values() if on_hub(dataset)]
    for dataset in fetched:
        snapshot.clear_parts(dataset.root)
    if fetched:
        # A sub-sample is drawn blindly: among thousands of downloads that are ready, those few
        # jobs that would free the disk would hardly ever be considered.
        workflow.scheduler.subsample = None


def print_summary():
    """Tell what the run has come to, dataset by dataset."""
    if only_looks():
        return
    try:
        said = account()
    except Problem as problem:
        said = str(problem)
    # Not printed: a log that draws bars writes it when all that came before is written.
    logger.info(said + summary.left_out(DATASETS))


def account():
    """What the files of the run's datasets tell; those in object storage are not looked at."""
    if IN_STORAGE:
        place = workflow.storage_settings.default_storage_prefix
        return f"\nThe results are in {place}/{RESULTS}\n"
    table = prices.NONE
    if config["annotator"] == "claude":
        table = prices.read(
            Path(paths.settings_file(config["claude"]["prices"], WORKFLOW))
        )
    return summary.report(DATASETS, config, table, sys.argv, unmade(), stops())


def unmade():
    """Files that the run was to make and has not made."""
    return {str(file) for job in workflow.dag.needrun_jobs() for file in job.output}


def stops():
    """Why jobs have failed, by their logs."""
    logs = [Path(log) for job in workflow.scheduler.failed for log in job.log]
    failures = {str(log): job_failures.read_failure(log) for log in logs if log.exists()}
    return {
        log: failure.reason if failure else f"a job failed, see {log}"
        for log, failure in failures.items()
    }


def only_looks():
    """Whether the run tells how things are, and makes nothing."""
    return bool({"estimate", "status"} & set(workflow.dag_settings.targets))


def end():
    """What a run does after its last job: one that left datasets out ends with an error."""
    print_summary()
    if DATASETS.left_out and config["on_error"] == "stop" and not only_looks():
        raise WorkflowError(
            f"{len(DATASETS.left_out)} datasets of the mixture are left out, as said above; all "
            "others are done"
        )
