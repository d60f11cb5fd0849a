"""The file with the motion of a group's episodes."""

import json
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks.errors import Problem
from subtasks.motion import curve_files
from subtasks.motion.curve_files import Action, Change, Curves, Unmeasured
from support.workflow import PROJECT

MOVES = Curves(
    0.1,
    {"right arm": (0.0, 1.02)},
    {"right gripper": (1.0, 0.0)},
    (Action("right gripper", 1.2, 1.6, closes=True),),
    (Change(1.2, "the right gripper begins to close"),),
)


def test_motion_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "movement" / "000016-000031.json"
    measured = {18: Unmeasured("nothing moves"), 17: MOVES}
    curve_files.write(path, measured)
    assert curve_files.read(path) == measured
    assert json.loads(path.read_text()) == {
        "17": {
            "seconds": 0.1,
            "speed": {"right arm": [0.0, 1.02]},
            "opening": {"right gripper": [1.0, 0.0]},
            "actions": [{"hand": "right gripper", "start": 1.2, "stop": 1.6, "closes": True}],
            "changes": [{"time": 1.2, "what": "the right gripper begins to close"}],
        },
        "18": {"fault": "nothing moves"},
    }


def test_a_group_without_episodes_is_a_file_too(tmp_path: Path) -> None:
    curve_files.write(tmp_path / "none.json", {})
    assert curve_files.read(tmp_path / "none.json") == {}


VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)
FIELDS = ["seconds", "speed", "opening", "actions", "changes"]


@given(st.sampled_from(FIELDS), VALUES)
def test_damage_is_one_sentence(
    tmp_path_factory: pytest.TempPathFactory, field: str, value: object
) -> None:
    path = tmp_path_factory.mktemp("damaged") / "000000-000015.json"
    curve_files.write(path, {0: MOVES})
    stored = json.loads(path.read_text())
    stored["0"][field] = value
    path.write_text(json.dumps(stored))
    with suppress(Problem):
        # What was put there may be a curve, a list or a number as well.
        [found] = curve_files.read(path).values()
        assert isinstance(found, Curves)
        assert found.seconds > 0


@pytest.mark.parametrize("text", ["[]", "{", '{"a": {}}', '{"0": 1}', '{"0": {"fault": 1}}'])
def test_another_file_is_damaged(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(Problem, match=r"a\.json is damaged: remove it and run again$"):
        curve_files.read(tmp_path / "a.json")


def test_it_is_read_without_numpy() -> None:
    code = "import sys; from subtasks.motion import curve_files; print('numpy' in sys.modules)"
    command = [sys.executable, "-c", code]
    found = subprocess.run(
        command, cwd=PROJECT / "scripts", capture_output=True, text=True, check=True
    )
    assert found.stdout == "False\n"
