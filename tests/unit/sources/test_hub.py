"""Datasets on the Hub, through the real client and a server on this machine."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from servers.hub import Damaged, HubServer, Repo
from subtasks.dataset import dataset
from subtasks.sources import hub
from support.hub_machine import NOBODY, V2, V3, VIDEO, Machine, contents


def test_files_are_hashed_as_the_hub_does(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"robot\n")
    assert hub.content_hash(path, 64) == hashlib.sha256(b"robot\n").hexdigest()
    # As `git hash-object` prints it.
    assert hub.content_hash(path, 40) == hashlib.sha1(b"blob 6\0robot\n").hexdigest()


@pytest.mark.parametrize("version", [V2, V3])
def test_a_dataset_on_the_hub_is_what_the_local_one_is(
    machine: Machine, hub_server: HubServer, real_data: Path, tmp_path: Path, version: str
) -> None:
    """The v3.0 metadata is wrong about two episodes' files; the footers on the Hub tell."""
    hub_server.create("me/bottle", real_data / version)
    folder = tmp_path / "source"
    machine.ensure_snapshot(folder, "me/bottle")
    assert contents(folder / "meta") == contents(real_data / version / "meta")
    assert not any(path.startswith("videos/") for path in hub_server.served)
    read = {path: size for path, size in hub_server.served.items() if path.startswith("data/")}
    assert len(read) == (3 if version == V3 else 0)
    assert all(size <= 1 << 16 for size in read.values())

    local = dataset.load(real_data / version, name="bottle")
    remote = hub.ensure_snapshot(folder, "me/bottle", None)
    loaded = dataset.load(folder, name="bottle", remote=remote)
    assert replace(loaded, root=local.root, remote=None) == local
    assert dataset.missing(loaded, videos=True) == {}
    # Nothing but what is documented, and nothing of it from the network the second time.
    assert {path.name for path in folder.iterdir()} == {"meta", "files.json", "revision.json"}
    machine.environment["HF_ENDPOINT"] = NOBODY
    assert machine.ensure_snapshot(folder, "me/bottle") == "no client\n"


def test_missing_files_are_found_in_the_list(snapshot_folder: Path) -> None:
    remote = dict(hub.ensure_snapshot(snapshot_folder, "me/bottle", None))
    del remote[VIDEO], remote["data/chunk-000/episode_000003.parquet"]
    loaded = dataset.load(snapshot_folder, name="bottle", remote=remote)
    assert dataset.missing(loaded, videos=True) == {
        0: [VIDEO],
        3: ["data/chunk-000/episode_000003.parquet"],
    }


def test_a_newer_commit_comes_when_it_is_asked_for(
    machine: Machine, hub_server: HubServer, snapshot_folder: Path
) -> None:
    repo = hub_server.repos["me/bottle"]
    first = hub.read_source(snapshot_folder)
    times = {
        path: (snapshot_folder / path).stat().st_mtime_ns
        for path in contents(snapshot_folder / ".")
    }
    tasks = b'{"task_index": 0, "task": "Pick it up."}\n'
    repo.commit({"meta/tasks.jsonl": tasks, "meta/episodes_stats.jsonl": None, VIDEO: b"new"})

    machine.ensure_snapshot(snapshot_folder, "me/bottle")
    assert hub_server.requests == []
    machine.ensure_snapshot(snapshot_folder, "me/bottle", update=True)
    assert hub.read_source(snapshot_folder) == replace(first, commit=repo.head.oid)
    assert (snapshot_folder / "meta/tasks.jsonl").read_bytes() == tasks
    assert not (snapshot_folder / "meta/episodes_stats.jsonl").exists()
    for same in ("meta/info.json", "meta/episodes.jsonl"):
        assert (snapshot_folder / same).stat().st_mtime_ns == times[same]
    remote = hub.ensure_snapshot(snapshot_folder, "me/bottle", None)
    assert remote[VIDEO].content == repo.head.files[VIDEO].sha256

    hub_server.forget()
    machine.ensure_snapshot(snapshot_folder, "me/bottle", update=True)
    assert [r.path for r in hub_server.requests if "/datasets/" in r.path] == [
        "/api/datasets/me/bottle/revision/main"
    ]


def test_a_tag_a_commit_and_another_repo(
    machine: Machine, hub_server: HubServer, real_data: Path, snapshot_folder: Path
) -> None:
    repo = hub_server.repos["me/bottle"]
    repo.tags["v2.1"] = old = repo.head.oid
    repo.commit({"meta/tasks.jsonl": b"{}\n"})
    for revision in ("v2.1", old):
        machine.ensure_snapshot(snapshot_folder, "me/bottle", revision, update=True)
        assert hub.read_source(snapshot_folder) == hub.HubSource("me/bottle", revision, old)
    hub_server.create("me/other", real_data / V3)
    machine.ensure_snapshot(snapshot_folder, "me/other")
    assert contents(snapshot_folder / "meta") == contents(real_data / V3 / "meta")


def test_a_snapshot_of_another_kind_of_source_is_replaced(
    machine: Machine, snapshot_folder: Path
) -> None:
    (snapshot_folder / "revision.json").write_text('{"url": "s3://robots/bottle"}')
    machine.ensure_snapshot(snapshot_folder, "me/bottle")
    assert hub.read_source(snapshot_folder).repo_id == "me/bottle"


def private(_server: HubServer, repo: Repo) -> None:
    repo.private = True


def gated(_server: HubServer, repo: Repo) -> None:
    repo.gated = True


