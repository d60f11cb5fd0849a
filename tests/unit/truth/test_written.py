"""True labels as they were written: what is taken for granted where nothing is said."""

from subtasks.truth.written import WrittenSegment, WrittenTruth


def test_nothing_is_known_that_is_not_said() -> None:
    truth = WrittenTruth("mine", "a table", {0: [WrittenSegment(0.0, None, "reach")]})
    assert (truth.notes, truth.fps, truth.seconds, truth.from_start) == ((), None, {}, False)
