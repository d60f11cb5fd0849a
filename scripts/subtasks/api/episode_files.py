"""The files with which an episode's subtasks are asked about, and how the conversation starts."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from subtasks.episode_ranges import episode_id
from subtasks.errors import Problem
from subtasks.files import read_json
from subtasks.frames import archive
from subtasks.frames.manifest import Image, Manifest
from subtasks.questions import conversation
from subtasks.questions.answers import Answer, EpisodeLimits
from subtasks.questions.asking import Conversation, NoAnswer
from subtasks.questions.conversation import AskSettings, EpisodeView
from subtasks.questions.windows import Window, cut_windows, thin_images

log = logging.getLogger("subtasks")


@dataclass(frozen=True, slots=True)
class EpisodeFiles:
    """Files an episode is asked about with: the archive of its frames, its motion hints.

    `motion` is None where the model gets no hints.
    """

    archive: Path
    motion: Path | None = None

    @classmethod
    def in_folders(cls, episode: int, frames: Path, motion: Path | None) -> Self:
        """Name an episode's files in the folders that hold those of all episodes."""
        name = episode_id(episode)
        return cls(frames / f"{name}.zip", motion and motion / f"{name}.json")

    def start(
        self, episode: int, task: str, settings: AskSettings
    ) -> tuple[Conversation[Answer], tuple[str, ...]]:
        """Start a conversation about the episode's frames; also returns remarks about them.

        Raises `NoAnswer` for an archive without images, and `Problem` for a damaged file.
        """
        manifest = archive.read_manifest(self.archive)
        if manifest.error or not manifest.images:
            raise NoAnswer(manifest.error or f"{self.archive} holds no images")
        images = list(archive.read_images(self.archive))
        view = view_episode(manifest, images, settings, task, _motion(self.motion))
        if len(view.windows) > 1:
            log.info("episode %06d: asked about in %d windows", episode, len(view.windows))
        if len(view.images) < len(images):
            log.info("episode %06d: %d of %d images sent", episode, len(view.images), len(images))
        return start_conversation(view, manifest, settings), manifest.remarks


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
