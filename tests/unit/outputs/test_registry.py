"""All outputs: their names, and what would be replaced."""

import pytest

from subtasks.errors import Problem
from subtasks.outputs.registry import OUTPUTS, check


def test_outputs_are_chosen_by_their_names() -> None:
    assert {name: output.name for name, output in OUTPUTS.items()} == {n: n for n in OUTPUTS}
    for name, output in OUTPUTS.items():
        assert (output.column is None) == (output.feature is None)
        assert (output.table or "meta/").startswith("meta/")
        if output.column is not None and name != "subtask_index":
            assert output.column(None).name == name


def test_a_column_that_would_be_replaced_is_refused() -> None:
    check({"action", "language_persistent", "response"}, ["subtask_index", "language_persistent"])
    with pytest.raises(
        Problem, match=r"already has a column response: set output\.overwrite: true"
    ):
        check({"action", "response"}, ["language_persistent", "response"])
    # The table of segments is no column, whatever a feature is called.
    check({"action", "segments"}, ["response", "segments"])
