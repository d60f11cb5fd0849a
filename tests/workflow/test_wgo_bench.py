"""A benchmark of WGO-Bench's form, from the Hub to its figures, with the example's settings."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from servers.claude import ClaudeServer, TruthFiles
from servers.hub import HubServer
from support import wgo_bench
from support.hub_machine import Machine
from support.workflow import PROJECT, Workflow

FOUND: dict[int, list[tuple[float, str]]] = {
    # All three match, the last one because it ends with the truth; its label is another.
    0: [(0.0, "twist open the lid"), (1.7, "pour the water"), (4.0, "shut the lid")],
    # The last one matches, and its label is the same but for case and an article.
    1: [(0.0, "move the cup"), (1.0, "lift the cup"), (2.4, "put cup down")],
    # It covers a third more than the true segment.
    2: [(0.0, "clear the table")],
}
TRUE, MATCHED, SAME = 7, 4, 3


@pytest.mark.thorough
def test_the_benchmark_is_run_and_scored(
    machine: Machine, hub_server: HubServer, workflow: Workflow, tmp_path: Path
) -> None:
    wgo_bench.write(tmp_path / "repo")
    hub_server.create("me/table", tmp_path / "repo")
    root = workflow.path("data", "wgo_bench")
    machine.program("make_wgo_bench_dataset.py", f"--output={root}", "--repo-id=me/table")
    answers = tmp_path / "answers"
    answers.mkdir()
    for number, found in FOUND.items():
        entries = [{"time": time, "subtask": label} for time, label in found]
        (answers / f"episode_{number:06d}.json").write_text(json.dumps(entries))

    example = PROJECT / "config/examples/wgo_bench.yaml"
    settings: dict[str, Any] = yaml.safe_load(example.read_text())
    settings["evaluate"]["judge"] = False
    settings["claude"] = {"api": "live"}
    workflow.config = settings
    with ClaudeServer(TruthFiles(root, answers)) as server:
        workflow.ask(server.url, server.key)
        printed = workflow.run("evaluate")
        assert len(server.answered) == len(FOUND)
    assert "evaluations/wgo_bench/evaluation.html" in printed
    # Of the video whose frames do not follow one another evenly, and of no other.
    outcomes = "".join(path.read_text() for path in workflow.path("work").rglob("*.jsonl"))
    assert outcomes.count("may not belong together") == 1

    scores = json.loads(workflow.path("evaluations", "wgo_bench", "scores.json").read_text())
    assert scores["episodes"] == len(FOUND)
    figures = {name: figure["value"] for name, figure in scores["wgo_bench"].items()}
    assert figures == pytest.approx(
        {
            "segmentation_f1": 2 * MATCHED / (TRUE + sum(map(len, FOUND.values()))),
            "label_accuracy": SAME / MATCHED,
            "end_to_end_f1": 2 * SAME / (TRUE + sum(map(len, FOUND.values()))),
        },
        abs=1e-6,
    )
