"""`snakemake evaluate`: labels compared with true ones, and settings with one another."""

import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from servers.claude import ClaudeServer, RealEpisodes
from servers.claude.oracles import Known
from servers.claude.question import Question
from support.many_episodes import render
from support.workflow import Workflow

VERSION = "g1_bottle_v2.1"
SHARE, SECONDS = 0.4, 0.7
TRUE = [
    {"time": 0.0, "subtask": "reach toward the cup"},
    {"time": 0.7, "subtask": "grasp the cup"},
    {"time": 1.2, "subtask": "lift the cup"},
]


@dataclass(frozen=True)
class Careless:
    """Knows the truth, and moves a share of the borders by some seconds if it is told to hurry."""

    oracle: RealEpisodes
    share: float
    seconds: float

    def __call__(self, question: Question) -> Known:
        known = self.oracle(question)
        if not any("in a hurry" in text for text in question.texts):
            return known
        first, *others = known.subtasks
        moved = [
            entry | {"time": entry["time"] + self.seconds * self.fails(known.episode, number)}
            for number, entry in enumerate(others)
        ]
        return Known(known.episode, (first, *sorted(moved, key=lambda entry: entry["time"])))

    def fails(self, episode: str, number: int) -> bool:
        drawn = hashlib.sha256(f"{episode} {number}".encode()).digest()[0] / 256
        return drawn < self.share


def scores(workflow: Workflow, dataset: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        workflow.path("evaluations", dataset, "scores.json").read_text()
    )
    return found


