"""The file with the findings: read as it was written, damage in one sentence, quickly."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks.checks import check_file
from subtasks.checks.finding import Checked, Finding, Kind
from subtasks.errors import Problem
from support.workflow import PROJECT

FOUND = [
    Checked(
        17,
        3.2,
        (
            Finding(Kind.LENGTH, 2.1, 4.2, '"grasp" lasts 6.1 s, others 0.4 to 1.2 s'),
            Finding(Kind.ASKED_TWICE, 1.1, None, "asked twice \u202e<script>"),
        ),
    ),
    Checked(2, 1.0, ()),
]


def test_findings_come_back_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "work" / "checks.json"
    check_file.write(path, FOUND)
    assert check_file.read(path) == FOUND
    [first, _] = json.loads(path.read_text())["episodes"]
    assert first["findings"][0] == {
        "kind": "length",
        "score": 2.1,
        "time": 4.2,
        "sentence": '"grasp" lasts 6.1 s, others 0.4 to 1.2 s',
    }


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists))
def test_damage_is_one_sentence(tmp_path_factory: pytest.TempPathFactory, value: object) -> None:
    path = tmp_path_factory.mktemp("damaged") / "checks.json"
    for damaged in (value, {"episodes": [value]}, {"episodes": [{"episode": 1, "score": value}]}):
        path.write_text(json.dumps(damaged))
        if damaged != {"episodes": []} and damaged.__class__ is not list:
            with pytest.raises(Problem, match="is damaged: remove it and run again"):
                check_file.read(path)


def test_it_is_read_without_numpy() -> None:
    code = (
        "import sys; from subtasks.checks import check_file, report; print('numpy' in sys.modules)"
    )
    command = [sys.executable, "-c", code]
    found = subprocess.run(
        command, cwd=PROJECT / "scripts", capture_output=True, text=True, check=True
    )
    assert found.stdout == "False\n"
