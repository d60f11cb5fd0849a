"""Short ways to write down episodes for the checks."""

from collections.abc import Sequence

from subtasks.checks.finding import Finding
from subtasks.checks.labelled import Labelled, Stretch
from subtasks.checks.moments import Moments


def episode(
    number: int,
    *lasting: tuple[str, float],
    task: str = "a task",
    moments: Moments | None = None,
    mistakes: Sequence[int] = (),
) -> Labelled:
    """Return an episode whose labels last so many seconds each."""
    found, time = [], 0.0
    for place, (label, length) in enumerate(lasting):
        found.append(Stretch(time, time + length, label, place in mistakes))
        time += length
    return Labelled(number, task, tuple(found), moments)


def ordered(number: int, labels: str, task: str = "a task") -> Labelled:
    """Return an episode with these labels, separated by spaces, of a second each."""
    return episode(number, *((label, 1.0) for label in labels.split()), task=task)


def sentences(findings: Sequence[Finding]) -> list[str]:
    """Return what findings say."""
    return [finding.sentence for finding in findings]
