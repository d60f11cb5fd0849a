import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from subtasks.errors import Problem
from subtasks.motion.options import MotionOptions, from_state, read_options


@pytest.fixture
def command(tmp_path, monkeypatch):
    """Read a command line; the options given replace the usual ones."""

    def read(**changed: str) -> MotionOptions:
        usual = {"data": "a.parquet", "rows": "3 8", "column": "state", "fps": "30"}
        words = [
            word
            for name, value in (usual | {"output": "out.json"} | changed).items()
            for word in (f"--{name.replace('_', '-')}", *value.split(" "))
        ]
        monkeypatch.setattr(sys, "argv", ["program", *words])
        return read_options("A program.")

    return read


def test_the_command_line_is_read(command):
    assert command(names='["a","b"]', on_error="skip") == MotionOptions(
        Path("a.parquet"), [3, 8], "state", ["a", "b"], 30.0, "skip", Path("out.json")
    )
    assert command().names == []
    assert command().on_error == "stop"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"rows": "3 2"}, "--rows 3 2: FIRST must be from 0 and smaller than END"),
        ({"rows": "3 3"}, "--rows 3 3: FIRST"),
        ({"fps": "0"}, r"--fps 0\.0: must be a finite number above 0"),
        ({"fps": "nan"}, "--fps nan"),
        ({"fps": "inf"}, "--fps inf"),
    ],
)
def test_wrong_numbers_are_refused_in_a_sentence(command, wrong, sentence):
    with pytest.raises(Problem, match=f"^{sentence}"):
        command(**wrong)


@pytest.mark.parametrize("names", ["3", '["a",3]', '{"a":"b"}'])
def test_names_must_be_a_list_of_texts(command, names, capsys):
    with pytest.raises(SystemExit):
        command(names=names)
    assert "is not a JSON list of names" in capsys.readouterr().err


def options(path: Path, on_error: str = "stop", names: tuple[str, ...] = ()) -> MotionOptions:
    return MotionOptions(path, (0, 2), "state", names, 10.0, on_error, path)


@pytest.fixture
def data(tmp_path):
    path = tmp_path / "file.parquet"
    pq.write_table(pa.table({"state": [[1.0, 2.0], [3.0, 4.0]]}), path)
    return path


def seen(state: np.ndarray, names, fps: float) -> list[object]:
    return [state.tolist(), list(names), fps]


def test_the_state_and_its_names_are_handed_on(data):
    found = from_state(options(data, names=("a", "b")), seen, "nothing")
    assert found == [[[1.0, 2.0], [3.0, 4.0]], ["a", "b"], 10.0]


def test_names_that_are_too_few_are_ignored(data, caplog):
    caplog.set_level("INFO")
    assert from_state(options(data, names=("a",)), seen, "nothing")[1] == []
    assert "1 names for 2 numbers: names are ignored" in caplog.text


def test_an_unusable_state_stops_or_is_skipped(tmp_path, caplog):
    path = tmp_path / "file.parquet"
    pq.write_table(pa.table({"state": ["a", "b"]}), path)
    with pytest.raises(Problem, match="holds string, not numbers"):
        from_state(options(path), seen, "nothing")
    assert from_state(options(path, "skip"), seen, "the episode is blank") == []
    assert "the episode is blank: cannot use state in" in caplog.text
