"""The one exception a user is meant to read."""

MAX_SHOWN = 60


class Problem(Exception):
    """Something the user can mend, said in one sentence: what, where, what to do.

    Programs print the sentence and exit with 1 (see `subtasks.program`); the
    workflow raises it while it is being read. Never shown as a traceback.
    """


class Fatal(Problem):
    """A problem that the other jobs of a run would only meet again: it ends the run."""


def counted(number: int, noun: str) -> str:
    """Count things in a sentence: `1 file`, `2,000 files`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def shown(value: object) -> str:
    """Show a foreign value in a sentence, short whatever its size."""
    text = repr(value)
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"
