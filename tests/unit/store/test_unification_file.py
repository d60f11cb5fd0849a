from pathlib import Path
from typing import Any

import pytest

from subtasks import files
from subtasks.errors import Problem
from subtasks.questions.outcome import Exchange
from subtasks.store import unification_file
from subtasks.store.unification_file import Unification

EXCHANGE = Exchange("a" * 64, "unify", None, False, "m", True, {"input_tokens": 7}, "2026-11-28")


def test_a_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "labels.json"
    for each in (Unification(), Unification((EXCHANGE,), ("Look at this.",))):
        unification_file.write(path, each)
        assert unification_file.read(path) == each


@pytest.mark.parametrize(
    "damage",
    [
        [],
        {"exchanges": [], "remarks": [1]},
        {"exchanges": [{}], "remarks": []},
        {"exchanges": None, "remarks": []},
        {"remarks": []},
        {
            "exchanges": [
                {
                    "question": "a",
                    "purpose": "unify",
                    "effort": None,
                    "stored": 1,
                    "model": "m",
                    "batch": False,
                    "usage": {},
                    "received": "",
                }
            ],
            "remarks": [],
        },
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, damage: Any) -> None:
    path = tmp_path / "labels.json"
    files.write_json(path, damage)
    with pytest.raises(Problem, match="is damaged: remove it and run again"):
        unification_file.read(path)
