"""Measure how good the labels of `kinematic` are, and write the table into README.md.

Run it where the annotator or a measure has changed: .venv/bin/python docs/score_labels.py
It renders the demo, takes the recordings from ../shared/data or SUBTASKS_REAL_DATA, and scores
both with `snakemake evaluate`. With --check, only the demo is measured, in memory and within
seconds, and README.md must say the same of it.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT / "scripts"))

from subtasks.demo import arm  # noqa: E402
from subtasks.evaluation import episode_scores, score_files, scores  # noqa: E402
from subtasks.evaluation.labelled import found_stretches  # noqa: E402
from subtasks.evaluation.scores import Scores  # noqa: E402
from subtasks.motion.labels import label_motion  # noqa: E402
from subtasks.motion.robot import Feature  # noqa: E402
from subtasks.motion.sources import Look, source_of  # noqa: E402
from subtasks.segments.segment import settle  # noqa: E402

README = PROJECT / "README.md"
TABLE = re.compile(r"(<!-- scores -->\n).*?(<!-- /scores -->)", re.DOTALL)

RECORDINGS, DEMO = "recordings", "demo"
EPISODES, SEED = 12, 0
LINES = {
    RECORDINGS: "8 recordings of a humanoid",
    DEMO: f"the demo, {EPISODES} simulated episodes",
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table: its heading, and the name of its figure in the scores."""

    heading: str
    figure: str
    unit: str = ""


COLUMNS = (
    Column("F1 of borders within 0.25 s", "borders/0.25/f1"),
    Column("0.5 s", "borders/0.5/f1"),
    Column("1.0 s", "borders/1.0/f1"),
    Column("median error", "border_errors/median", " s"),
    Column("F1 of segments, overlap 0.5", "segments/0.5/f1"),
    Column("overlap 0.75", "segments/0.75/f1"),
)


def main() -> None:
    """Write the table, or compare what README.md says of the demo."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail if README.md is out of date")
    if parser.parse_args().check:
        if is_out_of_date(README.read_text()):
            sys.exit("README.md is out of date: run docs/score_labels.py")
        return
    with tempfile.TemporaryDirectory() as name:
        table = "\n".join(lines(measured(Path(name)))) + "\n"
    text = README.read_text()
    if TABLE.search(text):
        README.write_text(TABLE.sub(lambda match: match[1] + table + match[2], text))
    print(table, end="")


def lines(measured: Mapping[str, Scores]) -> list[str]:
    """Make the table of the scores by dataset."""
    return [
        f"| `kinematic` on | {' | '.join(column.heading for column in COLUMNS)} |",
        f"| --- |{' ---: |' * len(COLUMNS)}",
        *(line(name, measured[name]) for name in LINES),
    ]


def line(name: str, found: Scores) -> str:
    """Make the line of a dataset, in which every figure has its range."""
    return f"| {LINES[name]} | {' | '.join(figure(found, column) for column in COLUMNS)} |"


def figure(found: Scores, column: Column) -> str:
    """Write a figure and its range, which a value that all episodes have does not need."""
    each = found.figure(column.figure)
    value, low, high = (f"{number:.2f}" for number in (each.value, each.low, each.high))
    shown = "" if low == value == high else f" ({low} to {high})"
    return f"{value}{column.unit}{shown}"


def is_out_of_date(readme: str) -> bool:
    """Whether the table in README.md says something else of the demo than is measured."""
    return line(DEMO, simulated()) not in readme


def simulated() -> Scores:
    """Score the demo without rendering it: `kinematic` reads its joints alone."""
    recordings = [arm.simulate(SEED, episode) for episode in range(EPISODES)]
    states = tuple(recording.state for recording in recordings)
    joints = Feature("observation.state", tuple(arm.JOINT_NAMES))
    look = Look((joints,), (len(arm.JOINT_NAMES),), states)
    limbs = source_of(look, None, arm.FPS)[0].limbs
    counts = []
    for episode, recording in enumerate(recordings):
        length = recording.length
        labels = settle(label_motion(recording.state, limbs, arm.FPS), arm.FPS, length)
        found = found_stretches(labels, arm.FPS, length)
        true = found_stretches(recording.segments, arm.FPS, length)
        counts.append(episode_scores.score(episode, found, true, arm.FPS, length))
    return scores.compute(DEMO, "", "", counts, ())


def measured(folder: Path) -> dict[str, Scores]:
    """Run the workflow on both datasets in a folder of its own; returns their scores."""
    real = os.environ.get("SUBTASKS_REAL_DATA", PROJECT.parent / "shared" / "data")
    recordings = Path(real).resolve()
    program = PROJECT / "scripts" / "make_demo_dataset.py"
    rendered = ["--output=demo", f"--episodes={EPISODES}", f"--seed={SEED}"]
    subprocess.run([sys.executable, program, *rendered], cwd=folder, check=True)
    datasets = {
        DEMO: (folder / "demo", folder / "demo" / "truth"),
        RECORDINGS: (recordings / "g1_bottle_v2.1", recordings / "g1_bottle_gold"),
    }
    settings = {
        "datasets": [
            {"name": name, "root": str(root), "evaluate": {"truth": str(truth)}}
            for name, (root, truth) in datasets.items()
        ],
        "annotator": "kinematic",
        "checks": False,
    }
    (folder / "settings.yaml").write_text(yaml.safe_dump(settings))
    # As a user runs it: in a folder with the default settings.
    (folder / "config").symlink_to(PROJECT / "config")
    tools = Path(sys.executable).parent
    run = [tools / "snakemake", f"--snakefile={PROJECT / 'Snakefile'}", "evaluate", "--cores=2"]
    subprocess.run(
        [*run, "--quiet=all", "--configfile=settings.yaml"],
        cwd=folder,
        env=os.environ | {"PATH": f"{tools}{os.pathsep}{os.environ.get('PATH', '')}"},
        stdout=sys.stderr,
        check=True,
    )
    evaluations = folder / "evaluations"
    return {name: score_files.read_scores(evaluations / name / "scores.json") for name in datasets}


if __name__ == "__main__":
    main()
