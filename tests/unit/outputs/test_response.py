"""`response`: OpenTau's column of texts."""

from pathlib import Path

import pyarrow as pa

from subtasks.outputs.response import OUTPUT
from subtasks.segments import subtask_files
from subtasks.segments.segment import Segment
from support import data_file
from support.outputs import PICK, filled


def test_every_frame_has_the_text_of_its_subtask(tmp_path: Path) -> None:
    source = data_file.write(tmp_path / "a.parquet", data_file.rows([0] * 14 + [1] * 4), [18])
    found = filled(source, {0: PICK, 1: [Segment(0.2, "抓住")]}, ["response"])
    assert found.schema.field("response").type == pa.string()
    assert found["response"].to_pylist() == [
        *["reach"] * 5,
        *["grasp"] * 7,
        *["lift"] * 2,
        *["", "", "抓住", "抓住"],
    ]


def test_info_names_the_subtasks_files() -> None:
    assert OUTPUT.info["subtask_path"] == f"subtasks/{subtask_files.FILE_NAME}"
