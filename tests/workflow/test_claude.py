"""Whole runs with Claude: the real snakemake, the real SDK, real recordings, a loopback server."""

import json
import random
import shutil
import time
from collections import Counter
from pathlib import Path

import pytest

from servers.claude import ClaudeServer, Invalid, NoCredit, RealEpisodes, Refusal, Unusable
from support.labels import made_by_eye, responses
from support.workflow import Workflow, kill

EPISODES = 8
FPS = 30
KILLS = 5


@pytest.fixture(scope="module")
def oracle(real_data: Path) -> RealEpisodes:
    return RealEpisodes(real_data)


def test_both_versions_get_the_same_labels(
    workflow: Workflow, real_data: Path, oracle: RealEpisodes
) -> None:
    versions = ["g1_bottle_v2.1", "g1_bottle_v3.0"]
    workflow.own_processes = True
    workflow.config = {"datasets": [{"root": str(real_data / v)} for v in versions]}
    with ClaudeServer(oracle) as server:
        workflow.ask(server.url, server.key)
        printed = workflow.run()
        # Both versions hold the same frames, so both ask the same questions: each is paid once.
        assert len(server.answered) == EPISODES
        assert set(server.answered.values()) == {1}
    for version in versions:
        assert f"{version}: 8 episodes selected, 8 annotated, 0 failed" in printed
    old, new = (responses(workflow.path("results", version)) for version in versions)
    assert sorted(old) == list(range(EPISODES))
    assert old == new
    for episode, labels in old.items():
        assert labels == made_by_eye(real_data, episode, len(labels))


def test_what_runs_again(workflow: Workflow, real_data: Path, oracle: RealEpisodes) -> None:
    workflow.config = {"datasets": [{"root": str(real_data / "g1_bottle_v2.1"), "name": "bottle"}]}
    with ClaudeServer(oracle) as server:
        workflow.ask(server.url, server.key)
        workflow.run()
        assert "Nothing to be done" in workflow.run()
        # Nor does another key, another server, or the key's absence change anything.
        workflow.environment.pop("ANTHROPIC_API_KEY")
        assert workflow.jobs() == {}
        workflow.ask(server.url, server.key)

        asked = len(server.answered)
        workflow.config["claude"] = {
            "requests_in_flight": 3,
            "max_retries": 2,
            "budget_usd": 100,
            "base_url": server.url,
        }
        assert workflow.jobs() == {}

        workflow.config["claude"] = {"model": "claude-opus-4-6"}
        again = {"annotate": 1, "extract_subtasks": 8, "write_data": 8}
        again |= {"write_settings": 1, "write_annotation": 1}
        assert workflow.jobs() == again
        workflow.run()
        assert len(server.answered) == asked + EPISODES
        assert workflow.jobs() == {}

        workflow.config["sample"] = {"fps": 1}
        assert workflow.jobs() == {"sample_frames": 8, **again}
        # The layout that is not used changes nothing.
        workflow.config["sample"] = {"frame": {"width": 320}}
        assert workflow.jobs() == {}
        # Back to a model that has answered: everything comes from the store.
        workflow.config["claude"] = {}
        workflow.run()
        assert len(server.answered) == asked + EPISODES
        assert workflow.jobs() == {}

        corrected = workflow.path("results/bottle/subtasks/episode_000005.json")
        entries = json.loads(corrected.read_text())
        entries[2]["subtask"] = "corrected by hand"
        corrected.write_text(json.dumps(entries))
        assert workflow.jobs() == {"write_data": 1}
        workflow.run()
        column = responses(workflow.path("results/bottle"))[5]
        assert "corrected by hand" in column
        assert workflow.jobs() == {}


def test_an_edited_prompt_or_protocol_asks_again_and_samples_nothing(
    workflow: Workflow, real_data: Path, oracle: RealEpisodes
) -> None:
    prompt = workflow.path("mine.md")
    prompt.write_text("Task: {task}\nDuration: {duration} s\n{protocol}\nAnswer in JSON.")
    protocol = workflow.path("protocol.md")
    protocol.write_text("A subtask is what a hand does.")
    workflow.config = {
        "datasets": [{"root": str(real_data / "g1_bottle_v3.0"), "episodes": "0:2"}],
        "labels": {"prompts": {"segment": "mine.md"}, "protocol": "protocol.md"},
    }
    with ClaudeServer(oracle) as server:
        workflow.ask(server.url, server.key)
        workflow.run()
        assert "\nA subtask is what a hand does.\n" in server.requests[0].texts[-1]
        again = {"annotate": 1, "extract_subtasks": 2, "write_annotation": 1, "write_data": 1}
        for edited in (prompt, protocol):
            before = edited.read_text()
            edited.write_text(before + "\nUse few words.")
            assert workflow.jobs() == again
            edited.write_text(before)


