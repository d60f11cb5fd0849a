"""Datasets on the Hub, through the real client and a server on this machine."""

import errno
import json
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from servers.hub import Cut, HubServer, Repo, Slow, Spoilt, Status
from subtasks.dataset import dataset
from subtasks.errors import Problem
from subtasks.sources import hub, snapshot
from subtasks.sources.hub_errors import as_hub_problem
from support.waiting import wait_until
from support.workflow import PROJECT

V2, V3 = "g1_bottle_v2.1", "g1_bottle_v3.0"
CAMERA = "observation.images.cam_high"
VIDEO = f"videos/chunk-000/{CAMERA}/episode_000000.mp4"
DATA = "data/chunk-000/episode_000000.parquet"
NOBODY = "http://127.0.0.1:9"

PIN = """
    import sys
    from pathlib import Path
    from subtasks.sources import hub
    from subtasks import program

    folder, repo_id, revision, update = sys.argv[1:]
    program.run(lambda: hub.pin(Path(folder), repo_id, revision or None, update=bool(update)))
    print("client" if "huggingface_hub" in sys.modules else "no client")
"""


class Machine:
    """A machine with a home of its own, whose processes see the Hub as it is set here."""

    def __init__(self, home: Path, server: HubServer) -> None:
        self.home = home
        self.environment = {
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "HOME": str(home),
            "PYTHONPATH": str(PROJECT / "scripts"),
            "HF_ENDPOINT": server.url,
        }

    def python(self, code: str, *arguments: object, fails: bool = False) -> str:
        """Run some code; return what it printed, or the sentence with which it failed."""
        return self._run(["-c", textwrap.dedent(code), *map(str, arguments)], fails)

    def program(self, name: str, *arguments: object, fails: bool = False) -> str:
        """Run a program; return its log, or the sentence with which it failed."""
        return self._run([str(PROJECT / "scripts" / name), *map(str, arguments)], fails)

    def pin(
        self, folder: Path, repo_id: str, revision: str = "", *, update: bool = False, **more: Any
    ) -> str:
        """Pin a dataset as the workflow does when it is read."""
        return self.python(PIN, folder, repo_id, revision, "yes" if update else "", **more)

    def _run(self, command: list[str], fails: bool) -> str:
        finished = subprocess.run(
            [sys.executable, *command],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        printed = finished.stdout + finished.stderr
        assert "Traceback" not in printed, printed
        assert (finished.returncode != 0) == fails, printed
        return printed.rstrip().splitlines()[-1].split(" ERROR ", 1)[-1] if fails else printed


@pytest.fixture
def server() -> Iterator[HubServer]:
    with HubServer(page_size=5) as running:
        yield running


@pytest.fixture
def machine(server: HubServer, tmp_path: Path) -> Machine:
    (tmp_path / "home").mkdir()
    return Machine(tmp_path / "home", server)


@pytest.fixture
def pinned(machine: Machine, server: HubServer, real_data: Path, tmp_path: Path) -> Path:
    """The real v2.1 dataset, pinned."""
    server.create("me/bottle", real_data / V2)
    machine.pin(tmp_path / "source", "me/bottle")
    server.forget()
    return tmp_path / "source"


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


# Pinning ---------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [V2, V3])
def test_a_pinned_dataset_is_what_the_local_one_is(
    machine: Machine, server: HubServer, real_data: Path, tmp_path: Path, version: str
) -> None:
    """The v3.0 metadata is wrong about two episodes' files; the footers on the Hub tell."""
    server.create("me/bottle", real_data / version)
    folder = tmp_path / "source"
    machine.pin(folder, "me/bottle")
    assert contents(folder / "meta") == contents(real_data / version / "meta")
    assert not any(path.startswith("videos/") for path in server.served)
    read = {path: size for path, size in server.served.items() if path.startswith("data/")}
    assert len(read) == (3 if version == V3 else 0)
    assert all(size <= 1 << 16 for size in read.values())

    local = dataset.load(real_data / version, name="bottle")
    remote = hub.pin(folder, "me/bottle", None)
    loaded = dataset.load(folder, name="bottle", remote=remote)
    assert replace(loaded, root=local.root, remote=None) == local
    assert dataset.missing(loaded, videos=True) == {}
    # Nothing but what is documented, and nothing of it from the network the second time.
    assert {path.name for path in folder.iterdir()} == {"meta", "files.json", "revision.json"}
    machine.environment["HF_ENDPOINT"] = NOBODY
    assert machine.pin(folder, "me/bottle") == "no client\n"


def test_missing_files_are_found_in_the_list(pinned: Path) -> None:
    remote = dict(hub.pin(pinned, "me/bottle", None))
    del remote[VIDEO], remote["data/chunk-000/episode_000003.parquet"]
    loaded = dataset.load(pinned, name="bottle", remote=remote)
    assert dataset.missing(loaded, videos=True) == {
        0: [VIDEO],
        3: ["data/chunk-000/episode_000003.parquet"],
    }


def test_a_newer_commit_comes_when_it_is_asked_for(
    machine: Machine, server: HubServer, pinned: Path
) -> None:
    repo = server.repos["me/bottle"]
    first = hub.read_pinned(pinned)
    times = {path: (pinned / path).stat().st_mtime_ns for path in contents(pinned / ".")}
    tasks = b'{"task_index": 0, "task": "Pick it up."}\n'
    repo.commit({"meta/tasks.jsonl": tasks, "meta/episodes_stats.jsonl": None, VIDEO: b"new"})

    machine.pin(pinned, "me/bottle")
    assert server.requests == []
    machine.pin(pinned, "me/bottle", update=True)
    assert hub.read_pinned(pinned) == replace(first, commit=repo.head.oid)
    assert (pinned / "meta/tasks.jsonl").read_bytes() == tasks
    assert not (pinned / "meta/episodes_stats.jsonl").exists()
    for same in ("meta/info.json", "meta/episodes.jsonl"):
        assert (pinned / same).stat().st_mtime_ns == times[same]
    remote = hub.pin(pinned, "me/bottle", None)
    assert remote[VIDEO].content == repo.head.files[VIDEO].sha256

    server.forget()
    machine.pin(pinned, "me/bottle", update=True)
    assert [r.path for r in server.requests if "/datasets/" in r.path] == [
        "/api/datasets/me/bottle/revision/main"
    ]


def test_a_tag_a_commit_and_another_repo(
    machine: Machine, server: HubServer, real_data: Path, pinned: Path
) -> None:
    repo = server.repos["me/bottle"]
    repo.tags["v2.1"] = old = repo.head.oid
    repo.commit({"meta/tasks.jsonl": b"{}\n"})
    for revision in ("v2.1", old):
        machine.pin(pinned, "me/bottle", revision, update=True)
        assert hub.read_pinned(pinned) == hub.HubSource("me/bottle", revision, old)
    server.create("me/other", real_data / V3)
    machine.pin(pinned, "me/other")
    assert contents(pinned / "meta") == contents(real_data / V3 / "meta")


@pytest.mark.parametrize("name", ["revision.json", "files.json"])
@pytest.mark.parametrize("text", ["{", "\ud800", "[" * 5000])
def test_damaged_state_is_one_sentence(pinned: Path, name: str, text: str) -> None:
    (pinned / name).write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(Problem, match=f"{name} is damaged: remove it to make it again"):
        hub.pin(pinned, "me/bottle", None)


@pytest.mark.parametrize("value", [[], 1, {"a": 1}, {"a": {"content": 1, "rows": None}}])
def test_a_list_of_files_that_is_none_is_one_sentence(
    machine: Machine, pinned: Path, value: Any
) -> None:
    whole = (pinned / "files.json").read_text()
    (pinned / "files.json").write_text(json.dumps(value))
    with pytest.raises(Problem, match=r"files\.json is damaged: remove it"):
        hub.pin(pinned, "me/bottle", None)
    (pinned / "files.json").unlink()
    machine.pin(pinned, "me/bottle")
    assert (pinned / "files.json").read_text() == whole


def test_a_place_of_another_kind_is_fetched_anew(machine: Machine, pinned: Path) -> None:
    (pinned / "revision.json").write_text('{"url": "s3://robots/bottle"}')
    machine.pin(pinned, "me/bottle")
    assert hub.read_pinned(pinned).repo_id == "me/bottle"


def test_a_killed_pin_leaves_nothing_for_ever(
    machine: Machine, server: HubServer, real_data: Path, tmp_path: Path
) -> None:
    server.create("me/bottle", real_data / V2)
    slow = "meta/episodes.jsonl"
    server.faults[slow] = Slow(60)
    folder = tmp_path / "source"
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(PIN), str(folder), "me/bottle", "", ""],
        env=machine.environment,
    )
    wait_until(lambda: any(slow in request.path for request in list(server.requests)))
    process.kill()
    process.wait()
    left = [path for path in folder.rglob("*") if path.is_file()]
    assert left
    assert not (folder / "revision.json").exists()
    server.faults.clear()
    machine.pin(folder, "me/bottle")
    snapshot.clear_parts(folder)
    assert {path.name for path in folder.iterdir()} == {"meta", "files.json", "revision.json"}


