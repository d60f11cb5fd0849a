"""Submit the first questions about a batch of episodes; the program of rule submit.

Writes a receipt with the ids of the message batches that will answer them. Questions that the
reply store answers, or that are under way already, are not submitted.
"""

import argparse
import asyncio
import logging
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from subtasks import files, program
from subtasks.api.batches import BatchApi
from subtasks.api.options import add_arguments, connection
from subtasks.api.talk import EpisodeTalk, read_talks
from subtasks.cost import prices
from subtasks.cost.budget import Budget
from subtasks.questions.question import Question
from subtasks.store.replies import ReplyStore

log = logging.getLogger("subtasks")


def main() -> None:
    """Read the command line, submit, write the receipt."""
    options = _options()
    under_way = read_talks(options)
    with ReplyStore(options.replies) as store:
        budget = Budget(store, prices.read(options.prices), options.budget)
        receipt = asyncio.run(_submit(under_way, store, budget, options))
    files.write_json(options.output, receipt)
    log.info(
        "%d of %d episodes are answered or under way, in these batches: %s",
        len(receipt["questions"]),
        len(under_way),
        ", ".join(receipt["batches"]) or "none",
    )


async def _submit(
    under_way: list[EpisodeTalk], store: ReplyStore, budget: Budget, options: argparse.Namespace
) -> dict[str, Any]:
    """Submit the questions; the ids of the batches, and the questions about each episode.

    Left out are episodes that found no room in the budget: they are asked about when others
    have turned out cheaper.
    """
    keys: dict[str, list[str]] = {}

    def questions() -> Iterator[Question]:
        for talk in under_way:
            keys[f"episode_{talk.episode:06d}"] = [question.key for question in talk.questions]
            yield from talk.questions
            talk.rest()

    async with BatchApi(store, budget, 0, connection(options)) as api:
        await api.submit(questions())
        batches = api.under_way(chain(*keys.values()))
        submitted = {key for batch in batches for key in batch.keys}
        return {
            "batches": [batch.id for batch in batches],
            "questions": {
                episode: asked
                for episode, asked in keys.items()
                if all(key in submitted or store.get(key) for key in asked)
            },
        }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add_arguments(parser)
    parser.add_argument("--output", type=Path, required=True, help="receipt to write")
    return parser.parse_args()


if __name__ == "__main__":
    program.run(main)
