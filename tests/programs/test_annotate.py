"""Asking about a group of episodes; storms and long episodes: test_asking of the workflow."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from servers.claude import ClaudeServer, Dropped, Forbidden, Overloaded, Refusal, ServerError
from servers.claude.faults import About, Ask, BadRequest, Fault, Raw, TooLarge
from subtasks import episode_facts
from subtasks.questions.outcome import Outcome
from subtasks.store import outcome_files
from support import programs
from support.episode_archive import TASK, ask_arguments
from support.strange_answers import UNUSABLE, USABLE, saying

EPISODES = 3


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> ClaudeServer:
    server = ClaudeServer()
    monkeypatch.setenv("ANTHROPIC_API_KEY", server.key)
    return server


def annotate(server: ClaudeServer, folder: Path, *options: str) -> tuple[str, list[Outcome]]:
    output = folder / "outcomes.jsonl"
    log = programs.run(
        "annotate.py",
        *ask_arguments(folder, EPISODES),
        *(f"--base-url={server.url}", f"--output={output}", *options),
    )
    return log, list(outcome_files.read(output))


@pytest.mark.parametrize("api", ["live", "batch"])
def test_every_episode_has_an_outcome_and_none_is_paid_for_twice(
    tmp_path: Path, server: ClaudeServer, api: str
) -> None:
    with server:
        log, outcomes = annotate(server, tmp_path, f"--api={api}", "--poll-seconds=0.05")
        assert "3 of 3 episodes answered, 3 requests made, 0 from the store" in log
        log, again = annotate(server, tmp_path, f"--api={api}")
        assert "3 of 3 episodes answered, 0 requests made, 3 from the store" in log
        assert len(server.answered) == EPISODES
    assert [outcome.episode for outcome in outcomes] == list(range(EPISODES))
    assert all(outcome.answer for outcome in outcomes)
    assert {exchange.batch for outcome in outcomes for exchange in outcome.exchanges} == {
        api == "batch"
    }
    assert [outcome.answer for outcome in again] == [outcome.answer for outcome in outcomes]


def test_a_reply_that_gives_no_answer_is_asked_for_again_in_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ClaudeServer(faults=Refusal()) as server:
        monkeypatch.setenv("ANTHROPIC_API_KEY", server.key)
        _, outcomes = annotate(server, tmp_path)
        assert {outcome.reason for outcome in outcomes} == {"the model refused to answer"}
        asked = len(server.requests)
        annotate(server, tmp_path)
        assert len(server.requests) == 2 * asked


def test_what_affects_every_episode_ends_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ClaudeServer(account=Forbidden()) as server:
        monkeypatch.setenv("ANTHROPIC_API_KEY", server.key)
        sentence = programs.fails(
            "annotate.py",
            *ask_arguments(tmp_path),
            *(f"--base-url={server.url}", f"--output={tmp_path / 'outcomes.jsonl'}"),
            fatal=True,
        )
    assert sentence.startswith("the key may not use claude-opus-4-7")
    assert not (tmp_path / "outcomes.jsonl").exists()


# one episode's trouble --------------------------------------------------------------------------

PAGE = Raw(b"<html>blocked</html>", 200, "text/html")
ONE_EPISODES_TROUBLE: dict[str, tuple[Fault, str]] = {
    "a server error": (ServerError(), "failed, after all retries (500: Internal server error)"),
    "an overload": (Overloaded(), "still overloaded, after all retries (529: Overloaded)"),
    "a time-out": (Raw(b"", 408), "failed, after all retries (408"),
    "a conflict": (Raw(b"", 409), "failed, after all retries (409"),
    "a bad gateway": (Raw(b"<html>no</html>", 502), "failed, after all retries (502: <html>no"),
    "a connection that breaks": (Dropped(), "cannot reach the Claude API, after all retries"),
    "a page": (PAGE, "does not answer like the Claude API"),
    "a bad image": (BadRequest("Could not process image"), "400: Could not process image"),
    "a prompt that is too long": (
        BadRequest("prompt is too long: 300000 tokens > 200000 maximum"),
        "lower sample.max_frames",
    ),
    "a body that is too large": (TooLarge(), "lower sample.max_frames"),
}


def about(faults: Mapping[int, Fault]) -> Callable[[Ask], Fault | None]:
    """Plan a fault for the questions about each of these episodes."""
    plans = [About(f"Task: {TASK} {episode}\n", fault) for episode, fault in faults.items()]

    def plan(ask: Ask) -> Fault | None:
        return next((fault for each in plans if (fault := each(ask))), None)

    return plan


def annotate_with(
    folder: Path, faults: Mapping[int, Fault], episodes: int, *options: str
) -> tuple[list[Outcome], int]:
    """Ask about episodes of which some meet a fault; return the outcomes and the requests."""
    output = folder / "outcomes.jsonl"
    with ClaudeServer(faults=about(faults)) as server, pytest.MonkeyPatch.context() as environment:
        environment.setenv("ANTHROPIC_API_KEY", server.key)
        command = (*ask_arguments(folder, episodes), f"--base-url={server.url}")
        programs.run("annotate.py", *command, f"--output={output}", *options)
        return list(outcome_files.read(output)), len(server.requests)


@pytest.fixture(scope="module")
def troubled(tmp_path_factory: pytest.TempPathFactory) -> list[Outcome]:
    """The outcomes of a job in which every other episode meets a trouble of its own."""
    faults = {2 * i: fault for i, (fault, _) in enumerate(ONE_EPISODES_TROUBLE.values())}
    folder = tmp_path_factory.mktemp("troubled")
    return annotate_with(folder, faults, 2 * len(faults), "--max-retries=1")[0]


@pytest.mark.parametrize("number", range(len(ONE_EPISODES_TROUBLE)), ids=[*ONE_EPISODES_TROUBLE])
def test_a_question_without_an_answer_fails_its_episode_alone(
    troubled: list[Outcome], number: int
) -> None:
    failed, other = troubled[2 * number : 2 * number + 2]
    assert failed.answer is None
    assert [*ONE_EPISODES_TROUBLE.values()][number][1] in (failed.reason or "")
    assert other.answer


def test_a_question_is_asked_again_in_vain_and_its_job_has_outcomes_all_the_same(
    tmp_path: Path,
) -> None:
    for run in range(2):
        outcomes, asked = annotate_with(
            *(tmp_path, {1: ServerError()}, EPISODES),
            *("--max-retries=1", "--requests-in-flight=1"),
        )
        assert [bool(outcome.answer) for outcome in outcomes] == [True, False, True]
        assert asked == (2 if run else EPISODES + 1)


@pytest.mark.parametrize("fault", [ServerError(), Overloaded(), Dropped()])
@pytest.mark.parametrize(("episodes", "named"), [(1, "episode 000000"), (5, "episodes 000000, ")])
def test_a_server_that_answers_nobody_ends_the_job(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Fault, episodes: int, named: str
) -> None:
    with ClaudeServer(faults=fault) as server:
        monkeypatch.setenv("ANTHROPIC_API_KEY", server.key)
        sentence = programs.fails(
            "annotate.py",
            *ask_arguments(tmp_path, episodes),
            *(f"--base-url={server.url}", "--max-retries=0"),
            f"--output={tmp_path / 'outcomes.jsonl'}",
        )
    assert sentence.startswith(named)
    assert "after all retries" in sentence
    assert not (tmp_path / "outcomes.jsonl").exists()


def test_a_server_that_goes_down_leaves_what_it_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest of the job is asked in the next run, and no episode fails."""
    up = [None] * 4

    def goes_down(_: object) -> Fault | None:
        return up.pop() if up else ServerError()

    with ClaudeServer(faults=goes_down) as server:
        monkeypatch.setenv("ANTHROPIC_API_KEY", server.key)
        arguments = (
            *ask_arguments(tmp_path, 12),
            *(f"--base-url={server.url}", "--max-retries=0", "--requests-in-flight=4"),
            f"--output={tmp_path / 'outcomes.jsonl'}",
        )
        sentence = programs.fails("annotate.py", *arguments)
        assert "and 5 others: the Claude API failed" in sentence
        up += [None] * 100
        log = programs.run("annotate.py", *arguments)
    assert "12 of 12 episodes answered, 8 requests made, 4 from the store" in log


