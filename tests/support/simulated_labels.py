"""Labellings of episodes that never were: true ones, and found ones of varying quality."""

from pathlib import Path

import numpy as np

from subtasks import episode_facts, files
from subtasks.episode_facts import EpisodeFacts
from subtasks.evaluation import episode_scores, truth_file
from subtasks.evaluation.episode_scores import EpisodeScores
from subtasks.evaluation.labelled import found_stretches, true_stretches
from subtasks.evaluation.truth_file import TrueSegment, Truth
from subtasks.segments import subtask_files
from subtasks.segments.segment import Segment

FPS = 30.0
STEPS = tuple(
    f"{verb} {thing}"
    for verb in ("reach for", "grasp", "lift", "place", "release")
    for thing in ("the cup", "the bottle", "a cloth")
)


def population(
    seed: int, episodes: int, shift: float = 0.0, mean_quality: float = 0.7
) -> list[EpisodeScores]:
    """Score that many episodes, whose truth depends on `seed` alone.

    Each has a quality of its own. `shift` is added to it, for another annotator of the same
    episodes.
    """
    return [_episode(seed, number, shift, mean_quality) for number in range(episodes)]


def labelling(
    seed: int,
    number: int,
    shift: float,
    mean_quality: float = 0.7,
    many: tuple[int, int] = (4, 16),
) -> tuple[list[Segment], list[TrueSegment], int]:
    """Return an episode's found segments, true ones and its length in frames.

    There are `many[0]` true segments or more, but fewer than `many[1]`.
    """
    rng = np.random.default_rng((seed, number))
    steps = int(rng.integers(*many))
    lengths = np.maximum(0.3, rng.gamma(2.0, 0.9, steps))
    ends = np.cumsum(lengths).round(6)
    labels = [str(each) for each in rng.choice(STEPS, steps, replace=True)]
    starts = [0.0, *ends[:-1].tolist()]
    truth = [TrueSegment(*each) for each in zip(starts, ends.tolist(), labels, strict=True)]
    quality = float(rng.beta(8 * mean_quality, 8 * (1 - mean_quality)))
    # A generator of its own, so that another annotator sees the same episodes.
    rng = np.random.default_rng((seed, number, round(1000 * shift)))
    quality = min(max(quality + shift + 0.05 * float(rng.normal()), 0.02), 0.98)
    found: dict[float, str] = {}
    for start, label in zip(starts, labels, strict=True):
        if start and rng.random() > 0.5 + 0.5 * quality:
            continue
        time = start + (0.8 * (1 - quality) * float(rng.normal()) + 0.05 if start else 0.0)
        right = rng.random() < 0.3 + 0.7 * quality
        found[max(round(time, 6), 0.0)] = label if right else str(rng.choice(STEPS))
    for _ in range(int(rng.poisson(2 * (1 - quality)))):
        found[round(float(rng.uniform(0.2, ends[-1])), 6)] = str(rng.choice(STEPS))
    segments = [Segment(time, found[time]) for time in sorted(found) if time < ends[-1]]
    return segments, truth, round(float(ends[-1]) * FPS)


def render(folder: Path, episodes: int) -> None:
    """Write true and found labels of episodes of 8 to 60 segments, as a run would have."""
    truth, lengths = {}, {}
    for number in range(episodes):
        segments, truth[number], lengths[number] = labelling(3, number, 0.0, many=(8, 61))
        path = folder / "subtasks" / subtask_files.FILE_NAME.format(episode_index=number)
        files.write_text(path, subtask_files.dump(segments))
    truth_file.write(folder / "truth.json", Truth("truth", "simulated", (), truth))
    for first in range(0, episodes, 16):
        group = {
            number: EpisodeFacts("put it away", lengths[number])
            for number in range(first, min(first + 16, episodes))
        }
        episode_facts.write(folder / "episodes" / f"{first:06d}-{first + 15:06d}.json", group)


def _episode(seed: int, number: int, shift: float, mean_quality: float) -> EpisodeScores:
    segments, truth, length = labelling(seed, number, shift, mean_quality)
    found = found_stretches(segments, FPS, length)
    return episode_scores.score(number, found, true_stretches(truth, FPS, length), FPS, length)
