"""Whole runs with a second look at each border: real snakemake and SDK, a server that knows."""

import json
import random
import re
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from servers.claude import ClaudeServer, ImpreciseAtFirst, RealEpisodes, Refusal
from servers.claude.faults import Ask
from servers.claude.oracles import Known
from servers.claude.question import Picture, Question
from subtasks.frames import archive
from subtasks.segments import subtask_files
from support.workflow import Workflow, kill

EPISODES = 8
FPS = 30
KILLS = 3
OFF = 0.25  # seconds by which the first look is wrong
PASSES = ["segment", "refine"]
OUTCOMES = "work/bottle/outcomes/000000-000015.jsonl"
REFINED = "work/bottle/refined/000000-000015.jsonl"


class Watching:
    """An oracle that is off by `OFF` at the first look, and keeps the questions of the second."""

    def __init__(self, real_data: Path) -> None:
        self._oracle = ImpreciseAtFirst(RealEpisodes(real_data), OFF)
        self.second_looks: list[Question] = []

    def __call__(self, question: Question) -> Known:
        if question.pictures[0].border:
            self.second_looks.append(question)
        return self._oracle(question)


@pytest.fixture
def oracle(real_data: Path) -> Watching:
    return Watching(real_data)


def config(real_data: Path, **others: Any) -> dict[str, Any]:
    bottle = {"root": str(real_data / "g1_bottle_v2.1"), "name": "bottle"}
    return {"datasets": [bottle], "labels": {"passes": PASSES}, **others}


def times(file: Path) -> list[float]:
    return [segment.time for segment in subtask_files.load(file)]


def found(workflow: Workflow, episode: int) -> list[float]:
    return times(workflow.path(f"results/bottle/subtasks/episode_{episode:06d}.json"))


def true_times(real_data: Path, episode: int) -> list[float]:
    return times(real_data / f"g1_bottle_gold/episode_{episode:06d}.json")


def assert_right(workflow: Workflow, real_data: Path) -> None:
    """Every border is within one frame of the truth."""
    for episode in range(EPISODES):
        for time_found, truth in zip(
            found(workflow, episode), true_times(real_data, episode), strict=True
        ):
            assert abs(time_found - truth) <= 1 / FPS + 1e-6


def is_dense(picture: Picture, border: float) -> bool:
    """Whether a strip shows eight frames a second, up to a second around the border."""
    start, stop = picture.times
    return border - 1.01 <= start < border < stop <= border + 1.01


def test_every_border_is_found_to_the_frame_and_nothing_is_done_twice(
    workflow: Workflow, real_data: Path, oracle: Watching
) -> None:
    workflow.config = config(real_data)
    with ClaudeServer(oracle) as server:
        workflow.ask(server.url, server.key)
        printed = workflow.run()
        assert_right(workflow, real_data)
        # One question an episode, with all of its borders and only the frames around them.
        asked = list(oracle.second_looks)
        assert len(asked) == EPISODES
        assert set(server.answered.values()) == {1}
        assert len(server.answered) == 2 * EPISODES
        strips = {}
        for episode in range(EPISODES):
            path = workflow.path(f"work/bottle/borders/episode_{episode:06d}.zip")
            strips[episode] = archive.read_manifest(path)
            borders = strips[episode].borders
            truth = true_times(real_data, episode)[1:]
            for number, (border, true) in enumerate(zip(borders, truth, strict=True)):
                assert abs(border - true - (-OFF if number % 2 else OFF)) <= 1 / FPS
            for time_shown, image in zip(borders, strips[episode].images, strict=True):
                steps = [(time - time_shown) * 8 for time in image.times]
                assert -8.2 <= steps[0] < 0 < steps[-1] <= 8.2
                # Where its neighbour leaves no room for a step, there is one frame between them.
                whole = [step for step in steps if abs(step) >= 0.8]
                assert len(whole) >= len(steps) - 3
                assert all(abs(step - round(step)) <= 0.5 * 8 / FPS + 1e-3 for step in whole)
                assert max(b - a for a, b in pairwise(steps)) <= 1 + 8 / FPS
        pictures = sorted(len(question.pictures) for question in asked)
        assert pictures == sorted(len(manifest.borders) for manifest in strips.values())
        for question in asked:
            for picture in question.pictures:
                assert is_dense(picture, picture.border[1])

        # It is in the bill, in the table of what remains, and in what the labels come from.
        assert "16 requests made, 0 from the store" in printed
        annotation = json.loads(workflow.path("results/bottle/meta/annotation.json").read_text())
        assert annotation["replies"] == 2 * EPISODES
        assert list(annotation["prompts"]) == PASSES
        assert annotation["labels"]["passes"] == PASSES
        assert re.search(r"borders refined +8\n", workflow.run("status"))
        assert workflow.jobs() == {}

        # Asking again by force takes all from the store and keeps the strips as they are.
        made = {path: path.read_bytes() for path in workflow.path("work/bottle").glob("borders/*")}
        workflow.run("--forcerun", OUTCOMES)
        assert {path: path.read_bytes() for path in made} == made
        logs = workflow.path("work/bottle/logs/sample_borders").glob("*.log")
        assert all("the archive is kept" in log.read_text() for log in logs)
        assert set(server.answered.values()) == {1}
        assert workflow.jobs() == {}

        # Who asks needs a key, and hears of it before.
        key = workflow.environment.pop("ANTHROPIC_API_KEY")
        assert "there is no key for the Claude API" in workflow.run(
            "--dry-run", "--forcerun", REFINED
        )
        workflow.environment["ANTHROPIC_API_KEY"] = key

        # A person's labels are nobody else's business.
        corrected = workflow.path("corrections/bottle/episode_000003.json")
        corrected.parent.mkdir(parents=True)
        corrected.write_text('[{"time": 0.0, "subtask": "corrected by hand"}]')
        assert workflow.jobs() == {"take_correction": 1, "write_data": 1}
        corrected.unlink()

        # Another rate of the first look asks it anew; its borders are where they were.
        workflow.config["sample"] = {"fps": 1}
        workflow.run()
        assert {path: path.read_bytes() for path in made} == made
        assert len(server.answered) == 3 * EPISODES
        assert_right(workflow, real_data)


