"""All that is used of Snakemake beyond its documentation, each thing under a name of its own.

Included first. tests/workflow/test_engine.py names every attribute and runs with the lowest and
the newest Snakemake that pyproject.toml allows.
"""

import logging
import os
import re
import sys
import threading
from pathlib import Path

from snakemake.dag import DAG
from snakemake.io import get_flag_value
from snakemake.logging import logger
from snakemake.sourcecache import HostingProviderFile, LocalGitFile, LocalSourceFile
from snakemake_interface_logger_plugins.common import LogEvent

# What Snakemake starts at most, by default: so many jobs in so many seconds.
DEFAULT_STARTS = (100, 1)
# No module of a user's can be called so.
RUN = "run of "


def stop(sentence):
    """End Snakemake with one sentence on standard error.

    Any other exception is printed with the file and line of the rules in which it was raised, on
    standard output in a dry run, and not at all with --quiet all.
    """
    raise SystemExit(str(sentence))


# While the workflow is read ---------------------------------------------------------------------


def own_folder():
    """Folder of the workflow, or the git repository and commit that it comes from."""
    match workflow.current_basedir:
        case LocalSourceFile() as rules:
            return Path(rules.path).parent
        case HostingProviderFile() as rules:
            return rules.hosted_repo.repo, rules.ref
        case LocalGitFile() as rules:
            # Only here: the import looks for git.
            from git import Repo

            return Repo(rules.repo_path), rules.ref
    stop(
        "the programs of this workflow cannot be fetched from a plain address: use it from a "
        "folder, or with github(…) or gitlab(…)"
    )


def moves_paths():
    """Whether a module statement moves the paths of rules with prefix: or replace_prefix:."""
    return workflow.modifier.path_modifier.replace_prefix("results") != "results"


def use_as_run(name, snakefile, settings):
    """Have all rules of a Snakefile once more, with other settings and `run_<name>_` before them.

    What a module statement does, for a name that is not known before the config is read. Its default
    target replaces that of the workflow, unless a rule behind it names another.
    """
    prefix = "run_{}_".format(re.sub(r"\W", "_", name))
    own = f"{RUN}{name}"
    workflow.module(own, snakefile=str(snakefile), config=settings)
    workflow.userule(rules=["*"], from_module=own, name_modifier=f"{prefix}*")(print)
    return prefix


def is_run():
    """Whether this is read by `use_as_run`: Snakemake names what it reads after the module."""
    return str(__name__).startswith(RUN)


def is_main_process():
    """Whether this is the run itself; the jobs of a cluster read the workflow too."""
    return workflow.is_main_process


def files_of_config():
    """Files that the config was read from, in the order in which later ones go before."""
    return [Path(file) for file in workflow.configfiles]


def uses_object_storage():
    """Whether results go to object storage, as with --default-storage-provider."""
    return workflow.storage_settings.default_storage_provider is not None


def object_storage_prefix():
    """Address under which results are kept in object storage."""
    return workflow.storage_settings.default_storage_prefix


def s3_client(address):
    """The boto3 client with which Snakemake's storage plugin reaches an address."""
    return get_flag_value(storage(address), "storage_object").provider.s3c.meta.client


def limit_resource(name, amount):
    """Cap a resource over the whole run, unless --resources does."""
    if name not in workflow.global_resources:
        workflow.register_resource(name, amount)


def limit_of(name):
    """Cap of a resource over the whole run, None where there is none."""
    if name not in workflow.global_resources:
        return None
    limit = workflow.global_resources[name]
    return getattr(limit, "value", limit)


def no_trigger(function):
    """Let a change of this parameter be no reason to run a job again.

    Parameters whose function asks for `resources` are not compared.
    """
    return lambda wildcards, resources: function(wildcards)


def current(function):
    """A parameter that is compared, and kept for the next run, as it is at that moment.

    Snakemake keeps what it found when it planned, if it still has it, and else what it finds when
    a job starts. A file that is written meanwhile changes the first, one that the job itself
    writes both.
    """
    return lambda wildcards: _Current(lambda: function(wildcards))


class _Current(str):
    """Asks its function whenever Snakemake writes the parameter down to compare or to keep it."""

    def __new__(cls, function):
        self = super().__new__(cls)
        self.function = function
        forget_parameters()
        return self

    def __repr__(self):
        forget_parameters()
        return repr(self.function())


def forget_parameters():
    """Let Snakemake write down the parameters of jobs anew."""
    workflow.persistence._params.cache_clear()


