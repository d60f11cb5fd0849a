"""The files with which an episode's borders are asked about, and how the conversation starts."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from subtasks.episode_ranges import episode_id
from subtasks.errors import Problem
from subtasks.frames import archive
from subtasks.questions.answers import Answer, EpisodeLimits, episode_subtasks
from subtasks.questions.asking import Conversation, NoAnswer, clause
from subtasks.questions.conversation import AskSettings
from subtasks.questions.outcome import Outcome
from subtasks.questions.refinement import Refinement
from subtasks.questions.second_look import BordersView, second_look
from subtasks.segments.borders import between
from subtasks.segments.segment import Unusable


@dataclass(frozen=True, slots=True)
class BorderFiles:
    """The archive with the frames around an episode's borders, and the outcome they come from."""

    archive: Path
    outcome: Outcome

    @classmethod
    def in_folder(cls, folder: Path, outcome: Outcome) -> Self:
        """Name an episode's archive in the folder that holds those of all episodes."""
        return cls(folder / f"{episode_id(outcome.episode)}.zip", outcome)

    def start(
        self, episode: int, task: str, settings: AskSettings
    ) -> tuple[Conversation[Refinement], tuple[str, ...]]:
        """Start a conversation about the episode's borders; also returns remarks about the frames.

        Raises `NoAnswer` for an episode without subtasks or images, and `Problem` for an archive
        that is damaged or shows other borders.
        """
        if not isinstance(self.outcome.answer, Answer):
            raise NoAnswer(self.outcome.reason or "it has no subtasks")
        manifest = archive.read_manifest(self.archive)
        if manifest.error:
            raise NoAnswer(manifest.error)
        limits = EpisodeLimits(manifest.fps, manifest.frames, settings.guidance)
        try:
            found, _ = episode_subtasks(self.outcome.answer, limits)
        except Unusable as unusable:
            raise NoAnswer(clause(unusable)) from None
        borders = between(found, limits.duration)
        if manifest.borders != tuple(border.time for border in borders):
            raise Problem(
                f"{self.archive} shows other borders than those of the answer: delete it and run "
                "again"
            )
        view = BordersView(
            task=task,
            rate=manifest.sampling["rate"],
            found=found,
            borders=borders,
            images=list(archive.read_images(self.archive)),
            cameras=manifest.cameras,
        )
        return second_look(view, settings, limits), manifest.remarks
