"""An episode's conversation in progress: its open questions, and what it has come to."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from subtasks.api.errors import Answered, Refused
from subtasks.episode_facts import EpisodeFacts
from subtasks.episode_ranges import episode_id
from subtasks.errors import Problem
from subtasks.files import read_json
from subtasks.frames import archive
from subtasks.frames.manifest import Image, Manifest
from subtasks.questions import conversation
from subtasks.questions.answers import Answer, EpisodeLimits
from subtasks.questions.asking import Conversation, NoAnswer
from subtasks.questions.conversation import AskSettings, EpisodeView
from subtasks.questions.outcome import Exchange, Outcome
from subtasks.questions.question import Question
from subtasks.questions.reply import Reply
from subtasks.questions.windows import Window, cut_windows, thin_images
from subtasks.store.replies import ReplyStore
from subtasks.wording import counted, one_line

log = logging.getLogger("subtasks")


@dataclass(frozen=True, slots=True)
class EpisodeFiles:
    """Files an episode is asked about with: the archive of its frames, its motion hints.

    `motion` is None where the model gets no hints.
    """

    frames: Path
    motion: Path | None = None

    @classmethod
    def in_folders(cls, episode: int, frames: Path, motion: Path | None) -> Self:
        """Name an episode's files in the folders that hold those of all episodes."""
        name = episode_id(episode)
        return cls(frames / f"{name}.zip", motion and motion / f"{name}.json")


class EpisodeTalk:
    """The conversation about one episode.

    It starts when its `questions` are first looked at, which reads the episode's images. It
    keeps them in memory until it ends or `release_images` is called.
    """

    def __init__(
        self, episode: int, facts: EpisodeFacts, files: EpisodeFiles, settings: AskSettings
    ) -> None:
        self.episode = episode
        self._facts = facts
        self._files = files
        self._settings = settings
        self._conversation: Conversation[Answer] | None = None
        self._questions: list[Question] | None = None
        self._answer: Answer | None = None
        self._reason: str | None = None
        self._exchanges: list[Exchange] = []
        self._replies: list[list[Reply]] = []
        self._at_fault: list[str] = []
        self._remarks = facts.remarks

    @property
    def questions(self) -> list[Question]:
        """The open questions; none once the conversation has ended."""
        if self._questions is None:
            self._advance()
        return self._questions or []

    def receive(self, answers: Sequence[Answered]) -> None:
        """Take the answers to all open questions, in their order.

        A refused question ends the conversation. The replies to the others count all the same:
        they were paid for.
        """
        replies = []
        for question, answer in zip(self.questions, answers, strict=True):
            if isinstance(answer, Refused):
                self._reason = str(answer)
                continue
            reply, stored = answer
            replies.append(reply)
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
            self._replies.append(replies)
            self._advance()

    def release_images(self) -> None:
        """Free the images; they are read again when `questions` is next looked at."""
        if self._conversation is not None:
            self._conversation = self._questions = None

    @property
    def outcome(self) -> Outcome:
        """What the conversation has come to."""
        return Outcome(
            self.episode, self._answer, self._reason, tuple(self._exchanges), self._remarks
        )

    def discard_replies(self, store: ReplyStore) -> None:
        """Discard the replies that made the conversation fail, so that a later run asks again."""
        for key in self._at_fault:
            store.retire(key)

    def _advance(self) -> None:
        """Pass on the latest replies, or all of them after the images were released."""
        try:
            if self._conversation is None:
                self._conversation, self._questions = self._start()
                for replies in self._replies:
                    self._questions = self._conversation.send(replies)
            else:
                self._questions = self._conversation.send(self._replies[-1])
        except StopIteration as end:
            self._answer = end.value
            self._end()
        except NoAnswer as failure:
            self._reason = str(failure)
            self._at_fault = failure.keys or [each.question for each in self._exchanges]
            self._end()
        except Problem as problem:
            # Of the episode's own files: the others have theirs.
            self._reason = str(problem)
            self._end()
        except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError) as error:
            # Nothing that a model answers about one episode may end the job of all.
            # The replies stay in the store, for a version that can read them.
            self._reason = f"its answer cannot be read ({_place(error)})"
            self._end()

    def _start(self) -> tuple[Conversation[Answer], list[Question]]:
        """Read the episode's files and return the conversation with its first questions.

        Raises `NoAnswer` if the episode cannot be asked about, and `Problem` for a damaged file.
        """
        if self._facts.fault:
            raise NoAnswer(self._facts.fault)
        try:
            manifest = archive.read_manifest(self._files.frames)
            # A start that is repeated gives the same remarks.
            self._remarks = (*self._facts.remarks, *manifest.remarks)
            talk = _start(self.episode, self._facts.task, manifest, self._files, self._settings)
            return talk, next(talk)
        except (NoAnswer, Problem, StopIteration):
            raise
        except OSError as error:
            where = error.filename or self._files.frames
            raise Problem(f"{where}: {error.strerror or error}: run again") from None
        except Exception as error:
            # Whatever a damaged archive makes of a manifest that can be read.
            raise Problem(
                f"{self._files.frames} is damaged ({_place(error)}): delete it and run again"
            ) from None

    def _end(self) -> None:
        self._questions = []
        self._conversation = None
        if self._reason:
            log.warning("episode %06d: %s", self.episode, self._reason)
        else:
            log.info(
                "episode %06d: answered, %s, %d from the store",
                self.episode,
                counted(self.outcome.asked, "request"),
                self.outcome.stored,
            )


