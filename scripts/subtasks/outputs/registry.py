"""All outputs by their names in the config."""

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
    """Raise `Problem` if one of the outputs would replace a column of a dataset.

    `features` are the names of the dataset's features, `names` those of the outputs.
    """
    for name in names:
        output = OUTPUTS[name]
        if output.column is not None and name in features and not output.extends:
            raise Problem(
                f"the dataset already has a column {name}: set output.overwrite: true to replace "
                f"it in the result, or output.{name}: false to leave it as it is"
            )
