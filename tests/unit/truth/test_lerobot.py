"""The labels of a LeRobot dataset: of several kinds, the first that has any."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from subtasks.errors import Problem
from subtasks.outputs import segments_table
from subtasks.segments.segment import Span
from subtasks.truth import lerobot
from subtasks.truth.written import WrittenSegment
from support.many_episodes import FPS, FRAMES, render


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return render(tmp_path / "demo", 2)


def respond(root: Path, text: str) -> None:
    """Give every frame the same text as `response`."""
    info = json.loads((root / "meta/info.json").read_text())
    info["features"]["response"] = {"dtype": "string", "shape": [1], "names": None}
    (root / "meta/info.json").write_text(json.dumps(info))
    for path in root.glob("data/*/*.parquet"):
        table = pq.read_table(path)
        pq.write_table(table.append_column("response", pa.array([text] * len(table))), path)


def test_the_data_come_before_a_table(root: Path) -> None:
    table = segments_table.table([(0, [Span(0, FRAMES, "lift")])], FPS)
    pq.write_table(table, root / lerobot.SEGMENTS)
    assert lerobot.read(root, "mine").episodes == {0: [WrittenSegment(0.0, FRAMES / FPS, "lift")]}
    respond(root, "reach")
    truth = lerobot.read(root, "mine")
    whole = [WrittenSegment(0.0, FRAMES / FPS, "reach")]
    assert truth.episodes == {0: whole, 1: whole}
    assert (truth.form, truth.fps) == ("column response", FPS)
    assert truth.seconds == {0: FRAMES / FPS, 1: FRAMES / FPS}


def test_an_empty_column_is_none(root: Path) -> None:
    respond(root, "")
    with pytest.raises(Problem, match="mine is a LeRobot dataset without labels"):
        lerobot.read(root, "mine")


def test_what_is_no_dataset_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="is not a LeRobot dataset"):
        lerobot.read(tmp_path, "mine")
