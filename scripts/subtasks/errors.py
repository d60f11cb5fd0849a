"""The one exception a user is meant to read."""


class Problem(Exception):
    """Something the user can mend, said in one sentence: what, where, what to do.

    Programs print the sentence and exit with 1 (see `subtasks.program`); the
    workflow raises it while it is being read. Never shown as a traceback.
    """


class Fatal(Problem):
    """A problem that the other jobs of a run would only meet again: it ends the run."""