# What goes wrong ---------------------------------------------------------------------------


def private(server: HubServer, repo: Repo) -> None:
    repo.private = True


def gated(server: HubServer, repo: Repo) -> None:
    repo.gated = True


def no_dataset(server: HubServer, repo: Repo) -> None:
    repo.commit({"meta/info.json": None})


def broken_info(server: HubServer, repo: Repo) -> None:
    server.faults["meta/info.json"] = Spoilt()


Change = Callable[[HubServer, Repo], None]


@pytest.mark.parametrize(
    ("repo_id", "revision", "change", "environment", "said"),
    [
        ("me/none", "", None, {}, "the Hub has no dataset me/none, or it is private"),
        ("me/bottle", "v9", None, {}, "me/bottle has no revision v9: set revision: to a branch"),
        ("me/bottle", "", private, {}, "set HF_TOKEN to a token that may read it"),
        ("me/bottle", "", None, {"HF_TOKEN": "hf_wrong"}, "the Hub does not accept the token"),
        ("me/bottle", "", gated, {"HF_TOKEN": "right"}, "/datasets/me/bottle and set HF_TOKEN"),
        ("me/bottle", "", no_dataset, {}, "is no LeRobot dataset (it has no meta/info.json)"),
        ("me/bottle", "", broken_info, {}, "meta/info.json of me/bottle arrived damaged"),
        ("me/bottle", "", None, {"HF_HUB_OFFLINE": "1"}, "and HF_HUB_OFFLINE is set: unset it"),
        ("me/bottle", "", None, {"HF_ENDPOINT": NOBODY}, f"could not be fetched from {NOBODY}"),
    ],
)
def test_trouble_is_one_sentence(
    machine: Machine,
    server: HubServer,
    tmp_path: Path,
    repo_id: str,
    revision: str,
    change: Change | None,
    environment: dict[str, str],
    said: str,
) -> None:
    repo = server.create("me/bottle")
    repo.commit({"meta/info.json": b"{}"})
    if change:
        change(server, repo)
    machine.environment |= {
        key: server.token if value == "right" else value for key, value in environment.items()
    }
    sentence = machine.pin(tmp_path / "source", repo_id, revision, fails=True)
    assert said in sentence
    assert "hf_" not in sentence
    assert not list(tmp_path.glob("source/**/*.json"))


