"""Files of a dataset on the Hub come whole and once."""

from pathlib import Path
from typing import Any

import pytest

from servers.hub import Cut, Damaged, HubServer, Other, Status
from subtasks.sources import hub, snapshot
from support.hub_machine import DATA, V2, V3, VIDEO, Machine, contents
from support.workflow import PROJECT


def test_a_file_comes_whole_and_once(
    machine: Machine, hub_server: HubServer, snapshot_folder: Path, real_data: Path
) -> None:
    before = contents(snapshot_folder)
    # What a killed download has left.
    parts = snapshot_folder / ".parts" / "0123456789abcdef"
    parts.mkdir(parents=True)
    (parts / "half.mp4").write_bytes(b"half")
    machine.fetch_file(snapshot_folder, VIDEO)
    snapshot.clear_parts(snapshot_folder)
    assert contents(snapshot_folder) == before | {VIDEO: (real_data / V2 / VIDEO).read_bytes()}
    assert dict(hub_server.served) == {VIDEO: (real_data / V2 / VIDEO).stat().st_size}
    assert not [path for path in machine.home.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Damaged(), f"{VIDEO} of me/bottle arrived damaged"),
        (Cut(), f"{VIDEO} of me/bottle could not be fetched"),
        (Status(403), "the token may not read me/bottle"),
        (Other(b"<!DOCTYPE html>"), f"{VIDEO} of me/bottle arrived with 15 bytes instead of 2,"),
        (Other(b""), f"{VIDEO} of me/bottle arrived with 0 bytes instead of 2,"),
        (Other(bytes(9 << 20)), f"{VIDEO} of me/bottle arrived with 9,437,184 bytes instead of"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_transfer_that_breaks_leaves_nothing(
    machine: Machine, hub_server: HubServer, snapshot_folder: Path, fault: Any, said: str
) -> None:
    before = contents(snapshot_folder)
    hub_server.faults[VIDEO] = fault
    assert said in machine.fetch_file(snapshot_folder, VIDEO, fails=True)
    assert contents(snapshot_folder) == before


def test_a_page_of_the_same_size_is_not_the_file(
    machine: Machine, hub_server: HubServer, snapshot_folder: Path, real_data: Path
) -> None:
    size = (real_data / V2 / VIDEO).stat().st_size
    hub_server.faults[VIDEO] = Other(b"<!DOCTYPE html>".ljust(size))
    assert machine.fetch_file(snapshot_folder, VIDEO, fails=True) == (
        f"what the Hub sent for {VIDEO} of me/bottle is no such file (it is a page of HTML or "
        "XML): check HF_ENDPOINT and the proxy"
    )


def test_a_pointer_that_was_uploaded_instead_of_its_file_is_named(
    machine: Machine, hub_server: HubServer, snapshot_folder: Path
) -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"
    hub_server.repos["me/bottle"].commit({DATA: pointer, VIDEO: pointer})
    machine.ensure_snapshot(snapshot_folder, update=True)
    for path in (DATA, VIDEO):
        assert machine.fetch_file(snapshot_folder, path, fails=True) == (
            f"{path} of me/bottle is a Git LFS pointer on the Hub and not the file itself: its "
            "owner has to upload it, or exclude its episodes"
        )
        assert not (snapshot_folder / path).exists()


def test_offline_takes_what_the_users_cache_has(
    machine: Machine, hub_server: HubServer, snapshot_folder: Path, real_data: Path
) -> None:
    machine.fill_cache(allow_patterns=DATA)
    machine.go_offline()
    machine.fetch_file(snapshot_folder, DATA)
    assert (snapshot_folder / DATA).read_bytes() == (real_data / V2 / DATA).read_bytes()
    assert not (snapshot_folder / DATA).is_symlink()
    sentence = machine.fetch_file(snapshot_folder, VIDEO, fails=True)
    assert sentence.startswith(
        f"{VIDEO} of me/bottle is not in the Hub's cache on this machine, and"
    )


def test_a_damaged_file_in_the_users_cache_is_fetched_again(
    machine: Machine, hub_server: HubServer, snapshot_folder: Path, real_data: Path
) -> None:
    machine.fill_cache(allow_patterns=DATA)
    [cached] = machine.home.rglob(Path(DATA).name)
    cached.resolve().write_bytes(b"x" * 9)
    online = dict(machine.environment)
    machine.go_offline()
    sentence = machine.fetch_file(snapshot_folder, DATA, fails=True)
    assert sentence.startswith(
        f"{DATA} of me/bottle is not in the Hub's cache on this machine, and"
    )
    machine.environment = online
    machine.fetch_file(snapshot_folder, DATA)
    assert (snapshot_folder / DATA).read_bytes() == (real_data / V2 / DATA).read_bytes()


def test_a_full_disk_is_one_sentence(
    machine: Machine, hub_server: HubServer, real_data: Path, tmp_path: Path
) -> None:
    hub_server.create("me/bottle", real_data / V3)
    source, disk = tmp_path / "source", tmp_path / "disk"
    machine.ensure_snapshot(source)
    path = "data/chunk-000/file-001.parquet"
    content = hub.ensure_snapshot(source, "me/bottle", None)[path].content
    said = machine.fails_on_a_small_disk(
        source,
        disk,
        PROJECT / "scripts/fetch_file.py",
        f"--source={disk}",
        f"--path={path}",
        f"--content={content}",
        f"--output={disk / path}",
    )
    assert said == (
        f"the disk of {disk} is full, {path} of me/bottle does not fit: free some space, or "
        "keep fewer files there at once with --resources hub_downloads=1"
    )
