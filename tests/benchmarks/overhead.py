"""Measure the processor time of Snakemake itself in whole runs, and how it grows with the jobs.

A small and a large number of tiny episodes go through `annotator: kinematic` with the default
profile. Snakemake runs as a user runs it, but reports at its end its own processor time, without
that of the programs it started. Goals are printed beside the results; nothing fails for being
slow.
"""

import argparse
import atexit
import json
import re
import resource
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "tests"))

from support import usage  # noqa: E402
from support.workflow import Workflow  # noqa: E402

FEW, MANY = 300, 3000
GOAL = 20  # milliseconds per job
ACCOUNT = "account.json"

RENDER = """
import sys
from pathlib import Path
from support.many_episodes import render
render(Path(sys.argv[1]), int(sys.argv[2]))
"""


@dataclass(frozen=True, slots=True)
class Run:
    """A whole run: its jobs, CPU seconds of Snakemake and of the programs, and wall time."""

    jobs: int
    own: float
    programs: float
    wall: float

    @property
    def job(self) -> float:
        """CPU milliseconds of Snakemake per job, including its start and the plan."""
        return self.own / self.jobs * 1000


def snakemake(arguments: list[str]) -> None:
    """Run Snakemake in this process, and write down what it and its children took."""

    def account() -> None:
        each = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        seconds = [spent.ru_utime + spent.ru_stime for spent in each]
        Path(ACCOUNT).write_text(json.dumps(seconds))

    atexit.register(account)
    sys.argv = ["snakemake", *arguments]
    from snakemake.cli import main

    main()


def run(folder: Path, episodes: int) -> Run:
    """Render a dataset and run the workflow on it."""
    root = folder / f"dataset_{episodes}"
    usage.python(RENDER, root, episodes)
    config = {"datasets": [{"root": str(root)}], "annotator": "kinematic"}
    workflow = Workflow(folder / f"run_{episodes}", **config)
    command = [sys.executable, __file__, "--snakemake", *workflow.command()[1:]]
    found = usage.of(command, cwd=workflow.folder, env=workflow.environment)
    (jobs,) = re.findall(r"^total +(\d+)$", found.printed, re.MULTILINE)
    own, programs = json.loads(workflow.path(ACCOUNT).read_text())
    return Run(int(jobs), own, programs, found.wall)


def show(episodes: int, found: Run) -> None:
    """Print what a run took per job."""
    usage.show(
        f"{episodes:,} episodes, {found.jobs:,} jobs, {found.wall:,.0f} s",
        f"{found.job:.1f} ms of Snakemake, {found.programs / found.jobs * 1000:.0f} ms of programs",
        f"{GOAL} ms of Snakemake",
    )


def main() -> None:
    """Print the table."""
    if sys.argv[1:2] == ["--snakemake"]:
        snakemake(sys.argv[2:])
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the episodes")
    share = 10 if parser.parse_args().quick else 1
    print("\nWhole runs, processor time a job", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        few, many = FEW // share, MANY // share
        first = run(Path(folder), few)
        show(few, first)
        second = run(Path(folder), many)
        show(many, second)
        usage.show("growth", f"{second.job / first.job:.2f} x", "1, as it is linear")


if __name__ == "__main__":
    main()
