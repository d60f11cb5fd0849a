"""How many tokens the API counts in questions; it counts for nothing.

A few episodes are enough to correct what the published formulas say. Those of them that have
not been sampled are sampled into a temporary folder.
"""

import contextlib
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from subtasks.api.talk import EpisodeFiles, start_from_archive
from subtasks.api.token_count import count
from subtasks.cost import tokens
from subtasks.dataset.dataset import Dataset, Episode
from subtasks.errors import Problem
from subtasks.estimate.remaining import RemainingWork
from subtasks.questions.conversation import NoAnswer
from subtasks.questions.question import Question
from subtasks.workflow import rule_params
from subtasks.workflow.config import Config

EPISODES = 5
SAMPLING = Path(__file__).resolve().parents[1] / "sample_frames.py"


def correction(each: Sequence[RemainingWork], config: Config) -> tuple[float, str]:
    """Have the API count some episodes; the factor it finds, and what to say about it."""
    left = [
        (one, episode)
        for one in each
        for episode in one.episodes
        if one.is_sampled(episode) or (one.dataset.root / episode.video).exists()
    ]
    if not left:
        return (
            1.0,
            "Nothing was counted: there is no video of an episode that is to be asked about.",
        )
    step = max(1, len(left) / EPISODES)
    chosen = [left[int(i * step)] for i in range(min(EPISODES, len(left)))]
    questions: list[Question] = []
    sampled = 0
    with tempfile.TemporaryDirectory() as folder:
        for one, episode in chosen:
            # Hints are left out: they may be as little known as the frames.
            files = EpisodeFiles(one.files(episode).frames)
            if not one.is_sampled(episode):
                frames = Path(folder) / one.dataset.name
                _sample(one.dataset, episode, config, frames)
                files = EpisodeFiles.in_folders(episode.index, frames, None)
                sampled += 1
            with contextlib.suppress(NoAnswer):  # its video has no frames to show
                questions += next(
                    start_from_archive(episode.index, episode.task, files, one.settings)
                )
    if not questions:
        return 1.0, "Nothing was counted: the videos that were chosen cannot be read."
    by_formula = sum(tokens.of_question(question, each[0].capacity) for question in questions)
    factor = count(questions, each[0].connection) / by_formula
    return factor, (
        f"The API counts {factor:.2f} times the tokens of the published formulas in the first "
        f"questions about {len(chosen)} episodes ({sampled} of them sampled for this, and not "
        "kept): tokens in are corrected by that."
    )


def _sample(dataset: Dataset, episode: Episode, config: Config, folder: Path) -> None:
    """Sample an episode's frames as rule sample_frames would."""
    command = [
        sys.executable,
        str(SAMPLING),
        f"--video={dataset.root / episode.video}",
        *shlex.split(rule_params.video_position(dataset, episode)),
        *shlex.split(rule_params.sampling(config)),
        f"--output={folder / episode.id}.zip",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Problem(
            f"{dataset.name} {episode.id} cannot be sampled: {done.stderr.strip()[-300:]}"
        )
