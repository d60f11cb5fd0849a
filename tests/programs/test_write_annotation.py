"""The program that writes where a dataset's labels come from and what they cost."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from subtasks import project
from subtasks.questions.answers import Answer
from subtasks.questions.outcome import Exchange, Outcome
from subtasks.questions.windows import Window
from subtasks.store import outcome_files, unification_file
from subtasks.store.unification_file import Unification
from support.programs import fails, run
from support.workflow import PROJECT

MODEL = "claude-opus-4-7"
PRICES = PROJECT / "config/prices.yaml"
ANSWER = Answer((Window(0, 5, 0.0, 1.5),), ("[]",))


def exchange(key: str, *, model: str = MODEL, batch: bool = False) -> Exchange:
    usage = {"input_tokens": 1000, "output_tokens": 100}
    day = {"a": 1, "b": 9, "c": 3}[key]
    received = f"2026-11-{day:02d}T10:00:00+00:00"
    return Exchange(key, "segment", None, False, model, batch, usage, received)


@pytest.fixture
def outcomes(tmp_path: Path) -> Path:
    """Outcomes of two groups of four episodes; episodes 1 and 2 share a reply."""
    folder = tmp_path / "outcomes"
    groups = {
        "000000-000003": [
            Outcome(0, ANSWER, None, (exchange("c", model="claude-unknown"),)),
            Outcome(1, ANSWER, None, (exchange("a"),)),
            Outcome(2, None, "it was refused", (exchange("a"),)),
        ],
        "000004-000007": [Outcome(5, ANSWER, None, (exchange("b", batch=True),))],
    }
    for name, group in groups.items():
        outcome_files.write(folder / f"{name}.jsonl", group)
    return folder


def annotation(output: Path, *options: object) -> dict[str, Any]:
    run("write_annotation.py", *options, "--output", output)
    return json.loads(output.read_text())


def test_without_a_model_there_are_only_settings(tmp_path: Path) -> None:
    settings = tmp_path / "settings.json"
    settings.write_text('{"fps": 2}')
    options = ("--annotator", "kinematic", "--episodes", "0-2,7", "--settings", settings)
    assert annotation(tmp_path / "meta/annotation.json", *options) == {
        "annotator": "kinematic",
        "workflow": project.name_and_version(),
        "episodes": 4,
        "fps": 2,
    }


def test_a_reply_costs_once_and_a_failure_has_its_reason(outcomes: Path, tmp_path: Path) -> None:
    prompt = tmp_path / "mine.md"
    prompt.write_text("Where do the subtasks start?")
    protocol = tmp_path / "words.md"
    protocol.write_text("A subtask is a step.")
    options = (
        *("--annotator", "claude", "--episodes", "1-2,5", "--outcomes", outcomes),
        *("--group-size", 4, "--prompt", "segment", prompt, "--prices", PRICES),
        *("--protocol", protocol),
    )
    written = annotation(tmp_path / "annotation.json", *options)
    usage = {"input_tokens": 1000, "output_tokens": 100}
    assert written["prompts"] == {
        "segment": {
            "name": "mine.md",
            "sha256": hashlib.sha256(prompt.read_bytes()).hexdigest(),
        }
    }
    assert written["protocol"] == {
        "name": "words.md",
        "sha256": hashlib.sha256(protocol.read_bytes()).hexdigest(),
    }
    assert written["failures"] == {"2": "it was refused"}
    assert written["replies"] == 2
    assert written["last_reply"] == "2026-11-09T10:00:00+00:00"
    assert written["tokens"] == {"live": usage, "batch": usage}
    assert written["usd"] == pytest.approx(1.5 * (1000 * 5 + 100 * 25) / 1e6)
    assert written["prices"] == "2026-09-30"
    first = (tmp_path / "annotation.json").read_bytes()
    annotation(tmp_path / "annotation.json", *options)
    assert (tmp_path / "annotation.json").read_bytes() == first


def test_what_unifying_the_labels_cost_is_part_of_it(outcomes: Path, tmp_path: Path) -> None:
    unified = tmp_path / "labels.json"
    unification_file.write(unified, Unification((exchange("a"), exchange("b")), ()))
    options = ("--annotator", "claude", "--episodes", "1", "--outcomes", outcomes)
    options += ("--group-size", 4, "--prices", PRICES, "--unified", unified)
    assert annotation(tmp_path / "annotation.json", *options)["replies"] == 2


def test_a_reason_with_a_lone_surrogate_is_written(tmp_path: Path) -> None:
    reason = "the API says: \ud800 is odd"
    outcome_files.write(tmp_path / "outcomes/000000-000003.jsonl", [Outcome(0, None, reason)])
    options = ("--annotator", "claude", "--episodes", "0", "--outcomes", tmp_path / "outcomes")
    options += ("--group-size", 4, "--prices", PRICES)
    written = annotation(tmp_path / "annotation.json", *options)
    assert written["failures"] == {"0": "the API says: \ufffd is odd"}


def test_damaged_outcomes_are_one_sentence(outcomes: Path, tmp_path: Path) -> None:
    options = ("--annotator", "claude", "--episodes", "0-2,5", "--outcomes", outcomes)
    options += ("--group-size", 4, "--prices", PRICES, "--output", tmp_path / "annotation.json")
    path = outcomes / "000000-000003.jsonl"
    whole = path.read_bytes()
    for damaged in (whole[:-9], whole.replace(b"100", b"101"), whole + whole, b"\xff" + whole):
        path.write_bytes(damaged)
        sentence = fails("write_annotation.py", *options)
        assert sentence == f"{path} is damaged: remove it and run again"


def test_a_model_without_a_price_costs_an_unknown_sum(outcomes: Path, tmp_path: Path) -> None:
    options = ("--annotator", "claude", "--episodes", "0", "--outcomes", outcomes)
    options += ("--group-size", 4, "--prices", PRICES)
    assert annotation(tmp_path / "annotation.json", *options)["usd"] is None


def test_what_is_missing_is_one_sentence(outcomes: Path, tmp_path: Path) -> None:
    output = tmp_path / "annotation.json"
    options = ("--annotator", "claude", "--outcomes", outcomes, "--group-size", 4)
    options += ("--output", output)
    sentence = fails("write_annotation.py", *options, "--episodes", "1,3", "--prices", PRICES)
    assert sentence == f"{outcomes} has no outcome of episode 3: remove it and run again"
    sentence = fails("write_annotation.py", *options, "--episodes", "1")
    assert "--outcomes needs --prices" in sentence
    settings = tmp_path / "settings.json"
    for damaged in ("", "[]", "5", "{", "[" * 200_000):
        settings.write_text(damaged)
        sentence = fails("write_annotation.py", *options, "--episodes", "1", "--settings", settings)
        assert sentence == f"{settings} is damaged: remove it and run again"
    assert not output.exists()
