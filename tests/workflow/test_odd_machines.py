"""A run on a machine that is set up in some odd way works, or ends with one sentence."""

import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from support.many_episodes import render
from support.small_disk import mounted
from support.workflow import PROJECT, Workflow

DONE = "2 episodes selected, 2 annotated, 0 failed"


@pytest.fixture
def tiny(workflow: Workflow) -> Workflow:
    """Two tiny episodes inside the working folder."""
    render(workflow.path("tiny"), 2)
    workflow.config = {"datasets": [{"root": "tiny"}], "annotator": "kinematic"}
    return workflow


def last_line(printed: str) -> str:
    return printed.strip().splitlines()[-1]


# what works ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "environment",
    [
        {"LANG": "C", "LC_ALL": "C"},
        {"LC_ALL": "POSIX", "PYTHONUTF8": "0"},
        {"HOME": "/nonexistent", "LC_ALL": "xx_YY.nothing", "TZ": "Nowhere/Land"},
        {"HOME": None, "TMPDIR": "/nonexistent", "COLUMNS": "1", "TERM": "dumb"},
        {"TMPDIR": "settings.yaml"},
    ],
)
def test_an_environment(tiny: Workflow, environment: dict[str, str | None]) -> None:
    for name, value in environment.items():
        tiny.environment.pop(name, None)
        if value is not None:
            tiny.environment[name] = value
    assert DONE in tiny.run()


@pytest.mark.parametrize("mask", ["077", "000"])
def test_a_umask(tiny: Workflow, mask: str) -> None:
    tiny.path("env").write_text(f"umask {mask}\n")
    command = f"umask {mask}; exec {shlex.join(tiny.command())}"
    ended = subprocess.run(
        ["sh", "-c", command],
        cwd=tiny.folder,
        env=tiny.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert DONE in ended.stdout + ended.stderr
    written = next(tiny.path("results/tiny/data").rglob("*.parquet"))
    assert written.stat().st_mode & 0o777 == 0o666 & ~int(mask, 8)


@pytest.mark.parametrize(
    "name",
    ["with space", 'it\'s "quoted"', "$HOME and `ls`", "new\nline", "日本語 é", "-n", "a;b&c"],
)
def test_the_name_of_the_working_folder(tmp_path: Path, name: str) -> None:
    run = Workflow(tmp_path / name, datasets=[{"root": "tiny"}], annotator="kinematic")
    render(run.path("tiny"), 2)
    assert DONE in run.run()


@pytest.mark.parametrize("name", ["with space", 'it\'s "quoted"', "$HOME and `ls`", "日本語 é"])
def test_the_names_of_folders_in_the_config(workflow: Workflow, name: str) -> None:
    render(workflow.path(name, "tiny"), 2)
    workflow.config = {
        "datasets": [{"root": f"./{name}/tiny"}],
        "annotator": "kinematic",
        "work": f"./{name}/work",
        "results": f"./{name}/results",
    }
    assert DONE in workflow.run()


def test_results_on_another_disk(tiny: Workflow) -> None:
    with mounted(tiny.path("results"), 4000):
        assert DONE in tiny.run()


def test_a_checkout_that_is_a_link(tiny: Workflow) -> None:
    tiny.path("checkout").symlink_to(PROJECT)
    command = [w.replace(str(PROJECT), "checkout") for w in tiny.command()]
    assert "--snakefile=checkout/Snakefile" in command
    ended = subprocess.run(
        command, cwd=tiny.folder, env=tiny.environment, capture_output=True, text=True, check=False
    )
    assert DONE in ended.stdout + ended.stderr


def test_another_working_directory(tiny: Workflow) -> None:
    other = tiny.path("other")
    other.mkdir()
    for name in ("tiny", "config"):
        tiny.path(name).rename(other / name)
    assert DONE in tiny.run("--directory", "other")
    assert (other / "results/tiny").is_dir()


# what gets one sentence ---------------------------------------------------------------------------


def file_at(path: str) -> Callable[[Workflow], None]:
    def make(tiny: Workflow) -> None:
        tiny.path(path).parent.mkdir(parents=True, exist_ok=True)
        tiny.path(path).touch()

    return make


def link_at(path: str, target: str) -> Callable[[Workflow], None]:
    def make(tiny: Workflow) -> None:
        tiny.path(path).parent.mkdir(parents=True, exist_ok=True)
        tiny.path(path).symlink_to(target)

    return make


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (file_at("work"), "config: work is work, which is a file: name a folder"),
        (file_at("results"), "config: results is results, which is a file: name a folder"),
        (file_at("work/tiny/episodes"), "work/tiny/episodes: Not a directory"),
        (file_at("work/tiny/logs"), "Not a directory"),
        (file_at("work/tiny/logs/segment_motion"), "Not a directory"),
        (file_at("results/tiny/subtasks"), "Not a directory"),
        (file_at("results/tiny/data"), "Not a directory"),
        (link_at("work", "/nonexistent/x"), "which is a link that leads nowhere: name a folder"),
        (link_at("work", "work"), "which is a link that leads nowhere: name a folder"),
        (link_at("work/tiny/logs", "/nonexistent/x"), "work/tiny/logs"),
    ],
)
def test_something_else_where_a_folder_should_be(
    tiny: Workflow, make: Callable[[Workflow], None], sentence: str
) -> None:
    make(tiny)
    assert sentence in last_line(tiny.run("--keep-going", fails=True))


