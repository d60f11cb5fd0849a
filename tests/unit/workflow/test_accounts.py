"""What has become of the episodes: only one whose rows all have a label counts as annotated."""

from pathlib import Path
from typing import Any

import pytest

from subtasks import episode_facts, files
from subtasks.cost import prices
from subtasks.cost.bill import Bill
from subtasks.episode_facts import EpisodeFacts
from subtasks.questions.answers import Answer
from subtasks.questions.outcome import Outcome
from subtasks.questions.windows import Window
from subtasks.segments import subtask_files
from subtasks.segments.segment import Segment
from subtasks.store import outcome_files
from subtasks.workflow import accounts, plan
from subtasks.workflow.accounts import Account
from subtasks.workflow.config import Config
from subtasks.workflow.paths import File, Paths
from subtasks.workflow.plan import Plan
from support import configs
from support.many_episodes import render

GROUP = "000000-000002"
ANSWER = Answer((Window(0, 1, 0.0, 2.0),), ("[]",))


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return configs.read(
        datasets=[{"root": str(render(tmp_path / "tiny", 3))}],
        **{name: str(tmp_path / name) for name in ("work", "results", "replies", "corrections")},
        claude={"episodes_per_job": 3},
    )


@pytest.fixture
def datasets(config: Config) -> Plan:
    return plan.read(config, warn=pytest.fail)


def label(config: Config, *episodes: int, start: float = 0.0) -> None:
    for episode in episodes:
        path = Path(Paths.of(config).fill(File.SUBTASKS, "tiny", episode=episode))
        labels = [Segment(start, "reach"), Segment(1.0, "grasp")]
        files.write_text(path, subtask_files.dump(labels))


def check(config: Config, facts: dict[int, EpisodeFacts]) -> None:
    episode_facts.write(Path(Paths.of(config).fill(File.EPISODES, "tiny", group=GROUP)), facts)


def answer(config: Config, *outcomes: Outcome) -> None:
    outcome_files.write(Path(Paths.of(config).fill(File.OUTCOMES, "tiny", group=GROUP)), outcomes)


def account(datasets: Plan, config: Config) -> Account:
    return accounts.account(datasets["tiny"], config, prices.NONE, Bill(prices.NONE), ())


def facts(length: int = 20, **more: Any) -> EpisodeFacts:
    return EpisodeFacts("wave", length, **{"first": 0, "rows": length, **more})


def test_rows_beyond_the_length_leave_an_episode_annotated_in_part(
    config: Config, datasets: Plan
) -> None:
    label(config, 0, 1)
    check(config, {0: facts(), 1: facts(rows=25), 2: facts()})
    found = account(datasets, config)
    assert len(found.counts) == 1
    assert found.partly == {
        1: "5 of its 25 rows have no label, because it has 20 frames by the metadata"
    }
    assert found.unfinished == [2]


def test_so_does_a_first_subtask_that_begins_later(config: Config, datasets: Plan) -> None:
    label(config, 0, start=0.4)
    assert account(datasets, config).partly == {
        0: "its first subtask begins at 0.4 s, and the rows before have no label"
    }


def test_a_fault_of_the_rows_is_the_reason_and_asking_again_does_not_help(
    config: Config, datasets: Plan
) -> None:
    label(config, 0)
    check(config, {0: facts(), 1: facts(rows=0, fault="data/x has no rows"), 2: facts()})
    answer(
        config,
        Outcome(0, ANSWER, None),
        Outcome(1, None, "data/x has no rows"),
        Outcome(2, None, "the model refused to answer"),
    )
    found = account(datasets, config)
    assert found.failed == {1: "data/x has no rows", 2: "the model refused to answer"}
    assert len(found.again) == 1
    answer(config, Outcome(0, ANSWER, None), Outcome(1, None, "data/x has no rows"))
    assert account(datasets, config).again == []


def test_remarks_are_gathered_with_the_episodes_they_are_about(
    config: Config, datasets: Plan
) -> None:
    label(config, 0, 1)
    check(config, {e: facts(remarks=("its rows are odd",)) for e in range(3)})
    answer(config, Outcome(0, ANSWER, None, remarks=("the video is long", "its rows are odd")))
    assert account(datasets, config).remarks == {
        "the video is long": {0},
        "its rows are odd": {0, 1},
    }
