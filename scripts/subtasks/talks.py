"""Conversations under way: one an episode, what it waits for and what it has come to."""

import argparse
import json
import logging
from collections.abc import Sequence
from pathlib import Path

from subtasks import archive, conversation, files, outcomes, prompts, windows
from subtasks.answers import Answer, Rules
from subtasks.conversation import Asking, Conversation, Failed, Shown
from subtasks.guidance import Guidance
from subtasks.outcomes import Outcome
from subtasks.question import Question
from subtasks.replies import Reply, Store
from subtasks.selection import parse_ranges

log = logging.getLogger("subtasks")


class Talk:
    """One episode's conversation.

    It starts with the first look at `questions`, which reads the episode's images, and lets
    go of them when it has come to an end.
    """

    def __init__(self, episode: int, options: argparse.Namespace, task: str) -> None:
        self.episode = episode
        self._options = options
        self._task = task
        self._talk: Conversation[Answer] | None = None
        self._questions: list[Question] | None = None
        self._keys: list[str] = []
        self._answer: Answer | None = None
        self._reason: str | None = None
        self._asked = self._stored = 0
        self._usage: dict[str, int] = {}

    @property
    def questions(self) -> list[Question]:
        """What it waits for; nothing when it is over."""
        if self._questions is None:
            self._advance(None)
        return self._questions or []

    def give(self, replies: Sequence[tuple[Reply, bool]]) -> None:
        """Answer the questions, each with whether the reply came from the store."""
        for reply, from_store in replies:
            self._asked += not from_store
            self._stored += from_store
            self._usage = outcomes.add_usage(self._usage, reply.usage)
        self._advance([reply for reply, _ in replies])

    def fail(self, reason: str) -> None:
        """End it without an answer."""
        self._reason = reason
        self._end()

    @property
    def outcome(self) -> Outcome:
        """What it has come to."""
        return Outcome(
            self.episode, self._answer, self._reason, self._asked, self._stored, self._usage
        )

    def retire(self, store: Store) -> None:
        """After a failure: let a later run ask these questions again."""
        if self._answer is None:
            for key in self._keys:
                store.retire(key)

    def _advance(self, replies: list[Reply] | None) -> None:
        try:
            if self._talk is None:
                self._talk = _conversation(self.episode, self._options, self._task)
            asked = next(self._talk) if replies is None else self._talk.send(replies)
            self._questions = asked
            self._keys += [question.key for question in asked]
        except StopIteration as end:
            self._answer = end.value
            self._end()
        except Failed as failed:
            self.fail(str(failed))

    def _end(self) -> None:
        self._questions = []
        self._talk = None
        if self._reason:
            log.warning("episode %06d: %s", self.episode, self._reason)
        else:
            log.info(
                "episode %06d: answered, %d requests, %d replies from the store, "
                "%d tokens in, %d out",
                self.episode,
                self._asked,
                self._stored,
                self._usage.get("input_tokens", 0),
                self._usage.get("output_tokens", 0),
            )


def _conversation(episode: int, options: argparse.Namespace, task: str) -> Conversation[Answer]:
    """Start an episode's conversation from its archive. Raises `Failed` for one without images."""
    path = options.frames / f"episode_{episode:06d}.zip"
    manifest = archive.read_manifest(path)
    if manifest.error:
        raise Failed(manifest.error)
    images = list(archive.read_images(path))
    sizes = [len(data) for _, data in images]
    limits = windows.limits(options.model, options.max_frames)
    if options.window:
        shown = windows.cut([image for image, _ in images], sizes, limits)
        if len(shown) > 1:
            log.info("episode %06d: asked about in %d windows", episode, len(shown))
    else:
        chosen = windows.thin(sizes, limits)
        if len(chosen) < len(images):
            log.info("episode %06d: %d of %d images sent", episode, len(chosen), len(images))
        images = [images[i] for i in chosen]
        first, last = images[0][0], images[-1][0]
        shown = [windows.Window(0, len(images), first.times[0], last.times[-1])]
    guidance = Guidance.from_json(options.guidance)
    return conversation.annotation(
        Shown(
            task=task,
            layout=manifest.sampling["layout"],
            rate=manifest.sampling["rate"],
            images=images,
            windows=shown,
            remarks=_motion(options.motion, episode),
        ),
        Asking(options.model, options.max_tokens, options.effort, options.passes),
        Rules(manifest.fps, manifest.frames, guidance),
    )


def _motion(folder: Path | None, episode: int) -> str:
    if folder is None:
        return ""
    events = files.read_json(folder / f"episode_{episode:06d}.json")
    return prompts.moved([(event["time"], event["what"]) for event in events])


def read(options: argparse.Namespace) -> list[Talk]:
    """Conversations about all episodes of the command line, none of them started."""
    tasks = {
        episode: task
        for task, ranges in json.loads(options.tasks).items()
        for episode in parse_ranges(ranges)
    }
    options.passes = {name: prompts.read(Path(path)) for name, path in options.prompt}
    return [Talk(episode, options, tasks[episode]) for episode in sorted(tasks)]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options that say which episodes are asked about, and how."""
    add = parser.add_argument
    add("--frames", type=Path, required=True, help="folder of the frames archives")
    add("--tasks", required=True, help='episodes by task, as JSON: {"pick the cup": "16-31"}')
    add(
        "--prompt",
        nargs=2,
        action="append",
        required=True,
        metavar=("PASS", "FILE"),
        help="a pass (describe, segment, relabel) and its prompt; once for each pass",
    )
    add("--guidance", default="{}", help="what the user says about the labels, as JSON")
    add("--motion", type=Path, help="folder of motion files, to tell the model about them")
    add("--model", required=True, help="name of the model")
    add("--max-tokens", type=int, default=8192, help="room for one answer")
    add("--effort", help="how hard the model thinks; not given: no thinking where allowed")
    add("--max-frames", type=int, default=600, help="most frames of one request")
    add("--window", action="store_true", help="ask about long episodes in windows")
    add("--replies", type=Path, required=True, help="folder of the reply store")
    add("--prices", type=Path, required=True, help="table of prices")
    add("--budget", type=float, help="US dollars all replies together may cost")
    add("--provider", choices=("anthropic", "bedrock", "vertex"), default="anthropic")
    add("--base-url", help="where the API is; default: as the SDK finds it")
    add("--max-retries", type=int, default=8, help="how often one request is tried again")


def connection(options: argparse.Namespace) -> dict[str, object]:
    """What `client.connect` needs of the command line."""
    return {
        "provider": options.provider,
        "base_url": options.base_url,
        "max_retries": options.max_retries,
    }