@pytest.mark.parametrize(
    "folder",
    [
        "work/tiny/logs/segment_motion",
        "results/tiny/subtasks",
        "results/tiny/data",
        "work",
        "results",
    ],
)
def test_a_folder_that_may_not_be_written(tiny: Workflow, folder: str) -> None:
    """Snakemake runs without the rights of an administrator."""
    path = tiny.path(folder)
    path.mkdir(parents=True)
    path.chmod(0o555)
    without_rights = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    if subprocess.run([*without_rights, "true"], check=False).returncode:
        pytest.skip("rights cannot be given up here")
    ended = subprocess.run(
        [*without_rights, *tiny.command("--keep-going")],
        cwd=tiny.folder,
        env=tiny.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    printed = ended.stdout + ended.stderr
    assert ended.returncode == 1
    assert "Traceback" not in printed
    if path.parent == tiny.folder:
        assert "nothing may be written into" in printed
    else:
        assert f"{folder}" in printed
        assert "Permission denied" in printed


# what ends a job without a word -------------------------------------------------------------------

PYTHONS = {
    "killed": ("kill -9 $$", "a job was killed (SIGKILL), perhaps because the memory is full"),
    "ended": ("kill -15 $$", "a job was ended by a signal (SIGTERM), see "),
    "crashed": ("kill -11 $$", "a job was ended by a signal (SIGSEGV), see "),
    "module": (
        "echo 'File x\nModuleNotFoundError: No module named av' >&2; exit 1",
        "a job failed: ModuleNotFoundError: No module named av; see ",
    ),
    "silent": ("exit 1", "a job failed with exit code 1 and said nothing, see "),
    "absent": ("exec /nonexistent/python", "/nonexistent/python: not found; see "),
    "nothing made": ("exit 0", "completed successfully, but some output files are missing"),
}


@pytest.mark.parametrize("how", PYTHONS)
def test_a_python_that_dies(tiny: Workflow, how: str) -> None:
    does, sentence = PYTHONS[how]
    python = tiny.path("bin/python")
    python.parent.mkdir()
    python.write_text(f"#!/bin/sh\n{does}\n")
    python.chmod(0o755)
    # The shell of each job reads this first.
    tiny.path("env").write_text(f"PATH={shlex.quote(str(python.parent))}:$PATH\n")
    tiny.environment["BASH_ENV"] = str(tiny.path("env"))
    printed = tiny.run("--keep-going", "--latency-wait=1", fails=True)
    stopped = [line for line in printed.splitlines() if line.startswith("stopped: ")]
    assert stopped
    assert sentence in stopped[0]
