"""OpenTau's `response`: the text of the subtask on every frame, or "" if it has none."""

from pathlib import Path

from subtasks.outputs.output import Column, LabelledEpisode, Output
from subtasks.segments.subtask_files import FILE_NAME


def values(episode: LabelledEpisode) -> list[str]:
    """Return the text before the first span, which is empty, and that of each span."""
    return ["", *(span.subtask for span in episode.spans)]


def _column(_numbers: Path | None) -> Column:
    import pyarrow as pa

    return Column("response", pa.string(), values)


OUTPUT = Output(
    name="response",
    feature={"dtype": "string", "shape": [1], "names": None},
    info={"subtask_path": f"subtasks/{FILE_NAME}"},
    column=_column,
)
