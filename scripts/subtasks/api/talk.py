"""Conversations under way: one an episode, what it waits for and what it has come to."""

import argparse
import logging
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from subtasks import files
from subtasks.api.errors import Answered, Refused
from subtasks.api.options import read_files
from subtasks.episode_ranges import parse_ranges
from subtasks.frames import archive
from subtasks.frames.manifest import Image, Manifest
from subtasks.questions import conversation
from subtasks.questions.answers import Answer, EpisodeLimits
from subtasks.questions.conversation import AskSettings, Conversation, EpisodeView, NoAnswer
from subtasks.questions.guidance import Guidance
from subtasks.questions.outcome import Exchange, Outcome
from subtasks.questions.question import Question
from subtasks.questions.reply import Reply
from subtasks.questions.windows import Window, cut_windows, thin_images
from subtasks.store.replies import ReplyStore
from subtasks.wording import counted

log = logging.getLogger("subtasks")


class EpisodeTalk:
    """One episode's conversation.

    It starts with the first look at `questions`, which reads the episode's images, and lets
    go of them when it has come to an end, or for a while when it is told to rest.
    """

    def __init__(self, episode: int, options: argparse.Namespace, task: str) -> None:
        self.episode = episode
        self._options = options
        self._task = task
        self._talk: Conversation[Answer] | None = None
        self._questions: list[Question] | None = None
        self._answer: Answer | None = None
        self._reason: str | None = None
        self._exchanges: list[Exchange] = []
        self._replies: list[list[Reply]] = []
        self._faulty: list[str] = []

    @property
    def questions(self) -> list[Question]:
        """What it waits for; nothing when it is over."""
        if self._questions is None:
            self._advance()
        return self._questions or []

    def give(self, replies: Sequence[Answered]) -> None:
        """Answer the questions, each with whether the reply came from the store.

        A question that was refused ends the conversation; the other replies were paid for.
        """
        given = []
        for question, each in zip(self.questions, replies, strict=True):
            if isinstance(each, Refused):
                self._reason = str(each)
                continue
            reply, stored = each
            given.append(reply)
            self._exchanges.append(
                Exchange(
                    question.key,
                    question.purpose,
                    question.effort,
                    stored,
                    reply.model,
                    reply.batch,
                    reply.usage,
                    reply.received,
                )
            )
        if self._reason:
            self._end()
        else:
            self._replies.append(given)
            self._advance()

    def rest(self) -> None:
        """Let go of the images: the next look at `questions` reads them again."""
        if self._talk is not None:
            self._talk = self._questions = None

    @property
    def outcome(self) -> Outcome:
        """What it has come to."""
        return Outcome(self.episode, self._answer, self._reason, tuple(self._exchanges))

    def retire(self, store: ReplyStore) -> None:
        """After a failure: let a later run ask the questions again that it lies at."""
        for key in self._faulty:
            store.retire(key)

    def _advance(self) -> None:
        """Go on after the latest replies, or after all of them where it had rested."""
        try:
            if self._talk is None:
                self._talk = start_from_archive(self.episode, self._options, self._task)
                self._questions = next(self._talk)
                for replies in self._replies:
                    self._questions = self._talk.send(replies)
            else:
                self._questions = self._talk.send(self._replies[-1])
        except StopIteration as end:
            self._answer = end.value
            self._end()
        except NoAnswer as failed:
            self._reason = str(failed)
            self._faulty = failed.keys or [each.question for each in self._exchanges]
            self._end()

    def _end(self) -> None:
        self._questions = []
        self._talk = None
        if self._reason:
            log.warning("episode %06d: %s", self.episode, self._reason)
        else:
            log.info(
                "episode %06d: answered, %s, %d from the store",
                self.episode,
                counted(self.outcome.asked, "request"),
                self.outcome.stored,
            )


def start_from_archive(
    episode: int, options: argparse.Namespace, task: str
) -> Conversation[Answer]:
    """Start an episode's conversation from its archive. Raises `Failed` for one without images."""
    path = options.frames / f"episode_{episode:06d}.zip"
    manifest = archive.read_manifest(path)
    if manifest.error or not manifest.images:
        raise NoAnswer(manifest.error or f"{path} holds no images")
    images = list(archive.read_images(path))
    shown = view_episode(manifest, images, options, task, _motion(options.motion, episode))
    if len(shown.windows) > 1:
        log.info("episode %06d: asked about in %d windows", episode, len(shown.windows))
    if len(shown.images) < len(images):
        log.info("episode %06d: %d of %d images sent", episode, len(shown.images), len(images))
    return start_conversation(shown, manifest, options)


def view_episode(
    manifest: Manifest,
    images: Sequence[tuple[Image, bytes]],
    options: argparse.Namespace,
    task: str,
    motion: Sequence[tuple[float, str]] = (),
) -> EpisodeView:
    """What of an episode's images the model gets to see, and in which requests."""
    sizes = [len(data) for _, data in images]
    rate = manifest.sampling["rate"]
    if options.window:
        parts = cut_windows([image for image, _ in images], sizes, options.limits)
    else:
        images = [images[i] for i in thin_images(sizes, options.limits)]
        rate *= len(images) / len(sizes)
        start_conversation, stop = images[0][0].times[0], images[-1][0].times[-1]
        parts = [Window(0, len(images), start_conversation, stop)]
    return EpisodeView(
        task=task,
        layout=manifest.sampling["layout"],
        rate=rate,
        images=images,
        windows=parts,
        motion=motion,
    )


def start_conversation(
    shown: EpisodeView, manifest: Manifest, options: argparse.Namespace
) -> Conversation[Answer]:
    """Start a conversation about what is shown of an episode."""
    return conversation.annotation(
        shown,
        AskSettings(
            options.model, options.max_tokens, options.effort, options.passes, options.limits
        ),
        EpisodeLimits(manifest.fps, manifest.frames, Guidance.from_json(options.guidance)),
    )


def _motion(folder: Path | None, episode: int) -> list[tuple[float, str]]:
    if folder is None:
        return []
    events = files.read_json(folder / f"episode_{episode:06d}.json")
    return [(event["time"], event["what"]) for event in events]


def read_talks(options: argparse.Namespace) -> list[EpisodeTalk]:
    """Conversations about all episodes of the command line, none of them started."""
    tasks = {
        episode: task
        for task, ranges in files.read_json(options.tasks).items()
        for episode in parse_ranges(ranges)
    }
    read_files(options)
    return [EpisodeTalk(episode, options, tasks[episode]) for episode in sorted(tasks)]


def open_questions(under_way: Iterable[EpisodeTalk]) -> Iterator[Question]:
    """What conversations wait for, with the images of one of them at a time."""
    for talk in under_way:
        yield from talk.questions
        talk.rest()
