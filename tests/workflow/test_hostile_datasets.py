"""Datasets that lie or reach for what is not theirs: one sentence, and nothing written there."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from support.programs import fails
from support.recordings import cut
from support.workflow import Workflow

V21, V30 = "g1_bottle_v2.1", "g1_bottle_v3.0"
CAMERA = "observation.images.cam_high"
DATA = "data/chunk-000/episode_000001.parquet"
VIDEO = f"videos/chunk-000/{CAMERA}/episode_000001.mp4"
SECRET = "what nobody may see"
BOMB_ROWS = 20_000_000


@pytest.fixture(scope="module")
def recorded(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("recorded")
    return {version: cut(real_data / version, folder / version) for version in (V21, V30)}


@pytest.fixture
def make(recorded: dict[str, Path], tmp_path: Path) -> Callable[..., Path]:
    """Make a copy of a recording that is changed by a function or in its info.json."""

    def make(name: str, change: Any = None, version: str = V21) -> Path:
        root = tmp_path / "datasets" / name
        shutil.copytree(recorded[version], root)
        if isinstance(change, dict):
            info = json.loads((root / "meta/info.json").read_text())
            (root / "meta/info.json").write_text(json.dumps(info | change))
        elif change is not None:
            change(root)
        return root

    return make


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """Somebody's files that belong to no dataset."""
    folder = tmp_path / "outside"
    (folder / "chunk-000").mkdir(parents=True)
    for name in ("secret.json", "film.mp4", "table.parquet", "chunk-000/file-000.parquet"):
        (folder / name).write_text(SECRET)
    return folder


def replace(path: Path, target: Path | str) -> None:
    """Put a link in the place of a file or folder."""
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    path.symlink_to(target)


def bomb(path: Path) -> None:
    """Write millions of rows that take a few bytes."""
    rows = pa.table({"episode_index": np.zeros(1 << 20, np.int64)})
    rows = rows.append_column("frame_index", rows["episode_index"])
    with pq.ParquetWriter(path, rows.schema) as writer:
        for _ in range(BOMB_ROWS >> 20):
            writer.write_table(rows)
    assert path.stat().st_size < 1 << 20


def bomb_of_episodes(root: Path) -> None:
    path = next(root.glob("meta/episodes/*/*.parquet"))
    row = pq.read_table(path).slice(0, 1)
    many = pa.concat_tables([row] * 1024).combine_chunks()
    many = pa.concat_tables([many] * 256).combine_chunks()
    many = many.select([name for name in many.column_names if not name.startswith("stats/")])
    with pq.ParquetWriter(path, many.schema, compression="zstd") as writer:
        for _ in range(8):
            writer.write_table(many)
    assert path.stat().st_size < 1 << 20 < pq.read_metadata(path).num_rows


def bomb_of_texts(root: Path) -> None:
    """Let thousands of episodes have one task, which is a megabyte long."""
    path = next(root.glob("meta/episodes/*/*.parquet"))
    row = pq.read_table(path).slice(0, 1)
    row = row.select([name for name in row.column_names if not name.startswith("stats/")])
    tasks = pa.array([["x" * (1 << 20)]], row.schema.field("tasks").type)
    row = row.set_column(row.schema.get_field_index("tasks"), "tasks", tasks)
    with pq.ParquetWriter(path, row.schema, compression="zstd") as writer:
        writer.write_table(pa.concat_tables([row] * 600).combine_chunks())
    assert path.stat().st_size < 4 << 20


def lines(path: str, content: bytes) -> Callable[[Path], object]:
    return lambda root: (root / path).write_bytes(content)


