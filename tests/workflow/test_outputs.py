"""What whole runs write: every output on the real recordings, in the result and published."""

import json
from pathlib import Path
from typing import Any

import datasets
import pyarrow.parquet as pq
import pytest

from subtasks import files
from subtasks.dataset import originals
from support.programs import run
from support.recordings import cut
from support.workflow import Workflow

VERSIONS = ["g1_bottle_v2.1", "g1_bottle_v3.0"]
COLUMNS = ["response", "subtask_index", "language_persistent"]
TABLES = ["meta/segments.parquet", "meta/subtasks.parquet"]
ALL = dict.fromkeys([*COLUMNS, "segments"], True)
MILLISECOND = 1_000_000


def tree(root: Path) -> dict[str, tuple[bytes, int]]:
    """Content and time of each file of a folder, what is linked included."""
    found = [root, *(link for link in root.iterdir() if link.is_symlink())]
    return {
        str(path.relative_to(root)): (path.read_bytes(), path.stat().st_mtime_ns)
        for folder in found
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def data_files(root: Path) -> list[Path]:
    return sorted(path.relative_to(root) for path in root.glob("data/*/*.parquet"))


def rows(root: Path, columns: list[str]) -> list[dict[str, Any]]:
    tables = [pq.read_table(root / path, columns=columns) for path in data_files(root)]
    return [row for table in tables for row in table.to_pylist()]


def same_but_for_the_columns(source: Path, result: Path) -> None:
    """Every other column value by value, and its bytes on the disk, and everything beside it."""
    assert data_files(source) == data_files(result)
    for path in data_files(source):
        before, after = pq.ParquetFile(source / path), pq.ParquetFile(result / path)
        names = before.schema_arrow.names
        assert after.schema_arrow.names == [*names, *COLUMNS]
        assert after.read(names).equals(before.read())
        for group in range(before.num_row_groups):
            was, now = before.metadata.row_group(group), after.metadata.row_group(group)
            assert now.num_rows == was.num_rows
            for column in range(was.num_columns):
                assert now.column(column).to_dict() == was.column(column).to_dict()
            assert {now.column(i).compression for i in range(now.num_columns)} == {"SNAPPY"}
        assert after.num_row_groups == before.num_row_groups
    was, now = tree(source), tree(result)
    for path in was.keys() - {"meta/info.json", "LICENSE"}:
        if not path.startswith("data/"):
            assert now[path][0] == was[path][0]
    added = {"meta/annotation.json", *TABLES}
    assert {p for p in now if p.startswith("meta/")} == {
        *added,
        *(p for p in was if p.startswith("meta/")),
    }


@pytest.fixture(scope="module")
def finished(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Workflow:
    """Every output of both versions, in one run."""
    folder = tmp_path_factory.mktemp("outputs")
    roots = [cut(real_data / version, folder / version) for version in VERSIONS]
    workflow = Workflow(
        folder / "run",
        datasets=[{"root": str(root)} for root in roots],
        annotator="kinematic",
        output=ALL,
        publish={"in_place": True},
    )
    workflow.run()
    return workflow


@pytest.mark.parametrize("version", VERSIONS)
def test_everything_else_is_the_sources(finished: Workflow, version: str) -> None:
    source, result = finished.folder.parent / version, finished.path("results", version)
    same_but_for_the_columns(source, result)
    was, now = (json.loads((root / "meta/info.json").read_text()) for root in (source, result))
    for column in COLUMNS:
        assert now["features"].pop(column)
    assert now.pop("subtask_path") == "subtasks/episode_{episode_index:06d}.json"
    assert now == was


def test_both_versions_and_all_outputs_say_the_same(finished: Workflow) -> None:
    old, new = (finished.path("results", version) for version in VERSIONS)
    columns = ["episode_index", "frame_index", "timestamp", *COLUMNS]
    assert rows(old, columns) == rows(new, columns)
    for table in TABLES:
        assert pq.read_table(old / table).equals(pq.read_table(new / table))
    texts = pq.read_table(old / "meta/subtasks.parquet")["subtask"].to_pylist()
    for row in rows(old, columns):
        assert texts[row["subtask_index"]] == row["response"]
        begun = [r for r in row["language_persistent"] if r["timestamp"] <= row["timestamp"]]
        assert begun[-1]["content"] == row["response"] != ""


@pytest.mark.parametrize("version", VERSIONS)
def test_the_datasets_library_reads_results(
    finished: Workflow, tmp_path: Path, version: str
) -> None:
    result = finished.path("results", version)
    read = datasets.load_dataset(
        "parquet", data_dir=str(result / "data"), split="train", cache_dir=str(tmp_path)
    )
    text = datasets.Value("string")
    row = dict.fromkeys(("role", "content", "style", "camera"), text)
    row |= {"timestamp": datasets.Value("float32"), "tool_calls": [text]}
    wanted = datasets.Features(
        {
            "response": text,
            "subtask_index": datasets.Value("int64"),
            "language_persistent": [row],
        }
    )
    assert {name: read.features[name] for name in COLUMNS} == wanted
    assert read["response"][:] == [row["response"] for row in rows(result, ["response"])]


def test_a_column_that_is_there_is_said_before_anything_runs(
    finished: Workflow, tmp_path: Path
) -> None:
    sources = [finished.path("results", version) for version in VERSIONS]
    workflow = Workflow(tmp_path / "run", annotator="kinematic")
    workflow.config |= {
        "datasets": [{"root": str(source)} for source in sources],
        "output": {"response": False, "subtask_index": True, "language_persistent": True},
    }
    printed = workflow.run(fails=True)
    for source in sources:
        assert (
            f"{source}: the dataset already has a column subtask_index: set output.over" in printed
        )
    assert "Job stats" not in printed
    workflow.config["output"]["overwrite"] = True
    assert workflow.jobs()["write_data"] == 4


def publish(workflow: Workflow, source: Path) -> str:
    """Publish one result by the program alone."""
    return run(
        "publish_in_place.py",
        *("--source", source, "--result", workflow.path("results", source.name)),
        *("--episodes", "0-2", "--output", workflow.path("said.txt")),
    )


def test_published_and_taken_back(finished: Workflow) -> None:
    sources = [finished.folder.parent / version for version in VERSIONS]
    before = {source: tree(source) for source in sources}
    printed = finished.run("publish")
    for source in sources:
        result = finished.path("results", source.name)
        assert f"files into {source}" in printed
        published = tree(source)
        for path, (content, _) in tree(result).items():
            assert published[path][0] == content
        for path, (_, time) in before[source].items():
            assert 0 <= published[path][1] - time < MILLISECOND
    # What is published is no news: its labels come from what it was.
    assert finished.jobs() == {}
    after = {source: tree(source) for source in sources}
    assert "nothing to publish" in publish(finished, sources[0])
    assert {source: tree(source) for source in sources} == after

    corrected = finished.path("results", VERSIONS[0], "subtasks/episode_000001.json")
    files.write_text(corrected, '[{"time": 0, "subtask": "wave"}]\n')
    assert finished.jobs() == {"number_subtasks": 1, "write_data": 3, "write_segments": 1}
    finished.run()
    publish(finished, sources[0])
    labels = {
        row["episode_index"]: row["response"]
        for row in rows(sources[0], ["episode_index", "response"])
    }
    assert labels[1] == "wave" != labels[0]
    assert "wave" in pq.read_table(sources[0] / TABLES[1])["subtask"].to_pylist()
    assert (
        json.loads((sources[0] / "subtasks/episode_000001.json").read_text())[0]["subtask"]
        == "wave"
    )
    assert finished.jobs() == {}

    # Another choice of outputs starts from the source as it was, too.
    finished.config["output"] = {"response": True}
    finished.run("publish")
    for path in data_files(sources[1]):
        assert set(COLUMNS) & set(pq.read_schema(sources[1] / path).names) == {"response"}
    assert not any((source / table).exists() for source in sources for table in TABLES)
    finished.config["output"] = ALL

    finished.run("unpublish")
    assert {source: tree(source) for source in sources} == before
    assert finished.jobs() == {
        "write_data": 4,
        "write_meta": 2,
        "number_subtasks": 2,
        "write_segments": 2,
    }


def test_a_part_of_a_dataset_is_not_published(
    workflow: Workflow, real_data: Path, tmp_path: Path
) -> None:
    source = cut(real_data / VERSIONS[0], tmp_path / "bottle")
    workflow.config = {
        "datasets": [{"root": str(source), "max_episodes": 1}],
        "annotator": "kinematic",
        "publish": {"in_place": True},
    }
    before = tree(source)
    assert "a dataset is published as a whole" in workflow.run("publish", fails=True)
    assert tree(source) == before
    assert not (source / originals.FOLDER).exists()