def test_killed_again_and_again(workflow: Workflow, real_data: Path, oracle: RealEpisodes) -> None:
    roots = [real_data / "g1_bottle_v2.1", real_data / "g1_bottle_v3.0"]
    workflow.config = {
        "datasets": [
            {"root": str(roots[0]), "name": "one"},
            {"root": str(roots[1]), "name": "two"},
            {"root": str(roots[0]), "name": "three", "task": "Grasp the bottle."},
            {"root": str(roots[1]), "name": "four", "task": "Lift the bottle."},
        ],
        "claude": {"episodes_per_job": 3, "requests_in_flight": 2},
    }
    dice = random.Random(7)
    unlucky: Counter[str] = Counter()
    with ClaudeServer(oracle, latency=0.3) as server:
        workflow.ask(server.url, server.key)
        for _ in range(KILLS):
            process = workflow.start()
            time.sleep(dice.uniform(0.8, 4.0))
            moment = time.time()
            kill(process)
            unlucky.update(server.unsettled(moment))
            workflow.run("--unlock")
        printed = workflow.run()
        for question, answers in server.answered.items():
            assert answers <= 1 + unlucky[question]
        # Names one and two ask the same, three and four each something of their own.
        assert len(server.answered) == 3 * EPISODES
    for name in ("one", "two", "three", "four"):
        assert f"{name}: 8 episodes selected, 8 annotated, 0 failed" in printed
        for episode, labels in responses(workflow.path("results", name)).items():
            assert labels == made_by_eye(real_data, episode, len(labels))
    left_over = [p for p in workflow.path("results").rglob("*") if p.name.endswith(".tmp")]
    assert "Nothing to be done" in workflow.run(), left_over


@pytest.fixture
def with_a_corrupt_video(real_data: Path, tmp_path: Path) -> Path:
    """The real dataset with the middle of one video overwritten."""
    root = tmp_path / "bottle"
    shutil.copytree(real_data / "g1_bottle_v2.1", root)
    video = next(root.rglob("episode_000002.mp4"))
    video.chmod(0o644)
    video.write_bytes(video.read_bytes()[:1000])
    return root


FAILING = {2: "episode_000002.mp4", 4: "the model refused", 6: "asked twice"}
FAULTS = {"episode_000004": Refusal(), "episode_000006": Unusable()}


def test_failures_stop_their_own_episodes(
    workflow: Workflow, with_a_corrupt_video: Path, real_data: Path, oracle: RealEpisodes
) -> None:
    workflow.config = {"datasets": [{"root": str(with_a_corrupt_video)}]}
    with ClaudeServer(oracle, faults=FAULTS) as server:
        workflow.ask(server.url, server.key)
        printed = workflow.run("--keep-going", fails=True)
        assert "8 episodes selected, 5 annotated, 3 failed" in printed
        for episode, reason in FAILING.items():
            assert f"bottle episode {episode:06d} has no labels" in printed
            assert any(
                f"failed: episode {episode:06d}" in line and reason in line
                for line in printed.splitlines()
            )
        done = sorted(responses(workflow.path("results/bottle")))
        assert done == [e for e in range(EPISODES) if e not in FAILING]
        # A plain second run fails for the same three and asks nothing.
        before = len(server.requests)
        workflow.run("--keep-going", fails=True)
        assert len(server.requests) == before

    assert "no frames for episode 2: repair its video and run again" in printed
    command = printed[printed.index("To ask again") :].splitlines()[1].split()
    assert command[-2:] == ["--forcerun", "work/bottle/outcomes/000000-000015.jsonl"]
    with ClaudeServer(oracle) as repaired:
        workflow.ask(repaired.url, repaired.key)
        workflow.run("--keep-going", *command[-2:], fails=True)
        assert len(repaired.answered) == 2
        assert sorted(responses(workflow.path("results/bottle"))) == [0, 1, 3, 4, 5, 6, 7]

        # A repaired video is newer than its archive: it is sampled and asked about by itself.
        video = next(with_a_corrupt_video.rglob("episode_000002.mp4"))
        shutil.copyfile(
            next((real_data / "g1_bottle_v2.1").rglob("episode_000002.mp4")),
            video,
        )
        workflow.run()
        assert len(repaired.answered) == 3
        assert set(repaired.answered.values()) == {1}
        assert len(responses(workflow.path("results/bottle"))) == EPISODES


