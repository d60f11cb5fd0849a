"""Trouble with one dataset, one episode or one file stays its own."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from servers.claude import ClaudeServer, RealEpisodes
from support.recordings import cut
from support.workflow import Workflow

VERSIONS = ["g1_bottle_v2.1", "g1_bottle_v3.0"]
STATE = "observation.state"


@pytest.fixture(scope="module")
def recorded(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three episodes of each version."""
    folder = tmp_path_factory.mktemp("recorded")
    for version in VERSIONS:
        cut(real_data / version, folder / version)
    return folder


@pytest.fixture
def copied(recorded: Path, tmp_path: Path) -> Callable[[str], Path]:
    def copied(version: str) -> Path:
        return Path(shutil.copytree(recorded / version, tmp_path / "datasets" / version))

    return copied


def response(path: Path, episode: int) -> set[str]:
    """The different labels of an episode in a data file."""
    rows = pq.read_table(path, columns=["episode_index", "response"]).to_pylist()
    return {row["response"] for row in rows if row["episode_index"] == episode}


# datasets of a mixture ----------------------------------------------------------------------------


def test_a_mixtures_datasets_do_not_stop_one_another(workflow: Workflow, recorded: Path) -> None:
    old, new = (str(recorded / version) for version in VERSIONS)
    mixture = [
        {"root": old, "repo_id": "me/bottle", "episodes": [0]},
        {"root": old, "repo_id": "me/bottle", "episodes": [1]},  # once more, in another role
        {"root": new, "episodes": [0]},
        {"vqa": "coco_qa"},
        {"weight": 2.0},
        {"root": "nowhere"},
        {"root": old, "repo_id": "me/text", "episodes": "0:5"},
        {"root": old, "repo_id": "me/beyond", "episodes": [99]},
        {"root": old, "repo_id": "..."},
    ]
    workflow.path("mixture.json").write_text(json.dumps({"datasets": mixture}))
    workflow.config = {"mixture": "mixture.json", "annotator": "kinematic"}
    printed = workflow.run(fails=True)
    good = ["me--bottle", "me--bottle-2", "g1_bottle_v3.0"]
    assert sorted(path.name for path in workflow.path("results").iterdir()) == sorted(good)
    assert "datasets[3] is of the kind vqa and has no episodes; it is left out" in printed
    *_, accounts = printed.partition("me--bottle: 1 episode selected, 1 annotated, 0 failed")
    for sentence in [
        "me--bottle-2: 1 episode selected, 1 annotated, 0 failed",
        "g1_bottle_v3.0: 1 episode selected, 1 annotated, 0 failed",
        "datasets[4] must have root, a local folder, or repo_id, a dataset on the Hub",
        "nowhere is not a LeRobot dataset",
        "datasets[6]: episodes must be a list of episode numbers",
        "episode 99 cannot be selected: the dataset has episodes 0 to 2",
        "'...' cannot name a dataset",
        "5 datasets of the mixture are left out, as said above; all others are done",
    ]:
        assert sentence in accounts
    workflow.config["on_error"] = "skip"
    *_, accounts = workflow.run().partition("Datasets that are left out:")
    assert "nowhere is not a LeRobot dataset" in accounts
    workflow.config["on_error"] = "stop"
    assert "me--bottle: 1 episode selected" in workflow.run("status")
    workflow.path("mixture.json").write_text(json.dumps({"datasets": mixture[4:]}))
    assert "nowhere is not a LeRobot dataset" in workflow.run(fails=True)


def test_datasets_of_one_name_are_told_apart_by_the_user(
    workflow: Workflow, recorded: Path
) -> None:
    root = str(recorded / VERSIONS[0])
    workflow.config = {"datasets": [{"root": root}, {"root": root}], "annotator": "kinematic"}
    assert "are both called g1_bottle_v2.1: give one of them another name:" in workflow.run(
        fails=True
    )


# episodes without a video -------------------------------------------------------------------------


