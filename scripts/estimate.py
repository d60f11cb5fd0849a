"""Tell what is still to be asked and what it will cost; the program of rule estimate.

Nothing is asked and nothing sampled: what has not been sampled is reckoned from the dataset's
metadata. With `count_tokens: true` the API counts the tokens of a few episodes, for nothing, and
the published formulas are corrected by that; their frames are sampled into a temporary folder
where they are not there yet.
"""

import argparse
import contextlib
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

from subtasks import files, program
from subtasks.cost import prices
from subtasks.cost.prices import Prices
from subtasks.estimate import correction, remaining, workload
from subtasks.estimate.remaining import RemainingWork
from subtasks.estimate.typical import USUAL_SIZE
from subtasks.estimate.typical_answer import AnswerHabits
from subtasks.store.replies import ReplyStore
from subtasks.workflow import paths, plan
from subtasks.workflow.config import Config

WORKFLOW = Path(__file__).resolve().parents[1]

log = logging.getLogger("subtasks")


def main() -> None:
    """Read the settings, reckon dataset by dataset, print the table and what it assumes."""
    config = files.read_json(_arguments().config)
    if config["annotator"] != "claude":
        print(f"annotator: {config['annotator']} asks no model and costs nothing")
        return
    table = prices.read(Path(paths.settings_file(config["claude"]["prices"], WORKFLOW)))
    datasets = plan.read(config, warn=log.warning).values()
    habits = remaining.usual(datasets, config, table.capacity(config["claude"]["model"]))
    each = [RemainingWork(dataset, config, WORKFLOW) for dataset in datasets]
    with _store(Path(config["replies"])) as store:
        loads = {
            one.dataset.name: (one.load(store, habits), len(one.dataset.episodes)) for one in each
        }
    factor, counted = correction.correction(each, config) if config["count_tokens"] else (1.0, "")
    under_way = sum(load.under_way for load, _ in loads.values())
    print(workload.table(loads, table, config["claude"]["model"], factor))
    print()
    print(*_remarks(each, config, table, habits, under_way), *filter(None, [counted]), sep="\n")


def _store(folder: Path) -> contextlib.AbstractContextManager[ReplyStore | None]:
    """Open the reply store, unless nothing has been asked yet."""
    return ReplyStore(folder) if folder.is_dir() else contextlib.nullcontext()


def _remarks(
    each: Sequence[RemainingWork],
    config: Config,
    table: Prices,
    habits: AnswerHabits,
    under_way: int,
) -> Iterator[str]:
    """Say what the table assumes."""
    claude = config["claude"]
    if table.price(claude["model"]) is None:
        yield f"{claude['model']} has no price in {claude['prices']}: add it there"
    if under_way:
        yield f"{under_way:,} questions are under way in message batches, and not counted."
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


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, required=True, help="all settings, as JSON")
    return parser.parse_args()


if __name__ == "__main__":
    program.run(main)
