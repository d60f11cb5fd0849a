"""The key is in no file, no output and no command line, however a run ends."""

import base64
import contextlib
import secrets
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from servers.claude import ClaudeServer, RealEpisodes, ServerError
from support.waiting import wait_until
from support.workflow import Workflow, kill

# Of this run of the tests alone: others may run beside it, and be looked at, too.
SECRET = f"sk-ant-api03-{secrets.token_hex(8)}-never-to-be-seen"
TRACES = [SECRET.encode(), base64.b64encode(SECRET.encode()).rstrip(b"=")[:-1]]
TALKATIVE = ("--verbose", "--printshellcmds", "--show-failed-logs")
LOOK_SECONDS = 0.05


@contextlib.contextmanager
def command_lines() -> Iterator[list[bytes]]:
    """Collect the command lines with the key in them of all processes there are meanwhile."""
    found: list[bytes] = []
    done = threading.Event()

    def look() -> None:
        while not done.wait(LOOK_SECONDS):
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                with contextlib.suppress(OSError):
                    line = path.read_bytes()
                    found.extend([line] if any(trace in line for trace in TRACES) else [])

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield found
    finally:
        done.set()
        watcher.join()


def assert_unseen(workflow: Workflow, printed: str) -> None:
    """Search what a run printed and every file it left, its home's included."""
    assert SECRET not in printed
    for path in workflow.folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            content = path.read_bytes() + str(path).encode()
            assert not any(trace in content for trace in TRACES), path


def test_the_searches_find_a_key(tmp_path: Path) -> None:
    """Or they would prove nothing."""
    workflow = Workflow(tmp_path)
    with command_lines() as found:
        process = workflow.start("--config", f"task={SECRET}", "--dry-run")
        process.communicate()
    assert found
    for trace in TRACES:
        (tmp_path / "home/.hidden").write_bytes(b"x" + trace)
        with pytest.raises(AssertionError):
            assert_unseen(workflow, "")


@pytest.fixture
def one_episode(workflow: Workflow, real_data: Path) -> Workflow:
    """A workflow about one episode that does not try again."""
    root = str(real_data / "g1_bottle_v2.1")
    workflow.config = {
        "datasets": [{"root": root, "episodes": [0]}],
        "claude": {"max_retries": 0, "batch": {"poll_seconds": 0.2}},
    }
    return workflow


def run(workflow: Workflow, server: ClaudeServer, *, fails: bool = False) -> None:
    """Run to the end with the most talkative options, and search."""
    workflow.environment["ANTHROPIC_BASE_URL"] = server.url
    process = workflow.start(*TALKATIVE)
    printed, _ = process.communicate()
    assert (process.returncode != 0) == fails, printed
    assert_unseen(workflow, printed)


def kill_when(workflow: Workflow, server: ClaudeServer, condition: Callable[[], Any]) -> None:
    """Kill a run at some moment, and search."""
    workflow.environment["ANTHROPIC_BASE_URL"] = server.url
    process = workflow.start(*TALKATIVE, "--nolock")
    wait_until(condition)
    assert_unseen(workflow, kill(process))


def test_a_key_in_the_environment_is_seen_nowhere(one_episode: Workflow, real_data: Path) -> None:
    """After runs that are refused, that fail, that are killed and that succeed."""
    oracle = RealEpisodes(real_data)
    one_episode.environment["ANTHROPIC_API_KEY"] = SECRET
    with command_lines() as found:
        with ClaudeServer(oracle, key="another") as server:
            run(one_episode, server, fails=True)
            assert server.requests[0].status == 401
        with ClaudeServer(oracle, faults=ServerError(), key=SECRET) as server:
            run(one_episode, server, fails=True)
            assert server.requests[0].status == 500
        with ClaudeServer(oracle, key=SECRET, latency=60.0) as server:
            kill_when(one_episode, server, lambda: server.in_flight)
        with ClaudeServer(oracle, key=SECRET) as server:
            run(one_episode, server)
            assert len(server.answered) == 1
    assert not found


@pytest.mark.thorough
def test_a_key_in_a_file_is_seen_nowhere(
    one_episode: Workflow, tmp_path: Path, real_data: Path
) -> None:
    """Here with batches: killed while one is waited for, refused, and collected."""
    oracle = RealEpisodes(real_data)
    (tmp_path / "key").write_text(f"{SECRET}\n")
    one_episode.environment["ANTHROPIC_API_KEY_FILE"] = str(tmp_path / "key")
    one_episode.config["claude"]["api"] = "batch"
    with command_lines() as found, ClaudeServer(oracle, batch_seconds=60.0) as server:
        server.key = SECRET
        looks = "/v1/messages/batches/msgbatch"
        kill_when(
            one_episode,
            server,
            lambda: any(each.path.startswith(looks) for each in server.requests),
        )
        server.key = "another"
        run(one_episode, server, fails=True)
        server.key = SECRET
        server.batches.finish(server.batches.ids[0])
        run(one_episode, server)
        assert len(server.answered) == 1
    assert not found
