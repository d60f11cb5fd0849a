"""Ways to write the subtasks into a dataset, one module each."""

from collections.abc import Collection, Iterable

from subtasks.errors import Problem
from subtasks.outputs import language_persistent, response, segments_table, subtask_index
from subtasks.outputs.output import Output

OUTPUTS: dict[str, Output] = {
    output.name: output
    for output in (
        response.OUTPUT,
        subtask_index.OUTPUT,
        language_persistent.OUTPUT,
        segments_table.OUTPUT,
    )
}


def check(features: Collection[str], names: Iterable[str]) -> None:
    """Raise `Problem` where a dataset with these features has a column that would be replaced."""
    for name in names:
        output = OUTPUTS[name]
        if output.column is not None and name in features and not output.extends:
            raise Problem(
                f"the dataset has a column {name} already: set output: overwrite: true to replace "
                f"it in the result, or output: {name}: false to leave it as it is"
            )
