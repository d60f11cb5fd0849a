"""Ask Claude for the subtasks of a batch of episodes; the program of rule annotate.

Writes a line of JSON an episode: the answer, or the reason why there is none. Fails only for
what concerns every episode, such as a key that is not accepted.
"""

import argparse
import asyncio
import json
import logging
from pathlib import Path

from subtasks import archive, outcomes, program, prompts, segments
from subtasks.conversation import Conversation, Failed, segmentation
from subtasks.live import Live, settled
from subtasks.outcomes import Outcome
from subtasks.question import Question
from subtasks.replies import Store
from subtasks.selection import parse_ranges

log = logging.getLogger("subtasks")


def main() -> None:
    """Read the command line, ask, write the outcomes."""
    options = _options()
    tasks = {
        episode: task
        for task, ranges in json.loads(options.tasks).items()
        for episode in parse_ranges(ranges)
    }
    with Store(options.replies) as store:
        annotated = asyncio.run(annotate(tasks, options, store))
        outcomes.write(options.output, [outcome for outcome, _ in annotated])
        # Only now: killed before this line, the next run still knows these answers.
        for outcome, keys in annotated:
            if outcome.answer is None:
                for key in keys:
                    store.retire(key)
    _tell([outcome for outcome, _ in annotated])


async def annotate(
    tasks: dict[int, str], options: argparse.Namespace, store: Store
) -> list[tuple[Outcome, list[str]]]:
    """Ask about all episodes at once; the outcome of each, with the keys of its questions."""
    template = prompts.read(options.prompt)
    # Bounds the images in memory; requests are counted where they are sent.
    at_once = asyncio.Semaphore(options.requests_in_flight)
    async with Live(store, options.requests_in_flight, options.max_retries) as live:

        async def one(episode: int, task: str) -> tuple[Outcome, list[str]]:
            async with at_once:
                frames = options.frames / f"episode_{episode:06d}.zip"
                return await ask_about(episode, frames, task, template, options, live)

        return await settled([one(*item) for item in sorted(tasks.items())])


async def ask_about(
    episode: int,
    frames: Path,
    task: str,
    template: str,
    options: argparse.Namespace,
    live: Live,
) -> tuple[Outcome, list[str]]:
    """Hold one episode's conversation to its end."""
    keys: list[str] = []
    asked = stored = 0
    usage: dict[str, int] = {}
    answer = reason = None
    manifest = archive.read_manifest(frames)
    if manifest.error:
        reason = manifest.error
    else:
        conversation = _conversation(frames, manifest, task, template, options)
        try:
            questions = next(conversation)
            while True:
                keys += [question.key for question in questions]
                answered = await settled([live.answer(question) for question in questions])
                for reply, from_store in answered:
                    asked, stored = asked + (not from_store), stored + from_store
                    usage = outcomes.add_usage(usage, reply.usage)
                questions = conversation.send([reply for reply, _ in answered])
        except StopIteration as end:
            answer = end.value
        except Failed as failed:
            reason = str(failed)
    outcome = Outcome(episode, answer, reason, asked, stored, usage)
    _tell_one(outcome)
    return outcome, keys


def _conversation(
    frames: Path,
    manifest: archive.Manifest,
    task: str,
    template: str,
    options: argparse.Namespace,
) -> Conversation:
    layout, rate = manifest.sampling["layout"], manifest.sampling["rate"]
    question = Question(
        model=options.model,
        max_tokens=options.max_tokens,
        effort=options.effort,
        schema=prompts.SUBTASKS_SCHEMA,
        content=(
            prompts.fill(template, task=task, rate=rate, duration=manifest.duration),
            *prompts.captioned(layout, archive.read_images(frames)),
        ),
    )
    return segmentation(question, manifest.fps, manifest.frames)


def _tell_one(outcome: Outcome) -> None:
    if outcome.answer is None:
        log.warning("episode %06d: %s", outcome.episode, outcome.reason)
        return
    log.info(
        "episode %06d: %d entries (%s), %d tokens in, %d out",
        outcome.episode,
        len(segments.parse(outcome.answer).entries),
        "from the store" if not outcome.asked else f"{outcome.asked} requests",
        outcome.usage.get("input_tokens", 0),
        outcome.usage.get("output_tokens", 0),
    )


def _tell(annotated: list[Outcome]) -> None:
    log.info(
        "%d of %d episodes answered, %d requests made, %d replies from the store",
        sum(outcome.answer is not None for outcome in annotated),
        len(annotated),
        sum(outcome.asked for outcome in annotated),
        sum(outcome.stored for outcome in annotated),
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--frames", type=Path, required=True, help="folder of the frames archives")
    add("--tasks", required=True, help='episodes by task, as JSON: {"pick the cup": "16-31"}')
    add("--prompt", type=Path, required=True, help="file with the whole prompt")
    add("--model", required=True, help="name of the model")
    add("--max-tokens", type=int, default=8192, help="room for one answer")
    add("--effort", help="how hard the model thinks; not given: no thinking where allowed")
    add("--requests-in-flight", type=int, default=16, help="requests open at once")
    add("--max-retries", type=int, default=8, help="how often one request is tried again")
    add("--replies", type=Path, required=True, help="folder of the reply store")
    add("--output", type=Path, required=True, help="outcomes file to write")
    return parser.parse_args()


if __name__ == "__main__":
    program.run(main)
