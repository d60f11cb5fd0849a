"""Labels that mean the same become one: whole runs, live and in batches."""

import json
import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from servers.claude import ClaudeServer, FromFunction, Refusal
from servers.claude.faults import Ask, Fault
from servers.claude.question import Question
from subtasks.segments import subtask_files, vocabulary_files
from support import demo
from support.labels import responses
from support.waiting import wait_until
from support.workflow import Workflow, kill

LABELS = [
    "reach toward the red cup",
    "grasp the red cup",
    "lift the red cup",
    "place the red cup on the shelf",
    "release the red cup",
    "move the hand back",
]
FEW, ALL = 5, 7
HABITS = ["{}", "now {}", "{} slowly", "carefully {}", "{} again", "then {}", "{} with the hand"]
"""How each episode says everything."""

MEANINGS = {habit.format(label): label for habit in HABITS for label in LABELS}
VOCABULARY = "vocabularies/dataset.yaml"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return demo.lay_out("v2.1", tmp_path_factory.mktemp("demo"))


@contextmanager
def serving(root: Path, **options: Any) -> Iterator[ClaudeServer]:
    """A server that says everything in words of its own for each episode."""
    info = json.loads((root / "meta/info.json").read_text())
    lines = (root / "meta/episodes.jsonl").read_text().splitlines()
    lengths = [json.loads(line)["length"] for line in lines]

    def seen(question: Question) -> list[dict[str, Any]]:
        frames = round((question.duration or 0) * info["fps"])
        habit = HABITS[lengths.index(frames)]
        return [
            {"time": round(number / info["fps"], 3), "subtask": habit.format(label)}
            for number, label in enumerate(LABELS)
        ]

    def meaning(label: str) -> str:
        return MEANINGS.get(label, label)

    with ClaudeServer(FromFunction(seen), meaning=meaning, **options) as server:
        yield server


def config(root: Path, episodes: int, **more: Any) -> dict[str, Any]:
    return {
        "sample": {"fps": 30},
        "claude": {"episodes_per_job": FEW},
        "datasets": [{"root": str(root), "episodes": f"0:{episodes}"}],
        "labels": {"unify": True},
        "output": {"segments": True},
        **more,
    }


def asked_about(server: ClaudeServer) -> list[list[str]]:
    """The labels of each question that is about labels, in the order of requests."""
    found = []
    for request in server.requests:
        for text in request.texts or ():
            _, marker, listed = text.partition("How often, and the label:\n")
            if marker:
                found.append([line.partition(": ")[2] for line in listed.splitlines()])
    return found


def said(episodes: Iterable[int]) -> set[str]:
    return {HABITS[episode].format(label) for episode in episodes for label in LABELS}


def files(*folders: Path) -> dict[Path, tuple[int, bytes]]:
    """When each file was written, and what is in it."""
    return {
        path: (path.stat().st_mtime_ns, path.read_bytes())
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink() and not {"logs", "benchmarks"} & {*path.parts}
    }


def rewritten(before: dict[Path, tuple[int, bytes]], *folders: Path) -> list[str]:
    """The names of files that are not what they were."""
    after = files(*folders)
    return sorted(path.name for path in before | after if before.get(path) != after.get(path))


def result(workflow: Workflow) -> Path:
    return workflow.path("results/dataset")


