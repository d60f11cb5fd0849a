"""Labels that a person corrected, through whole runs."""

import json
from pathlib import Path

from servers.claude import ClaudeServer, RealEpisodes, Refusal
from support.labels import responses
from support.workflow import Workflow

LABELS = [{"time": 0.0, "subtask": "reach"}, {"time": 2.0, "subtask": "grasp"}]


def test_a_correction_stays_whatever_runs(workflow: Workflow, real_data: Path) -> None:
    root = str(real_data / "g1_bottle_v2.1")
    dataset = {"root": root, "episodes": "0:2"}
    workflow.config = {"datasets": [dataset], "annotator": "kinematic"}
    workflow.run()

    correction = workflow.path("corrections/g1_bottle_v2.1/episode_000001.json")
    correction.parent.mkdir(parents=True)
    correction.write_text(json.dumps(LABELS))
    jobs = {"take_correction": 1, "write_data": 1}
    assert workflow.jobs() == jobs
    # More episodes, and all of them again.
    dataset["episodes"] = "0:3"
    workflow.run("--forceall")
    labels = responses(workflow.path("results/g1_bottle_v2.1"))
    assert labels[1] == ["reach"] * 60 + ["grasp"] * (len(labels[1]) - 60)
    assert len(labels) == 3
    assert workflow.jobs() == {}

    for mistake, sentence in (
        ('[{"time": "soon", "subtask": "reach"}]', "entry 1: time "),
        ('[\n{"time": 0, "subtask": "reach"},\n]', "line 3, column 1: remove the comma before ]"),
    ):
        correction.write_text(mistake)
        assert workflow.jobs() == jobs
        printed = workflow.run(fails=True)
        assert "episode_000001.json" in printed
        assert sentence in printed

    correction.unlink()
    workflow.run()
    found = responses(workflow.path("results/g1_bottle_v2.1"))
    assert (found[0], found[2]) == (labels[0], labels[2])
    assert all(found[1])
    assert not {"reach", "grasp"} & set(found[1])


def test_an_episode_nobody_could_label_is_labelled_by_hand(
    workflow: Workflow, real_data: Path
) -> None:
    root = str(real_data / "g1_bottle_v2.1")
    workflow.config = {"datasets": [{"root": root, "name": "bottle", "episodes": "3:5"}]}
    with ClaudeServer(RealEpisodes(real_data), faults={"episode_000004": Refusal()}) as server:
        workflow.ask(server.url, server.key)
        printed = workflow.run("--keep-going", fails=True)
        assert "bottle: 2 episodes selected, 1 annotated, 1 failed" in printed
        correction = workflow.path("corrections/bottle/episode_000004.json")
        correction.parent.mkdir(parents=True)
        correction.write_text(json.dumps(LABELS))
        printed = workflow.run()
    assert "bottle: 2 episodes selected, 2 annotated, 0 failed" in printed
    labels = responses(workflow.path("results/bottle"))[4]
    assert labels[:61] == ["reach"] * 60 + ["grasp"]