ODD = [*USABLE, *UNUSABLE]


@pytest.fixture(scope="module")
def strange(tmp_path_factory: pytest.TempPathFactory) -> list[Outcome]:
    """The outcomes of a job in which each episode gets another strange answer."""
    answers = USABLE | UNUSABLE
    faults = {number: Raw(answers[name]) for number, name in enumerate(ODD)}
    folder = tmp_path_factory.mktemp("strange")
    outcomes, asked = annotate_with(folder, faults, len(ODD))
    assert asked == len(USABLE) + 2 * len(UNUSABLE)
    _, again = annotate_with(folder, faults, len(ODD))
    assert again == 2 * len(UNUSABLE)
    return outcomes


@pytest.mark.parametrize("name", ODD)
def test_a_strange_answer_about_one_episode(strange: list[Outcome], name: str) -> None:
    outcome = strange[ODD.index(name)]
    assert bool(outcome.answer) == (name in USABLE)
    if name in UNUSABLE:
        assert "asked twice" in (outcome.reason or "")


def test_half_a_character_in_a_description_is_passed_on_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompt = tmp_path / "describe.md"
    prompt.write_text("Describe what happens to {task}.")

    half = About("Describe what happens", Raw(saying("a \ud800 cup")))
    with ClaudeServer(faults=half) as server:
        monkeypatch.setenv("ANTHROPIC_API_KEY", server.key)
        _, outcomes = annotate(server, tmp_path, "--prompt", "describe", str(prompt))
        assert any("a \ufffd cup" in text for each in server.requests for text in each.texts)
    assert all(outcome.answer for outcome in outcomes)


