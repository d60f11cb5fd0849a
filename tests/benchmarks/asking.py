"""Measure how long annotate waits for the API, and how well it keeps to rate limits.

First, one annotate job asks about 32 episodes at once, with 5 s for each answer. Its wall time is
compared with one round trip plus the start of the program. Then two independent jobs ask about
48 episodes each, with and without pacing, under a limit of 60 requests in 10 s. Goals are
printed beside the results; nothing fails for being slow.
"""

import argparse
import os
import runpy
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(PROJECT / "scripts"), str(PROJECT / "tests")]

from servers.claude import ClaudeServer, Limits, RealEpisodes  # noqa: E402
from subtasks.api import rate_limits  # noqa: E402
from support.annotate_job import AnnotateJob, sample_real_episodes  # noqa: E402

ROUND_TRIP = 5.0
EPISODES = 32
RUNS = 3
GOAL = 1.6
LIMITS = Limits(requests=60, minute=10.0)
UNPACED = "SUBTASKS_BENCHMARK_UNPACED"


def seconds(job: AnnotateJob, server: ClaudeServer, *options: str) -> float:
    """Return the wall time of one annotate job, which has a reply store of its own."""
    started = time.monotonic()
    job.run(server, f"--replies=replies-{started}", *options)
    return time.monotonic() - started


def waiting(folder: Path, frames: Path, oracle: RealEpisodes) -> None:
    """Compare 32 requests in flight with one."""
    one, many = (
        AnnotateJob(folder / "one", frames, 1),
        AnnotateJob(folder / "many", frames, EPISODES),
    )
    starts, walls = [], []
    for _ in range(RUNS):
        with ClaudeServer(oracle) as server:
            starts.append(seconds(one, server))
        with ClaudeServer(oracle, latency=ROUND_TRIP) as server:
            walls.append(seconds(many, server, f"--requests-in-flight={EPISODES}"))
            most = server.most_in_flight
    start, wall = statistics.median(starts), statistics.median(walls)
    ratio = wall / (ROUND_TRIP + start)
    print(
        f"{EPISODES} episodes, {most} requests in flight at once, {ROUND_TRIP:g} s an answer: "
        f"{wall:.1f} s; one question without waiting {start:.1f} s\n"
        f"ratio to round trip and start: {ratio:.2f} (goal: at most {GOAL})"
    )


def limited(folder: Path, frames: Path, oracle: RealEpisodes) -> None:
    """Compare jobs with and without pacing under the same limit."""
    for name, environment in (("paced", {}), ("unpaced", {UNPACED: "1"})):
        jobs = [AnnotateJob(folder / f"{name}-{number}", frames, 48) for number in range(2)]
        with ClaudeServer(oracle, limits=LIMITS, latency=0.3) as server:
            started = time.monotonic()
            running = [start(job, server, environment) for job in jobs]
            failed = sum(process.wait() != 0 for process in running)
            wall = time.monotonic() - started
            refused = sum(record.status == 429 for record in server.requests)
        print(
            f"{name}: {refused} of {len(server.requests)} requests refused for the rate limit, "
            f"{failed} of {len(jobs)} jobs out of retries, {wall:.1f} s"
        )


def start(
    job: AnnotateJob, server: ClaudeServer, environment: dict[str, str]
) -> subprocess.Popen[str]:
    """Start annotate.py through this program, which can turn pacing off."""
    return subprocess.Popen(
        [sys.executable, __file__, "--annotate", *job.command()[2:]],
        cwd=job.folder,
        env=job.environment(server) | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def annotate(arguments: list[str]) -> None:
    """Run annotate.py, without pacing if the environment says so."""
    if os.environ.get(UNPACED):
        rate_limits.SLOW_DOWN_BELOW = 0.0
    sys.argv = ["annotate.py", *arguments]
    runpy.run_path(str(PROJECT / "scripts/annotate.py"), run_name="__main__")


def main() -> None:
    """Run both measurements."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = os.environ.get("SUBTASKS_REAL_DATA", PROJECT.parent / "shared" / "data")
    parser.add_argument(
        "--real-data", type=Path, default=Path(default), help="folder of the recordings"
    )
    real_data = parser.parse_args().real_data.resolve()
    if not (real_data / "g1_bottle_v2.1").is_dir():
        sys.exit(f"no real recordings at {real_data}: set SUBTASKS_REAL_DATA")
    oracle = RealEpisodes(real_data)
    with tempfile.TemporaryDirectory() as name:
        frames = sample_real_episodes(real_data, Path(name) / "frames")
        waiting(Path(name), frames, oracle)
        limited(Path(name), frames, oracle)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--annotate"]:
        annotate(sys.argv[2:])
    else:
        main()
