"""Measure what happens before the first job: reading datasets, dry runs, batches, the status.

The datasets are rendered, with all files that real ones have: in v3.0, data files have one row
group per episode and the metadata has row groups of ten. Only the videos are empty. Goals are
printed beside the results; nothing fails for being slow.
"""

import argparse
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(PROJECT / "tests"), str(PROJECT / "scripts")]

from support import usage  # noqa: E402
from support.workflow import Workflow  # noqa: E402

VERSIONS = ("v2.1", "v3.0")
BATCHES = 10
EPISODES_A_JOB = 16  # default of claude.episodes_per_job
PLAN_SECONDS, PLAN_MEMORY, DRY_RUN_SECONDS, STATUS_SECONDS = 5, 1000, 60, 5

RENDER = """
import sys
from pathlib import Path
from support.many_episodes import render
render(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], alike=True)
"""


def read(root: Path) -> None:
    """Read the plan in this process, and print what that took."""
    from subtasks.workflow import plan
    from support import configs

    config = configs.read(datasets=[{"root": str(root)}])
    wall, cpu = time.monotonic(), time.process_time()
    (dataset,) = plan.read(config, warn=print).values()
    wall, cpu = time.monotonic() - wall, time.process_time() - cpu
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found = f"{cpu:6.2f} s CPU {wall:6.2f} s wall {memory:6.0f} MB"
    what = (
        f"{dataset.version}, {len(dataset.episodes):,} episodes, {len(dataset.files):,} data files"
    )
    usage.show(what, found, f"{PLAN_SECONDS} s, {PLAN_MEMORY:,} MB")


def snakemake(workflow: Workflow, *arguments: str) -> usage.Usage:
    """Run Snakemake to its end."""
    return usage.of(workflow.command(*arguments), cwd=workflow.folder, env=workflow.environment)


def show(what: str, found: usage.Usage, seconds: float | None) -> None:
    """Print what a run of Snakemake took."""
    took = f"{found.cpu:6.1f} s CPU {found.wall:6.1f} s wall {found.memory:6,.0f} MB"
    usage.show(what, took, f"{seconds} s" if seconds else "none")


def pretend(workflow: Workflow, name: str, episodes: int) -> None:
    """Create, as empty files, everything that a run over the first episodes would have made."""
    whole = episodes // EPISODES_A_JOB * EPISODES_A_JOB + EPISODES_A_JOB
    jobs = [(first, first + EPISODES_A_JOB - 1) for first in range(0, whole, EPISODES_A_JOB)]
    made = [
        [f"work/{name}/guidance.json", f"work/{name}/settings.json"],
        [f"work/{name}/listed/{first:06d}-{last:06d}.json" for first, last in jobs],
        [f"work/{name}/episodes/{first:06d}-{last:06d}.json" for first, last in jobs],
        [f"work/{name}/frames/episode_{index:06d}.zip" for index in range(whole)],
        [f"work/{name}/outcomes/{first:06d}-{last:06d}.jsonl" for first, last in jobs],
        [f"results/{name}/subtasks/episode_{index:06d}.json" for index in range(episodes)],
        [
            f"results/{name}/data/chunk-{index // 1000:03d}/episode_{index:06d}.parquet"
            for index in range(episodes)
        ],
    ]
    now = time.time()  # newer than the dataset, as results are
    for step, paths in enumerate(made):
        for path in map(workflow.path, paths):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
            os.utime(path, (now + step / 100,) * 2)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a hundredth of the episodes")
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.read:
        read(args.read)
        return
    share = 100 if args.quick else 1
    with tempfile.TemporaryDirectory() as folder:
        tables(Path(folder), 10_000 // share, 100_000 // share)


def tables(folder: Path, many: int, most: int) -> None:
    """Measure datasets of `many` and of `most` episodes, rendered in `folder`."""
    print("\nReading the plan", flush=True)
    for version in VERSIONS:
        root = folder / f"most_{version}"
        usage.python(RENDER, root, most, version)
        print(usage.of([sys.executable, __file__, "--read", root]).printed, end="")

    print("\nDry runs, and the status")
    for version in VERSIONS:
        root = folder / f"many_{version}"
        usage.python(RENDER, root, many, version)
        workflow = Workflow(folder / "run", datasets=[{"root": str(root)}])
        planned = snakemake(workflow, "--dry-run", "--quiet", "rules")
        show(f"{version}, {many:,} episodes, dry run", planned, DRY_RUN_SECONDS)
        told = snakemake(workflow, "status")
        show(f"{version}, {many:,} episodes, status", told, STATUS_SECONDS)

    print("\nBatches of the largest dataset, a file an episode, dry runs")
    root = folder / "most_v2.1"
    workflow = Workflow(folder / "batches", datasets=[{"root": str(root)}])
    dry = ("--dry-run", "--quiet", "rules", "--batch")
    first = snakemake(workflow, *dry, f"all=1/{BATCHES}")
    show(f"{most:,} episodes, batch 1 of {BATCHES}", first, None)
    # A few episodes more than all batches but the last: how they are divided does not matter.
    pretend(workflow, root.name, most - most // BATCHES + BATCHES)
    last = snakemake(workflow, *dry, f"all={BATCHES}/{BATCHES}")
    show(f"{most:,} episodes, batch {BATCHES} of {BATCHES}", last, None)


if __name__ == "__main__":
    main()
