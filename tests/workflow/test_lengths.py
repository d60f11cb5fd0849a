"""Data files with more or fewer rows of an episode than the metadata says it has frames."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from subtasks import files
from subtasks.outputs import columns, response, subtask_index
from subtasks.outputs.data_rows import DataRows
from subtasks.parquet import reading
from subtasks.segments import subtask_files
from subtasks.segments.segment import Segment
from support import data_file, many_episodes, opentau
from support.programs import fails, run
from support.workflow import Workflow

FPS = 10
LABELS = [Segment(0.3, "reach"), Segment(1.2, "grasp"), Segment(1.8, "lift")]


def responses(labels: list[Segment], length: int, rows: int) -> list[str]:
    """Labels over the metadata's length, cut or padded to the rows."""
    return (opentau.responses(labels, FPS, length) + [""] * rows)[:rows]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    times=st.lists(st.integers(0, 40), unique=True, max_size=4).map(sorted),
    lengths=st.lists(st.tuples(st.integers(1, 30), st.integers(1, 30)), min_size=1, max_size=3),
)
def test_labels_lie_as_opentau_lays_them(
    tmp_path: Path, times: list[int], lengths: list[tuple[int, int]]
) -> None:
    labels = [Segment(time / 10, f"subtask {time}") for time in times]
    counts = [rows for _, rows in lengths]
    episodes = [episode for episode, rows in enumerate(counts) for _ in range(rows)]
    source = tmp_path / "source.parquet"
    data_file.write(source, data_file.rows(episodes, FPS), [len(episodes)])
    with reading.opened(source) as file:
        _, chunks = columns.fill(
            DataRows(file),
            [response.OUTPUT.column(None)],
            [(episode, labels) for episode in range(len(lengths))],
            FPS,
            lengths={episode: length for episode, (length, _) in enumerate(lengths)},
        )
        found = chunks(0)[0].to_pylist()
    assert found == [label for each in lengths for label in responses(labels, *each)]


@pytest.mark.parametrize("in_file", [False, True])
@pytest.mark.parametrize(("length", "said"), [(15, True), (20, False), (25, True)])
def test_every_output_ends_where_rows_or_length_do(
    tmp_path: Path, length: int, said: bool, in_file: bool
) -> None:
    source, numbers = tmp_path / "source.parquet", tmp_path / "numbers.parquet"
    data_file.write(source, data_file.rows([3] * 20 + [4] * 5, FPS), [25])
    for episode in (3, 4):
        files.write_text(tmp_path / f"episode_00000{episode}.json", subtask_files.dump(LABELS))
    pq.write_table(subtask_index.table(["", "grasp", "lift", "reach"]), numbers)
    files.write_json(tmp_path / "lengths.json", [length, 5])
    log = run(
        "write_data.py",
        "--source", source,
        "--subtasks", tmp_path,
        "--episodes", "3-4",
        "--lengths", tmp_path / "lengths.json" if in_file else f"{length},5",
        "--fps", FPS,
        "--outputs", "response", "subtask_index", "language_persistent",
        "--numbers", numbers,
        "--output", tmp_path / "out.parquet",
    )  # fmt: skip
    rows = pq.read_table(tmp_path / "out.parquet").to_pylist()
    expected = responses(LABELS, length, 20) + responses(LABELS, 5, 5)
    assert [row["response"] for row in rows] == expected
    number_of = {"": 0, "grasp": 1, "lift": 2, "reach": 3}
    assert [row["subtask_index"] for row in rows] == [number_of[label] for label in expected]
    begun = [s.subtask for s in LABELS if s.time * FPS < min(length, 20)]
    for row in rows[:20]:
        assert [each["content"] for each in row["language_persistent"]] == begun
    warning = f"length of episodes 3, such as 3: {length} and 20 frames"
    assert log.count(warning) == said


def test_lengths_are_one_an_episode(tmp_path: Path) -> None:
    source = tmp_path / "source.parquet"
    data_file.write(source, data_file.rows([3] * 20, FPS), [20])
    options = ("--episodes", "3-4", "--lengths", "20", "--fps", FPS, "--outputs", "response")
    said = fails("write_data.py", "--source", source, *options, "--output", tmp_path / "out")
    assert "--lengths has 1 number for 2 episodes" in said


def test_lengths_of_many_episodes_do_not_stand_in_the_command(
    workflow: Workflow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of some 20,000 they would be longer than a command may be."""
    monkeypatch.setattr(many_episodes, "EPISODES_A_FILE", 1001)
    root = many_episodes.render(tmp_path / "many", 1001, "v3.0")
    workflow.config = {"datasets": [{"root": str(root)}], "annotator": "kinematic"}
    data = "data/chunk-000/file-000.parquet"
    planned = workflow.run("--dry-run", "--printshellcmds", f"results/many/{data}")
    [command] = [line for line in planned.splitlines() if "--lengths=" in line]
    assert f"--episodes=0-1000 --lengths=work/many/lengths/{data}.json " in command
    workflow.run(f"work/many/lengths/{data}.json")
    lengths = workflow.path("work/many/lengths", f"{data}.json").read_text()
    assert json.loads(lengths) == [many_episodes.FRAMES] * 1001
