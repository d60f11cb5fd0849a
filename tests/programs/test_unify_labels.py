"""The program that finds one label for all that mean the same; without Snakemake."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from servers.claude import ClaudeServer
from servers.claude.faults import Ask, Fault, Refusal, ServerError
from subtasks import episode_facts
from subtasks.episode_facts import EpisodeFacts
from subtasks.program import EXIT_PROBLEM
from subtasks.questions.answers import Answer
from subtasks.questions.outcome import Outcome
from subtasks.questions.windows import Window
from subtasks.segments import vocabulary_files
from subtasks.store import outcome_files, unification_file
from support import label_programs

GROUP = "000000-000001"
SAID = {0: ["reach", "grab", "reach"], 1: ["go there", "grab"]}
MEANING = {"reach": "reach", "go there": "reach", "grab": "grab", "take": "grab"}


OPTIONS = (
    *("--outcomes=outcomes", "--facts=facts", "--group-size=2", "--episodes=0-1", "--fps=10"),
    *("--vocabulary=vocabularies/demo.yaml", "--output=demo/unified/labels.json"),
)


class UnifyJob:
    """A folder in which unify_labels.py asks about two episodes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.vocabulary = folder / "vocabularies/demo.yaml"
        self.output = folder / "demo/unified/labels.json"
        facts = {episode: EpisodeFacts("Clear the table.", 30) for episode in SAID}
        (folder / "facts").mkdir()
        episode_facts.write(folder / f"facts/{GROUP}.json", facts)
        self.say(SAID)

    def say(self, said: dict[int, list[str]]) -> None:
        outcomes = []
        for episode, labels in said.items():
            entries = [{"time": i / 10, "subtask": label} for i, label in enumerate(labels)]
            answer = Answer((Window(0, 1, 0.0, 0.3),), (json.dumps({"subtasks": entries}),))
            outcomes.append(Outcome(episode, answer, None))
        (self.folder / "outcomes").mkdir(exist_ok=True)
        outcome_files.write(self.folder / f"outcomes/{GROUP}.jsonl", outcomes)

    def run(self, server: ClaudeServer, *options: str, exit_code: int = 0) -> str:
        given = (*OPTIONS, *options)
        return label_programs.run("unify_labels", self.folder, server, *given, exit_code=exit_code)

    def labels(self) -> dict[str, str | None]:
        found = vocabulary_files.read(self.vocabulary)
        return {words: found.label(words) for words in MEANING}


@pytest.fixture
def job(tmp_path: Path) -> UnifyJob:
    return UnifyJob(tmp_path)


@pytest.fixture
def faults() -> list[Fault]:
    return []


@pytest.fixture
def server(faults: list[Fault]) -> Iterator[ClaudeServer]:
    def choose(ask: Ask) -> Fault | None:
        return faults.pop(0) if faults else None

    with ClaudeServer(meaning=MEANING.__getitem__, faults=choose) as server:
        yield server


def test_new_words_are_asked_about_alone_and_never_twice(
    job: UnifyJob, server: ClaudeServer
) -> None:
    log = job.run(server)
    assert "3 labels in 2 episodes, 3 of them new, 1 request made" in log
    assert job.labels() == {"reach": "reach", "go there": "reach", "grab": "grab", "take": None}
    assert "    reach: 2\n    go there: 1\n" in job.vocabulary.read_text()
    [request] = server.requests
    assert request.texts
    assert "The tasks of the recordings:\nClear the table." in request.texts[-1]
    assert request.texts[-1].endswith("2: grab\n2: reach\n1: go there")
    [exchange] = unification_file.read(job.output).exchanges
    assert (exchange.stored, exchange.purpose) == (False, "unify")

    # Killed before the output was there, and after work/ was deleted: what was paid is known.
    before = job.vocabulary.read_bytes(), job.vocabulary.stat().st_mtime_ns
    job.output.unlink()
    job.run(server)
    [again] = unification_file.read(job.output).exchanges
    assert (again.question, again.usage, again.stored) == (exchange.question, exchange.usage, True)
    assert (job.vocabulary.read_bytes(), job.vocabulary.stat().st_mtime_ns) == before
    # Killed between the reply and the vocabulary.
    job.vocabulary.unlink()
    job.run(server)
    assert job.vocabulary.read_bytes() == before[0]
    assert len(server.requests) == 1

    job.say({0: ["reach", "take"], 1: ["go there"]})
    job.run(server)
    assert job.labels() == MEANING
    assert server.requests[1].texts
    assert "Labels that are in use:\ngrab\nreach" in server.requests[1].texts[-1]
    assert server.requests[1].texts[-1].endswith("How often, and the label:\n1: take")
    assert [each.stored for each in unification_file.read(job.output).exchanges] == [True, False]


def test_in_a_batch(job: UnifyJob, server: ClaudeServer) -> None:
    job.run(server, "--api=batch", "--poll-seconds=0.1")
    assert job.labels()["go there"] == "reach"
    assert len(server.batches.ids) == 1
    [exchange] = unification_file.read(job.output).exchanges
    assert (exchange.batch, exchange.stored) == (True, False)


def test_a_refusal_stops_or_is_skipped_and_is_asked_about_anew(
    job: UnifyJob, server: ClaudeServer, faults: list[Fault]
) -> None:
    faults += [Refusal(), Refusal()]
    log = job.run(server, exit_code=EXIT_PROBLEM)
    assert "demo: its labels are not unified: the model refused to answer; run again to ask" in log
    assert not job.output.exists()
    assert not job.vocabulary.exists()
    job.run(server, "--on-error=skip")
    [remark] = unification_file.read(job.output).remarks
    assert remark.startswith("labels are not unified: the model refused to answer; ")
    assert '"reach", "grab", "go there" stay as they are until' in remark
    job.run(server)
    assert job.labels()["go there"] == "reach"
    assert len(server.requests) == 3


def test_without_the_api_nothing_is_written(
    job: UnifyJob, server: ClaudeServer, faults: list[Fault]
) -> None:
    faults.append(ServerError())
    log = job.run(server, exit_code=EXIT_PROBLEM)
    assert "the labels of demo: the Claude API failed, after all retries" in log
    assert not job.output.exists()
    assert not job.vocabulary.exists()


def test_a_damaged_vocabulary_is_neither_asked_about_nor_replaced(
    job: UnifyJob, server: ClaudeServer
) -> None:
    job.vocabulary.parent.mkdir()
    job.vocabulary.write_text("labels:\n  reach: [a]\n")
    log = job.run(server, exit_code=EXIT_PROBLEM)
    assert "vocabularies/demo.yaml, line 2: below the label" in log
    assert job.vocabulary.read_text() == "labels:\n  reach: [a]\n"
    assert not server.requests
