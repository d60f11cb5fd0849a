"""Print what is still to be asked and what it will cost; the program of rule estimate.

Nothing is asked and nothing sampled: frames that have not been sampled are derived from the
dataset's metadata. With `estimate.count_tokens: true` the API counts the tokens of a few episodes,
free of charge, and input tokens are corrected by the result; episodes that have not been sampled
are sampled for it into a temporary folder.
"""

import argparse
import contextlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from subtasks import files, program, project
from subtasks.cost import prices
from subtasks.cost.prices import Prices
from subtasks.estimate import remaining, remaining_labels, workload
from subtasks.estimate.correction import correction
from subtasks.estimate.remaining import RemainingWork
from subtasks.estimate.typical import USUAL_SIZE
from subtasks.estimate.typical_answer import AnswerHabits
from subtasks.store.replies import ReplyStore
from subtasks.workflow import plan
from subtasks.workflow.config import Claude, Config
from subtasks.workflow.shipped_files import settings_file

log = logging.getLogger("subtasks")


@dataclass(frozen=True, slots=True)
class Options:
    """The command line."""

    config: Path


def main() -> None:
    """Estimate dataset by dataset, then print the table and what it assumes."""
    options = program.read_options(_parser(), Options)
    config = Config.from_mapping(files.read_json(options.config))
    if not config.asks_claude:
        print(f"annotator: {config.annotator} asks no model and costs nothing")
        return
    table = prices.read(Path(settings_file(config.claude.prices, project.FOLDER)))
    datasets = plan.read(config, warn=log.warning)
    habits = remaining.answer_habits(datasets, config, table.capacity(config.claude.model))
    works = [RemainingWork(name, datasets, config, project.FOLDER) for name in datasets]
    with _store(Path(config.replies)) as store:
        loads = {}
        for work in works:
            name = work.dataset.name
            labels = remaining_labels.load(
                name, datasets, config, project.FOLDER, store, habits, work.capacity
            )
            loads[name] = work.load(store, habits) + labels, len(work.dataset.episodes)
    factor, counted = correction(works) if config.estimate.count_tokens else (1.0, "")
    under_way = sum(load.under_way for load, _ in loads.values())
    print(workload.table(loads, table, config.claude.model, factor))
    print()
    remarks = _remarks(works, config.claude, table, habits, under_way)
    print(*remarks, *filter(None, [counted]), sep="\n")


def _store(folder: Path) -> contextlib.AbstractContextManager[ReplyStore | None]:
    """Open the reply store, unless nothing has been asked yet."""
    return ReplyStore(folder) if folder.is_dir() else contextlib.nullcontext()


def _remarks(
    works: Sequence[RemainingWork],
    claude: Claude,
    table: Prices,
    habits: AnswerHabits,
    under_way: int,
) -> Iterator[str]:
    """Say what the table assumes."""
    if table.price(claude.model) is None:
        yield f"{claude.model} has no price in {claude.prices}: add it there"
    if under_way:
        yield f"{under_way:,} questions are under way in message batches, and not counted."
    yield f'Prices of {table.date}. "/hour" is per hour of video still to be labelled.'
    per_subtask = f"one subtask every {habits.seconds_per_subtask:.1f} s"
    if habits.episodes:
        yield f"Output tokens are those of {habits.episodes:,} answered episodes ({per_subtask})."
    else:
        thinking = f", {habits.thinking:,} tokens of thinking per request" * bool(habits.thinking)
        yield f"Output tokens are a guess ({per_subtask}{thinking}) until the first answers are in."
    if unknown := [work.dataset.name for work in works if None in work.sizes.values()]:
        yield (
            f"{', '.join(unknown)}: the metadata does not give the size of the frames; "
            f"{USUAL_SIZE[0]}x{USUAL_SIZE[1]} is assumed."
        )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, required=True, help="all settings, as JSON")
    return parser


if __name__ == "__main__":
    program.run(main)
