"""Endpoints that fail, refuse, ask to wait or answer strangely, in whole runs."""

import json
import re
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from servers.claude import ClaudeServer, Dropped, FromFunction, RateLimited, ServerError
from servers.claude.faults import BadRequest, Fault, Plan, Raw
from subtasks.demo.arm import FPS
from support import demo
from support.fixed_endpoint import Endpoint
from support.strange_answers import body, saying
from support.workflow import Workflow, kill

EPISODES = 7
SHORTEST = 8  # frames of episode 0; each further one has one more
SECRET = "not-to-be-shown-0123456789"
LABELS = [{"time": 0.0, "subtask": "reach"}]


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return demo.lay_out("v2.1", tmp_path_factory.mktemp("short"))


@pytest.fixture
def run(workflow: Workflow, dataset: Path) -> Workflow:
    """A workflow that asks about seven short episodes, in two jobs."""
    workflow.config = {
        "datasets": [{"root": str(dataset), "name": "short"}],
        "claude": {"episodes_per_job": 4, "max_retries": 1},
    }
    return workflow


def server(faults: Plan = None) -> ClaudeServer:
    return ClaudeServer(FromFunction(lambda _: LABELS), faults=faults)


def about(episode: int, fault: Fault) -> Plan:
    """Plan a fault for the questions about one episode, known by its length."""
    return {f"{round((SHORTEST + episode) / FPS, 2)} s": fault}


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (ServerError(), "the Claude API failed, after all retries (500: Internal server error)"),
        (Dropped(), "cannot reach the Claude API, after all retries"),
        (Raw(b"<html>no</html>", content_type="text/html"), "does not answer like the Claude API"),
        (Raw(body(content=7)), "the answer could not be used, asked twice: The answer is empty"),
        (BadRequest("Could not process image"), "400: Could not process image"),
        (BadRequest("prompt is too long: 3 > 2"), "lower sample.max_frames"),
    ],
)
def test_one_episodes_trouble_is_named_and_the_others_are_labelled(
    run: Workflow, fault: Fault, said: str
) -> None:
    run.config["on_error"] = "skip"
    with server(about(2, fault)) as claude:
        run.ask(claude.url, claude.key)
        printed = run.run()
    assert f"short: {EPISODES} episodes selected, {EPISODES - 1} annotated, 1 failed" in printed
    [line] = {line.strip() for line in printed.splitlines() if said in line}
    assert line.startswith("failed: episode 000002: ")


def test_halves_of_characters_cost_nothing_twice(run: Workflow) -> None:
    text = json.dumps(LABELS) + " \ud800"
    with server(about(2, Raw(saying(text)))) as claude:
        run.ask(claude.url, claude.key)
        assert f"{EPISODES} annotated, 0 failed" in run.run()
        asked = len(claude.requests)
        printed = run.run("--forcerun", "annotate")
        assert len(claude.requests) == asked == EPISODES
    assert f"{EPISODES} annotated, 0 failed" in printed


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (RateLimited(retry_after=3600), "asks to wait 60 min (429: This request would exceed"),
        (BadRequest("The compiled grammar is too large."), "shorten labels.vocabulary"),
        (BadRequest("This model does not support the effort parameter."), "change claude.effort"),
        (BadRequest("foo: Extra inputs are not permitted"), "check claude.base_url"),
        (BadRequest("You have reached your specified API usage limits."), "no credit left"),
        (Raw(b'{"ok": true}'), "does not answer like the Claude API: check claude.base_url"),
    ],
)
def test_what_concerns_all_ends_the_run_at_once(run: Workflow, fault: Fault, said: str) -> None:
    run.config["claude"] |= {"episodes_per_job": 1, "requests_in_flight": 1}
    with server(fault) as claude:
        run.ask(claude.url, claude.key)
        printed = run.run("--keep-going", "--resources", "claude_jobs=1", fails=True)
        assert len(claude.requests) <= 2
    assert said in printed
    assert not list(run.path("work").glob("*/outcomes/*.jsonl"))


def test_a_server_that_is_down_fails_no_episode(run: Workflow) -> None:
    with server(ServerError()) as claude:
        run.ask(claude.url, claude.key)
        printed = run.run("--keep-going", fails=True)
    assert re.search(r"episodes 00000\d, .*: the Claude API failed, after all retries", printed)
    assert not list(run.path("work").glob("*/outcomes/*.jsonl"))
    with server() as claude:
        run.ask(claude.url, claude.key)
        assert f"{EPISODES} annotated, 0 failed" in run.run()


def test_a_long_wait_is_said_on_the_terminal(run: Workflow) -> None:
    with server(RateLimited(retry_after=300)) as claude:
        run.ask(claude.url, claude.key)
        process = run.start()
        assert process.stdout is not None
        signal.signal(signal.SIGALRM, lambda *_: kill(process))
        signal.alarm(120)
        try:
            lines = iter(process.stdout.readline, "")
            said = next((line for line in lines if "asks to wait" in line), "")
        finally:
            signal.alarm(0)
            kill(process)
    assert "the Claude API asks to wait 5 min (429): going on at " in said


def everything_written(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("change", "works"),
    [
        (lambda url: url.replace("//", f"//me:{SECRET}@"), True),
        (lambda _: f"http://me:{SECRET}@127.0.0.1:1", False),
        (lambda _: f"http://me:{SECRET}/@127.0.0.1:1", False),
    ],
)
def test_a_password_in_the_address_is_sent_and_never_written(
    run: Workflow, change: Callable[[str], str], works: bool
) -> None:
    endpoint = Endpoint()
    endpoint.respond(200, saying(json.dumps(LABELS)))
    run.ask(change(endpoint.url), "sk-ant-0123456789")
    run.environment["ANTHROPIC_LOG"] = "debug"
    run.config["claude"]["max_retries"] = 0
    printed = run.run(fails=not works)
    endpoint.stop()
    assert bool(endpoint.logins) == works
    assert set(endpoint.logins) <= {f"me:{SECRET}"}
    assert SECRET not in printed
    assert SECRET.encode() not in everything_written(run.folder)


def test_a_budget_that_is_used_up_ends_the_run_with_keep_going(run: Workflow) -> None:
    run.config["claude"] |= {"budget_usd": 0.001, "episodes_per_job": 1}
    with server() as claude:
        run.ask(claude.url, claude.key)
        printed = run.run("--keep-going", "--resources", "claude_jobs=1", fails=True)
        assert not claude.requests
    assert "the budget of $0.0010 is used up" in printed
    logs = list(run.path("work").glob("*/logs/annotate/*.log"))
    assert len(logs) <= 2