def write(folder: Path, episode: int, labels: Sequence[dict[str, Any]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"episode_{episode:06d}.json").write_text(json.dumps(labels))


@pytest.fixture
def tiny(workflow: Workflow, tmp_path: Path) -> Workflow:
    """Six tiny episodes without a model, four of which have true labels."""
    root = render(tmp_path / "tiny", 6)
    for episode in range(4):
        write(tmp_path / "truth", episode, TRUE)
    workflow.config = {
        "datasets": [{"root": str(root)}],
        "annotator": "kinematic",
        "evaluate": {"truth": str(tmp_path / "truth")},
    }
    return workflow


def test_only_episodes_with_true_labels_are_labelled(tiny: Workflow) -> None:
    assert tiny.jobs("evaluate")["segment_motion"] == 4
    printed = tiny.run("evaluate")
    assert "tiny: 4 episodes" in printed
    assert "evaluations/tiny/evaluation.html" in printed
    assert "0 failed" not in printed  # nobody asked for the whole dataset
    assert scores(tiny, "tiny")["episodes"] == 4
    rows = pq.read_table(tiny.path("evaluations/tiny/episodes.parquet"))
    assert rows["episode"].to_pylist() == [0, 1, 2, 3]
    # It prints again and makes nothing anew.
    assert tiny.jobs("evaluate") == {"evaluate": 1}


def test_a_changed_label_or_truth_is_scored_anew(tiny: Workflow, tmp_path: Path) -> None:
    tiny.run("evaluate")
    for episode in range(4):
        write(tiny.path("results/tiny/subtasks"), episode, TRUE)
    tiny.run("evaluate")
    assert scores(tiny, "tiny")["borders"]["0.1"]["f1"]["value"] == 1.0
    write(tmp_path / "truth", 2, TRUE[:1])
    jobs = tiny.jobs("evaluate")
    assert jobs == {"read_truth": 1, "score_labels": 1, "report_scores": 1, "evaluate": 1}
    tiny.run("evaluate")
    found = scores(tiny, "tiny")["borders"]["0.1"]
    # Six true borders and eight found ones, six of them alike.
    assert found["precision"]["value"] == pytest.approx(6 / 8)
    assert found["recall"]["value"] == 1.0
    # A corrected label is a person's: what the annotator had said is scored.
    assert tiny.jobs() != {}


def test_corrections_are_true_labels_of_what_the_annotator_had_said(
    tiny: Workflow, tmp_path: Path
) -> None:
    tiny.config["evaluate"] = {"truth": str(tiny.path("corrections/tiny"))}
    said = [TRUE[0], {**TRUE[1], "time": 0.4}, TRUE[2]]
    for episode, words in enumerate([TRUE, said]):
        write(tiny.path("corrections/tiny"), episode, TRUE)
        write(tiny.path("corrections/tiny/annotated"), episode, words)
    printed = tiny.run("evaluate")
    found = scores(tiny, "tiny")
    assert found["episodes"] == 2
    assert found["borders"]["0.25"]["f1"]["value"] == pytest.approx(3 / 4)
    assert found["borders"]["0.5"]["f1"]["value"] == 1.0
    assert "a person" in printed


def test_without_true_labels_there_is_nothing_to_compare(tiny: Workflow, tmp_path: Path) -> None:
    tiny.config["evaluate"] = {}
    assert tiny.refused("evaluate").startswith("there is nothing to compare the labels with")
    tiny.config["evaluate"] = {"runs": [{"name": "a"}]}
    assert tiny.refused("evaluate").startswith("there is nothing to compare the labels with")
    tiny.config["evaluate"] = {"truth": "nowhere"}
    assert "nowhere" in tiny.refused("evaluate")
    # Whoever does not evaluate does not meet it.
    assert tiny.jobs()["segment_motion"] == 6
    write(tmp_path / "others", 17, TRUE)
    tiny.config["evaluate"] = {"truth": str(tmp_path / "others")}
    assert tiny.refused("evaluate").startswith(f"{tmp_path}/others has true labels of no episode")


def test_a_model_says_which_labels_mean_the_same(tiny: Workflow) -> None:
    tiny.config["evaluate"] |= {"judge": True}
    assert "there is no key for the Claude API" in tiny.refused("evaluate")
    meaning = {"close the gripper": "grasp the cup", "open the gripper": "lift the cup"}
    with ClaudeServer(meaning=lambda label: meaning.get(label, label)) as server:
        tiny.ask(server.url, server.key)
        tiny.run("evaluate")
        asked = len(server.requests)
        assert asked > 0
        judged = json.loads(tiny.path("work/tiny/judged.json").read_text())
        # What can be computed again is, and nothing is paid for twice.
        shutil.rmtree(tiny.path("work"))
        shutil.rmtree(tiny.path("evaluations"))
        tiny.run("evaluate")
        assert len(server.requests) == asked
    assert json.loads(tiny.path("work/tiny/judged.json").read_text())["pairs"] == judged["pairs"]
    found = scores(tiny, "tiny")
    assert found["judged_accuracy"]["value"] is not None
    for path in (*tiny.path("work").rglob("*"), *tiny.path("evaluations").rglob("*")):
        assert path.is_dir() or server.key.encode() not in path.read_bytes()


def test_two_settings_differ_by_as_much_as_their_answers(
    workflow: Workflow, real_data: Path
) -> None:
    oracle = Careless(RealEpisodes(real_data), SHARE, SECONDS)
    workflow.config = {
        "datasets": [
            {
                "root": str(real_data / VERSION),
                "evaluate": {"truth": str(real_data / "g1_bottle_gold")},
            }
        ],
        "evaluate": {
            "runs": [
                {"name": "careful"},
                {"name": "hurried", "config": {"labels": {"context": "You are in a hurry."}}},
                {"name": "kinematic", "config": {"annotator": "kinematic"}},
            ]
        },
    }
    with ClaudeServer(oracle) as server:
        workflow.ask(server.url, server.key)
        estimated = workflow.run("estimate")
        assert estimated.count("8 of 8") == 3  # of the whole dataset and of two runs
        assert "hurried, a run of evaluate.runs:" in estimated
        printed = workflow.run("evaluate")
        assert len(server.answered) == 16
        assert set(server.answered.values()) == {1}
        # Paid once: without the outcomes, all answers come from the store.
        for outcomes in workflow.path("evaluations/runs").glob("*/work/*/outcomes"):
            shutil.rmtree(outcomes)
        again = workflow.run("evaluate")
        assert len(server.answered) == 16
        assert set(server.answered.values()) == {1}
    assert not workflow.path("results", VERSION).exists()
    careful, hurried, kinematic = json.loads(
        workflow.path("evaluations", VERSION, "runs.json").read_text()
    )["runs"]
    assert careful["figures"]["borders/0.5/f1"]["value"] == 1.0
    # Moved by more than the half second, a border is neither found nor true.
    difference = hurried["difference"]["borders/0.5/f1"]
    assert difference["low"] <= -SHARE <= difference["high"] < 0
    assert careful["usd_per_hour"] == pytest.approx(hurried["usd_per_hour"], rel=0.05)
    assert kinematic["usd_per_hour"] == 0
    for text in (printed, again):
        assert "hurried" in text
        assert f"evaluations/{VERSION}/runs.html" in text
