"""Where results are published, and what the rules that publish report."""

import time

from subtasks.publish import target

STARTED = time.strftime("%Y%m%d-%H%M%S")

try:
    TARGET = target.target_kind(CONFIG.publish, DATASETS)
except Problem as problem:
    stop(problem)
if TARGET and IN_STORAGE:
    stop(
        "config: publish takes results from this machine, and these are kept in object storage"
    )


def reports_of(rule, names):
    """What a job of `rule` reports in this run about each dataset."""
    return [PATHS.fill(File.REPORT, name, rule, started=STARTED) for name in names]


def published(wildcards):
    """What publishing reports. Called only where it is asked for, and before anything is made."""
    try:
        target.check_publish(CONFIG.publish, DATASETS)
    except Problem as problem:
        stop(problem)
    return reports_of(f"publish_{TARGET}", DATASETS)


def unpublished(wildcards):
    """What restoring reports. Called only where it is asked for."""
    try:
        target.check_unpublish(DATASETS)
    except Problem as problem:
        stop(problem)
    return reports_of("unpublish_in_place", target.local_datasets(DATASETS))
