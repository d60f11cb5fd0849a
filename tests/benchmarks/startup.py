"""Measure how much processor time the programs take to start.

Each runs as its rule runs it, on an episode of 20 frames, which is next to no work. The time for
`--help` is printed beside it, and the goals beside the results; nothing fails for being slow.
"""

import argparse
import os
import statistics
import sys
import tempfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "tests"))

from support import usage  # noqa: E402

RENDER = """
import sys
from pathlib import Path
from subtasks.questions.answers import Answer
from subtasks.questions.outcome import Outcome
from subtasks.questions.windows import Window
from subtasks.segments import subtask_files
from subtasks.segments.segment import Segment
from subtasks.motion.description import Place, describe
from subtasks.motion import robot
from subtasks.motion.robot import Feature
from subtasks.store import outcome_files
from support import many_episodes, render
folder = Path(sys.argv[1])
many_episodes.render(folder / "dataset", 1)
render.video(folder / "video.mp4", many_episodes.FRAMES)
text = subtask_files.dump([Segment(0.0, "reach toward the block"), Segment(1.0, "grasp it")])
(folder / "episode_000000.json").write_text(text)
answer = Answer((Window(0, 1, 0.0, 2.0),), (text,))
outcome_files.write(folder / "outcomes.jsonl", [Outcome(0, answer, None)])
place = Place(0, folder / "dataset/data/chunk-000/episode_000000.parquet", whole_file=True)
found = describe(None, [Feature("observation.state")], [], [place], 10)
robot.write(folder / "robot.json", found)
"""
# Seconds, for programs that run once per episode, and for the light ones among them.
GOAL, LIGHT_GOAL = 0.3, 0.1
LIGHT = ("extract_subtasks",)
# Snakemake sets these for a job with one core. Without them, libraries start a thread per core.
THREADS = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def commands(folder: Path) -> dict[str, list[object]]:
    """Return the options of each program that works on one episode."""
    data = folder / "dataset/data/chunk-000/episode_000000.parquet"
    fps = ("--fps", 10)
    state = ("--robot", folder / "robot.json", "--data", data, "--episode", 0, *fps)
    features = '{"robot_type": null, "state": [{"key": "observation.state", "names": []}], '
    episode = ("--episode", 0, "--frames", 20, "--fps", 10)
    file = ("--source", data, "--subtasks", folder, "--episodes", "0", "--fps", 10)
    return {
        "sample_frames": [
            *("--camera", "top", "video.mp4", folder / "video.mp4", 0, 0.6),
            *("--frames", 20, "--episode-fps", 30, "--output", folder / "frames.zip"),
        ],
        "describe_robot": [
            *("--features", features + '"action": []}', "--episode", 0, data, *fps),
            *("--output", folder / "found_robot.json"),
        ],
        "find_motion": [*state, "--output", folder / "motion.json"],
        "segment_motion": [*state, "--output", folder / "found.json"],
        "extract_subtasks": [
            *("--outcomes", folder / "outcomes.jsonl", "--dataset", "tiny", *episode),
            *("--output", folder / "extracted.json"),
        ],
        "write_data": [*file, "--outputs", "response", "--output", folder / "written.parquet"],
    }


def processor_time(name: str, options: list[object], runs: int) -> float:
    """Return the median over `runs` processes, in seconds."""
    command = [sys.executable, PROJECT / "scripts" / f"{name}.py", *options]
    environment = os.environ | THREADS
    return statistics.median(usage.of(command, env=environment).cpu for _ in range(runs))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one run each")
    runs = 1 if parser.parse_args().quick else 9
    print("\nProcessor time of a whole job on 20 frames, and of reading the command line")
    with tempfile.TemporaryDirectory() as folder:
        usage.python(RENDER, folder)
        for name, options in commands(Path(folder)).items():
            whole, start = (processor_time(name, each, runs) for each in (options, ["--help"]))
            goal = LIGHT_GOAL if name in LIGHT else GOAL
            usage.show(name, f"{whole:6.3f} s {start:6.3f} s", f"{goal} s")


if __name__ == "__main__":
    main()