@pytest.mark.thorough
def test_batches_give_the_same_whenever_they_are_killed(
    workflow: Workflow, real_data: Path, oracle: Watching
) -> None:
    batch = {"api": "batch", "batch": {"episodes": 3, "poll_seconds": 0.2}}
    workflow.config = config(real_data, claude=batch)
    dice = random.Random(11)
    with ClaudeServer(oracle, batch_seconds=0.5) as server:
        workflow.ask(server.url, server.key)
        for _ in range(KILLS):
            process = workflow.start()
            time.sleep(dice.uniform(1.5, 6.0))
            kill(process)
            workflow.run("--unlock")
        workflow.run()
        assert workflow.jobs() == {}
        assert set(server.answered.values()) == {1}
        assert len(server.answered) == 2 * EPISODES
        assert {record.method for record in server.requests if record.usage} == {"BATCH"}
        assert_right(workflow, real_data)


def test_killed_at_random_moments_nothing_is_asked_twice(
    workflow: Workflow, real_data: Path, oracle: Watching
) -> None:
    workflow.config = config(real_data, claude={"episodes_per_job": 3, "requests_in_flight": 2})
    dice = random.Random(5)
    unlucky: Counter[str] = Counter()
    with ClaudeServer(oracle, latency=0.3) as server:
        workflow.ask(server.url, server.key)
        for _ in range(KILLS):
            process = workflow.start()
            time.sleep(dice.uniform(1.5, 5.0))
            moment = time.time()
            kill(process)
            unlucky.update(server.unsettled(moment))
            workflow.run("--unlock")
        workflow.run()
        assert len(server.answered) == 2 * EPISODES
        for question, count in server.answered.items():
            assert count <= 1 + unlucky[question]
        assert_right(workflow, real_data)


def test_a_second_look_that_fails_fails_its_episode_and_is_asked_again(
    workflow: Workflow, real_data: Path, oracle: Watching
) -> None:
    workflow.config = config(real_data)

    def refuses(ask: Ask) -> Refusal | None:
        is_second = ask.question is not None and ask.question.pictures[0].border
        return Refusal() if is_second and ask.episode == "episode_000002" else None

    with ClaudeServer(oracle, faults=refuses) as server:
        workflow.ask(server.url, server.key)
        printed = workflow.run("--keep-going", fails=True)
        why = "its borders were not refined: the model refused to answer"
        assert f"failed: episode 000002: {why}" in printed
        assert "8 episodes selected, 7 annotated, 1 failed" in printed
        left = r"borders refined +7 +1 remaining, 1 of them failed\n"
        assert re.search(left, workflow.run("status"))
    command = printed[printed.index("To ask again") :].splitlines()[1].split()
    assert command[-2:] == ["--forcerun", REFINED]
    with ClaudeServer(oracle) as server:
        workflow.ask(server.url, server.key)
        workflow.run(*command[-2:])
        assert len(server.answered) == 1
        assert_right(workflow, real_data)
        assert workflow.jobs() == {}
