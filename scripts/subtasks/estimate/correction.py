"""A factor that corrects estimated tokens, from what the API counts in a few questions.

Counting is free of charge. Episodes that have not been sampled are sampled for it into a
temporary folder.
"""

import contextlib
import tempfile
from collections.abc import Sequence
from pathlib import Path

from subtasks.api.episode_files import EpisodeFiles
from subtasks.api.token_count import count
from subtasks.cost import tokens
from subtasks.dataset.episode import Clip, Episode
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
        if work.is_sampled(episode) or _has_videos(work, episode)
    ]
    if not left:
        return 1.0, "No tokens were counted: no episode that remains to be asked about has a video."
    step = max(1, len(left) / EPISODES)
    chosen = [left[int(i * step)] for i in range(min(EPISODES, len(left)))]
    questions: list[Question] = []
    sampled = 0
    with tempfile.TemporaryDirectory() as folder:
        for work, episode in chosen:
            frames = work.files(episode).archive
            if not work.is_sampled(episode):
                frames = Path(folder, work.dataset.name, f"{episode.id}.zip")
                _sample(work, episode, frames)
                sampled += 1
            # Without hints, which may be as unknown as the frames.
            files = EpisodeFiles(frames)
            with contextlib.suppress(NoAnswer):  # its video has no frames to show
                talk, _ = files.start(episode.index, work.task(episode), work.settings)
                questions += next(talk)
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


def _has_videos(work: RemainingWork, episode: Episode) -> bool:
    """Whether all that is sampled of an episode is in videos that are here."""
    here = (clip.is_video and (work.dataset.root / clip.file).exists() for clip in episode.clips)
    return all(here)


def _sample(work: RemainingWork, episode: Episode, output: Path) -> None:
    """Sample an episode's frames as rule sample_frames would."""
    cameras = [_camera(work, episode, clip) for clip in episode.clips]
    try:
        sample_from(cameras, work.sampling, output)
    except OSError as error:
        raise Problem(
            f"{work.dataset.name} {episode.id} cannot be sampled: {error.strerror or error}"
        ) from None


def _camera(work: RemainingWork, episode: Episode, clip: Clip) -> Camera:
    assert clip.start is not None
    assert clip.stop is not None
    position = VideoPosition(
        name=clip.file,
        start=clip.start,
        stop=clip.stop,
        frames=episode.length,
        episode_fps=work.dataset.fps,
        is_alone=work.dataset.one_episode_a_file,
        missing_seconds=work.missing_seconds,
    )
    return Camera(clip.camera, VideoSource(work.dataset.root / clip.file, position))
