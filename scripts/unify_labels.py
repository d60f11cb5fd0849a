"""Find one label for all that mean the same in a dataset; the program of rule unify_labels.

Only words that the dataset's vocabulary does not know are asked about. What is found is added to
the vocabulary, a file that people edit; nothing that stands there is changed. The output says what
was asked, and what a person should know.
"""

import argparse
import asyncio
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from subtasks import episode_facts, program
from subtasks.api import session_options
from subtasks.api.options import read_guidance, read_text
from subtasks.api.session_options import SessionOptions
from subtasks.api.text_talks import TextTalk, hold_in_batches, hold_live
from subtasks.cost.budget import Budget
from subtasks.episode_facts import EpisodeFacts
from subtasks.episode_ranges import parse_ranges
from subtasks.errors import Problem
from subtasks.questions.answers import EpisodeLimits
from subtasks.questions.guidance import Guidance
from subtasks.questions.label_questions import LabelSettings
from subtasks.questions.outcome import Exchange
from subtasks.questions.unification import (
    UNIFY,
    Unified,
    labels_said,
    unification,
)
from subtasks.segments import vocabulary_files
from subtasks.segments.vocabulary import Vocabulary
from subtasks.store import outcome_files, unification_file
from subtasks.store.replies import DamagedReply, ReplyStore
from subtasks.store.unification_file import Unification
from subtasks.wording import counted, shorten_json
from subtasks.workflow.groups import group_name

MOST_NAMED = 5
"""Words that a sentence quotes."""

log = logging.getLogger("subtasks")


@dataclass(frozen=True)
class Options(SessionOptions):
    """The command line."""

    dataset: str
    outcomes: Path
    facts: Path
    group_size: int
    episodes: str
    fps: float
    guidance: Path | None
    prompt: Path
    vocabulary: Path
    on_error: Literal["stop", "skip"]
    api: str
    poll_seconds: float
    output: Path


def main() -> None:
    """Ask about new words, extend the vocabulary, and write what it took."""
    options = program.read_options(_parser(), Options)
    guidance = read_guidance(options.guidance) if options.guidance else Guidance()
    facts = _facts(options)
    said = Counter(_said(options, facts, guidance))
    vocabulary = vocabulary_files.read(options.vocabulary)
    new = {words: said[words] for words in vocabulary.unknown(said)}
    settings = LabelSettings(
        options.model,
        options.max_tokens,
        options.effort,
        read_text("prompt", options.prompt),
        guidance.context,
        tuple(sorted({each.task for each in facts.values() if each.task})),
    )
    with options.open_store() as (store, budget):
        talk = TextTalk(unification(new, list(vocabulary.groups), settings))
        asyncio.run(_hold(talk, store, budget, options))
        found, exchanges = talk.result, talk.exchanges
        earlier = _earlier(vocabulary, exchanges, store)
        # Only now, and not what was read before: a person may have edited it meanwhile.
        used = [each.question for each in exchanges if each.question not in found.keys]
        _extend(options, found, said, used)
        if not (found.reason and options.on_error == "stop"):
            remarks = tuple(_remarks(found, new, options))
            for remark in remarks:
                log.warning("%s", remark)
            unification_file.write(options.output, Unification((*earlier, *exchanges), remarks))
        # After a kill before this line, the next run finds these replies.
        for key in found.keys:
            store.retire(key)
    if found.reason and options.on_error == "stop":
        raise Problem(
            f"{options.dataset}: its labels are not unified: {found.reason}; run again to ask "
            f"again, write labels into {options.vocabulary} yourself, or set labels.unify: false"
        )
    log.info(
        "%s in %s, %s of them new, %s made",
        counted(len(said), "label"),
        counted(len(facts), "episode"),
        f"{len(new):,}",
        counted(sum(not each.stored for each in exchanges), "request"),
    )


