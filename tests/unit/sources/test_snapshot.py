"""The snapshot of a remote dataset is whole or is made again."""

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from servers.hub import HubServer, Slow
from subtasks.dataset.episode import RemoteFile
from subtasks.errors import Problem
from subtasks.sources import hub, snapshot
from subtasks.sources.snapshot import RemoteEntry
from support.hub_machine import ENSURE_SNAPSHOT, V2, V3, Machine
from support.waiting import wait_until


class Memory:
    """A source whose files are in memory."""

    name = "memory"

    def __init__(self, **files: bytes) -> None:
        self.files = files

    def listing(self) -> dict[str, RemoteEntry]:
        return {
            path: RemoteEntry(str(hash(content)), len(content))
            for path, content in self.files.items()
        }

    def download(self, path: str, _content: str, folder: Path) -> None:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(self.files[path])

    def open(self, path: str) -> io.BytesIO:
        return io.BytesIO(self.files[path])


def test_a_snapshot_has_the_metadata_and_a_list_of_the_other_files(tmp_path: Path) -> None:
    table = io.BytesIO()
    pq.write_table(pa.table({"index": range(7)}), table)
    files = {
        "meta/info.json": b"{}",
        "meta/episodes/chunk-000/file-000.parquet": b"not looked into",
        "data/chunk-000/file-000.parquet": table.getvalue(),
        "data/chunk-000/damaged.parquet": b"no Parquet",
        "videos/a.mp4": b"film",
        "README.md": b"not needed",
    }
    assert snapshot.read_record(tmp_path) is None
    snapshot.fetch(tmp_path, Memory(**files), {"url": "memory"})
    assert snapshot.read_record(tmp_path) == {"url": "memory"}
    listed = snapshot.read_files(tmp_path)
    assert {path: file.rows for path, file in listed.items()} == {
        "data/chunk-000/file-000.parquet": 7,
        "data/chunk-000/damaged.parquet": None,
        "videos/a.mp4": None,
    }
    assert listed["videos/a.mp4"] == RemoteFile(str(hash(b"film")))
    copied = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.relative_to(tmp_path).as_posix() for path in copied} == {
        *("files.json", "revision.json"),
        *(path for path in files if path.startswith("meta/")),
    }


def test_only_what_has_changed_is_touched(tmp_path: Path) -> None:
    same, changed, removed = "meta/info.json", "meta/tasks.jsonl", "meta/stats.json"
    snapshot.fetch(tmp_path, Memory(**{same: b"{}", changed: b"old", removed: b""}), {})
    before = (tmp_path / same).stat().st_mtime_ns
    snapshot.fetch(tmp_path, Memory(**{same: b"{}", changed: b"new"}), {})
    assert (tmp_path / same).stat().st_mtime_ns == before
    assert (tmp_path / changed).read_bytes() == b"new"
    assert not (tmp_path / removed).exists()


def test_what_is_no_dataset_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "source"
    with pytest.raises(Problem, match=r"memory is not a LeRobot dataset \(meta/info.json is miss"):
        snapshot.fetch(folder, Memory(**{"data/a.parquet": b""}), {})

    class Huge(Memory):
        def listing(self) -> dict[str, RemoteEntry]:
            return {"meta/info.json": RemoteEntry("", 17 << 30)}

    with pytest.raises(Problem, match=r"memory has 17 GB of metadata \(limit: 16 GB\)"):
        snapshot.fetch(folder, Huge(), {})
    assert not folder.exists()


@pytest.mark.parametrize("name", ["revision.json", "files.json"])
@pytest.mark.parametrize("text", ["{", "\ud800", "[" * 5000])
def test_damaged_state_is_one_sentence(snapshot_folder: Path, name: str, text: str) -> None:
    (snapshot_folder / name).write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(Problem, match=f"{name} is damaged: remove it and run again"):
        hub.ensure_snapshot(snapshot_folder, "me/bottle", None)


@pytest.mark.parametrize("value", [[], 1, {"a": 1}, {"a": {"content": 1, "rows": None}}])
def test_a_list_of_files_that_is_none_is_one_sentence(
    machine: Machine, snapshot_folder: Path, value: Any
) -> None:
    whole = (snapshot_folder / "files.json").read_text()
    (snapshot_folder / "files.json").write_text(json.dumps(value))
    with pytest.raises(Problem, match=r"files\.json is damaged: remove it"):
        hub.ensure_snapshot(snapshot_folder, "me/bottle", None)
    (snapshot_folder / "files.json").unlink()
    machine.ensure_snapshot(snapshot_folder, "me/bottle")
    assert (snapshot_folder / "files.json").read_text() == whole


@pytest.mark.parametrize(
    "name", ["../up.json", "/etc/x.json", "meta/../../x.json", "meta\\x", "data/a\nb", "data//x"]
)
def test_names_that_lead_out_of_the_folder_are_refused(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "work/evil/source"
    with pytest.raises(Problem, match="memory has a file with the unsafe name") as caught:
        snapshot.fetch(folder, Memory(**{"meta/info.json": b"{}", name: b"{}"}), {})
    assert repr(name) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not [file for file in tmp_path.rglob("*") if file.is_file()]


def test_a_killed_fetch_leaves_nothing_behind(
    machine: Machine, hub_server: HubServer, real_data: Path, tmp_path: Path
) -> None:
    hub_server.create("me/bottle", real_data / V2)
    slow = "meta/episodes.jsonl"
    hub_server.faults[slow] = Slow(60)
    folder = tmp_path / "source"
    process = subprocess.Popen(
        [sys.executable, "-c", ENSURE_SNAPSHOT, str(folder), "me/bottle", "", ""],
        env=machine.environment,
    )
    wait_until(lambda: any(slow in request.path for request in list(hub_server.requests)))
    process.kill()
    process.wait()
    left = [path for path in folder.rglob("*") if path.is_file()]
    assert left
    assert not (folder / "revision.json").exists()
    hub_server.faults.clear()
    machine.ensure_snapshot(folder, "me/bottle")
    snapshot.clear_parts(folder)
    assert {path.name for path in folder.iterdir()} == {"meta", "files.json", "revision.json"}


def test_what_killed_runs_left_is_removed(tmp_path: Path) -> None:
    snapshot.fetch(tmp_path, Memory(**{"meta/info.json": b"{}"}), {})
    (tmp_path / snapshot.PARTS / "0123").mkdir(parents=True)
    (tmp_path / snapshot.PARTS / "0123" / "half.mp4").touch()
    (tmp_path / ".files.json.x.tmp").touch()
    snapshot.clear_parts(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"meta", "files.json", "revision.json"}


def test_a_full_disk_is_one_sentence(
    machine: Machine, hub_server: HubServer, real_data: Path, tmp_path: Path
) -> None:
    hub_server.create("me/bottle", real_data / V3)
    source, disk = tmp_path / "source", tmp_path / "disk"
    machine.ensure_snapshot(source)
    (source / "revision.json").unlink()
    said = machine.fails_on_a_small_disk(
        source, disk, "-c", ENSURE_SNAPSHOT, disk, "me/bottle", "", ""
    )
    path = "meta/episodes/chunk-000/file-000.parquet"
    assert said == f"the disk of {disk} is full, {path} of me/bottle does not fit: free some space"