def test_a_dataset_says_the_same_thing_in_the_same_words(workflow: Workflow, root: Path) -> None:
    workflow.config = config(root, FEW)
    vocabulary = workflow.path(VOCABULARY)
    with serving(root) as server:
        workflow.ask(server.url, server.key)
        printed = workflow.run()
        assert f"{FEW + 1} requests made" in printed
        [first] = asked_about(server)
        assert set(first) == said(range(FEW))
        for labels in responses(result(workflow)).values():
            assert list(dict.fromkeys(filter(None, labels))) in ([], LABELS)
        entries = json.loads((result(workflow) / "subtasks/episode_000003.json").read_text())
        assert [entry["subtask"] for entry in entries] == LABELS
        assert [entry["original"] for entry in entries] == [HABITS[3].format(x) for x in LABELS]
        table = pq.read_table(result(workflow) / "meta/segments.parquet")
        assert set(table["subtask"].to_pylist()) == set(LABELS)
        assert set(table["original"].to_pylist()) == said(range(FEW))
        annotation = json.loads((result(workflow) / "meta/annotation.json").read_text())
        assert annotation["replies"] == len(server.answered) == FEW + 1
        assert annotation["tokens"]["live"]["output_tokens"] == server.tokens["output_tokens"]
        assert annotation["prompts"]["unify"]["name"] == "unify.md"
        assert annotation["labels"]["unify"] is True
        assert workflow.jobs() == {}

        # Two more episodes: only what they say is asked about, and the others stay as they are.
        before = files(result(workflow) / "data", result(workflow) / "subtasks")
        text = vocabulary.read_text()
        workflow.config = config(root, ALL)
        workflow.run()
        assert set(asked_about(server)[1]) == said(range(FEW, ALL))
        assert rewritten(before, result(workflow) / "data", result(workflow) / "subtasks") == [
            *("episode_000005.json", "episode_000005.parquet"),
            *("episode_000006.json", "episode_000006.parquet"),
        ]
        lines = iter(vocabulary.read_text().splitlines())
        assert all(line in lines for line in text.splitlines())
        found = vocabulary_files.read(vocabulary)
        assert {words: found.label(words) for words in MEANINGS} == MEANINGS
        assert len(found.questions) == 2
        assert workflow.jobs() == {}
        assert len(server.answered) == ALL + 2
        assert set(server.answered.values()) == {1}

        # A person takes what one episode says to a label of its own.
        folders = [workflow.path(name) for name in ("work", "results", "replies", "vocabularies")]
        mine = HABITS[2].format(LABELS[1])
        text = vocabulary.read_text().replace(f"    {mine}: 1\n", "")
        mark = "  hold the red cup:  # mine\n"
        vocabulary.write_text(text.replace("labels:\n", f"labels:\n{mark}    {mine}: 1\n"))
        before = files(*folders)
        assert workflow.jobs() == {"extract_subtasks": 1, "write_data": 1, "write_segments": 1}
        workflow.run()
        assert rewritten(before, *folders) == [
            *("episode_000002.json", "episode_000002.parquet", "segments.parquet"),
        ]
        entries = subtask_files.load(result(workflow) / "subtasks/episode_000002.json")
        assert [each.subtask for each in entries] == [LABELS[0], "hold the red cup", *LABELS[2:]]
        assert entries[1].original == mine
        assert workflow.jobs() == {}

        # Words whose line is removed are asked about again, and nothing else is.
        vocabulary.write_text(vocabulary.read_text().replace(f"    {mine}: 1\n", ""))
        workflow.run()
        assert asked_about(server)[2:] == [[mine]]
        assert vocabulary_files.read(vocabulary).label(mine) == LABELS[1]
        assert mark in vocabulary.read_text()
        assert workflow.jobs() == {}
        vocabulary.write_text("labels:\n  grasp: [a]\n")
        sentence = workflow.refused()
        assert sentence == (
            f'{VOCABULARY}, line 2: below the label "grasp" there must be words with a colon and '
            "how often they occur"
        )
        assert vocabulary.read_text() == "labels:\n  grasp: [a]\n"


def test_in_batches_nothing_is_asked_twice_after_kills(workflow: Workflow, root: Path) -> None:
    """While the batch about the labels is under way, and between its end and the vocabulary."""
    workflow.config = config(root, FEW)
    workflow.config["claude"] = {"api": "batch", "batch": {"episodes": FEW, "poll_seconds": 0.2}}
    replies = workflow.path("replies")
    with serving(root, batch_seconds=math.inf) as server:
        workflow.ask(server.url, server.key)

        def killed_when(condition: Callable[[], Any]) -> None:
            process = workflow.start("--nolock")
            wait_until(condition)
            kill(process)

        def asks_about_labels() -> bool:
            for batch in server.batches.ids[:1]:
                server.batches.finish(batch)
            return len(server.batches.ids) == 2

        killed_when(asks_about_labels)
        assert not workflow.path(VOCABULARY).exists()
        server.batches.finish(server.batches.ids[1])
        killed_when(lambda: len(list(replies.glob("??/*.json"))) == FEW + 1)
        printed = workflow.run()
        assert len(server.batches.ids) == 2
        assert len(server.submitted) == len(server.answered) == FEW + 1
        assert set(server.submitted.values()) == set(server.answered.values()) == {1}
    assert "dataset: 5 episodes selected, 5 annotated, 0 failed" in printed
    for labels in responses(result(workflow)).values():
        assert list(dict.fromkeys(filter(None, labels))) in ([], LABELS)
    assert workflow.jobs() == {}


@pytest.mark.thorough
def test_without_an_answer_labels_stay_as_they_are_or_the_run_says_why(
    workflow: Workflow, root: Path
) -> None:
    workflow.config = config(root, FEW)
    refused = [Refusal()]

    def faults(ask: Ask) -> Fault | None:
        return refused[0] if refused and ask.question.pictures == () else None

    with serving(root, faults=faults) as server:
        workflow.ask(server.url, server.key)
        printed = workflow.run(fails=True)
        assert (
            "stopped: dataset: its labels are not unified: the model refused to answer; run again "
            f"to ask again, write labels into {VOCABULARY} yourself, or set labels.unify: false"
        ) in printed
        workflow.config["on_error"] = "skip"
        printed = workflow.run()
        assert "  warning: labels are not unified: the model refused to answer; " in printed
        [one, *_] = responses(result(workflow)).values()
        assert list(dict.fromkeys(filter(None, one))) == LABELS
        assert workflow.jobs() == {}
        refused.clear()
        workflow.run("--forcerun", "unify_labels")
        labels = {label for each in responses(result(workflow)).values() for label in each}
        assert labels - {""} == {*LABELS}
        assert workflow.jobs() == {}