def spoil_reply(folder: Path) -> None:
    min((folder / "replies").glob("??/*.json")).write_bytes(b"\xff{")


def spoil_archive(folder: Path) -> None:
    (folder / "frames/episode_000001.zip").write_bytes(b"PK")


def lose_archive(folder: Path) -> None:
    (folder / "frames/episode_000001.zip").unlink()


def empty_archive(folder: Path) -> None:
    (folder / "frames/episode_000001.zip").write_bytes(b"")


def spoil_facts(folder: Path) -> None:
    facts = episode_facts.read(folder / "facts.json")
    facts[1] = replace(facts[1], fault="length of episode 1 is 0")
    episode_facts.write(folder / "facts.json", facts)
    lose_archive(folder)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (spoil_reply, ".json is damaged: remove it to ask again"),
        (spoil_archive, "episode_000001.zip"),
        (lose_archive, "episode_000001.zip: No such file or directory"),
        (empty_archive, "episode_000001.zip"),
        (spoil_facts, "length of episode 1 is 0"),
    ],
)
def test_a_damaged_file_of_one_episode_leaves_the_others_theirs(
    tmp_path: Path, server: ClaudeServer, spoil: Callable[[Path], None], said: str
) -> None:
    with server:
        arguments = ask_arguments(tmp_path, EPISODES)
        command = (f"--base-url={server.url}", f"--output={tmp_path / 'outcomes.jsonl'}")
        programs.run("annotate.py", *arguments, *command)
        asked = len(server.requests)
        spoil(tmp_path)
        programs.run("annotate.py", *arguments, *command)
        assert len(server.requests) == asked
    outcomes = list(outcome_files.read(tmp_path / "outcomes.jsonl"))
    assert sum(outcome.answer is not None for outcome in outcomes) == EPISODES - 1
    [reason] = [outcome.reason for outcome in outcomes if outcome.reason]
    assert said in reason
    assert "\n" not in reason


def test_remarks_about_an_episode_are_passed_on(tmp_path: Path, server: ClaudeServer) -> None:
    arguments = ask_arguments(tmp_path, EPISODES)
    facts = episode_facts.read(tmp_path / "facts.json")
    facts[2] = replace(facts[2], remarks=("3 rows of episode 2 lack a time",))
    episode_facts.write(tmp_path / "facts.json", facts)
    output = tmp_path / "outcomes.jsonl"
    with server:
        programs.run("annotate.py", *arguments, f"--base-url={server.url}", f"--output={output}")
    remarks = [outcome.remarks for outcome in outcome_files.read(output)]
    assert remarks == [(), (), ("3 rows of episode 2 lack a time",)]


# what ends the run ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (BadRequest("The compiled grammar is too large"), "shorten labels.vocabulary"),
        (BadRequest("output_config.effort: Extra inputs are not permitted"), "claude.effort"),
        (BadRequest("max_tokens: 9000 > 8192, which is the maximum"), "claude.max_tokens"),
        (PAGE, "check claude.base_url"),
        (Raw(json.dumps({"error": {"message": "wait"}}).encode(), 404), "check claude.base_url"),
    ],
)
def test_what_no_question_gets_past_ends_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Fault, said: str
) -> None:
    with ClaudeServer(faults=fault) as server:
        monkeypatch.setenv("ANTHROPIC_API_KEY", server.key)
        sentence = programs.fails(
            "annotate.py",
            *ask_arguments(tmp_path, 12),
            *(f"--base-url={server.url}", "--requests-in-flight=2"),
            f"--output={tmp_path / 'outcomes.jsonl'}",
            fatal=True,
        )
        assert len(server.requests) <= 3
    assert said in sentence
    assert not (tmp_path / "outcomes.jsonl").exists()


def test_a_budget_that_is_used_up_ends_the_run(tmp_path: Path, server: ClaudeServer) -> None:
    with server:
        sentence = programs.fails(
            "annotate.py",
            *ask_arguments(tmp_path, EPISODES),
            *(f"--base-url={server.url}", "--budget=0.0001"),
            f"--output={tmp_path / 'outcomes.jsonl'}",
            fatal=True,
        )
        assert not server.requests
    assert sentence.startswith("the budget of $0.0001 is used up: $0.00 is spent")