HOSTILE: dict[str, tuple[Any, str]] = {
    "up": (
        {"data_path": "data/../../../outside/{episode_index:06d}.parquet"},
        "in meta/info.json must stay in the dataset's data folder",
    ),
    "absolute": (
        {"video_path": "/etc/{video_key}/{episode_index:06d}.mp4"},
        "in meta/info.json must stay in the dataset's videos folder",
    ),
    "attribute": (
        {"data_path": "data/{episode_index.__class__}.parquet"},
        "contains an unsupported field",
    ),
    "padding": (
        {"data_path": "data/{episode_index:999999999d}.parquet"},
        "contains an unsupported field",
    ),
    "feature": (
        {"features": {"..": {"dtype": "video"}}},
        "feature '..' has a name that cannot be part of a path",
    ),
    "billion": ({"total_episodes": 10**9}, "claims 1000000000 episodes (limit: 10,000,000)"),
    "endless": ({"total_episodes": float("inf")}, "claims inf episodes (limit: 10,000,000)"),
    "still": ({"fps": 0}, "must be between 0.001 and 1000, not 0"),
    "nowhen": ({"fps": float("nan")}, "must be between 0.001 and 1000, not nan"),
    "novel": (
        {"codebase_version": "v2.1" * 10**6},
        "v2.1v2.1v2…, but this workflow reads v2.0, v2.1",
    ),
    "binary": (lines("meta/episodes.jsonl", b"\xff\xfe\n"), "none of its 1 episodes is selected"),
    "longline": (lines("meta/episodes.jsonl", b"[" * (3 << 20)), "none of its 3 episodes is"),
    "wide": (
        lines("meta/info.json", b" " * (17 << 20)),
        "meta/info.json is too large (limit: 16 MB)",
    ),
    "deep": (lines("meta/info.json", b"[" * 10**6), "meta/info.json is not valid JSON"),
}


@pytest.fixture
def links(make: Callable[..., Path], outside: Path) -> dict[str, str]:
    """Datasets with links to what is not theirs, and what has to be said of each."""

    def loop(root: Path) -> None:
        replace(root / "meta/tasks.jsonl", "tasks.jsonl")

    made: dict[str, tuple[Callable[[Path], Any], str]] = {
        "meta": (
            lambda r: (r / "meta/notes.json").symlink_to(outside / "secret.json"),
            "notes.json",
        ),
        "info": (lambda r: replace(r / "meta/info.json", outside / "secret.json"), "info.json"),
        "data": (lambda r: replace(r / DATA, outside / "table.parquet"), DATA),
        "video": (lambda r: replace(r / VIDEO, "../../../../../outside/film.mp4"), VIDEO),
        "chunk": (lambda r: replace(r / "data/chunk-000", outside / "chunk-000"), "data/chunk-000"),
        "films": (lambda r: replace(r / "videos", outside), "videos"),
    }
    said = {}
    for name, (change, path) in made.items():
        root = make(f"link_{name}", change)
        place = root / path if "/" in path or path == "videos" else root / "meta" / path
        said[str(root)] = f"{place} is a link out"
    said[str(make("link_loop", loop))] = "tasks.jsonl is a broken link"
    said[str(make("fifo", lambda r: os.mkfifo(r / "meta/more.jsonl")))] = "neither a file nor a"
    return said


def everything(folder: Path, *but: Path) -> dict[str, tuple[int, int]]:
    """Every file below a folder, with what changes when it is written."""
    found = {}
    for root, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if Path(root, name) not in but]
        for name in (*names, *folders):
            stat = Path(root, name).lstat()
            found[str(Path(root, name))] = (stat.st_ino, stat.st_mtime_ns)
    return found


@pytest.fixture
def nothing_outside(tmp_path: Path, workflow: Workflow) -> Iterator[None]:
    """Nothing is written but in the working folder, and there only where the config says."""
    before = None

    def look() -> dict[str, tuple[int, int]]:
        return everything(tmp_path, workflow.folder)

    def command(*arguments: str, complete: Callable[..., Any] = workflow.command) -> Any:
        nonlocal before
        before = before or look()
        return complete(*arguments)

    workflow.command = command
    yield
    assert before is not None
    assert look() == before
    made = {path.name for path in workflow.folder.iterdir()}
    mine = {"config", "home", "settings.yaml", "mixture.json", ".snakemake"}
    assert made <= mine | {"results", "work", "replies"}


def entries(roots: list[str]) -> list[dict[str, Any]]:
    return [{"root": root} for root in roots]


def test_all_that_is_refused_is_said_at_once(
    workflow: Workflow,
    make: Callable[..., Path],
    links: dict[str, str],
    nothing_outside: None,
) -> None:
    said = dict(links)
    for name, (change, sentence) in HOSTILE.items():
        said[str(make(name, change))] = sentence
    said[str(make("episodes", bomb_of_episodes, V30))] = "rows in"
    said[str(make("texts", bomb_of_texts, V30))] = "MB of strings and numbers"
    workflow.config = {"datasets": entries([*said]), "claude": {"model": "none"}}
    printed = workflow.run(fails=True)
    for root, sentence in said.items():
        (line,) = [
            line for line in printed.splitlines() if line.startswith((f"{root}:", f"{root}/"))
        ]
        assert sentence in line
        assert len(line) < 1000
    assert SECRET not in printed
    assert not workflow.path("results").exists()