def test_tokens_open_what_is_private_and_gated(
    machine: Machine, server: HubServer, real_data: Path, tmp_path: Path
) -> None:
    repo = server.create("me/bottle", real_data / V3)
    repo.private = repo.gated = server.access_granted = True
    machine.environment["HF_TOKEN"] = server.token
    machine.pin(tmp_path / "one", "me/bottle")
    # The token's file counts as well, wherever HF_HOME is.
    del machine.environment["HF_TOKEN"]
    machine.environment["HF_HOME"] = str(tmp_path / "hf")
    (tmp_path / "hf").mkdir()
    (tmp_path / "hf" / "token").write_text(server.token)
    machine.pin(tmp_path / "two", "me/bottle")
    (tmp_path / "hf" / "token").unlink()
    for content in contents(tmp_path).values():
        assert server.token.encode() not in content


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "the disk is full, a video of me/b"),
        (RuntimeError("Task: No space left on device (os error 28)"), "the disk is full"),
        (PermissionError(errno.EACCES, "Permission denied", "work"), "cannot be written .work: P"),
        (OSError("Consistency check failed: 5 bytes\nand more"), "broke .Consist.* 5 bytes.: run"),
    ],
)
def test_errors_of_the_disk_and_the_client_are_one_sentence(error: Exception, said: str) -> None:
    with pytest.raises(Problem, match=said) as caught, as_hub_problem("me/bottle", "a video"):
        raise error
    assert "\n" not in str(caught.value)


