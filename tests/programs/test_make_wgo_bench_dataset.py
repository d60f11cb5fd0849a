"""A table of WGO-Bench's form on the Hub becomes a dataset whose frames are at the right times."""

import json
import shlex
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from PIL import Image

from servers.hub import HubServer
from subtasks.dataset import dataset
from subtasks.frames import archive
from subtasks.workflow import rule_params
from support import programs, render, wgo_bench
from support.hub_machine import Machine
from support.wgo_bench import RECORDINGS

PROGRAM = "make_wgo_bench_dataset.py"
RATE = 4.0
"""Samples per second."""


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a repo with a table."""
    folder = tmp_path_factory.mktemp("wgo_bench") / "repo"
    wgo_bench.write(folder)
    return folder


def sampled(root: Path, output: Path) -> dict[int, Path]:
    """Sample all episodes of a dataset with the program and the options of the workflow."""
    found = {}
    data = dataset.load(root)
    for number, episode in data.episodes.items():
        found[number] = output / f"{number}.zip"
        options = rule_params.footage(data, episode, [root / path for path in episode.footage])
        settings = ["--layout=frame", "--frame-width=160", f"--fps={RATE}"]
        given = [*shlex.split(options), *settings, f"--output={found[number]}"]
        programs.run("sample_frames.py", *given)
    return found


def test_the_table_on_the_hub_becomes_a_dataset(
    machine: Machine, hub_server: HubServer, table: Path, tmp_path: Path
) -> None:
    repo = hub_server.create("me/table", table)
    output = tmp_path / "wgo"
    log = machine.program(PROGRAM, f"--output={output}", "--repo-id=me/table")
    assert "row 3 of 3: galaxea_3, 3.0 s, 2 segments" in log

    record = json.loads((output / "meta/wgo_bench.json").read_text())
    assert (record["repo_id"], record["commit"]) == ("me/table", repo.head.oid)
    assert [each["source"] for each in record["episodes"]] == ["homer", "droid", "galaxea"]
    rows = pq.read_table(output / "truth/segments.parquet").to_pylist()
    assert [(row["episode"], row["start"], row["end"], row["label"]) for row in rows] == [
        (number, *segment)
        for number, recording in enumerate(RECORDINGS)
        for segment in recording.segments
    ]
    given = pq.read_table(table / wgo_bench.TABLE)["video"].to_pylist()
    assert [path.read_bytes() for path in sorted(output.glob("videos/*/*/*"))] == given
    found = dataset.load(output)
    assert [each.task for each in found.episodes.values()] == [
        each.instruction for each in RECORDINGS
    ]

    before = {path: path.stat().st_mtime_ns for path in output.rglob("*")}
    hub_server.forget()
    again = machine.program(PROGRAM, f"--output={output}", "--repo-id=me/table")
    assert "already holds this dataset" in again
    assert not hub_server.requests
    assert {path: path.stat().st_mtime_ns for path in output.rglob("*")} == before
    assert not list(tmp_path.glob(".*"))


def test_the_frames_are_those_of_their_times_whatever_the_rate(table: Path, tmp_path: Path) -> None:
    """15 and 30 frames a second, and a video whose frames do not follow one another evenly."""
    root = tmp_path / "wgo"
    programs.run(PROGRAM, f"--output={root}", f"--table={table / wgo_bench.TABLE}")
    for number, path in sampled(root, tmp_path).items():
        true = RECORDINGS[number].times
        manifest = archive.read_manifest(path)
        shown = [render.number(Image.open(BytesIO(jpeg))) for _, jpeg in archive.read_images(path)]
        stated = [time for image in manifest.images for time in image.times]
        # A frame shows its own number, so its true time is known.
        assert [true[each] for each in shown] == pytest.approx(stated, abs=1e-3)
        wanted = [step / RATE for step in range(int(true[-1] * RATE) + 1)]
        nearest = [min(true, key=lambda time, at=at: abs(time - at)) for at in wanted]
        assert stated[: len(wanted)] == pytest.approx(nearest, abs=1e-3)
        assert manifest.duration == pytest.approx(true[-1] + 1 / 30, abs=0.04)
        steps = [after - before for before, after in pairwise(true)]
        is_even = max(steps) < 1.5 * true[-1] / len(steps)
        assert is_even == (not manifest.remarks), manifest.remarks


def test_only_the_first_rows(table: Path, tmp_path: Path) -> None:
    given = [f"--table={table / wgo_bench.TABLE}", f"--output={tmp_path / 'wgo'}"]
    programs.run(PROGRAM, *given, "--episodes=1")
    assert len(dataset.load(tmp_path / "wgo").episodes) == 1
    assert "another --output, or delete it" in programs.fails(PROGRAM, *given)


@pytest.mark.parametrize("content", [b"no video", b"\0" * 3000])
def test_a_row_that_cannot_be_used_is_left_out(table: Path, tmp_path: Path, content: bytes) -> None:
    rows: list[dict[str, Any]] = pq.read_table(table / wgo_bench.TABLE).to_pylist()
    rows[0]["segments"] = []
    rows[2]["video"] = content
    path = wgo_bench.write_rows(tmp_path / "table.parquet", rows)
    root = tmp_path / "wgo"
    log = programs.run(PROGRAM, f"--output={root}", f"--table={path}")
    assert "homer_1 is left out: it has no segments" in log
    assert "galaxea_3 is left out: its video is not a whole MP4" in log
    record = json.loads((root / "meta/wgo_bench.json").read_text())
    assert [each["id"] for each in record["episodes"]] == ["droid_AUTOLab_17"]
    assert [each["id"] for each in record["left_out"]] == ["homer_1", "galaxea_3"]
    assert len(list(root.glob("videos/*/*/*"))) == len(dataset.load(root).episodes) == 1


def test_nothing_is_left_of_a_table_without_a_usable_row(table: Path, tmp_path: Path) -> None:
    rows = pq.read_table(table / wgo_bench.TABLE).to_pylist()
    path = wgo_bench.write_rows(
        tmp_path / "table.parquet", [row | {"segments": []} for row in rows]
    )
    refused = programs.fails(PROGRAM, f"--output={tmp_path / 'wgo'}", f"--table={path}")
    assert refused == f"no row of {path} can be used: 3 are left out"
    assert [each.name for each in tmp_path.iterdir()] == ["table.parquet"]


def test_what_a_killed_run_has_left_is_removed(table: Path, tmp_path: Path) -> None:
    left = tmp_path / ".wgo.part" / "videos"
    left.mkdir(parents=True)
    (left / "half.mp4").write_bytes(b"half")
    (tmp_path / "wgo").mkdir()
    given = [f"--table={table / wgo_bench.TABLE}", f"--output={tmp_path / 'wgo'}", "--episodes=1"]
    programs.run(PROGRAM, *given)
    assert not list((tmp_path / "wgo").rglob("half.mp4"))
    assert [each.name for each in tmp_path.iterdir()] == ["wgo"]


def test_a_foreign_folder_is_refused(table: Path, tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("mine")
    refused = programs.fails(PROGRAM, f"--output={tmp_path}", f"--table={table / wgo_bench.TABLE}")
    assert refused == f"{tmp_path} exists and is not made of WGO-Bench: give another --output"
    refused = programs.fails(PROGRAM, f"--output={tmp_path / 'new'}", "--table=nowhere.parquet")
    assert refused == "nowhere.parquet: No such file or directory"
