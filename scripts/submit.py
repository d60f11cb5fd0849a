"""Submit the first questions about a group of episodes; the program of rule submit.

Writes a receipt with the ids of the message batches that will answer them. Questions that are
already answered in the reply store or submitted are left out.
"""

import argparse
import asyncio
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from subtasks import files, program
from subtasks.api.batches import BatchApi, asker_of
from subtasks.api.options import AskOptions, add_arguments
from subtasks.api.talk import EpisodeTalk
from subtasks.cost.budget import Budget
from subtasks.episode_ranges import episode_id
from subtasks.questions.question import Question
from subtasks.store.replies import DamagedReply, ReplyStore

log = logging.getLogger("subtasks")


@dataclass(frozen=True)
class Options(AskOptions):
    """Options of the command line."""

    output: Path


def main() -> None:
    """Submit the first questions and write the receipt."""
    options = program.read_options(_parser(), Options)
    talks = options.talks()
    with options.open_store() as (store, budget):
        receipt = asyncio.run(_submit(talks, store, budget, options))
    files.write_json(options.output, receipt)
    log.info(
        "%d of %d episodes are answered or submitted, in these batches: %s",
        len(receipt["questions"]),
        len(talks),
        ", ".join(receipt["batches"]) or "none",
    )


async def _submit(
    talks: list[EpisodeTalk], store: ReplyStore, budget: Budget, options: Options
) -> dict[str, Any]:
    """Submit the questions; return the ids of the batches and the questions of each episode.

    Episodes for which the budget has no room are left out. They are asked about once others
    have cost less than was reserved for them.
    """
    keys: dict[str, list[str]] = {}

    def questions() -> Iterator[Question]:
        for talk in talks:
            keys[episode_id(talk.episode)] = [question.key for question in talk.questions]
            yield from talk.questions
            talk.release_images()

    asker = asker_of(options.output)
    async with BatchApi(store, budget, 0, options.connection(), asker) as api:
        await api.submit(questions())
        batches = api.open_batches(chain(*keys.values()))
        submitted = {key for batch in batches for key in batch.keys}
        return {
            "batches": [batch.id for batch in batches],
            "questions": {
                episode: asked
                for episode, asked in keys.items()
                if all(key in submitted or _is_stored(key, store) for key in asked)
            },
        }


def _is_stored(key: str, store: ReplyStore) -> bool:
    try:
        return store.get(key) is not None
    except DamagedReply:
        return True  # asking again would cost money that nobody decided to spend


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    add_arguments(parser)
    parser.add_argument("--output", type=Path, required=True, help="receipt to write")
    return parser


if __name__ == "__main__":
    program.run(main)
