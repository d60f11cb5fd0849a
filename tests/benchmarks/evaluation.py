"""Measure the scores: how often their ranges cover the truth, and what 10,000 episodes cost.

Datasets are drawn from many simulated episodes, whose figures are the truth; a range of 95 % should
cover it in 93 to 97 % of them. Once the labels are as good as those of an ordinary annotator, once
nearly all of them are right. Goals are printed beside the results; nothing fails for being slow.
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

# Several threads multiply such small matrices no faster, and they make processor time unclear.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

PROJECT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(PROJECT / "tests"), str(PROJECT / "scripts")]

from subtasks.tables import format_table  # noqa: E402
from support import usage  # noqa: E402

SECONDS, MEGABYTES = 60, 500
QUALITIES = {"ordinary labels": 0.7, "nearly all right": 0.93}
SIZES = (8, 20, 50, 100)

RENDER = """
import sys
from pathlib import Path
from support.simulated_labels import render
render(Path(sys.argv[1]), int(sys.argv[2]))
"""

COVER = """
import json, sys
from dataclasses import asdict
from support.range_coverage import Population, coverage
from support.simulated_labels import population
quality, episodes, datasets, *sizes = json.loads(sys.argv[1])
sides = [Population(population(1, episodes, shift, quality)) for shift in (0.0, 0.08)]
print(json.dumps([asdict(coverage(*sides, size, datasets, size)) for size in sizes]))
"""


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a fiftieth of it")
    part = 50 if parser.parse_args().quick else 1
    cost(10_000 // part)
    for name, quality in QUALITIES.items():
        cover(name, quality, 6_000 // part, 1_000 // part)


def cost(episodes: int) -> None:
    """Print what scoring many episodes costs."""
    print(f"\nScores of {episodes:,} episodes of 8 to 60 segments")
    with tempfile.TemporaryDirectory() as folder:
        usage.python(RENDER, folder, episodes)
        files = Path(folder)
        found = usage.of(
            [
                *(sys.executable, PROJECT / "scripts" / "score_labels.py", "--dataset", "many"),
                *("--truth", files / "truth.json", "--subtasks", files / "subtasks"),
                *("--annotated", files / "annotated", "--facts", files / "episodes"),
                *("--fps", 30, "--episodes", f"0-{episodes - 1}"),
                *("--output", files / "scores.json"),
                *("--episode-scores", files / "episodes.parquet"),
            ]
        )
        written = [(files / name).stat().st_size for name in ("scores.json", "episodes.parquet")]
    usage.show("wall and processor time", f"{found.wall:.0f} s, {found.cpu:.0f} s", f"{SECONDS} s")
    usage.show("peak memory", f"{found.memory:.0f} MB", f"{MEGABYTES} MB")
    kilobytes = " and ".join(f"{size / 1000:,.0f} kB" for size in written)
    usage.show("scores.json and episodes.parquet", kilobytes, "-")


def cover(name: str, quality: float, episodes: int, datasets: int) -> None:
    """Print how often the ranges cover the truth."""
    print(f"\nRanges that cover the truth, of {datasets:,} datasets (goal: 93 to 97 %): {name}")
    settings = json.dumps([quality, episodes, datasets, *SIZES])
    found = json.loads(usage.python(COVER, settings).printed)
    titles = {
        "single": "figure",
        "paired": "difference of two labellings",
        "plain": "figure, with plain quantiles",
    }
    for side, title in titles.items():
        rows = [
            (name, *(f"{100 * shares[side][name]:.1f} %" for shares in found))
            for name in found[0][side]
        ]
        print(format_table([(title, *(f"{size} episodes" for size in SIZES)), *rows]), "\n")


if __name__ == "__main__":
    main()
