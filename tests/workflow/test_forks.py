"""Runs in forks of a process that has imported Snakemake are as runs in processes of their own."""

import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from support import snakemake_forks, snakemake_process
from support.waiting import wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks are for Linux alone")

SNAKEFILE = textwrap.dedent("""
    import atexit, json, locale, os, signal, sys, tempfile, threading

    def properties(stream):
        names = ("encoding", "errors", "line_buffering", "write_through", "newlines", "name")
        return [str(getattr(stream, name)) for name in names]

    def dispositions():
        return {name.name: str(signal.getsignal(name)) for name in signal.valid_signals()
                if isinstance(name, signal.Signals)}

    descriptors = {}
    for number in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink(f"/proc/self/fd/{number}").split(":")[0]
            descriptors[number] = "log" if target.endswith(".log") else target
        except OSError:
            pass

    leader = os.getpid() == os.getpgid(0) == os.getsid(0)
    state = {
        "arguments": sys.argv,
        "path": sys.path,
        "interpreter": sys.executable,
        "flags": str(sys.flags),
        "environment": dict(os.environ),
        "cwd": os.getcwd(),
        "umask": os.umask(0o22),
        "leads its group": leader,
        "descriptors": descriptors,
        "streams": [properties(each) for each in (sys.stdin, sys.stdout, sys.stderr)],
        "signals": dispositions(),
        "blocked": sorted(map(str, signal.pthread_sigmask(signal.SIG_BLOCK, []))),
        "limits": open("/proc/self/limits").read(),
        "temporary": [tempfile.tempdir, tempfile.gettempdir()],
        "locale": locale.setlocale(locale.LC_ALL),
        "threads": [each.name.split("_")[0] for each in threading.enumerate()],
        "imports that found nothing": sorted(k for k, v in sys.modules.items() if v is None),
        "workflow": sorted(name for name in sys.modules if name.split(".")[0] == "subtasks"),
        "hash": hash("a"),
    }
    with open("state.json", "w") as file:
        json.dump(state, file)
    atexit.register(lambda: print("last words"))
    if "refuse" in config:
        raise SystemExit("refused")

    rule all:
        shell: "echo $$ >job; sleep {config[seconds]}; echo printed; echo wrong >&2"
""")

HASH = "hash"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    (tmp_path / "Snakefile").write_text(SNAKEFILE)
    return tmp_path


def command(*config: str) -> list[str]:
    return ["snakemake", "--cores=1", "--nocolor", "--quiet=all", "--config", *config]


def environment(folder: Path) -> dict[str, str]:
    return {**snakemake_process.SAME, "HOME": str(folder / "home"), "HF_TOKEN": "a b\udcff\n"}


def ended(folder: Path, how: Any, *config: str) -> tuple[int, str, str, dict[str, Any]]:
    """Exit code, what was printed as output and as errors, and the state of a run."""
    process = how(command(*config), folder, environment(folder), errors_apart=True)
    output, errors = process.communicate(timeout=60)
    return process.returncode, output, errors, json.loads((folder / "state.json").read_text())


@pytest.mark.parametrize("config", ["seconds=0", "refuse=yes"])
def test_a_fork_is_as_a_process_of_its_own(folder: Path, config: str) -> None:
    *own, state = ended(folder, snakemake_process.start, config)
    *forked, state_of_fork = ended(folder, snakemake_process.fork, config)
    assert forked == own
    hashes = state.pop(HASH), state_of_fork.pop(HASH)
    assert state_of_fork == state
    assert len(set(hashes)) == 2
    assert state["leads its group"]
    assert own[0] == ("refuse" in config)
    assert "last words" in own[1]


def test_no_fork_orders_its_sets_as_the_one_before_it(folder: Path) -> None:
    runs = [ended(folder, snakemake_process.fork, "refuse=yes") for _ in range(3)]
    hashes = [state[HASH] for *_, state in runs]
    assert hashes[0] != hashes[1] != hashes[2]


def test_a_fork_is_killed_with_its_jobs(folder: Path) -> None:
    run = snakemake_process.fork(command("seconds=60"), folder, environment(folder))
    wait_until(lambda: (folder / "job").is_file() and (folder / "job").read_text())
    with pytest.raises(subprocess.TimeoutExpired):
        run.wait(0.01)
    with pytest.raises(subprocess.TimeoutExpired):
        run.communicate(0.01)
    os.killpg(run.pid, signal.SIGKILL)
    assert run.wait(60) == -signal.SIGKILL
    job = Path("/proc", (folder / "job").read_text().strip(), "stat")
    wait_until(lambda: not job.exists() or job.read_text().split()[2] == "Z")


WATCHED = """
import os, sys

class Watched(type(os.environ)):
    read = set()

    def __getitem__(self, name):
        self.read.add(name)
        return super().__getitem__(name)

    def __contains__(self, name):
        self.read.add(name)
        return super().__contains__(name)

os.environ.__class__ = Watched
from support import snakemake_forks
snakemake_forks.preload()
threads = os.listdir("/proc/self/task")
assert "subtasks" not in sys.modules
print(len(threads), *sorted(str(name) for name in Watched.read))
"""


def test_what_is_imported_before_a_fork_reads_nothing_that_runs_set() -> None:
    """Botocore notes the home for caches of its own, which only runs with AWS_… variables use."""
    tests = str(Path(snakemake_forks.__file__).parents[1])
    finished = subprocess.run(
        [sys.executable, "-c", WATCHED],
        env={**snakemake_process.SAME, **snakemake_forks.ONE_THREAD, "PYTHONPATH": tests},
        capture_output=True,
        text=True,
        check=True,
    )
    threads, *read = finished.stdout.split()
    assert "TMPDIR" in read  # the watch works
    assert threads == "1"
    assert snakemake_process.FREE.intersection(read) == {"HOME"}


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PYTHONPATH", "faults"),
        ("TMPDIR", "/tmp"),
        ("AWS_ACCESS_KEY_ID", "x"),
        ("SLURM_CONF", "slurm.conf"),
        ("LC_ALL", "C"),
        ("LANG", "C"),
        ("PATH", "/bin"),
    ],
)
def test_what_an_import_may_read_takes_a_process(
    folder: Path, variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(snakemake_process.OWN_PROCESSES, raising=False)
    assert snakemake_process.can_fork(environment(folder))
    assert not snakemake_process.can_fork(environment(folder) | {variable: value})
    monkeypatch.setenv(snakemake_process.OWN_PROCESSES, "1")
    assert not snakemake_process.can_fork(environment(folder))