def test_failures_are_skipped(
    workflow: Workflow, with_a_corrupt_video: Path, oracle: RealEpisodes
) -> None:
    workflow.config = {"datasets": [{"root": str(with_a_corrupt_video)}], "on_error": "skip"}
    with ClaudeServer(oracle, faults=FAULTS) as server:
        workflow.ask(server.url, server.key)
        printed = workflow.run()
        assert "8 episodes selected, 5 annotated, 3 failed" in printed
        columns = responses(workflow.path("results/bottle"))
        assert len(columns) == EPISODES
        for episode, labels in columns.items():
            assert any(labels) == (episode not in FAILING)
        assert workflow.jobs() == {}
    with ClaudeServer(oracle) as repaired:
        workflow.ask(repaired.url, repaired.key)
        printed = workflow.run("--forcerun", "annotate")
        assert sorted(repaired.answered.values()) == [1, 1]
        assert "8 episodes selected, 7 annotated, 1 failed" in printed
        # Nothing can be asked about an episode without images.
        assert "To ask again" not in printed


@pytest.mark.parametrize("api", ["live", "batch"])
def test_a_question_the_api_refuses_fails_its_episode_alone(
    workflow: Workflow, real_data: Path, oracle: RealEpisodes, api: str
) -> None:
    root = str(real_data / "g1_bottle_v2.1")
    workflow.config = {
        "datasets": [{"root": root, "name": "bottle", "episodes": "3:6"}],
        "claude": {"api": api, "batch": {"poll_seconds": 0.2}},
        "on_error": "skip",
    }
    with ClaudeServer(oracle, faults={"episode_000004": Invalid()}) as server:
        workflow.ask(server.url, server.key)
        printed = workflow.run()
    assert "bottle: 3 episodes selected, 2 annotated, 1 failed" in printed
    assert "failed: episode 000004: the API refused the question" in printed
    assert "Could not process image" in printed
    labelled = responses(workflow.path("results/bottle")).items()
    assert [episode for episode, labels in labelled if any(labels)] == [3, 5]


def test_a_killed_run_does_not_ask_again_about_a_refusal(
    workflow: Workflow, real_data: Path, oracle: RealEpisodes
) -> None:
    """Until its outcome is written, an unusable answer was paid for like any other."""
    workflow.config = {"datasets": [{"root": str(real_data / "g1_bottle_v2.1")}]}
    with ClaudeServer(
        lambda question: (time.sleep(2 * (question.duration > 12.1)), oracle(question))[1],
        faults={"episode_000004": Refusal()},
    ) as server:
        workflow.ask(server.url, server.key)
        process = workflow.start("--keep-going")
        while len(server.answered) < 5:
            time.sleep(0.05)
        time.sleep(0.5)
        kill(process)
        refused = [r.question for r in server.requests if r.episode == "episode_000004"]
        workflow.run("--unlock")
        workflow.run("--keep-going", fails=True)
        assert server.answered[refused[0]] == 1


@pytest.mark.parametrize(
    ("account", "key", "said"),
    [
        (None, "sk-ant-wrong-key", "rejects the key"),
        (None, None, "set ANTHROPIC_API_KEY"),
        (NoCredit(), "right", "no credit left"),
    ],
)
def test_trouble_that_concerns_every_episode(
    workflow: Workflow,
    real_data: Path,
    oracle: RealEpisodes,
    account: NoCredit | None,
    key: str | None,
    said: str,
) -> None:
    workflow.config = {"datasets": [{"root": str(real_data / "g1_bottle_v2.1")}]}
    with ClaudeServer(oracle, account=account) as server:
        workflow.ask(server.url, server.key if key == "right" else key or "")
        printed = workflow.run("--until", "annotate", fails=True)
        assert said in printed
        assert not server.answered
        if key:
            assert key not in printed
    assert not workflow.path("work/g1_bottle_v2.1/outcomes/000000-000015.jsonl").exists()
