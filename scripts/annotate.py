"""Ask Claude for the subtasks of a group of episodes; the program of rule annotate.

Writes one line of JSON for each episode: the answer, or the reason why there is none. Fails
only for what affects every episode, such as a rejected API key. With `--api batch` it waits for
the batches that were submitted and submits the questions of later passes.
"""

import argparse
import asyncio
import logging
from dataclasses import dataclass
from pathlib import Path

from subtasks import program
from subtasks.api.batches import BatchApi, asker_of
from subtasks.api.errors import Answered, Refused, Unavailable
from subtasks.api.live import LiveApi, gather_all
from subtasks.api.options import AskOptions, add_arguments
from subtasks.api.session_options import add_waiting
from subtasks.api.talk import EpisodeTalk, open_questions
from subtasks.cost.budget import Budget
from subtasks.questions.question import Question
from subtasks.store import outcome_files
from subtasks.store.replies import ReplyStore
from subtasks.wording import counted

MAX_NAMED = 3
"""Episodes that a sentence names."""

ANSWERED_PER_FAILURE = 8
"""Answered episodes of a job for each that may go without, where nothing else shows that the API
answers."""

log = logging.getLogger("subtasks")


@dataclass(frozen=True)
class Options(AskOptions):
    """Options of the command line."""

    api: str
    requests_in_flight: int
    poll_seconds: float
    output: Path


def main() -> None:
    """Ask about all episodes and write the outcomes."""
    options = program.read_options(_parser(), Options)
    talks = options.talks()
    with options.open_store() as (store, budget):
        ask = _in_batches if options.api == "batch" else _live
        asyncio.run(ask(talks, store, budget, options))
        outcomes = [talk.outcome for talk in talks]
        outcome_files.write(options.output, outcomes)
        # Only now: after a kill before this line, the next run still finds these replies.
        for talk in talks:
            talk.discard_replies(store)
    log.info(
        "%d of %d episodes answered, %s made, %d from the store",
        sum(outcome.answer is not None for outcome in outcomes),
        len(outcomes),
        counted(sum(outcome.asked for outcome in outcomes), "request"),
        sum(outcome.stored for outcome in outcomes),
    )


async def _live(
    talks: list[EpisodeTalk], store: ReplyStore, budget: Budget, options: Options
) -> None:
    """Hold all conversations concurrently, question by question."""
    # Bounds the images in memory; LiveApi bounds the open requests.
    at_once = asyncio.Semaphore(options.requests_in_flight)
    unanswered: dict[int, Unavailable] = {}
    async with LiveApi(store, budget, options.requests_in_flight, options.connection()) as api:

        async def answer(talk: EpisodeTalk, question: Question) -> Answered:
            try:
                return await api.answer(question)
            except Refused as refused:
                return refused
            except Unavailable as error:
                unanswered.setdefault(talk.episode, error)
                return Refused(str(error))

        async def hold(talk: EpisodeTalk) -> None:
            async with at_once:
                while questions := talk.questions:
                    talk.receive(await gather_all([answer(talk, each) for each in questions]))

        await gather_all([hold(talk) for talk in talks])
        _check_unanswered(
            {
                episode: error
                for episode, error in unanswered.items()
                if not api.answered_others(error)
            },
            sum(talk.outcome.answer is not None for talk in talks),
        )


def _check_unanswered(unanswered: dict[int, Unavailable], answered: int) -> None:
    """Raise `Problem` if the API seems to answer nobody, and not these few episodes alone.

    A later run then asks about all of them again. `answered` counts the job's answered episodes.
    """
    if len(unanswered) <= max(bool(answered), answered // ANSWERED_PER_FAILURE):
        return
    episodes = sorted(unanswered)
    names = ", ".join(f"{each:06d}" for each in episodes[:MAX_NAMED])
    if (others := len(episodes) - MAX_NAMED) > 0:
        names += f" and {counted(others, 'other')}"
    noun = "episode" if len(episodes) == 1 else "episodes"
    raise unanswered[episodes[0]].of_all(f"{noun} {names}")


async def _in_batches(
    talks: list[EpisodeTalk], store: ReplyStore, budget: Budget, options: Options
) -> None:
    """Hold all conversations in rounds: their open questions go into the same batches."""
    asker = asker_of(options.output)
    connection = options.connection()
    async with BatchApi(store, budget, options.poll_seconds, connection, asker) as api:
        while answers := await api.answers(lambda: open_questions(talks)):
            for talk in talks:
                if questions := talk.questions:
                    talk.receive([answers[question.key] for question in questions])
                talk.release_images()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    add_arguments(parser)
    add_waiting(parser)
    add = parser.add_argument
    add("--requests-in-flight", type=int, default=16, help="maximum of open requests (live)")
    add("--output", type=Path, required=True, help="outcomes file to write")
    return parser


if __name__ == "__main__":
    program.run(main)
