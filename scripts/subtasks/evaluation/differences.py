"""By how much one labelling is better than another one of the same episodes."""

from collections.abc import Iterable, Mapping

from subtasks.evaluation import bootstrap, figures
from subtasks.evaluation.bootstrap import Figure
from subtasks.evaluation.episode_scores import EpisodeScores


def differences(
    one: Iterable[EpisodeScores], other: Iterable[EpisodeScores]
) -> Mapping[str, Figure]:
    """Return every figure of `other` minus that of `one`, over the episodes that both have.

    The names are those of `Scores.figures`. The range is that of the difference: in both, the same
    episodes are drawn, so what makes an episode easy or hard for both does not widen it.
    """
    ones, others = ({each.episode: each for each in side} for side in (one, other))
    numbers = sorted(ones.keys() & others.keys())
    first, second = [ones[number] for number in numbers], [others[number] for number in numbers]
    return bootstrap.differences(
        (figures.ratios(first), figures.medians(first)),
        (figures.ratios(second), figures.medians(second)),
        len(numbers),
    )
