"""The page saves every change: in which order, and what it does when it cannot."""

from typing import Any

from support.page_modules import evaluate

# A server of one episode whose answers the test gives: "done", "lost" (done, but the answer does
# not arrive), "away", "conflict" or "refused". Timers run at once.
SCENE = """(async () => {
  const {Saver} = await import("./saving.js");
  const label = (name, reviewed = true) =>
    ({segments: [{start: 0, label: name, mistake: false}], reviewed});
  const server = {version: 1, state: label("annotated", false)};
  const sent = [];
  let answers = [];
  globalThis.setTimeout = (act) => (queueMicrotask(act), 1);
  const answer = async (version, state) => {
    const how = answers.shift() ?? "done";
    sent.push([state.reviewed ? state.segments[0].label : "DELETE", how]);
    await null;
    const current = () => ({version: String(server.version), status: "", subtasks: server.state});
    if (how === "away") return {kind: "offline", message: "away"};
    if (how === "refused") return {kind: "refused", status: 422, message: "no"};
    if (how === "conflict") {
      server.version += 1;
      server.state = label("theirs");
    }
    if (version !== String(server.version)) {
      return {kind: "conflict", message: "changed", current: current()};
    }
    server.version += 1;
    server.state = state;
    return how === "lost" ? {kind: "offline", message: "away"} : {kind: "done", value: current()};
  };
  const told = [];
  const saver = new Saver(
    {send: answer, read: ({subtasks}) => subtasks},
    "1",
    server.state,
    (progress) => told.at(-1) === progress.kind || told.push(progress.kind),
  );
  const rest = async () => { for (let i = 0; i < 100; i++) await null; };
  SCRIPT
  return {sent, told, has: server.state.segments[0].label};
})()"""


def _run(script: str) -> Any:
    return evaluate("secondsOf from frames.js", f"await {SCENE.replace('SCRIPT', script)}")


def test_a_change_is_saved_as_it_is_made() -> None:
    run = _run('saver.save(label("a")); await rest();')
    assert run == {"sent": [["a", "done"]], "told": ["saving", "saved"], "has": "a"}


def test_one_request_at_a_time_and_the_newest_state_wins() -> None:
    run = _run('for (const name of "abcdef") saver.save(label(name)); await rest();')
    assert run["sent"] == [["a", "done"], ["f", "done"]]
    assert run["told"][-1] == "saved"


def test_what_the_server_has_is_not_sent_again() -> None:
    run = _run('saver.save(label("annotated", false)); await rest();')
    assert run["sent"] == []


def test_undoing_everything_removes_the_correction() -> None:
    run = _run('saver.save(label("a")); saver.save(label("annotated", false)); await rest();')
    assert run["sent"] == [["a", "done"], ["DELETE", "done"]]


def test_a_server_that_is_away_is_asked_until_it_is_back() -> None:
    run = _run('answers = ["away", "away", "away"]; saver.save(label("a")); await rest();')
    assert [how for _, how in run["sent"]] == ["away", "away", "away", "done"]
    assert run["told"] == ["saving", "waiting", "saved"]
    assert run["has"] == "a"


def test_a_lost_answer_is_no_conflict_with_oneself() -> None:
    run = _run('answers = ["lost"]; saver.save(label("a")); await rest();')
    assert run["told"] == ["saving", "waiting", "saved"]
    assert run["has"] == "a"


def test_a_lost_answer_is_no_conflict_with_what_was_done_since() -> None:
    run = _run('answers = ["lost"]; saver.save(label("a")); saver.save(label("b")); await rest();')
    assert run["has"] == "b"
    assert run["told"][-1] == "saved"


def test_undoing_what_may_have_been_saved_is_saved() -> None:
    run = _run(
        'answers = ["lost"]; saver.save(label("a")); saver.save(label("annotated", false));'
        " await rest();"
    )
    assert run["has"] == "annotated"
    assert run["told"][-1] == "saved"


def test_a_conflict_waits_for_a_decision() -> None:
    run = _run(
        'answers = ["conflict"]; saver.save(label("a")); await rest();'
        ' saver.save(label("b")); await rest();'
    )
    assert run["sent"] == [["a", "conflict"]]
    assert run["told"] == ["saving", "conflict"]
    assert run["has"] == "theirs"


def test_mine_can_be_kept_in_its_newest_state() -> None:
    run = _run(
        'answers = ["conflict"]; saver.save(label("a")); await rest();'
        ' saver.save(label("b")); saver.keepMine(); await rest();'
    )
    assert run["has"] == "b"
    assert run["told"] == ["saving", "conflict", "saving", "saved"]


def test_theirs_can_be_taken_and_changed() -> None:
    run = _run(
        'answers = ["conflict"]; saver.save(label("a")); await rest();'
        " const theirs = saver.takeTheirs(); if (theirs !== server.state) throw theirs;"
        ' saver.save(label("b")); await rest();'
    )
    assert run["told"] == ["saving", "conflict", "saved", "saving", "saved"]
    assert run["has"] == "b"


def test_what_is_refused_stays_unsaved_until_something_else_is_taken() -> None:
    run = _run(
        'answers = ["refused"]; saver.save(label("a")); await rest();'
        ' if (saver.progress.message !== "no") throw saver.progress;'
        ' saver.save(label("b")); await rest();'
    )
    assert run["told"] == ["saving", "refused", "saving", "saved"]
    assert run["has"] == "b"