def test_names_that_lead_out_of_the_folder_are_refused(
    machine: Machine, server: HubServer, tmp_path: Path
) -> None:
    names = ["../up.json", "/etc/x.json", "meta/../../x.json", "meta\\x", "data/a\nb"]
    for number, name in enumerate(names):
        server.create(f"me/evil{number}").commit({"meta/info.json": b"{}", name: b"{}"})
    printed = machine.python(
        """
        import sys
        from pathlib import Path
        from subtasks.sources import hub
        from subtasks.errors import Problem

        for number in range(int(sys.argv[2])):
            try:
                hub.pin(Path(sys.argv[1]), f"me/evil{number}", None)
            except Problem as problem:
                print(problem)
        """,
        tmp_path / "work/evil/source",
        len(names),
    )
    assert printed.splitlines() == [
        f"me/evil{number} at main has a file called {name!r}, which is no safe name: nothing is "
        "fetched"
        for number, name in enumerate(names)
    ]
    assert not [file for file in tmp_path.rglob("*") if file.is_file()]


# Files -------------------------------------------------------------------------------------


def fetch(machine: Machine, folder: Path, path: str, **more: Any) -> str:
    content = json.loads((folder / "files.json").read_text())[path]["content"]
    return machine.program(
        "fetch_file.py",
        f"--source={folder}",
        f"--path={path}",
        f"--content={content}",
        f"--output={folder / path}",
        **more,
    )


def test_a_file_comes_whole_and_once(
    machine: Machine, server: HubServer, pinned: Path, real_data: Path
) -> None:
    before = contents(pinned)
    # What a killed download has left.
    parts = pinned / ".parts" / "0123456789abcdef"
    parts.mkdir(parents=True)
    (parts / "half.mp4").write_bytes(b"half")
    fetch(machine, pinned, VIDEO)
    snapshot.clear_parts(pinned)
    assert contents(pinned) == before | {VIDEO: (real_data / V2 / VIDEO).read_bytes()}
    assert dict(server.served) == {VIDEO: (real_data / V2 / VIDEO).stat().st_size}
    assert not [path for path in machine.home.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Spoilt(), f"{VIDEO} of me/bottle arrived damaged"),
        (Cut(), f"{VIDEO} of me/bottle could not be fetched"),
        (Status(403), "the token may not read me/bottle"),
    ],
)
def test_a_transfer_that_breaks_leaves_nothing(
    machine: Machine, server: HubServer, pinned: Path, fault: Any, said: str
) -> None:
    before = contents(pinned)
    server.faults[VIDEO] = fault
    assert said in fetch(machine, pinned, VIDEO, fails=True)
    assert contents(pinned) == before


