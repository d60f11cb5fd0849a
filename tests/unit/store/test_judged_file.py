"""The file of judged labels: read as it was written, and refused where it is damaged."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks.errors import Problem
from subtasks.questions.outcome import Exchange
from subtasks.store import judged_file
from subtasks.store.judged_file import JudgedLabels

EXCHANGE = Exchange("a" * 64, "judge_labels", None, False, "m", False, {"output_tokens": 3}, "")


@given(
    st.dictionaries(st.tuples(st.text(), st.text()), st.booleans(), max_size=5),
    st.lists(st.text(), max_size=3),
)
def test_it_is_read_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory,
    pairs: dict[tuple[str, str], bool],
    remarks: list[str],
) -> None:
    path = tmp_path_factory.getbasetemp() / "judged.json"
    judged = JudgedLabels(pairs, (EXCHANGE,), tuple(remarks))
    judged_file.write(path, judged)
    assert judged_file.read(path) == judged


@pytest.mark.parametrize(
    "change",
    [
        {"pairs": [["a", "b"]]},
        {"pairs": [["a", "b", 1]]},
        {"pairs": [["a", 2, True]]},
        {"pairs": [[["a"], "b", True]]},
        {"pairs": None},
        {"exchanges": [{}]},
        {"exchanges": [3]},
        {"remarks": [3]},
        {"remarks": 3},
    ],
)
def test_a_damaged_file_is_a_problem(tmp_path: Path, change: dict[str, Any]) -> None:
    path = tmp_path / "judged.json"
    judged_file.write(path, JudgedLabels({("a", "b"): True}, (EXCHANGE,)))
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(Problem, match="is damaged: remove it and run again"):
        judged_file.read(path)
