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

from subtasks import episode_facts, program
from subtasks.api import session_options
from subtasks.api.options import read_guidance, read_text
from subtasks.api.session_options import SessionOptions
from subtasks.api.text_talks import TextTalk, hold_in_batches, hold_live
from subtasks.cost.budget import Budget
from subtasks.episode_ranges import parse_ranges
from subtasks.evaluation import compared
from subtasks.evaluation.compared import ComparedFiles
from subtasks.evaluation.overlaps import label_pairs
from subtasks.questions.guidance import Guidance
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
    guidance: Path | None
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
        judged = _judge(pairs, _settings(options, episodes), options)
    for remark in judged.remarks:
        log.warning("%s", remark)
    judged_file.write(options.output, judged)
    log.info(
        "%s of labels judged, %s of which mean the same, %s made",
        counted(len(judged.pairs), "pair"),
        f"{sum(judged.pairs.values()):,}",
        counted(sum(not each.stored for each in judged.exchanges), "request"),
    )


def _settings(options: Options, episodes: Iterable[int]) -> LabelSettings:
    guidance = read_guidance(options.guidance) if options.guidance else Guidance()
    wanted = set(episodes)
    tasks = {
        facts.task
        for path in sorted(options.facts.glob("*.json"))
        for episode, facts in episode_facts.read(path).items()
        if episode in wanted and facts.task
    }
    return LabelSettings(
        options.model,
        options.max_tokens,
        options.effort,
        read_text("prompt", options.prompt),
        guidance.context,
        tuple(sorted(tasks)),
    )


def _judge(
    pairs: Iterable[tuple[str, str]], settings: LabelSettings, options: Options
) -> JudgedLabels:
    """Ask about pairs of a found and a true label."""
    found: dict[str, list[str]] = {}
    for label, true in sorted(pairs):
        found.setdefault(true, []).append(label)
    talks = {
        true: TextTalk(judging(true, labels, settings)) for true, labels in sorted(found.items())
    }
    with options.open_store() as (store, budget):
        asyncio.run(_hold(list(talks.values()), store, budget, options))
        # A later run asks again; what is certain stays.
        for talk in talks.values():
            for key in talk.result.keys:
                store.retire(key)
    return JudgedLabels(
        {
            (label, true): same
            for true, talk in talks.items()
            for label, same in talk.result.same.items()
        },
        tuple(exchange for talk in talks.values() for exchange in talk.exchanges),
        tuple(_remarks(talks, found)),
    )


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
    """Say which labels are not judged, and count as different."""
    for true, talk in talks.items():
        if left := [label for label in found[true] if label not in talk.result.same]:
            more = len(left) - MOST_NAMED
            named = ", ".join(map(shorten_json, left[:MOST_NAMED]))
            yield (
                f"whether {named}{f' and {more:,} more' if more > 0 else ''} mean the same as "
                f"{shorten_json(true)} is not judged, so they count as different: "
                f"{talk.result.reason}; --forcerun judge_labels asks again"
            )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--dataset", required=True, help="name of the dataset, for messages")
    compared.add_arguments(parser)
    add("--fps", type=float, required=True, help="frames per second of the episodes")
    add("--episodes", required=True, help="episodes to compare, such as 0-3,5")
    add("--guidance", type=Path, help="JSON file with the user's guidance on labels")
    add("--prompt", type=Path, required=True, help="file with the prompt")
    session_options.add_arguments(parser)
    session_options.add_waiting(parser)
    add("--requests-in-flight", type=int, default=16, help="requests open at once, live")
    add("--output", type=Path, required=True, help="JSON file to write: what was said")
    return parser


if __name__ == "__main__":
    program.run(main)
