"""Estimate what labels of the real episodes cost, as `snakemake estimate` does.

This is the table of the README: contact sheets with two frames a second, the same with a second
look at each border, and single images with one frame a second. It is computed from the metadata
of the real episodes and the prompts and prices of config/; nothing is sent to the API. Hours are
hours of video.
"""

import argparse
import os
import sys
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(PROJECT / "scripts"), str(PROJECT / "tests")]

from subtasks.cost import prices  # noqa: E402
from subtasks.estimate import remaining  # noqa: E402
from subtasks.estimate.workload import SECONDS_PER_HOUR, Load  # noqa: E402
from subtasks.workflow import plan  # noqa: E402
from support import configs  # noqa: E402

SHEETS, FRAMES = "contact sheets, 2 frames a second", "single frames of 640 px, 1 a second"
SETTINGS = {
    SHEETS: {},
    "the same, and a second look at each border": {"labels": {"passes": ["segment", "refine"]}},
    FRAMES: {"sample": {"layout": "frame", "fps": 1}},
}
GOAL = 3 / 10
HEADER = (
    *("frames", "image tokens", "tokens in", "tokens out"),
    *("live", "batch", "live, an hour", "batch, an hour"),
)


def main() -> None:
    """Print the table, and compare the image tokens of sheets with the goal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", help="default: that of config/config.yaml")
    args = parser.parse_args()
    data = Path(os.environ.get("SUBTASKS_REAL_DATA", PROJECT.parent / "shared" / "data"))
    source = data / "g1_bottle_v2.1"
    if not source.is_dir():
        print(f"cost: no real recordings at {data}: set SUBTASKS_REAL_DATA")
        return
    claude = configs.read().claude
    model = args.model or claude.model
    table = prices.read(PROJECT / claude.prices)
    loads = {name: estimated(source, settings, model) for name, settings in SETTINGS.items()}

    seconds = next(iter(loads.values())).seconds
    print(f"\n8 episodes of {seconds:.1f} s in all, {model}, prices of {table.date}\n")
    print("|", " | ".join(HEADER), "|")
    print("|", " | ".join(["---", *["---:"] * (len(HEADER) - 1)]), "|")
    for name, load in loads.items():
        costs = [load.dollars(table, model, batch=batch) for batch in (False, True)]
        hourly = [cost and cost * SECONDS_PER_HOUR / load.seconds for cost in costs]
        counts = (load.image_tokens, load.input_tokens, load.output_tokens)
        cells = [*(f"{count:,}" for count in counts), *map(prices.format_usd, [*costs, *hourly])]
        print("|", " | ".join([name, *cells]), "|")
    sheets, frames = (loads[name].image_tokens for name in (SHEETS, FRAMES))
    print(
        f"\nImage tokens of sheets: {sheets / frames:.4f} of those of frames, goal {GOAL} at most"
    )


def estimated(source: Path, settings: dict[str, Any], model: str) -> Load:
    """Estimate what asking about a whole dataset takes, with some settings of a config."""
    root = str(source)
    config = configs.read(datasets=[{"root": root}], claude={"model": model}, **settings)
    datasets = plan.read(config, warn=print)
    [name] = datasets
    capacity = prices.read(PROJECT / config.claude.prices).capacity(model)
    habits = remaining.answer_habits(plan.Plan(), config, capacity)
    return remaining.RemainingWork(name, datasets, config, PROJECT).load(None, habits)


if __name__ == "__main__":
    main()
