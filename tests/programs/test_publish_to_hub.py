"""Results on the Hub: the program with the real client, against a Hub on this machine."""

import dataclasses
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from servers.hub import HubServer, Repo
from support.programs import fails, run
from support.publishing import (
    CHANGED,
    OURS,
    SOURCE,
    finished_workflow,
    has_the_result,
    hub_with,
)
from support.waiting import wait_until
from support.workflow import PROJECT, Workflow

DATA = "data/chunk-000/episode_000002.parquet"


@pytest.fixture(scope="module")
def finished(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Workflow:
    """A dataset with its result."""
    return finished_workflow(real_data, tmp_path_factory.mktemp("hub"))


@pytest.fixture
def hub(finished: Workflow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[HubServer]:
    with hub_with(finished.folder.parent / "bottle", tmp_path / "home", monkeypatch) as server:
        yield server
        assert server.token.encode() not in b"".join(
            path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()
        )


class Publisher:
    """The program, for one result."""

    def __init__(self, finished: Workflow, source: Path, *options: str) -> None:
        said = finished.path("said.txt")
        result = finished.path("results/bottle")
        self.arguments = ("--source", source, "--result", result, "--output", said)
        self.arguments += ("--episodes", "0-2", *options)

    def run(self, *options: object) -> str:
        return run("publish_to_hub.py", *self.arguments, *options)

    def fails(self, *options: str) -> str:
        return fails("publish_to_hub.py", *self.arguments, *options)


@pytest.fixture
def local(finished: Workflow) -> Publisher:
    return Publisher(finished, finished.folder.parent / "bottle")


@pytest.fixture
def remote(finished: Workflow, hub: HubServer, tmp_path: Path) -> Publisher:
    """The same result, of the dataset on the Hub."""
    folder = tmp_path / "source"
    # In a process of its own: huggingface_hub reads its environment once.
    imports = "from pathlib import Path; from subtasks.sources import hub"
    pin = f"{imports}; hub.ensure_snapshot(Path({str(folder)!r}), {SOURCE!r}, None)"
    subprocess.run(
        [sys.executable, "-c", pin],
        env=os.environ | {"PYTHONPATH": str(PROJECT / "scripts")},
        check=True,
    )
    return Publisher(finished, folder, "--on-hub")


def differing(repo: Repo, before: str, after: str) -> set[str]:
    """Paths that two commits differ in."""
    was, now = repo.commits[before].files, repo.commits[after].files
    return {path for path in was.keys() | now.keys() if was.get(path) != now.get(path)}


def uploaded(hub: HubServer) -> list[str]:
    return [record.path for record in hub.requests if record.method == "PUT"]


def test_a_new_repo_is_a_copy_made_by_the_hub(
    finished: Workflow, remote: Publisher, hub: HubServer
) -> None:
    hub.forget()
    said = remote.run("--repo-id", OURS)
    repo, source = hub.repos[OURS], hub.repos[SOURCE]
    assert repo.private
    there, before = repo.head.files, source.head.files
    assert there.keys() == before.keys() | CHANGED
    assert {path for path in before if there[path] != before[path]} == CHANGED & before.keys()
    assert has_the_result(repo, repo.head.oid, finished)
    assert f"/datasets/{OURS}/commit/{repo.head.oid}" in said
    # LeRobot looks for the tag of its version.
    assert repo.tags == {"v2.1": repo.head.oid}
    assert "LeRobot finds it by the tag v2.1" in said
    assert len(uploaded(hub)) == 4  # data files and the table
    assert not any(path.endswith(".mp4") for path in hub.served)

    head = repo.head.oid
    hub.forget()
    assert "is up to date: nothing to publish" in remote.run("--repo-id", OURS)
    assert repo.head.oid == head
    assert {record.method for record in hub.requests} <= {"GET", "HEAD"}


def test_a_new_repo_is_what_the_source_was_when_it_was_read(
    finished: Workflow, remote: Publisher, hub: HubServer
) -> None:
    """The source was read at a tag, and its main is of another version since."""
    source = hub.repos[SOURCE]
    read = source.commits[source.tags["v2.1"]].files
    info = json.loads(read["meta/info.json"].content) | {"codebase_version": "v3.0"}
    source.commit({"meta/info.json": json.dumps(info).encode(), DATA: None, "data/new": b"new"})
    remote.run("--repo-id", OURS)
    repo = hub.repos[OURS]
    assert repo.head.files.keys() == read.keys() | CHANGED
    assert has_the_result(repo, repo.head.oid, finished)


def test_nothing_is_made_for_what_cannot_be_published(remote: Publisher, hub: HubServer) -> None:
    source = hub.repos[SOURCE]
    del source.commits[source.refs["main"]], source.tags["v2.1"]
    source.refs["main"] = next(iter(source.commits))
    assert f"{SOURCE} has no commit " in remote.fails("--repo-id", OURS)
    assert OURS not in hub.repos


@pytest.mark.parametrize(
    ("source", "repo_id", "step"),
    [
        *(("remote", OURS, step) for step in ("create", "duplicate", "commit", "tag")),
        *(("local", OURS, step) for step in ("create", "storage", "commit")),
        # Here it is deleted first.
        ("remote", SOURCE, "tag"),
    ],
)
def test_killed_at_any_step(
    request: pytest.FixtureRequest,
    finished: Workflow,
    hub: HubServer,
    source: str,
    repo_id: str,
    step: str,
) -> None:
    """The Hub does what it was asked for, but nobody is there any more who would go on."""
    publisher = request.getfixturevalue(source)
    program = PROJECT / "scripts/publish_to_hub.py"
    command = [sys.executable, program, *map(str, publisher.arguments), "--repo-id", repo_id]
    started: queue.Queue[subprocess.Popen[bytes]] = queue.Queue()

    def kill() -> None:
        process = started.get()
        process.kill()
        process.wait()

    hub.before[step] = kill
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    started.put(process)
    assert process.wait() == -signal.SIGKILL
    wait_until(lambda: not hub.before)
    publisher.run("--repo-id", repo_id)
    repo = hub.repos[repo_id]
    assert repo.head.files.keys() >= hub.repos[SOURCE].head.files.keys() - {".hidden"}
    assert has_the_result(repo, repo.head.oid, finished)
    assert repo.tags == {"v2.1": repo.head.oid}
    assert "nothing to publish" in publisher.run("--repo-id", repo_id)


def test_a_branch_of_the_source_begins_where_it_was_read(
    finished: Workflow, remote: Publisher, hub: HubServer
) -> None:
    repo = hub.repos[SOURCE]
    read = repo.refs["main"]
    info = json.loads(repo.head.files["meta/info.json"].content) | {"codebase_version": "v3.0"}
    repo.commit({"meta/info.json": json.dumps(info).encode()})
    said = remote.fails("--repo-id", SOURCE)
    assert "is another dataset (its codebase_version is 'v3.0', not 'v2.1')" in said
    main = repo.refs["main"]
    remote.run("--repo-id", SOURCE, "--branch", "subtasks")
    assert repo.refs["main"] == main
    assert repo.tags["v2.1"] == read
    assert repo.commits[repo.refs["subtasks"]].parent == read
    assert differing(repo, read, repo.refs["subtasks"]) == CHANGED
    assert "nothing to publish" in remote.run("--repo-id", SOURCE, "--branch", "subtasks")


@pytest.mark.parametrize("way", ["main", "pull request"])
@pytest.mark.parametrize("path", [DATA, "meta/tasks.jsonl", "meta/info.json"])
def test_what_somebody_has_repaired_meanwhile_is_not_lost(
    finished: Workflow, remote: Publisher, hub: HubServer, path: str, way: str
) -> None:
    """No number that is compared tells that a file is another one."""
    repo = hub.repos[SOURCE]
    repaired = repo.head.files[path].content + b"\n"
    head = repo.commit({path: repaired}, title="Repair a recording").oid
    options = ["--repo-id", SOURCE, *(["--pull-request"] if way != "main" else [])]
    said = remote.fails(*options)
    assert f"{path} of {SOURCE} at main was changed by somebody else and would be lost" in said
    assert repo.refs == {"main": head}
    assert repo.tags["v2.1"] == repo.head.parent
    # Where the source was read, nobody has changed anything.
    remote.run("--repo-id", SOURCE, "--branch", "subtasks")
    assert has_the_result(repo, repo.refs["subtasks"], finished)
    assert repo.head.files[path].content == repaired


def test_ones_own_earlier_results_are_replaced(
    finished: Workflow, remote: Publisher, hub: HubServer, tmp_path: Path
) -> None:
    repo = hub.repos[SOURCE]
    remote.run("--repo-id", SOURCE)
    # As the Hub calls a pull request that was taken.
    first = repo.head
    repo.commits[first.oid] = dataclasses.replace(first, title=f"{first.title} (#7)")
    other = shutil.copytree(finished.path("results/bottle"), tmp_path / "other", symlinks=True)
    label = "subtasks/episode_000001.json"
    (other / label).write_text('[{"time": 0, "subtask": "wave"}]\n')
    remote.run("--repo-id", SOURCE, "--result", other)
    assert differing(repo, first.oid, repo.head.oid) == {label}
    # A label corrected on the Hub is somebody's work as well.
    repo.commit({label: b'[{"time": 0, "subtask": "corrected"}]\n'}, title="Correct a label")
    said = remote.fails("--repo-id", SOURCE, "--result", other)
    assert f"{label} of {SOURCE} at main was changed by somebody else" in said


def test_what_is_committed_while_it_publishes_is_not_lost(
    remote: Publisher, hub: HubServer
) -> None:
    repo = hub.repos[SOURCE]
    repaired = repo.head.files[DATA].content + b"x"
    hub.before["commit"] = lambda: repo.commit({DATA: repaired})
    assert f"{SOURCE} was changed by somebody else in the meantime" in remote.fails(
        "--repo-id", SOURCE
    )
    assert repo.head.files[DATA].content == repaired


def test_pull_requests_of_others_are_theirs(remote: Publisher, hub: HubServer) -> None:
    repo = hub.repos[SOURCE]
    theirs = repo.pull_request("Write the subtasks of every frame", "somebody")
    before = repo.refs[theirs]
    assert "/discussions/2" in remote.run("--repo-id", SOURCE, "--pull-request")
    assert repo.refs[theirs] == before
    assert repo.authors == {theirs: "somebody", "refs/pr/2": hub.user}


def test_a_pull_request_is_kept_up_to_date(
    finished: Workflow, remote: Publisher, hub: HubServer
) -> None:
    repo = hub.repos[SOURCE]
    read = repo.refs["main"]
    options = ("--repo-id", SOURCE, "--pull-request")
    assert "/discussions/1" in remote.run(*options)
    assert repo.refs["main"] == read
    first = repo.refs["refs/pr/1"]
    assert differing(repo, read, first) == CHANGED
    assert "nothing to publish" in remote.run(*options)
    assert repo.refs["refs/pr/1"] == first

    label = finished.path("results/bottle/subtasks/episode_000001.json")
    before = label.read_text()
    label.write_text('[{"time": 0, "subtask": "wave"}]\n')
    try:
        remote.run(*options)
    finally:
        label.write_text(before)
    assert list(repo.titles) == ["refs/pr/1"]
    changed = differing(repo, first, repo.refs["refs/pr/1"])
    assert changed == {"subtasks/episode_000001.json"}


IN_PIECES = """
import runpy, sys
from subtasks.publish import on_hub
on_hub.MAX_COMMIT_FILES = 4
sys.argv[0] = sys.argv.pop(1)
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.mark.parametrize("option", ["--branch=labels", "--pull-request"])
def test_thousands_of_files_take_several_commits(
    finished: Workflow, remote: Publisher, hub: HubServer, option: str
) -> None:
    """What tells of the columns comes with the last one."""
    program = PROJECT / "scripts/publish_to_hub.py"
    arguments = [*remote.arguments, "--repo-id", SOURCE, option]
    subprocess.run(
        [sys.executable, "-c", IN_PIECES, program, *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": str(PROJECT / "scripts")},
        check=True,
    )
    repo = hub.repos[SOURCE]
    revision = repo.refs["labels" if "branch" in option else "refs/pr/1"]
    assert has_the_result(repo, revision, finished)
    commit = repo.commits[revision]
    pieces = []
    while commit.parent and commit.oid != repo.refs["main"]:
        pieces.append(differing(repo, commit.parent, commit.oid))
        commit = repo.commits[commit.parent]
    assert [len(piece) for piece in pieces] == [1, 4, 4]
    assert pieces[0] == {"meta/info.json"}
    assert len(repo.titles) == (0 if "branch" in option else 1)


def test_a_local_dataset_is_uploaded_whole_once(
    finished: Workflow, local: Publisher, hub: HubServer, tmp_path: Path
) -> None:
    local.run("--repo-id", OURS, "--public")
    repo = hub.repos[OURS]
    assert not repo.private
    assert repo.head.parent is not None
    assert repo.commits[repo.head.parent].files == {}
    source = finished.folder.parent / "bottle"
    there = {path: blob.content for path, blob in repo.head.files.items()}
    for path in source.rglob("*"):
        name = path.relative_to(source).as_posix()
        if path.is_file() and not name.startswith("."):
            assert there[name] == path.read_bytes() or name in CHANGED
    assert ".hidden" not in there
    assert has_the_result(repo, repo.head.oid, finished)
    assert repo.tags == {"v2.1": repo.head.oid}

    # Somebody writes a card; other outputs are chosen: only what differs is sent, or deleted.
    repo.commit({"README.md": b"A card.\n"})
    head = repo.head.oid
    other = shutil.copytree(finished.path("results/bottle"), tmp_path / "other", symlinks=True)
    (other / "meta/subtasks.parquet").unlink()
    shutil.copy(source / DATA, other / DATA)
    hub.forget()
    local.run("--repo-id", OURS, "--result", other)
    assert differing(repo, head, repo.head.oid) == {"meta/subtasks.parquet", DATA}
    assert "meta/subtasks.parquet" not in repo.head.files
    assert repo.head.files["README.md"].content == b"A card.\n"
    assert len(uploaded(hub)) == 1
    assert repo.tags == {"v2.1": repo.head.oid}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"HF_TOKEN": "hf_wrong"}, "this token may not write to me/bottle: set HF_TOKEN"),
        ({"HF_TOKEN": ""}, "this token may not write to me/bottle: set HF_TOKEN"),
        ({"HF_ENDPOINT": "http://127.0.0.1:9"}, "the upload to me/bottle was interrupted"),
        ({"HF_HUB_OFFLINE": "1"}, "needs the Hub: unset HF_HUB_OFFLINE"),
    ],
)
def test_what_the_hub_refuses_is_one_sentence(
    local: Publisher,
    hub: HubServer,
    monkeypatch: pytest.MonkeyPatch,
    change: dict[str, str],
    said: str,
) -> None:
    for name, value in change.items():
        monkeypatch.setenv(name, value)
    assert said in local.fails("--repo-id", OURS)
    assert OURS not in hub.repos


def test_other_refusals(local: Publisher, remote: Publisher, hub: HubServer) -> None:
    hub.read_only = True
    sentence = "this token may not write to me/bottle: set HF_TOKEN"
    assert sentence in local.fails("--repo-id", OURS)
    assert sentence in remote.fails("--repo-id", OURS)
    hub.read_only = False
    hub.create(OURS)
    local.run("--repo-id", OURS)
    info = json.loads(hub.repos[OURS].head.files["meta/info.json"].content)
    hub.repos[OURS].commit({"meta/info.json": json.dumps(info | {"total_frames": 7}).encode()})
    assert "is another dataset (its total_frames is 7" in local.fails("--repo-id", OURS)
