import json
import os
from itertools import count
from pathlib import Path

import pytest

from subtasks.errors import Problem
from subtasks.questions.answers import Answer
from subtasks.questions.outcome import Outcome
from subtasks.questions.windows import Window
from subtasks.store import outcome_files
from subtasks.workflow import plan, vocabularies
from subtasks.workflow.config import Config
from subtasks.workflow.plan import Plan
from subtasks.workflow.vocabularies import SaidLabels
from support import configs
from support.many_episodes import render

EDITS = count(1)
FIRST, SECOND = "000000-000001", "000002-000003"


def settings(folder: Path, **labels: object) -> Config:
    return configs.read(
        datasets=[{"root": str(render(folder / "tiny", 4))}],
        work=str(folder / "work"),
        vocabularies=str(folder),
        labels={"unify": True, **labels},
        claude={"episodes_per_job": 2},
    )


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return settings(tmp_path)


@pytest.fixture
def datasets(config: Config) -> Plan:
    return plan.read(config, warn=pytest.fail)


def answer(folder: Path, group: str, **labels: list[str]) -> Path:
    """Write the outcomes of a group's episodes, `e0` to `e3`."""
    outcomes = []
    for episode, said in labels.items():
        entries = [{"time": i / 10, "subtask": label} for i, label in enumerate(said)]
        text = json.dumps({"subtasks": entries})
        found = Answer((Window(0, 1, 0.0, 0.3),), (text,), rounding=0.05) if said else None
        outcomes.append(Outcome(int(episode[1:]), found, None if said else "no reason"))
    path = folder / f"work/tiny/outcomes/{group}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    outcome_files.write(path, outcomes)
    return path


def vocabulary(folder: Path, text: str) -> None:
    path = folder / "tiny.yaml"
    path.write_text(f"labels:\n{text}")
    # Every edit has a time of its own, however quickly they follow.
    os.utime(path, (now := next(EDITS), now))


def test_what_an_episode_depends_on(tmp_path: Path, config: Config, datasets: Plan) -> None:
    said = SaidLabels("tiny", datasets, config)
    assert said.entries(0) == {}
    assert said.unknown() == []
    path = answer(tmp_path, FIRST, e0=["reach", "grab", "reach"], e1=[])
    assert said.entries(0) == {"grab": None, "reach": None}
    assert said.entries(1) == {}
    assert said.unknown() == ["grab", "reach"]
    vocabulary(tmp_path, "  take:\n    grab: 1\n  lift:\n")
    assert said.entries(0) == {"grab": "take", "reach": None}
    # A label that the episode does not use changes nothing, an edited one does.
    vocabulary(tmp_path, "  take:\n    grab: 1\n  raise:\n")
    assert said.entries(0) == {"grab": "take", "reach": None}
    vocabulary(tmp_path, "  hold:\n    grab: 1\n  reach:\n")
    assert said.entries(0) == {"grab": "hold", "reach": "reach"}
    assert said.unknown() == []
    answer(tmp_path, SECOND, e2=["lift"], e3=["grab"])
    assert said.unknown() == ["lift"]
    assert said.entries(3) == {"grab": "hold"}
    path.unlink()
    assert said.entries(0) == {}


def test_a_file_is_read_once(
    tmp_path: Path, config: Config, datasets: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = SaidLabels("tiny", datasets, config)
    answer(tmp_path, FIRST, e0=["reach"], e1=["grab"])
    read = outcome_files.read
    looked = []
    monkeypatch.setattr(outcome_files, "read", lambda path: looked.append(path) or read(path))
    for _ in range(3):
        assert [said.entries(i) for i in (0, 1)] == [{"reach": None}, {"grab": None}]
    assert len(looked) == 1


def test_damaged_files_are_left_to_those_who_work_with_them(
    tmp_path: Path, config: Config, datasets: Plan
) -> None:
    said = SaidLabels("tiny", datasets, config)
    answer(tmp_path, FIRST, e0=["reach"], e1=[]).write_text("{")
    assert said.entries(0) == {}
    answer(tmp_path, FIRST, e0=["reach"], e1=[])
    vocabulary(tmp_path, "- a\n")
    assert said.entries(0) == {"reach": None}


def test_a_vocabulary_is_looked_at_before_the_first_job(
    tmp_path: Path, config: Config, datasets: Plan
) -> None:
    vocabularies.check(datasets, config, pytest.fail, in_storage=False)
    vocabulary(tmp_path, "  - a\n")
    with pytest.raises(Problem, match=r"tiny\.yaml, line 2: below labels: there must be labels"):
        vocabularies.check(datasets, config, pytest.fail, in_storage=False)
    with pytest.raises(Problem, match=r"labels\.unify needs work on this machine"):
        vocabularies.check(datasets, config, pytest.fail, in_storage=True)


def test_a_closed_list_is_as_it_is(tmp_path: Path) -> None:
    config = settings(tmp_path / "closed", vocabulary=["reach"])
    vocabulary(tmp_path / "closed", "  - damaged\n")
    said: list[str] = []
    vocabularies.check(plan.read(config, warn=pytest.fail), config, said.append, in_storage=False)
    assert said == ["tiny: labels.unify changes nothing, because its vocabulary is a closed list"]