def open_questions(talks: Iterable[EpisodeTalk]) -> Iterator[Question]:
    """Give the open questions of all conversations, with the images of one in memory at a time."""
    for talk in talks:
        yield from talk.questions
        talk.release_images()


def start_from_archive(
    episode: int, task: str, files: EpisodeFiles, settings: AskSettings
) -> Conversation[Answer]:
    """Start a conversation about an episode's archive.

    Raises `NoAnswer` for an archive without images, and `Problem` for a damaged file.
    """
    return _start(episode, task, archive.read_manifest(files.frames), files, settings)


def _start(
    episode: int, task: str, manifest: Manifest, files: EpisodeFiles, settings: AskSettings
) -> Conversation[Answer]:
    if manifest.error or not manifest.images:
        raise NoAnswer(manifest.error or f"{files.frames} holds no images")
    images = list(archive.read_images(files.frames))
    view = view_episode(manifest, images, settings, task, _motion(files.motion))
    if len(view.windows) > 1:
        log.info("episode %06d: asked about in %d windows", episode, len(view.windows))
    if len(view.images) < len(images):
        log.info("episode %06d: %d of %d images sent", episode, len(view.images), len(images))
    return start_conversation(view, manifest, settings)


def view_episode(
    manifest: Manifest,
    images: Sequence[tuple[Image, bytes]],
    settings: AskSettings,
    task: str,
    motion: Sequence[tuple[float, str]] = (),
) -> EpisodeView:
    """Choose which of an episode's images the model sees, and in which requests.

    `motion` holds the times (seconds) at which the motion changes, and how.
    """
    sizes = [len(data) for _, data in images]
    rate = manifest.sampling["rate"]
    if settings.window:
        windows = cut_windows([image for image, _ in images], sizes, settings.limits)
    else:
        images = [images[i] for i in thin_images(sizes, settings.limits)]
        rate *= len(images) / len(sizes)
        start, stop = images[0][0].times[0], images[-1][0].times[-1]
        windows = [Window(0, len(images), start, stop)]
    return EpisodeView(
        task=task,
        layout=manifest.sampling["layout"],
        rate=rate,
        images=images,
        windows=windows,
        motion=motion,
        cameras=manifest.cameras,
    )


def start_conversation(
    view: EpisodeView, manifest: Manifest, settings: AskSettings
) -> Conversation[Answer]:
    """Start a conversation about what the model sees of an episode."""
    limits = EpisodeLimits(manifest.fps, manifest.frames, settings.guidance)
    return conversation.annotation(view, settings, limits)


def _motion(path: Path | None) -> list[tuple[float, str]]:
    if path is None:
        return []
    try:
        return [(float(event["time"]), str(event["what"])) for event in read_json(path)]
    except (LookupError, TypeError, ValueError, OverflowError):
        raise Problem(f"{path} is damaged: remove it and run again") from None


def _place(error: Exception) -> str:
    """Say what an unforeseen error is and where it was raised, for whoever mends it."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    where = f", {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""
    return f"{type(error).__name__}{where}: {one_line(str(error))}"
