"""Answers with faults, in a whole run: asked about once more, read rightly, or failed by name."""

import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from servers.claude import ClaudeServer, FromFunction, Unusable
from servers.claude.question import Question
from support import render
from support.labels import responses
from support.workflow import Workflow

FPS = 30
SHORTEST = 4  # seconds of episode 0; each further one is a second longer
CAMERA = "observation.images.top"
TRUTH = [{"time": 0.0, "subtask": "reach"}, {"time": 2.0, "subtask": "grasp"}]


@dataclass(frozen=True)
class Case:
    """Answers about an episode, in turn; None stands for the right one.

    `again` is what the second question must quote, `labels` are the subtasks with their first
    frames; without any, `failed` is in the reason.
    """

    answers: tuple[str | None, ...]
    again: str = ""
    labels: tuple[tuple[int, str], ...] = ((0, "reach"), (60, "grasp"))
    failed: str = ""

    def column(self, episode: int) -> list[str]:
        """Return the label of each frame; none where the episode fails."""
        count = (SHORTEST + episode) * FPS if self.labels else 0
        begun = [[label for start, label in self.labels if start <= i] for i in range(count)]
        return [labels[-1] for labels in begun]


def said(*entries: tuple[object, object]) -> str:
    return json.dumps({"subtasks": [{"time": time, "subtask": label} for time, label in entries]})


CASES = {
    "out of order": Case(
        (said((0, "reach"), (3, "lift"), (2, "grasp")), None),
        again="entry 3 begins at 2.0 s, before entry 2 at 3.0 s: times must increase.",
    ),
    "beyond the end": Case(
        (said((0, "reach"), (5.2, "grasp")), None),
        again="entry 2 begins at 5.2 s, after the end of the episode at 5.00 s.",
    ),
    "two at one time": Case(
        (said((0, "reach"), (2, "grasp"), (2, "lift")), None),
        again="entries 2 and 3 begin in the same frame, at 2.0 s and 2.0 s: each must have a time",
    ),
    "before the beginning": Case(
        (said((-1, "wait"), (0, "reach"), (2, "grasp")), None),
        again="entry 1: time -1.0 is negative.",
    ),
    "a blank label": Case(
        (said((0, "reach"), (2, "\u200b\x00 ")), None), again="entry 2: subtask is an empty text."
    ),
    # The last frame, at 8.967 s, has a tile that says 9.0s.
    "the last tile": Case(
        (said((0, "reach"), (9.0, "let go")),), labels=((0, "reach"), (9 * FPS - 1, "let go"))
    ),
    "a lone surrogate": Case(
        ("I see \ud83d and\x00 \u202eno\u202c JSON", None),
        again="I see \ufffd and\ufffd \u202eno\u202c JSON",
    ),
    "labels with what cannot be stored": Case(
        (said((0, "re\ud800ach\x00"), (2, "\u202egra\u200bsp\u202c\ufeff")),)
    ),
    "nested too deeply": Case(("[" * 20_000, None), again="holds no complete JSON array"),
    "not of this episode, twice": Case(
        (said((0, "reach"), (99, "grasp")),) * 2,
        labels=(),
        failed="asked twice: entry 2 begins at 99.0 s, after the end of the episode at 13.00 s",
    ),
}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A LeRobot v2.1 dataset with an episode for each case, known by its length."""
    root = tmp_path_factory.mktemp("faulty") / "faulty"
    kinds = {"timestamp": "float32", "frame_index": "int64", "episode_index": "int64"}
    features: dict[str, Any] = {
        name: {"dtype": kind, "shape": [1], "names": None} for name, kind in kinds.items()
    }
    features[CAMERA] = {"dtype": "video", "shape": [48, 64, 3], "names": None}
    info = {
        "codebase_version": "v2.1",
        "fps": FPS,
        "chunks_size": 1000,
        "data_path": "data/chunk-{episode_chunk:03d}/episode_{episode_index:06d}.parquet",
        "video_path": "videos/{video_key}/episode_{episode_index:06d}.mp4",
        "features": features,
    }
    for folder in ("meta", "data/chunk-000", f"videos/{CAMERA}"):
        (root / folder).mkdir(parents=True)
    (root / "meta/info.json").write_text(json.dumps(info))
    lines = []
    for episode in range(len(CASES)):
        count = (SHORTEST + episode) * FPS
        lines.append({"episode_index": episode, "tasks": ["pick the cup"], "length": count})
        video = root / f"videos/{CAMERA}/episode_{episode:06d}.mp4"
        render.video(video, count, codec="mpeg4", size=(64, 48))
        rows = {
            "timestamp": pa.array([frame / FPS for frame in range(count)], pa.float32()),
            "frame_index": pa.array(range(count), pa.int64()),
            "episode_index": pa.array([episode] * count, pa.int64()),
        }
        pq.write_table(pa.table(rows), root / f"data/chunk-000/episode_{episode:06d}.parquet")
    (root / "meta/episodes.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return root


@pytest.mark.parametrize("api", ["live", "batch"])
def test_faulty_answers(workflow: Workflow, dataset: Path, api: str) -> None:
    asked: dict[float | None, list[str]] = defaultdict(list)

    def right(question: Question) -> list[dict[str, Any]]:
        asked[question.duration].append("\n".join(question.texts))
        return TRUTH

    seconds = {name: float(SHORTEST + number) for number, name in enumerate(CASES)}
    faults = {
        f"{seconds[name]} s": [text and Unusable(text) for text in case.answers]
        for name, case in CASES.items()
    }
    workflow.config = {
        "datasets": [{"root": str(dataset)}],
        "claude": {"api": api, "batch": {"poll_seconds": 1}},
    }
    with ClaudeServer(FromFunction(right), faults=faults, batch_seconds=0.1) as server:
        workflow.ask(server.url, server.key)
        printed = workflow.run("--keep-going", fails=True)
        questions = len(server.answered)
        assert set(server.answered.values()) == {1}
    few = len(CASES) - 1
    assert f"faulty: {len(CASES)} episodes selected, {few} annotated, 1 failed" in printed
    labels = responses(workflow.path("results/faulty"))
    for episode, (name, case) in enumerate(CASES.items()):
        texts = asked[seconds[name]]
        assert len(texts) == (2 if case.again or case.failed else 1), name
        assert case.again in texts[-1], name
        assert case.failed in printed, name
        assert labels.get(episode, []) == case.column(episode), name
    assert questions == sum(map(len, asked.values()))
    # Whatever was said is stored: nothing but the failed episode is asked about again.
    with ClaudeServer(FromFunction(right), key=server.key) as server:
        workflow.ask(server.url, server.key)
        workflow.run("--forcerun", "annotate")
        assert len(server.answered) == 1
    column = responses(workflow.path("results/faulty"))[len(CASES) - 1]
    assert column == ["reach"] * 60 + ["grasp"] * (len(column) - 60)