def heed_jobs_behind_ancient_inputs():
    """Let jobs have reasons of their own to run while they wait for an `ancient` input.

    Snakemake looks for no reason of a job behind one that runs, since that one brings it in. It
    does not where the input is `ancient`: a parameter that has changed would wait for the next
    run.
    """
    plan = DAG.update_needrun
    if getattr(plan, "heeds", False):
        return

    def brought_in(direction, *jobs):
        found, waiting = set(jobs), list(jobs)
        while waiting:
            for job, files in direction[waiting.pop()].items():
                if job not in found and not all(file.is_ancient for file in files):
                    found.add(job)
                    waiting.append(job)
        return found

    async def update_needrun(dag, *arguments, **options):
        # The search for jobs behind others, which planning itself uses for this alone.
        dag.bfs = brought_in
        try:
            return await plan(dag, *arguments, **options)
        finally:
            del dag.bfs

    update_needrun.heeds = True
    DAG.update_needrun = update_needrun


# While jobs are planned and run -------------------------------------------------------------------


def runs_locally():
    """Whether jobs run on this machine."""
    return workflow.local_exec


def has_no_core():
    """Whether --cores 0 was given: Snakemake accepts it, and then waits for ever."""
    return workflow.global_resources["_cores"] == 0


def tries_again():
    """Whether a failed job is tried again; unknown, and no matter, where nothing is run."""
    settings = workflow.execution_settings
    return settings is not None and settings.retries > 0


def temporary_folder():
    """Folder that Snakemake removes at the end of the run."""
    return workflow.snakemake_tmp_dir


def log_handlers():
    """Handlers of Snakemake's log, such as the one that draws bars."""
    return workflow.logger_manager.get_log_handlers()


def lift_default_limit_of_starts():
    """Have no limit of jobs per second where nobody asked for one.

    Snakemake's own keeps a timer for every job that has finished, and each looks through all ready
    jobs once a second: after some hundred jobs that alone takes a whole core.
    """
    limiter = workflow.scheduler.job_rate_limiter
    if limiter and (limiter.max_jobs, limiter.timespan) == DEFAULT_STARTS:
        workflow.scheduler.job_rate_limiter = None


def consider_all_ready_jobs():
    """Have the scheduler look at all ready jobs, in place of a sub-sample."""
    workflow.scheduler.subsample = None


def start_no_more_jobs_after(is_fatal):
    """Start no further job, even with --keep-going, after a failure that `is_fatal` of its log.

    The failed job is not tried again either.
    """

    def look(record):
        if getattr(record, "event", None) is LogEvent.JOB_ERROR:
            if any(is_fatal(Path(log)) for log in record.log):
                workflow.scheduler.keepgoing = False
                for each in workflow.rules:
                    each.restart_times = 0
        return True

    # Called where the failure is logged, which is before the scheduler looks for the next jobs.
    logger.addFilter(look)


def listen_to_errors(hear):
    """Call `hear(text, logs)` for what Snakemake says about errors.

    Where it is about a job, `logs` are those of the job. It says what went wrong, and then which
    job that was, both in the thread that waits for the job. What `hear` returns of the first is
    printed.
    """
    said = threading.local()
    # On a full disk Snakemake cannot write its own log, and would print why for every line of it.
    logging.raiseExceptions = False

    def look(record):
        event = getattr(record, "event", None)
        if event is LogEvent.ERROR:
            said.text = record.getMessage()
            record.msg, record.args = hear(said.text, []), ()
        elif event is LogEvent.JOB_ERROR:
            hear(getattr(said, "text", ""), [Path(log) for log in record.log])
            said.text = ""
        return True

    logger.addFilter(look)


def before_dry_run(function):
    """Call a function once, if the run is a dry one that has something to do."""
    called = []

    def look(record):
        # Logged before the jobs are listed, and once more after that.
        if getattr(record, "event", None) is LogEvent.RUN_INFO and workflow.dryrun:
            if not called:
                called.append(True)
                function()
        return True

    logger.addFilter(look)


def rules_to_run():
    """Names of the rules that have jobs to run."""
    return {job.rule.name for job in workflow.dag.needrun_jobs()}


def inputs_on_this_machine():
    """Inputs of the jobs to run, except those in object storage."""
    jobs = workflow.dag.needrun_jobs()
    return {Path(file) for job in jobs for file in job.input if not file.is_storage}


def logs_to_write():
    """Logs of the jobs to run."""
    return {Path(log) for job in workflow.dag.needrun_jobs() for log in job.log}


def folders_to_write():
    """Folders of what the jobs to run make, except those in object storage."""
    jobs = workflow.dag.needrun_jobs()
    return {
        Path(os.path.dirname(file))
        for job in jobs
        for files in (job.output, job.log)
        for file in files
        if not file.is_storage
    }


def requested_rules():
    """Names of the rules that the user asked for, as targets or with --until."""
    return {rule.name for rule in workflow.dag.targetrules}


def unmade_files():
    """Files that the run was to make and has not made."""
    return {str(file) for job in workflow.dag.needrun_jobs() for file in job.output}


def failed_jobs():
    """The logs and outputs of each job that has failed."""
    return [
        ([Path(log) for log in job.log], [str(file) for file in job.output])
        for job in workflow.scheduler.failed
    ]
