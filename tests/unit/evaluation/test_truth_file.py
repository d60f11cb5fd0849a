import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from subtasks import files
from subtasks.errors import Problem
from subtasks.evaluation import truth_file
from subtasks.evaluation.truth_file import TrueSegment, Truth

TRUTH = Truth(
    "data/demo/truth",
    "folder of JSON files",
    ("Episode 3: two segments overlap by 0.2 s.", "Überlang"),
    {
        17: (TrueSegment(0.0, 1.5, "reach for the cup"), TrueSegment(2.0, 3.25, 'say "é"')),
        3: (TrueSegment(0.1, 0.3, "hold still"),),
        4: (),
    },
)


@pytest.mark.parametrize("truth", [TRUTH, Truth("hf://datasets/me/droid", "response")])
def test_a_file_is_read_as_it_was_written(tmp_path: Path, truth: Truth) -> None:
    path = tmp_path / "truth.json"
    truth_file.write(path, truth)
    assert truth_file.read(path) == truth


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(
        st.integers(0, 10**6),
        st.lists(st.tuples(st.integers(0, 10**9), st.text(min_size=1)), max_size=5),
    )
)
def test_whatever_the_labels_they_are_read_again(tmp_path_factory, drawn) -> None:
    path = tmp_path_factory.mktemp("truth") / "truth.json"
    episodes: dict[int, tuple[TrueSegment, ...]] = {}
    for number, entries in drawn.items():
        time, found = 0, []
        for length, label in entries:
            found.append(TrueSegment(time / 1e6, (time + length + 1) / 1e6, label))
            time += length + 1
        episodes[number] = tuple(found)
    labels = {label for each in drawn.values() for _, label in each}
    if any("\ud800" <= char <= "\udfff" for label in labels for char in label):
        return
    truth = Truth("here", "a table", (), episodes)
    truth_file.write(path, truth)
    assert truth_file.read(path) == truth


def test_an_episode_is_a_line_and_episodes_come_in_order(tmp_path: Path) -> None:
    path = tmp_path / "truth.json"
    truth_file.write(path, TRUTH)
    lines = path.read_text(encoding="utf-8").splitlines()
    numbers = [line.split('"')[1] for line in lines if line.startswith('    "')]
    assert numbers == ["3", "4", "17"]
    assert json.loads(path.read_text(encoding="utf-8"))["episodes"]["3"] == [
        [0.1, 0.3, "hold still"]
    ]


@pytest.mark.parametrize(
    "damage",
    [
        [],
        {"origin": "a", "form": "b", "notes": []},
        {"origin": "a", "form": "b", "notes": [1], "episodes": {}},
        {"origin": None, "form": "b", "notes": [], "episodes": {}},
        *(
            {"origin": "a", "form": "b", "notes": [], "episodes": episodes}
            for episodes in (
                [],
                {"one": []},
                {"1": [[0, 1]]},
                {"1": [[0, 1, ""]]},
                {"1": [[0, 1, 2]]},
                {"1": [[0, 0, "a"]]},
                {"1": [[-1, 1, "a"]]},
                {"1": [[0, True, "a"]]},
                {"1": [["0", 1, "a"]]},
                {"1": [[0, 2, "a"], [1, 3, "b"]]},
            )
        ),
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, damage: Any) -> None:
    path = tmp_path / "truth.json"
    files.write_json(path, damage)
    with pytest.raises(Problem, match="is damaged: remove it and run again"):
        truth_file.read(path)
