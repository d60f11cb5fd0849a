"""A factor that corrects estimated tokens, from what the API counts in a few questions.

Counting is free of charge. Episodes that have not been sampled are sampled for it into a
temporary folder.
"""

import contextlib
import tempfile
from collections.abc import Sequence
from pathlib import Path

from subtasks.api.talk import EpisodeFiles, start_from_archive
from subtasks.api.token_count import count
from subtasks.cost import tokens
from subtasks.dataset.episode import Episode
from subtasks.errors import Problem
from subtasks.estimate.remaining import RemainingWork
from subtasks.frames.footage import Camera
from subtasks.frames.sampler import sample_from
from subtasks.frames.stretch import VideoPosition
from subtasks.frames.video_footage import VideoSource
from subtasks.questions.asking import NoAnswer
from subtasks.questions.question import Question

EPISODES = 5


def correction(works: Sequence[RemainingWork]) -> tuple[float, str]:
    """Have the API count some episodes; the factor it finds, and a sentence about it."""
    left = [
        (work, episode)
        for work in works
        for episode in work.episodes
        if work.is_sampled(episode) or (episode.video and _video(work, episode).exists())
    ]
    if not left:
        return 1.0, "No tokens were counted: no episode that remains to be asked about has a video."
    step = max(1, len(left) / EPISODES)
    chosen = [left[int(i * step)] for i in range(min(EPISODES, len(left)))]
    questions: list[Question] = []
    sampled = 0
    with tempfile.TemporaryDirectory() as folder:
        for work, episode in chosen:
            frames = work.files(episode).frames
            if not work.is_sampled(episode):
                frames = Path(folder, work.dataset.name, f"{episode.id}.zip")
                _sample(work, episode, frames)
                sampled += 1
            # Without hints, which may be as unknown as the frames.
            files = EpisodeFiles(frames)
            with contextlib.suppress(NoAnswer):  # its video has no frames to show
                questions += next(
                    start_from_archive(episode.index, work.task(episode), files, work.settings)
                )
    if not questions:
        return 1.0, "No tokens were counted: the videos that were chosen cannot be read."
    first = works[0]
    by_formula = sum(tokens.of_question(question, first.capacity) for question in questions)
    factor = count(questions, first.connection) / by_formula
    return factor, (
        f"Input tokens are multiplied by {factor:.2f}: so many more than the published formulas "
        f"say were counted by the API in the first questions about {len(chosen)} episodes "
        f"({sampled} of them sampled for this, and not kept)."
    )


def _video(work: RemainingWork, episode: Episode) -> Path:
    return work.dataset.root / (episode.video or "")


def _sample(work: RemainingWork, episode: Episode, output: Path) -> None:
    """Sample an episode's frames as rule sample_frames would."""
    position = VideoPosition(
        name=episode.video or "",
        start=episode.start,
        stop=episode.stop,
        frames=episode.length,
        episode_fps=work.dataset.fps,
        is_alone=work.dataset.one_episode_a_file,
        missing_seconds=work.missing_seconds,
    )
    camera = Camera(work.dataset.camera or "", VideoSource(_video(work, episode), position))
    try:
        sample_from([camera], work.sampling, output)
    except OSError as error:
        raise Problem(
            f"{work.dataset.name} {episode.id} cannot be sampled: {error.strerror or error}"
        ) from None
