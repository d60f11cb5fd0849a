"""The text about a dataset's checks: the episodes to look at first, and why."""

from collections.abc import Sequence

from subtasks.checks.finding import Checked, Kind
from subtasks.tables import format_table
from subtasks.wording import counted

FIRST = 5
"""Episodes that the end of a run names."""

MOST_SENTENCES = 3
"""Sentences about an episode in a list."""


def listing(dataset: str, checked: Sequence[Checked], most: int) -> str:
    """List the first `most` episodes of a dataset with their sentences, the oddest first."""
    if not checked:
        return f"{dataset}: nothing odd about the labels"
    head = f"{dataset}: {counted(len(checked), 'episode')} to look at"
    rows = [("episode", "score", "why")]
    for each in checked[:most]:
        for number, finding in enumerate(each.findings[:MOST_SENTENCES]):
            first = number == 0
            rows.append(
                (
                    str(each.episode) if first else "",
                    f"{each.score:.1f}" if first else "",
                    finding.sentence,
                )
            )
        if (more := len(each.findings) - MOST_SENTENCES) > 0:
            rows.append(("", "", f"… and {more} more"))
    lines = [head, "", format_table(rows, align=">><", lines_above=(1,))]
    if (more := len(checked) - most) > 0:
        lines.append(f"… and {counted(more, 'more episode')}")
    return "\n".join(lines)


def first_lines(checked: Sequence[Checked], most: int = FIRST) -> list[str]:
    """Name the first episodes, each with its oddest sentence; empty if there are none.

    Those that failed are left out: the end of a run names them anyway.
    """
    odd = [each for each in checked if each.findings[0].kind is not Kind.FAILED]
    return [f"episode {each.episode:06d}: {each.findings[0].sentence}" for each in odd[:most]]