def cache(machine: Machine, **patterns: str) -> None:
    """Let the user have fetched what the patterns allow into the Hub's own cache."""
    machine.python(
        f"""
        import os
        os.environ["HF_HUB_DISABLE_XET"] = "1"
        from huggingface_hub import snapshot_download
        snapshot_download("me/bottle", repo_type="dataset", max_workers=1, **{patterns})
        """
    )


def test_offline_takes_what_the_users_cache_has(
    machine: Machine, server: HubServer, pinned: Path, real_data: Path
) -> None:
    cache(machine, allow_patterns=DATA)
    machine.environment |= {"HF_ENDPOINT": NOBODY, "HF_HUB_OFFLINE": "1"}
    fetch(machine, pinned, DATA)
    assert (pinned / DATA).read_bytes() == (real_data / V2 / DATA).read_bytes()
    assert not (pinned / DATA).is_symlink()
    sentence = fetch(machine, pinned, VIDEO, fails=True)
    assert sentence.startswith(f"{VIDEO} of me/bottle is not here, and HF_HUB_OFFLINE is set")


@pytest.mark.parametrize("version", [V2, V3])
def test_offline_the_users_snapshot_is_the_hub(
    machine: Machine, server: HubServer, real_data: Path, tmp_path: Path, version: str
) -> None:
    server.create("me/bottle", real_data / version)
    machine.pin(tmp_path / "online", "me/bottle")
    online = dict(machine.environment)
    offline = online | {"HF_ENDPOINT": NOBODY, "HF_HUB_OFFLINE": "1"}

    # What is known to be incomplete is no snapshot: its list of files would say too little.
    cache(machine, allow_patterns="meta/*")
    machine.environment = offline
    sentence = machine.pin(tmp_path / "offline", "me/bottle", fails=True)
    assert sentence.startswith("revision main of me/bottle is not here, and HF_HUB_OFFLINE is set")

    machine.environment = online
    cache(machine)
    machine.environment = offline
    machine.pin(tmp_path / "offline", "me/bottle")
    assert contents(tmp_path / "offline") == contents(tmp_path / "online")
    data = next(
        path for path in hub.pin(tmp_path / "offline", "me/bottle", None) if ".parq" in path
    )
    fetch(machine, tmp_path / "offline", data)
    assert (tmp_path / "offline" / data).read_bytes() == (real_data / version / data).read_bytes()


def test_a_damaged_file_in_the_users_cache_is_fetched_anew(
    machine: Machine, server: HubServer, pinned: Path, real_data: Path
) -> None:
    cache(machine, allow_patterns=DATA)
    [cached] = machine.home.rglob(Path(DATA).name)
    cached.resolve().write_bytes(b"x" * 9)
    online = dict(machine.environment)
    machine.environment |= {"HF_ENDPOINT": NOBODY, "HF_HUB_OFFLINE": "1"}
    sentence = fetch(machine, pinned, DATA, fails=True)
    assert sentence.startswith(f"{DATA} of me/bottle is not here, and HF_HUB_OFFLINE is set")
    machine.environment = online
    fetch(machine, pinned, DATA)
    assert (pinned / DATA).read_bytes() == (real_data / V2 / DATA).read_bytes()


ON_A_SMALL_DISK = """
    set -e
    mount -t tmpfs -o size=1m none "$1"
    cp -r "$2"/. "$1"
    head -c 20000 /dev/zero >"$1"/spare
    cat /dev/zero >"$1"/others 2>/dev/null || rm "$1"/spare
    shift 2
    exec "$@"
"""


