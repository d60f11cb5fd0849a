"""Tell what is still to be asked and what it will cost; the program of rule estimate.

Nothing is asked and nothing sampled: what has not been sampled is reckoned from the dataset's
metadata. With `count_tokens: true` the API counts the tokens of a few episodes, for nothing, and
the published formulas are corrected by that; their frames are sampled into a temporary folder
where they are not there yet.
"""

import argparse
import contextlib
import logging
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from subtasks import (
    counting,
    estimates,
    files,
    parameters,
    pending,
    plan,
    prices,
    program,
    talks,
    tokens,
)
from subtasks.conversation import Failed
from subtasks.dataset import Dataset, Episode
from subtasks.imagination import USUAL_SIZE, Habits
from subtasks.pending import Pending
from subtasks.plan import Config
from subtasks.prices import Prices
from subtasks.problem import Problem
from subtasks.question import Question
from subtasks.replies import Store

WORKFLOW = Path(__file__).resolve().parents[1]
COUNTED_EPISODES = 5

log = logging.getLogger("subtasks")


def main() -> None:
    """Read the settings, reckon dataset by dataset, print the table and what it assumes."""
    config = files.read_json(_arguments().config)
    if config["annotator"] != "claude":
        print(f"annotator: {config['annotator']} asks no model and costs nothing")
        return
    table = prices.read(Path(plan.settings_file(config["claude"]["prices"], WORKFLOW)))
    datasets = plan.read(config, warn=log.warning).values()
    habits = pending.usual(datasets, config)
    each = [Pending(dataset, config, WORKFLOW) for dataset in datasets]
    with _store(Path(config["replies"])) as store:
        loads = {
            one.dataset.name: (one.load(store, habits), len(one.dataset.episodes)) for one in each
        }
    factor, counted = _counted(each, config) if config["count_tokens"] else (1.0, "")
    print(estimates.table(loads, table, config["claude"]["model"], factor))
    print()
    print("\n".join(_remarks(each, config, table, habits)), counted, sep="\n" if counted else "")


def _store(folder: Path) -> contextlib.AbstractContextManager[Store | None]:
    """Open the reply store, unless nothing has been asked yet."""
    return Store(folder) if folder.is_dir() else contextlib.nullcontext()


def _remarks(
    each: Sequence[Pending], config: Config, table: Prices, habits: Habits
) -> Iterator[str]:
    """Say what the table assumes."""
    claude = config["claude"]
    if table.price(claude["model"]) is None:
        yield f"{claude['model']} has no price in {claude['prices']}: add it there"
    yield f"Prices of {table.date}. Hours are those of the episodes that are still to be asked."
    if habits.episodes:
        yield (
            f"Tokens out as {habits.episodes:,} answered episodes had, with a subtask every "
            f"{habits.seconds_per_subtask:.1f} s."
        )
    else:
        thinking = f" and {habits.thinking:,} tokens of thinking a request" * bool(habits.thinking)
        yield (
            f"Tokens out are assumed, until some are known: a subtask every "
            f"{habits.seconds_per_subtask:.1f} s{thinking}."
        )
    if mute := [one.dataset.name for one in each if one.size is None]:
        yield (
            f"{', '.join(mute)}: the metadata tells no size of the frames; "
            f"{USUAL_SIZE[0]}x{USUAL_SIZE[1]} is assumed."
        )


def _counted(each: Sequence[Pending], config: Config) -> tuple[float, str]:
    """Have the API count some episodes; the factor it finds, and what to say about it."""
    left = [
        (one, episode)
        for one in each
        for episode in one.episodes
        if one.is_sampled(episode) or (one.dataset.root / episode.video).exists()
    ]
    if not left:
        return (
            1.0,
            "Nothing was counted: there is no video of an episode that is to be asked about.",
        )
    step = max(1, len(left) / COUNTED_EPISODES)
    chosen = [left[int(i * step)] for i in range(min(COUNTED_EPISODES, len(left)))]
    questions: list[Question] = []
    sampled = 0
    with tempfile.TemporaryDirectory() as folder:
        for one, episode in chosen:
            # Hints are left out: they may be as little known as the frames.
            options = argparse.Namespace(**{**vars(one.options), "motion": None})
            if not one.is_sampled(episode):
                options.frames = Path(folder) / one.dataset.name
                _sample(one.dataset, episode, config, options.frames)
                sampled += 1
            with contextlib.suppress(Failed):  # its video has no frames to show
                questions += next(talks.from_archive(episode.index, options, episode.task))
    if not questions:
        return 1.0, "Nothing was counted: the videos that were chosen cannot be read."
    by_formula = sum(map(tokens.of_question, questions))
    factor = counting.count(questions, talks.connection(each[0].options)) / by_formula
    return factor, (
        f"The API counts {factor:.2f} times the tokens of the published formulas in the first "
        f"questions about {len(chosen)} episodes ({sampled} of them sampled for this, and not "
        "kept): tokens in are corrected by that."
    )


def _sample(dataset: Dataset, episode: Episode, config: Config, folder: Path) -> None:
    """Sample an episode's frames as rule sample_frames would."""
    command = [
        sys.executable,
        str(Path(__file__).with_name("sample_frames.py")),
        f"--video={dataset.root / episode.video}",
        *shlex.split(parameters.place(dataset, episode)),
        *shlex.split(parameters.sampling(config)),
        f"--output={folder / episode.id}.zip",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Problem(
            f"{dataset.name} {episode.id} cannot be sampled: {done.stderr.strip()[-300:]}"
        )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, required=True, help="all settings, as JSON")
    return parser.parse_args()


if __name__ == "__main__":
    program.run(main)
