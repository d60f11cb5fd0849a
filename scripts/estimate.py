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
from subtasks.cost.prices import Prices, format_usd
from subtasks.estimate import (
    remaining,
    remaining_judging,
    remaining_labels,
    typical_answer,
    workload,
)
from subtasks.estimate.correction import correction
from subtasks.estimate.remaining import RemainingWork
from subtasks.estimate.typical import USUAL_SIZE
from subtasks.estimate.typical_answer import AnswerHabits
from subtasks.estimate.workload import Load
from subtasks.store.replies import ReplyStore
from subtasks.wording import counted
from subtasks.workflow import plan
from subtasks.workflow.config import Claude, Config
from subtasks.workflow.plan import Plan
from subtasks.workflow.shipped_files import settings_file

log = logging.getLogger("subtasks")


@dataclass(frozen=True, slots=True)
class Options:
    """The command line."""

    config: Path
    runs: list[Path]


def main() -> None:
    """Estimate dataset by dataset, then print the table and what it assumes."""
    options = program.read_options(_parser(), Options)
    print(_estimated(options.config))
    for path in options.runs:
        print(f"\n{path.parents[1].name}, a run of evaluate.runs:\n{_estimated(path)}")


def _estimated(path: Path) -> str:
    """Return the table of a run and what it assumes; `path` has its config."""
    config = Config.from_mapping(files.read_json(path))
    asks_nothing = f"annotator: {config.annotator} asks no model and costs nothing"
    if not (config.asks_claude or config.evaluate.judge):
        return asks_nothing
    datasets = plan.read(config, warn=log.warning)
    table = prices.read(Path(settings_file(config.claude.prices, project.FOLDER)))
    if not config.asks_claude:
        return "\n".join([asks_nothing, *_judging(config, datasets, table)])
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
    factor, how = correction(works) if config.estimate.count_tokens else (1.0, "")
    under_way = sum(load.under_way for load, _ in loads.values())
    remarks = _remarks(works, config.claude, table, habits, under_way)
    return "\n".join(
        [
            workload.table(loads, table, config.claude.model, factor),
            "",
            *remarks,
            *filter(None, [how]),
            *_judging(config, datasets, table),
        ]
    )


def _judging(config: Config, datasets: Plan, table: Prices) -> Iterator[str]:
    """Say what `snakemake evaluate` will ask about labels, if it will."""
    if not config.evaluate.judge:
        return
    model = remaining_judging.judge(config)
    capacity = table.capacity(model)
    habits = AnswerHabits(
        typical_answer.seconds_per_subtask(config.labels.protocol),
        typical_answer.thinking(capacity, None),
    )
    with _store(Path(config.replies)) as store:
        found = sum(
            (
                remaining_judging.load(
                    name, datasets, config, project.FOLDER, store, habits, capacity
                )
                for name in datasets
            ),
            Load(),
        )
    if not found.requests:
        return
    live, batch = (found.dollars(table, model, batch=in_batches) for in_batches in (False, True))
    cost = (
        "unknown"
        if live is None or batch is None
        else f"{format_usd(live)} live, {format_usd(batch)} in batches"
    )
    yield (
        f"evaluate.judge: {counted(found.requests, 'request')} to {model} in text alone, {cost}; "
        "not in the table."
    )


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
    parser.add_argument(
        "--runs", type=Path, nargs="*", default=[], help="those of settings that are compared"
    )
    return parser


if __name__ == "__main__":
    program.run(main)
