"""Outcomes files: written whole, in order, and read as they were."""

from pathlib import Path

import pytest

from subtasks.errors import Problem
from subtasks.questions.answers import Answer
from subtasks.questions.outcome import Exchange, Outcome
from subtasks.questions.windows import Window
from subtasks.store import outcome_files

USAGE = {"input_tokens": 1000, "output_tokens": 100}
EXCHANGE = Exchange("k" * 64, "segment", None, True, "claude-a-1", False, USAGE, "2026-11-01")
ANSWER = Answer((Window(0, 5, 0.0, 1.5),), ('["抓住"]',), ("grasp",))
OUTCOMES = [
    Outcome(17, None, "the video is damaged"),
    Outcome(3, ANSWER, None, (EXCHANGE, EXCHANGE), ("the video is 0.2 s short", "so it is")),
]


def test_outcomes_come_back_in_the_order_of_episodes(tmp_path: Path) -> None:
    path = tmp_path / "outcomes" / "000000-000031.jsonl"
    outcome_files.write(path, OUTCOMES)
    assert list(outcome_files.read(path)) == OUTCOMES[::-1]
    assert "抓住" in path.read_text(encoding="utf-8")
    assert outcome_files.find(path, 17) == OUTCOMES[0]
    with pytest.raises(Problem, match="has no outcome of episode 4: remove it and run again"):
        outcome_files.find(path, 4)


def test_a_file_written_before_there_were_remarks_is_read(tmp_path: Path) -> None:
    path = tmp_path / "000000-000031.jsonl"
    path.write_text('{"episode": 3, "answer": null, "reason": "it was refused", "exchanges": []}\n')
    assert list(outcome_files.read(path)) == [Outcome(3, None, "it was refused")]


@pytest.mark.parametrize(
    "line", ["{", "[]", "5", "{}", '{"episode": 0}', "[" * 100_000, '{"answer": {}, "x": 1}']
)
def test_a_damaged_file_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "outcomes.jsonl"
    outcome_files.write(path, OUTCOMES)
    path.write_text(path.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")
    with pytest.raises(Problem, match=r"outcomes\.jsonl is damaged: remove it and run again"):
        list(outcome_files.read(path))
