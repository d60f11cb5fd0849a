"""The program that numbers the subtasks of a dataset."""

from pathlib import Path
from random import random

import pyarrow.parquet as pq
import pytest

from subtasks.segments.segment import Segment
from support.hub_machine import Machine
from support.outputs import write_subtasks
from support.programs import fails, run
from support.workflow import PROJECT


@pytest.fixture
def subtasks(tmp_path: Path) -> Path:
    labels = {0: [Segment(0, "reach"), Segment(1, "grasp")], 1: [Segment(0, "lift")], 2: []}
    return write_subtasks(tmp_path / "subtasks", labels)


def texts(path: Path) -> list[str]:
    return pq.read_table(path)["subtask"].to_pylist()


def test_texts_are_numbered_once_and_sorted(subtasks: Path, tmp_path: Path) -> None:
    output = tmp_path / "meta" / "subtasks.parquet"
    log = run("number_subtasks.py", "--subtasks", subtasks, "--episodes", "0-2", "--output", output)
    assert texts(output) == ["", "grasp", "lift", "reach"]
    assert pq.read_table(output)["subtask_index"].to_pylist() == [0, 1, 2, 3]
    assert "4 subtasks, 0 of them in the source" in log
    run("number_subtasks.py", "--subtasks", subtasks, "--episodes", "1-2", "--output", output)
    assert texts(output) == ["", "lift"]


def test_numbers_of_a_source_that_has_some_are_kept(subtasks: Path, tmp_path: Path) -> None:
    base = ["--subtasks", subtasks, "--episodes", "0-1"]
    first, second = tmp_path / "first.parquet", tmp_path / "second.parquet"
    run("number_subtasks.py", *base, "--output", first)
    assert texts(first) == ["", "grasp", "lift", "reach"]
    write_subtasks(subtasks, {1: [Segment(0, "aim")]})
    run("number_subtasks.py", *base, "--existing", first, "--output", second)
    assert texts(second) == ["", "grasp", "lift", "reach", "aim"]


def test_unified_labels_keep_their_numbers_when_others_are_added_or_one_is_renamed(
    subtasks: Path, tmp_path: Path
) -> None:
    output, vocabulary = tmp_path / "new.parquet", tmp_path / "demo.yaml"
    command = ["number_subtasks.py", "--subtasks", subtasks, "--episodes", "0-1"]
    command += ["--vocabulary", vocabulary, "--output", output]
    vocabulary.write_text("labels:\n  reach:\n    reach: 3\n  grasp:\n    grasp: 3\n")
    run(*command)
    assert texts(output) == ["", "reach", "grasp", "lift"]
    with vocabulary.open("a") as file:
        file.write("  aim:\n    aim: 1\n  lift:\n    lift: 1\n")
    run(*command)
    assert texts(output) == ["", "reach", "grasp", "aim", "lift"]
    vocabulary.write_text(vocabulary.read_text().replace("  grasp:\n", "  hold:\n"))
    write_subtasks(subtasks, {0: [Segment(0, "reach"), Segment(1, "hold")]})
    run(*command)
    assert texts(output) == ["", "reach", "hold", "aim", "lift"]


def test_what_is_missing_or_wrong_is_one_sentence(subtasks: Path, tmp_path: Path) -> None:
    output, existing = tmp_path / "new.parquet", tmp_path / "old.parquet"
    base = ["--subtasks", subtasks, "--output", output]
    assert "episode_000007.json: No such file" in fails(
        "number_subtasks.py", *base, "--episodes", "0,7"
    )
    existing.write_bytes(b"PAR1")
    sentence = fails("number_subtasks.py", *base, "--episodes", "0", "--existing", existing)
    assert "old.parquet cannot be read as Parquet" in sentence
    assert not output.exists()


def test_a_full_disk_is_named(machine: Machine, tmp_path: Path) -> None:
    labels = {0: [Segment(i / 10, f"{i} {random()}".ljust(200, "x")) for i in range(3000)]}
    source, disk = write_subtasks(tmp_path / "source", labels), tmp_path / "disk"
    output = disk / "results/meta/subtasks.parquet"
    said = machine.fails_on_a_small_disk(
        source,
        disk,
        PROJECT / "scripts/number_subtasks.py",
        f"--subtasks={disk}",
        "--episodes=0",
        f"--output={output}",
    )
    assert said == f"the disk of {output} is full: free some space and run again"
