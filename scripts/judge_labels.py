"""Ask which found labels mean the same as the true ones; the program of rule judge_labels.

Only labels of segments that match are compared, and of those only what is worded differently. A
question is about one true label, and what was answered to it before is taken from the store.
"""

import argparse
import asyncio
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from subtasks import program
from subtasks.api import session_options
from subtasks.api.options import read_text
from subtasks.api.session_options import SessionOptions
from subtasks.api.text_talks import TextTalk, hold_in_batches, hold_live
from subtasks.cost.budget import Budget
from subtasks.episode_ranges import parse_ranges
from subtasks.errors import Problem
from subtasks.evaluation import compared
from subtasks.evaluation.compared import ComparedFiles
from subtasks.evaluation.overlaps import label_pairs
from subtasks.questions.label_judging import Verdicts, judging
from subtasks.questions.label_questions import LabelSettings
from subtasks.store import judged_file
from subtasks.store.judged_file import JudgedLabels
from subtasks.store.replies import ReplyStore
from subtasks.wording import counted, shorten_json

MOST_NAMED = 5
"""Labels that a sentence quotes."""

Talks = Mapping[str, TextTalk[Verdicts]]

log = logging.getLogger("subtasks")


@dataclass(frozen=True)
class Options(SessionOptions):
    """The command line."""

    dataset: str
    truth: Path
    subtasks: Path
    annotated: Path
    facts: Path
    fps: float
    episodes: str
    prompt: Path
    api: str
    poll_seconds: float
    requests_in_flight: int
    output: Path


def main() -> None:
    """Ask about all labels that are worded differently, and write what was said."""
    options = program.read_options(_parser(), Options)
    episodes = parse_ranges(options.episodes)
    files = ComparedFiles(options.truth, options.subtasks, options.annotated, options.facts)
    pairs: set[tuple[str, str]] = set()
    for each in compared.read(files, options.fps, episodes).episodes:
        pairs |= label_pairs(each.found, each.true)
    judged = JudgedLabels()
    if pairs:
        with options.open_store() as (store, budget):
            judged, at_fault = _judge(pairs, options, store, budget)
            judged_file.write(options.output, judged)
            # After a kill before this line, the next run finds these replies.
            for key in at_fault:
                store.retire(key)
    else:
        judged_file.write(options.output, judged)
    for remark in judged.remarks:
        log.warning("%s", remark)
    log.info(
        "%s of labels judged, %s with the same meaning, %s made",
        counted(len(judged.pairs), "pair"),
        f"{sum(judged.pairs.values()):,}",
        counted(sum(not each.stored for each in judged.exchanges), "request"),
    )


def _judge(
    pairs: Iterable[tuple[str, str]], options: Options, store: ReplyStore, budget: Budget
) -> tuple[JudgedLabels, list[str]]:
    """Ask about pairs of a found and a true label; also return the questions to ask again.

    Raises `Problem` if nothing could be judged.
    """
    settings = LabelSettings(
        options.model, options.max_tokens, options.effort, read_text("prompt", options.prompt)
    )
    found: dict[str, list[str]] = {}
    for label, true in sorted(pairs):
        found.setdefault(true, []).append(label)
    talks = {
        true: TextTalk(judging(true, labels, settings)) for true, labels in sorted(found.items())
    }
    asyncio.run(_hold(list(talks.values()), store, budget, options))
    verdicts = {
        (label, true): same
        for true, talk in talks.items()
        for label, same in talk.result.same.items()
    }
    at_fault = [key for talk in talks.values() for key in talk.result.keys]
    if not verdicts:
        for key in at_fault:
            store.retire(key)
        reason = next(filter(None, (talk.result.reason for talk in talks.values())))
        raise Problem(
            f"{options.dataset}: none of its labels could be judged: {reason}; run again to ask "
            "again, or set evaluate.judge: false"
        )
    exchanges = tuple(exchange for talk in talks.values() for exchange in talk.exchanges)
    return JudgedLabels(verdicts, exchanges, tuple(_remarks(talks, found))), at_fault


async def _hold(
    talks: Sequence[TextTalk[Verdicts]], store: ReplyStore, budget: Budget, options: Options
) -> None:
    connection = options.connection()
    if options.api == "batch":
        seconds = options.poll_seconds
        await hold_in_batches(talks, store, budget, seconds, connection, options.output)
    else:
        what = f"the labels of {options.dataset}"
        await hold_live(talks, store, budget, options.requests_in_flight, connection, what)


def _remarks(talks: Talks, found: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Say which labels are not judged, and count as different: a sentence for each reason."""
    left: dict[str, list[str]] = {}
    for true, talk in talks.items():
        for label in found[true]:
            if label not in talk.result.same:
                pair = f"{shorten_json(label)} for {shorten_json(true)}"
                left.setdefault(talk.result.reason or "", []).append(pair)
    for reason, unjudged in left.items():
        more = len(unjudged) - MOST_NAMED
        named = ", ".join(unjudged[:MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")
        yield (
            f"{counted(len(unjudged), 'pair')} of labels not judged, so counted as different "
            f"({named}): {reason}; --forcerun judge_labels asks again"
        )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--dataset", required=True, help="name of the dataset, for messages")
    compared.add_arguments(parser)
    add("--fps", type=float, required=True, help="frames per second of the episodes")
    add("--episodes", required=True, help="episodes to compare, such as 0-3,5")
    add("--prompt", type=Path, required=True, help="file with the prompt")
    session_options.add_arguments(parser)
    session_options.add_waiting(parser)
    add("--requests-in-flight", type=int, default=16, help="requests open at once, live")
    add("--output", type=Path, required=True, help="JSON file to write: what was said")
    return parser


if __name__ == "__main__":
    program.run(main)
