"""Ask Claude for the subtasks of a batch of episodes; the program of rule annotate.

Writes a line of JSON an episode: the answer, or the reason why there is none. Fails only for
what concerns every episode, such as a key that is not accepted. With `--api batch` it waits
for what was submitted, and submits what later passes ask.
"""

import argparse
import asyncio
import logging
from pathlib import Path

from subtasks import program
from subtasks.api import options as api_options
from subtasks.api.batches import BatchApi
from subtasks.api.errors import Answered, Refused
from subtasks.api.live import LiveApi, gather_all
from subtasks.api.options import add_arguments
from subtasks.api.talk import EpisodeTalk, open_questions, read_talks
from subtasks.cost import prices
from subtasks.cost.budget import Budget
from subtasks.questions.question import Question
from subtasks.store import outcome_files
from subtasks.store.replies import ReplyStore
from subtasks.wording import counted

log = logging.getLogger("subtasks")


def main() -> None:
    """Read the command line, ask, write the outcomes."""
    options = _options()
    under_way = read_talks(options)
    with ReplyStore(options.replies) as store:
        budget = Budget(store, prices.read(options.prices), options.budget)
        ask = in_batches if options.api == "batch" else live
        asyncio.run(ask(under_way, store, budget, options))
        annotated = [talk.outcome for talk in under_way]
        outcome_files.write(options.output, annotated)
        # Only now: killed before this line, the next run still knows these answers.
        for talk in under_way:
            talk.retire(store)
    log.info(
        "%d of %d episodes answered, %s made, %d from the store",
        sum(outcome.answer is not None for outcome in annotated),
        len(annotated),
        counted(sum(outcome.asked for outcome in annotated), "request"),
        sum(outcome.stored for outcome in annotated),
    )


async def live(
    under_way: list[EpisodeTalk], store: ReplyStore, budget: Budget, options: argparse.Namespace
) -> None:
    """Hold all conversations side by side, question by question."""
    # Bounds the images in memory; requests are counted where they are sent.
    at_once = asyncio.Semaphore(options.requests_in_flight)
    connection = api_options.connection(options)
    async with LiveApi(store, budget, options.requests_in_flight, connection) as api:

        async def answer(question: Question) -> Answered:
            try:
                return await api.answer(question)
            except Refused as refused:
                return refused

        async def hold(talk: EpisodeTalk) -> None:
            async with at_once:
                while questions := talk.questions:
                    talk.give(await gather_all([answer(question) for question in questions]))

        await gather_all([hold(talk) for talk in under_way])


async def in_batches(
    under_way: list[EpisodeTalk], store: ReplyStore, budget: Budget, options: argparse.Namespace
) -> None:
    """Hold all conversations in rounds: what all of them ask goes into the same batches."""
    async with BatchApi(
        store, budget, options.poll_seconds, api_options.connection(options)
    ) as api:
        while answers := await api.answers(lambda: open_questions(under_way)):
            for talk in under_way:
                if questions := talk.questions:
                    talk.give([answers[question.key] for question in questions])
                talk.rest()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add_arguments(parser)
    add = parser.add_argument
    add("--api", choices=("live", "batch"), default="live", help="batch: half the price, later")
    add("--requests-in-flight", type=int, default=16, help="requests open at once, live")
    add("--poll-seconds", type=float, default=60, help="between two looks at a batch")
    add("--output", type=Path, required=True, help="outcomes file to write")
    return parser.parse_args()


if __name__ == "__main__":
    program.run(main)
