"""All checks of a dataset, and the order in which a person should look at its episodes."""

from collections.abc import Iterable, Mapping, Sequence

from subtasks.checks import activity, lengths, motion, order, rare
from subtasks.checks.finding import Checked, Finding
from subtasks.checks.labelled import Labelled


def check(
    episodes: Sequence[Labelled], known: Mapping[int, Sequence[Finding]] = {}
) -> list[Checked]:
    """Check the labels of a dataset's episodes against one another.

    `known` are findings by episode that do not come from comparing. Returns the episodes that have
    any, the oddest first.
    """
    usual_lengths, usual_order = lengths.measure(episodes), order.measure(episodes)
    labels, usual_motion = rare.measure(episodes), motion.measure(episodes)
    usual_activity = activity.measure(episodes)
    found: dict[int, list[Finding]] = {number: list(some) for number, some in known.items()}
    for each in episodes:
        found.setdefault(each.episode, []).extend(
            (
                *order.check(each, usual_order),
                *lengths.check(each, usual_lengths),
                *rare.check(each, labels),
                *motion.check(each, usual_motion),
                *activity.check(each, usual_activity),
            )
        )
    return ranked(found)


def ranked(found: Mapping[int, Iterable[Finding]]) -> list[Checked]:
    """Put episodes in order: highest score first, then by number. Those without findings go."""
    checked = []
    for number, findings in found.items():
        ordered = sorted(findings, key=lambda each: (-each.score, each.time or 0, each.sentence))
        if ordered:
            checked.append(Checked(number, _score(ordered), tuple(ordered)))
    return sorted(checked, key=lambda each: (-each.score, each.episode))


def _score(findings: Iterable[Finding]) -> float:
    """Add up the highest score of each kind: what several checks see is more likely wrong."""
    highest: dict[str, float] = {}
    for each in findings:
        highest[each.kind] = max(highest.get(each.kind, 0.0), each.score)
    return sum(highest.values())