def test_without_its_video_an_episode_has_no_labels_and_the_result_is_whole(
    workflow: Workflow,
    real_data: Path,
    copied: Callable[[str], Path],
) -> None:
    root = copied(VERSIONS[0])
    next(root.rglob("episode_000001.mp4")).unlink()
    workflow.config = {
        "datasets": [{"root": str(root)}],
        "on_error": "skip",
        "publish": {"in_place": True},
        "output": {"subtask_index": True, "segments": True},
    }
    with ClaudeServer(RealEpisodes(real_data)) as server:
        workflow.ask(server.url, server.key)
        printed = workflow.run()
    assert f"{root.name}: 2 episodes selected, 2 annotated, 0 failed" in printed
    assert "left out because files are missing: episode 1\n" in printed
    files = sorted(path.relative_to(root) for path in root.glob("data/*/*.parquet"))
    result = workflow.path("results", root.name)
    assert sorted(path.relative_to(result) for path in result.glob("data/*/*.parquet")) == files
    assert [response(result / path, i) == {""} for i, path in enumerate(files)] == [
        False,
        True,
        False,
    ]
    workflow.run("publish")
    assert [response(root / path, 1) for path in files] == [set(), {""}, set()]


# episodes with an unusable state ------------------------------------------------------------------


@pytest.fixture
def damaged(copied: Callable[[str], Path]) -> Path:
    """A dataset in which a number of the state is none, in one frame of episode 1."""
    root = copied(VERSIONS[0])
    path = next(root.glob("data/*/episode_000001.parquet"))
    rows = pq.read_table(path)
    states = np.array(rows[STATE].to_pylist(), np.float32)
    states[7, 0] = np.nan
    field = rows.schema.field(STATE)
    column = pa.array(list(states), field.type)
    pq.write_table(rows.set_column(rows.schema.get_field_index(STATE), field, column), path)
    return root


def test_an_unusable_state_costs_one_episode_its_labels(workflow: Workflow, damaged: Path) -> None:
    workflow.config = {
        "datasets": [{"root": str(damaged)}],
        "annotator": "kinematic",
        "claude": {"prices": "nowhere.yaml"},  # no model is asked
    }
    printed = workflow.run("--keep-going", fails=True)
    assert "2 annotated, 0 failed, 1 unfinished" in printed
    *_, said = printed.partition("\nstopped: cannot use observation.state in ")
    assert "row 7 holds the number nan" in said.splitlines()[0]
    workflow.config["on_error"] = "skip"
    printed = workflow.run()
    assert "3 episodes selected, 2 annotated, 1 failed" in printed
    assert "failed: episode 000001: it has no subtasks; " in printed
    log = workflow.path("work", damaged.name, "logs/segment_motion/episode_000001.log").read_text()
    assert "the episode has no labels: cannot use observation.state in" in log
    assert "row 7 holds the number nan" in log
    path = next(workflow.path("results", damaged.name).glob("data/*/episode_000001.parquet"))
    assert response(path, 1) == {""}


def test_an_unusable_state_blocks_no_group(
    workflow: Workflow, real_data: Path, damaged: Path
) -> None:
    workflow.config = {
        "datasets": [{"root": str(damaged)}],
        "labels": {"motion_hints": True},
        "on_error": "skip",
    }
    with ClaudeServer(RealEpisodes(real_data)) as server:
        workflow.ask(server.url, server.key)
        printed = workflow.run()
    assert "3 episodes selected, 3 annotated, 0 failed" in printed
    log = workflow.path("work", damaged.name, "logs/find_motion/episode_000001.log").read_text()
    assert "the motion of this episode is unknown: cannot use observation.state in" in log


# what fails every job ----------------------------------------------------------------------------


def test_a_key_that_is_not_accepted_ends_the_run(
    workflow: Workflow, recorded: Path, real_data: Path
) -> None:
    """One request, one sentence; labels that were to be made again are not called done."""
    root = recorded / VERSIONS[0]
    workflow.config = {"datasets": [{"root": str(root)}], "claude": {"episodes_per_job": 1}}
    with ClaudeServer(RealEpisodes(real_data)) as server:
        workflow.ask(server.url, server.key)
        assert f"{root.name}: 3 episodes selected, 3 annotated, 0 failed" in workflow.run()
        before = len(server.requests)
        workflow.ask(server.url, "sk-ant-wrong")
        workflow.config["claude"]["max_tokens"] = 5000
        printed = workflow.run("--keep-going", "--resources", "claude_jobs=1", fails=True)
        assert len(server.requests) == before + 1
    assert f"{root.name}: 3 episodes selected, 0 annotated, 0 failed, 3 unfinished" in printed
    assert printed.count("\nstopped: ") == 1
    assert "\nstopped: the Claude API rejects the key (" in printed
    assert "): check ANTHROPIC_API_KEY\n" in printed
    # The job has said so in a file of its own, and no other job was started.
    [said] = workflow.path("work", root.name, "logs/annotate").glob("*.json")
    failure = json.loads(said.read_text())
    assert failure["fatal"] is True
    assert failure["reason"] in printed