def test_what_is_refused_stops_no_other_dataset(
    workflow: Workflow,
    make: Callable[..., Path],
    links: dict[str, str],
    nothing_outside: None,
) -> None:
    good = [make("good"), make("other")]
    datasets = [{"root": root} for root in [*links, *map(str, good)]]
    workflow.path("mixture.json").write_text(json.dumps({"datasets": datasets}))
    workflow.config = {"mixture": "mixture.json", "annotator": "kinematic", "max_episodes": 2}
    workflow.checks = True
    # At run time: a table that unpacks to more than the memory holds fails its own dataset.
    bomb(good[1] / "data/chunk-000/episode_000000.parquet")
    printed = workflow.run("--keep-going", fails=True)
    for root, said in links.items():
        # The videos are not looked at where they are not used.
        if "/videos" not in said:
            assert said in printed
            assert not workflow.path("results", Path(root).name).exists()
    assert "good: 2 episodes selected, 2 annotated, 0 failed" in printed
    assert "other: 2 episodes selected, 1 annotated, 1 failed" in printed
    bombed = "data/chunk-000/episode_000000.parquet claims 19,922,944 rows in"
    assert f"failed: episode 000000: {bombed}" in printed
    assert SECRET.encode() not in b"".join(
        path.read_bytes() for path in workflow.folder.rglob("*") if path.is_file()
    )


def test_names_and_labels_stay_inside(
    workflow: Workflow, make: Callable[..., Path], nothing_outside: None
) -> None:
    """A dataset's name becomes one folder; a label becomes no file's name, whatever it says."""
    source = make("good")
    entry = {"root": str(source), "repo_id": "../../../escaped", "data_features_name_mapping": {}}
    workflow.path("mixture.json").write_text(json.dumps({"datasets": [entry]}))
    workflow.config = {
        "mixture": "mixture.json",
        "annotator": "kinematic",
        "max_episodes": 1,
        "output": {"subtask_index": True, "segments": True},
    }
    workflow.checks = True
    workflow.run()
    (result,) = workflow.path("results").iterdir()
    assert result.name == "escaped"
    before = sorted(everything(result))
    label = "../../../x/\\$(touch here)`touch here`;'\"<b>{dataset} %s *"
    path = result / "subtasks/episode_000000.json"
    path.write_text(json.dumps([{"time": 0, "subtask": label}]))
    workflow.run()
    assert sorted(everything(result)) == before
    assert pq.read_table(result / "meta/segments.parquet")["subtask"].to_pylist() == [label]
    assert not list(workflow.folder.rglob("here*"))


def test_a_bomb_is_no_programs_end(tmp_path: Path) -> None:
    source = tmp_path / "bomb.parquet"
    bomb(source)
    (tmp_path / "episode_000000.json").write_text("[]")
    said = fails(
        "write_data.py",
        *("--source", source, "--subtasks", tmp_path, "--episodes", 0, "--fps", 30),
        *("--outputs", "response", "--output", tmp_path / "out"),
    )
    assert f"{source} claims 19,922,944 rows in" in said
    assert not (tmp_path / "out").exists()


# Links that tools people use make


@pytest.fixture
def snapshot(make: Callable[..., Path], tmp_path: Path) -> Path:
    """A dataset in Hugging Face's cache: links to blobs of the same repo, two folders up."""
    source = make("good")
    repo = tmp_path / "datasets--me--bottle"
    snapshot = repo / "snapshots" / "0123abc"
    (repo / "blobs").mkdir(parents=True)
    for number, path in enumerate(sorted(p for p in source.rglob("*") if p.is_file())):
        link = snapshot / path.relative_to(source)
        link.parent.mkdir(parents=True, exist_ok=True)
        path.rename(repo / "blobs" / f"{number:040x}")
        up = "../" * len(link.relative_to(repo).parents[:-1])
        link.symlink_to(f"{up}blobs/{number:040x}")
    return snapshot


def test_snapshots_of_hugging_faces_cache_are_datasets(
    workflow: Workflow, snapshot: Path, nothing_outside: None
) -> None:
    workflow.config = {
        "datasets": [{"root": str(snapshot), "name": "bottle", "max_episodes": 1}],
        "annotator": "kinematic",
    }
    workflow.run()
    result = workflow.path("results/bottle")
    assert not (result / "meta/tasks.jsonl").is_symlink()
    assert (result / f"videos/chunk-000/{CAMERA}/episode_000000.mp4").stat().st_size > 1000
