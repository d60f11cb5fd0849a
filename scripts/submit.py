"""Submit the first questions about a batch of episodes; the program of rule submit.

Writes a receipt with the ids of the message batches that will answer them. Questions that the
reply store answers, or that are under way already, are not submitted.
"""

import argparse
import asyncio
import logging
from pathlib import Path

from subtasks import files, prices, program, talks
from subtasks.batches import Batches
from subtasks.budget import Budget
from subtasks.question import Question
from subtasks.replies import Store

log = logging.getLogger("subtasks")


def main() -> None:
    """Read the command line, submit, write the receipt."""
    options = _options()
    questions = {talk.episode: talk.questions for talk in talks.read(options)}
    with Store(options.replies) as store:
        budget = Budget(store, prices.read(options.prices), options.budget)
        ids = asyncio.run(_submit(options, store, budget, questions))
    receipt = {
        "batches": ids,
        "questions": {
            f"episode_{episode:06d}": [question.key for question in asked]
            for episode, asked in questions.items()
        },
    }
    files.write_json(options.output, receipt)
    log.info("%d batches answer the questions about %d episodes", len(ids), len(questions))


async def _submit(
    options: argparse.Namespace,
    store: Store,
    budget: Budget,
    questions: dict[int, list[Question]],
) -> list[str]:
    asked = [question for each in questions.values() for question in each]
    async with Batches(store, budget, 0, talks.connection(options)) as api:
        return await api.submit(asked)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    talks.add_arguments(parser)
    parser.add_argument("--output", type=Path, required=True, help="receipt to write")
    return parser.parse_args()


if __name__ == "__main__":
    program.run(main)
