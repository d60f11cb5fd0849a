"""The program that asks which found labels mean the same as true ones; without Snakemake."""

import json
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from servers.claude import ClaudeServer
from servers.claude.faults import Ask, CutOff, Fault, Overloaded, Refusal, Slow
from subtasks import episode_facts
from subtasks.episode_facts import EpisodeFacts
from subtasks.evaluation import truth_file
from subtasks.evaluation.truth_file import TrueSegment, Truth
from subtasks.program import EXIT_PROBLEM
from subtasks.store import judged_file
from support import label_programs

FPS, LENGTH = 10, 30
TRUE = ["reach for the cup", "pick up the cup", "place the cup"]
FOUND = {
    0: ["Reach for cup", "lift the cup", "place the cup"],
    1: ["go there", "lift it", "drop it"],
}
MEANING = {
    **{label: label for label in TRUE},
    "lift the cup": "pick up the cup",
    "lift it": "pick up the cup",
    "go there": "somewhere",
    "drop it": "an accident",
}
PAIRS = {
    ("lift the cup", "pick up the cup"): True,
    ("lift it", "pick up the cup"): True,
    ("go there", "reach for the cup"): False,
    ("drop it", "place the cup"): False,
}


OPTIONS = (
    *("--truth=truth.json", "--subtasks=subtasks", "--facts=facts", "--annotated=annotated"),
    *(f"--fps={FPS}", "--episodes=0-1", "--output=judged.json"),
)


class JudgeJob:
    """A folder in which judge_labels.py asks about two episodes of three segments."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "facts").mkdir()
        facts = {episode: EpisodeFacts("Clear the table.", LENGTH) for episode in FOUND}
        episode_facts.write(folder / "facts/000000-000001.json", facts)
        true = tuple(TrueSegment(i, i + 1, label) for i, label in enumerate(TRUE))
        episodes = dict.fromkeys(FOUND, true)
        truth_file.write(folder / "truth.json", Truth("t", "folder", (), episodes))
        self.say(FOUND)

    def say(self, found: Mapping[int, list[str]]) -> None:
        (self.folder / "subtasks").mkdir(exist_ok=True)
        for episode, labels in found.items():
            entries = [{"time": float(i), "subtask": label} for i, label in enumerate(labels)]
            path = self.folder / f"subtasks/episode_{episode:06d}.json"
            path.write_text(json.dumps(entries))

    def start(self, server: ClaudeServer | None, *options: str) -> subprocess.Popen[str]:
        return label_programs.start("judge_labels", self.folder, server, *OPTIONS, *options)

    def run(self, server: ClaudeServer | None, *options: str, exit_code: int = 0) -> str:
        given = (*OPTIONS, *options)
        return label_programs.run("judge_labels", self.folder, server, *given, exit_code=exit_code)

    @property
    def judged(self) -> judged_file.JudgedLabels:
        return judged_file.read(self.folder / "judged.json")


@pytest.fixture
def job(tmp_path: Path) -> JudgeJob:
    return JudgeJob(tmp_path)


@pytest.fixture
def faults() -> list[Fault]:
    return []


@pytest.fixture
def server(faults: list[Fault]) -> Iterator[ClaudeServer]:
    def choose(ask: Ask) -> Fault | None:
        return faults.pop(0) if faults else None

    with ClaudeServer(meaning=MEANING.__getitem__, faults=choose) as server:
        yield server


def test_what_is_worded_differently_is_judged_and_paid_for_once(
    job: JudgeJob, server: ClaudeServer
) -> None:
    log = job.run(server)
    assert "4 pairs of labels judged, 2 with the same meaning, 3 requests made" in log
    assert job.judged.pairs == PAIRS
    assert job.judged.remarks == ()
    # "Reach for cup" says the same as it is, and nobody is asked.
    assert not any("Reach for cup" in text for each in server.requests for text in each.texts)
    assert "0 requests made" in job.run(server)
    # A label that changes asks again about its true label alone.
    job.say({1: ["go there", "lift the cup", "drop it"]})
    assert "3 pairs of labels judged, 1 with the same meaning, 1 request made" in job.run(server)
    assert len(server.requests) == 4
    for path in job.folder.rglob("*"):
        assert path.is_dir() or server.key not in path.read_text(errors="replace")


def test_where_all_labels_say_the_same_no_key_is_needed(job: JudgeJob) -> None:
    job.say({each: [label.upper() for label in TRUE] for each in FOUND})
    assert "0 pairs of labels judged" in job.run(None)
    assert job.judged == judged_file.JudgedLabels()
    assert not (job.folder / "replies").exists()


def test_in_batches_the_verdicts_are_the_same(job: JudgeJob, server: ClaudeServer) -> None:
    job.run(server, "--api=batch", "--poll-seconds=0.1")
    assert job.judged.pairs == PAIRS
    assert all(each.batch for each in job.judged.exchanges)
    assert len(server.submitted) == 3


def test_what_is_not_answered_counts_as_different_and_is_said(
    job: JudgeJob, server: ClaudeServer, faults: list[Fault]
) -> None:
    faults += [CutOff(), Refusal()]
    log = job.run(server, "--requests-in-flight=1")
    judged = job.judged
    assert len(judged.remarks) == 1
    assert "not judged, so counted as different (" in log
    assert "): the model refused to answer; --forcerun judge_labels asks again" in log
    assert set(judged.pairs) < set(PAIRS)
    # It is asked again when somebody wants it to be.
    job.run(server)
    assert job.judged.pairs == PAIRS


def test_where_nothing_is_judged_nothing_is_written(
    job: JudgeJob, server: ClaudeServer, faults: list[Fault]
) -> None:
    faults += [Refusal()] * 3
    log = job.run(server, exit_code=EXIT_PROBLEM)
    assert "demo: none of its labels could be judged: the model refused to answer" in log
    assert not (job.folder / "judged.json").exists()
    job.run(server)
    assert job.judged.pairs == PAIRS


def test_other_episodes_ask_nothing_again(job: JudgeJob, server: ClaudeServer) -> None:
    facts = {0: EpisodeFacts("Tidy up.", LENGTH), 1: EpisodeFacts("Wash up.", LENGTH)}
    episode_facts.write(job.folder / "facts/000000-000001.json", facts)
    job.run(server, "--episodes=1")
    asked = len(server.requests)
    # One true label has another wording in both episodes.
    assert "1 request made" in job.run(server)
    assert len(server.requests) == asked + 1


def test_an_endpoint_that_does_not_answer_ends_it_with_a_sentence(
    job: JudgeJob, server: ClaudeServer, faults: list[Fault]
) -> None:
    faults += [Overloaded()] * 9
    log = job.run(server, exit_code=EXIT_PROBLEM)
    assert "the labels of demo" in log
    assert not (job.folder / "judged.json").exists()
    faults.clear()
    job.run(server)
    assert job.judged.pairs == PAIRS


def test_a_budget_holds(job: JudgeJob, server: ClaudeServer) -> None:
    log = job.run(server, "--budget=0.001", exit_code=3)
    assert "budget" in log
    assert server.requests == []


def test_killed_while_it_asks_nothing_is_asked_twice(
    job: JudgeJob, server: ClaudeServer, faults: list[Fault]
) -> None:
    faults += [*[Slow(0)] * 2, Slow(60)]
    process = job.start(server, "--requests-in-flight=1")
    deadline = time.monotonic() + 30
    while len(list(job.folder.glob("replies/??/*.json"))) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert not (job.folder / "judged.json").exists()
    log = job.run(server)
    assert "1 request made" in log
    assert job.judged.pairs == PAIRS