def on_a_small_disk(machine: Machine, folder: Path, disk: Path, *command: object) -> str:
    """Run a program beside a copy of a folder, with room for 20 kB; return how it failed."""
    disk.mkdir()
    # In a namespace of its own, nobody else sees the disk, and nothing is left to unmount.
    inside = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
    try:
        subprocess.run([*inside, f"mount -t tmpfs none {disk}"], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no disk can be mounted here: it takes Linux and a namespace of its own")
    finished = subprocess.run(
        [*inside, ON_A_SMALL_DISK, "sh", disk, folder, sys.executable, *map(str, command)],
        env=machine.environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert finished.returncode == 1, finished
    assert "Traceback" not in finished.stderr
    return finished.stderr.rstrip().splitlines()[-1].split(" ERROR ", 1)[1]


@pytest.mark.parametrize("program", ["pin", "fetch_file.py", "fetch_column.py"])
def test_a_full_disk_is_one_sentence(
    machine: Machine, server: HubServer, real_data: Path, tmp_path: Path, program: str
) -> None:
    """Each says what helps there: metadata is no file of which fewer may lie here."""
    server.create("me/bottle", real_data / V3)
    source, disk = tmp_path / "source", tmp_path / "disk"
    machine.pin(source, "me/bottle")
    path = "data/chunk-000/file-001.parquet"
    column = disk / "columns" / path
    said = f"the disk is full, {path} of me/bottle does not fit: free some space"
    command: list[object] = [PROJECT / "scripts" / program, f"--source={disk}", f"--path={path}"]
    match program:
        case "pin":
            said = said.replace(path, "meta/episodes/chunk-000/file-000.parquet")
            command = ["-c", textwrap.dedent(PIN), disk, "me/bottle", "", ""]
            (source / "revision.json").unlink()
        case "fetch_file.py":
            content = hub.pin(source, "me/bottle", None)[path].content
            command += [f"--content={content}", f"--output={disk / path}"]
            said += ", or keep fewer files there at once, such as --resources hub_downloads=1"
        case "fetch_column.py":
            command += ["--column=observation.state", f"--output={column}"]
            said = f"the disk of {column} is full: free some space and run again"
    assert on_a_small_disk(machine, source, disk, *command) == said


def test_a_column_comes_alone(
    machine: Machine, server: HubServer, real_data: Path, tmp_path: Path
) -> None:
    server.create("me/bottle", real_data / V3)
    machine.pin(tmp_path / "source", "me/bottle")
    server.forget()
    path = "data/chunk-000/file-001.parquet"
    output = tmp_path / "columns" / path

    def column(name: str, **more: Any) -> str:
        return machine.program(
            "fetch_column.py",
            f"--source={tmp_path / 'source'}",
            f"--path={path}",
            f"--column={name}",
            f"--output={output}",
            **more,
        )

    column("observation.state")
    with pq.ParquetFile(real_data / V3 / path) as whole, pq.ParquetFile(output) as alone:
        assert alone.schema_arrow.names == ["observation.state"]
        assert alone.read() == whole.read(columns=["observation.state"])
        assert alone.num_row_groups == whole.num_row_groups
    assert server.served[path] < 0.8 * (real_data / V3 / path).stat().st_size
    output.unlink()
    assert "has no column other" in column("other", fails=True)
    server.faults[path] = Spoilt()
    assert "cannot be read as Parquet" in column("observation.state", fails=True)
    server.faults[path] = Status(403)
    assert "the token may not read me/bottle" in column("observation.state", fails=True)
    assert not output.exists()


def test_a_column_that_is_a_bomb_is_refused(
    machine: Machine, server: HubServer, real_data: Path, tmp_path: Path
) -> None:
    root, path = tmp_path / "bottle", "data/chunk-000/file-001.parquet"
    shutil.copytree(real_data / V3, root)
    numbers = pa.array(np.zeros(10_000_000))
    table = pa.table({"observation.state": pa.ListArray.from_arrays([0, len(numbers)], numbers)})
    pq.write_table(table, root / path)
    server.create("me/bottle", root)
    machine.pin(tmp_path / "source", "me/bottle")
    output = tmp_path / "column.parquet"
    said = machine.program(
        "fetch_column.py",
        f"--source={tmp_path / 'source'}",
        f"--path={path}",
        "--column=observation.state",
        f"--output={output}",
        fails=True,
    )
    assert f"{path} declares 10,000,000 values of observation.state." in said
    assert not output.exists()


def test_a_column_is_read_by_no_other_thread(
    machine: Machine, server: HubServer, real_data: Path, tmp_path: Path
) -> None:
    """One that lets go of the file while the interpreter ends would abort the program."""
    server.create("me/bottle", real_data / V3)
    machine.pin(tmp_path / "source", "me/bottle")
    printed = machine.python(
        """
        import sys, threading
        from pathlib import Path
        from subtasks.sources import hub
        from subtasks.sources import range_reader as ranged

        class Watched(ranged.RangedFile):
            def read(self, size=-1):
                print(threading.current_thread() is threading.main_thread())
                return super().read(size)

        hub.RangedFile = Watched
        path = "data/chunk-000/file-000.parquet"
        hub.fetch_column(Path(sys.argv[1]), path, "observation.state", Path(sys.argv[2]))
        """,
        tmp_path / "source",
        tmp_path / "column.parquet",
    )
    assert set(printed.split()) == {"True"}


def test_the_server_keeps_what_the_client_uploads(machine: Machine, server: HubServer) -> None:
    machine.environment |= {"HF_TOKEN": server.token, "HF_HUB_DISABLE_XET": "1"}
    machine.python(
        """
        from huggingface_hub import (
            CommitOperationAdd, CommitOperationCopy, CommitOperationDelete, HfApi,
        )

        api = HfApi()
        kind = {"repo_id": "me/new", "repo_type": "dataset"}
        api.create_repo(**kind, private=True)
        files = [CommitOperationAdd("a.txt", b"text"), CommitOperationAdd("b.mp4", b"video" * 99)]
        first = api.create_commit(**kind, operations=files, commit_message="first")
        # The same once more is no commit.
        files = [CommitOperationAdd("a.txt", b"text"), CommitOperationAdd("b.mp4", b"video" * 99)]
        again = api.create_commit(**kind, operations=files, commit_message="again")
        assert again.oid == first.oid
        api.create_branch(**kind, branch="labels")
        changes = [CommitOperationDelete("a.txt"), CommitOperationCopy("b.mp4", "c.mp4")]
        api.create_commit(**kind, operations=changes, commit_message="m", revision="labels")
        added = [CommitOperationAdd("d.txt", b"more")]
        request = api.create_commit(**kind, operations=added, commit_message="m", create_pr=True)
        assert request.pr_url.endswith("/discussions/1"), request.pr_url
        copy = {"repo_id": "me/copy", "repo_type": "dataset"}
        api.create_repo(**copy, private=True)
        files = [CommitOperationCopy(p, p, "main", "me/new", "dataset") for p in ("a.txt", "b.mp4")]
        api.create_commit(**copy, operations=files, commit_message="all of it")
        [video] = api.get_paths_info(**kind, paths="b.mp4", expand=True)
        assert video.last_commit.title == "first"
        mine = [each.title for each in api.get_repo_discussions(**kind, author="me")]
        assert mine == ["m"], mine
        assert not list(api.get_repo_discussions(**kind, author="you"))
        """
    )
    new, copy = server.repos["me/new"], server.repos["me/copy"]
    assert {path: blob.content for path, blob in new.head.files.items()} == {
        "a.txt": b"text",
        "b.mp4": b"video" * 99,
    }
    assert sorted(new.resolve("labels").files) == ["b.mp4", "c.mp4"]
    assert sorted(new.resolve("refs/pr/1").files) == ["a.txt", "b.mp4", "d.txt"]
    assert new.private
    assert copy.private
    assert copy.head.files == new.head.files