def _facts(options: Options) -> dict[int, EpisodeFacts]:
    episodes = set(parse_ranges(options.episodes))
    return {
        episode: facts
        for group in _groups(options)
        for episode, facts in episode_facts.read(options.facts / f"{group}.json").items()
        if episode in episodes
    }


def _groups(options: Options) -> list[str]:
    names = (group_name(each, options.group_size) for each in parse_ranges(options.episodes))
    return list(dict.fromkeys(names))


def _said(options: Options, facts: dict[int, EpisodeFacts], guidance: Guidance) -> Iterator[str]:
    """Give the labels of all episodes as the model said them."""
    for group in _groups(options):
        for outcome in outcome_files.read(options.outcomes / f"{group}.jsonl"):
            if outcome.episode in facts:
                limits = EpisodeLimits(options.fps, facts[outcome.episode].length, guidance)
                yield from labels_said(outcome.answer, limits)


async def _hold(
    talk: TextTalk[Unified], store: ReplyStore, budget: Budget, options: Options
) -> None:
    connection = options.connection()
    if options.api == "batch":
        await hold_in_batches(
            [talk], store, budget, options.poll_seconds, connection, options.output
        )
    else:
        what = f"the labels of {options.dataset}"
        await hold_live([talk], store, budget, 1, connection, what)


def _extend(options: Options, found: Unified, said: Counter[str], questions: Sequence[str]) -> None:
    if found.labels:
        present = vocabulary_files.read(options.vocabulary)
        extended = present.extended(found.labels, said, questions)
        vocabulary_files.write(options.vocabulary, options.dataset, extended)


def _earlier(
    vocabulary: Vocabulary, exchanges: Sequence[Exchange], store: ReplyStore
) -> Iterator[Exchange]:
    """Give the questions of earlier runs whose answers are in the vocabulary, from the store."""
    asked = {each.question for each in exchanges}
    for key in vocabulary.questions:
        try:
            reply = store.get(key) if key not in asked else None
        except DamagedReply as damaged:
            log.warning("%s", damaged)
            continue
        if reply is not None:
            yield Exchange(
                key, UNIFY, None, True, reply.model, reply.batch, reply.usage, reply.received
            )


def _remarks(found: Unified, new: dict[str, int], options: Options) -> Iterator[str]:
    """Say which words have no label, or one of their own although nobody said so."""
    if found.left:
        yield (
            f"Claude did not say what these labels mean the same as, and they stay as they are: "
            f"{_quoted(found.left)}; {options.vocabulary} can be edited"
        )
    if found.reason:
        left = [words for words in new if words not in found.labels]
        yield (
            f"labels are not unified: {found.reason}; {_quoted(left)} stay as they are until "
            f"--forcerun unify_labels asks again, or {options.vocabulary} has them"
        )


def _quoted(words: Sequence[str]) -> str:
    more = len(words) - MOST_NAMED
    named = ", ".join(map(shorten_json, words[:MOST_NAMED]))
    return named + (f" and {more:,} more" if more > 0 else "")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--dataset", required=True, help="name of the dataset, for messages")
    add("--outcomes", type=Path, required=True, help="folder of the outcomes files")
    add("--facts", type=Path, required=True, help="folder with what is known of the episodes")
    add("--group-size", type=int, required=True, help="episodes of each file in these folders")
    add("--episodes", required=True, help="selected episodes, such as 0-3,5")
    add("--fps", type=float, required=True, help="frames per second of the episodes")
    add("--guidance", type=Path, help="JSON file with the user's guidance on labels")
    add("--prompt", type=Path, required=True, help="file with the prompt")
    add("--vocabulary", type=Path, required=True, help="YAML file with the labels; extended")
    add("--on-error", choices=("stop", "skip"), default="stop", help="if there is no answer")
    session_options.add_arguments(parser)
    session_options.add_waiting(parser)
    add("--output", type=Path, required=True, help="JSON file to write: what was asked")
    return parser


if __name__ == "__main__":
    program.run(main)