def no_dataset(_server: HubServer, repo: Repo) -> None:
    repo.commit({"meta/info.json": None})


def broken_info(hub_server: HubServer, _repo: Repo) -> None:
    hub_server.faults["meta/info.json"] = Damaged()


Change = Callable[[HubServer, Repo], None]


@pytest.mark.parametrize(
    ("repo_id", "revision", "change", "environment", "said"),
    [
        ("me/none", "", None, {}, "the Hub has no dataset me/none, or it is private"),
        ("me/bottle", "v9", None, {}, "me/bottle has no revision v9: set revision: to one of"),
        ("me/bottle", "", private, {}, "set HF_TOKEN to a token that may read it"),
        ("me/bottle", "", None, {"HF_TOKEN": "hf_wrong"}, "the Hub rejected the token"),
        ("me/bottle", "", gated, {"HF_TOKEN": "right"}, "/datasets/me/bottle and set HF_TOKEN"),
        ("me/bottle", "", no_dataset, {}, "is not a LeRobot dataset (meta/info.json is missing)"),
        ("me/bottle", "", broken_info, {}, "meta/info.json of me/bottle arrived damaged"),
        ("me/bottle", "", None, {"HF_HUB_OFFLINE": "1"}, "HF_HUB_OFFLINE is set: unset it"),
        ("me/bottle", "", None, {"HF_ENDPOINT": NOBODY}, f"could not be fetched from {NOBODY}"),
    ],
)
def test_what_goes_wrong_is_one_sentence(
    machine: Machine,
    hub_server: HubServer,
    tmp_path: Path,
    repo_id: str,
    revision: str,
    change: Change | None,
    environment: dict[str, str],
    said: str,
) -> None:
    repo = hub_server.create("me/bottle")
    repo.commit({"meta/info.json": b"{}"})
    if change:
        change(hub_server, repo)
    machine.environment |= {
        key: hub_server.token if value == "right" else value for key, value in environment.items()
    }
    sentence = machine.ensure_snapshot(tmp_path / "source", repo_id, revision, fails=True)
    assert said in sentence
    assert "hf_" not in sentence
    assert not list(tmp_path.glob("source/**/*.json"))


def test_tokens_open_what_is_private_and_gated(
    machine: Machine, hub_server: HubServer, real_data: Path, tmp_path: Path
) -> None:
    repo = hub_server.create("me/bottle", real_data / V3)
    repo.private = repo.gated = hub_server.access_granted = True
    machine.environment["HF_TOKEN"] = hub_server.token
    machine.ensure_snapshot(tmp_path / "one", "me/bottle")
    # The token's file counts as well, wherever HF_HOME is.
    del machine.environment["HF_TOKEN"]
    machine.environment["HF_HOME"] = str(tmp_path / "hf")
    (tmp_path / "hf").mkdir()
    (tmp_path / "hf" / "token").write_text(hub_server.token)
    machine.ensure_snapshot(tmp_path / "two", "me/bottle")
    (tmp_path / "hf" / "token").unlink()
    for content in contents(tmp_path).values():
        assert hub_server.token.encode() not in content


def test_names_that_lead_out_of_the_folder_are_refused(
    machine: Machine, hub_server: HubServer, tmp_path: Path
) -> None:
    names = ["../up.json", "/etc/x.json", "meta/../../x.json", "meta\\x", "data/a\nb"]
    for number, name in enumerate(names):
        hub_server.create(f"me/evil{number}").commit({"meta/info.json": b"{}", name: b"{}"})
    printed = machine.python(
        """
        import sys
        from pathlib import Path
        from subtasks.sources import hub
        from subtasks.errors import Problem

        for number in range(int(sys.argv[2])):
            try:
                hub.ensure_snapshot(Path(sys.argv[1]), f"me/evil{number}", None)
            except Problem as problem:
                print(problem)
        """,
        tmp_path / "work/evil/source",
        len(names),
    )
    assert printed.splitlines() == [
        f"me/evil{number} at main has a file with the unsafe name {name!r}: nothing is fetched"
        for number, name in enumerate(names)
    ]
    assert not [file for file in tmp_path.rglob("*") if file.is_file()]


@pytest.mark.parametrize("version", [V2, V3])
def test_offline_the_users_snapshot_is_the_hub(
    machine: Machine, hub_server: HubServer, real_data: Path, tmp_path: Path, version: str
) -> None:
    hub_server.create("me/bottle", real_data / version)
    machine.ensure_snapshot(tmp_path / "online", "me/bottle")
    online = dict(machine.environment)
    offline = online | {"HF_ENDPOINT": NOBODY, "HF_HUB_OFFLINE": "1"}

    # What is known to be incomplete is no snapshot: its list of files would say too little.
    machine.fill_cache(allow_patterns="meta/*")
    machine.environment = offline
    sentence = machine.ensure_snapshot(tmp_path / "offline", "me/bottle", fails=True)
    assert sentence.startswith(
        "revision main of me/bottle is not in the Hub's cache on this machine, and"
    )

    machine.environment = online
    machine.fill_cache()
    machine.environment = offline
    machine.ensure_snapshot(tmp_path / "offline", "me/bottle")
    assert contents(tmp_path / "offline") == contents(tmp_path / "online")
    data = next(
        path
        for path in hub.ensure_snapshot(tmp_path / "offline", "me/bottle", None)
        if ".parq" in path
    )
    machine.fetch_file(tmp_path / "offline", data)
    assert (tmp_path / "offline" / data).read_bytes() == (real_data / version / data).read_bytes()
