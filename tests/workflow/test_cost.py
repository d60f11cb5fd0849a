"""What runs cost, before, while and after: the real snakemake and SDK, a loopback server."""

import json
import math
import re
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

import servers.claude.tokens
from servers.claude import ClaudeServer, RealEpisodes, Refusal
from servers.claude.server import Record
from subtasks.cost import prices
from subtasks.cost.spending import Spending
from support.workflow import PROJECT, Workflow, kill

PRICES = prices.read(PROJECT / "config/prices.yaml")
MODEL = "claude-opus-4-7"
EPISODES = 8
OUTCOMES = "work/bottle/outcomes/000000-000015.jsonl"


@pytest.fixture(scope="module")
def oracle(real_data: Path) -> RealEpisodes:
    return RealEpisodes(real_data)


@pytest.fixture
def bottle(real_data: Path) -> dict[str, Any]:
    return {"root": str(real_data / "g1_bottle_v2.1"), "name": "bottle"}


def charged(records: Iterable[Record]) -> float:
    """What the server's answers to these requests cost."""
    costs = [
        PRICES.cost(MODEL, record.usage, batch=record.method == "BATCH")
        for record in records
        if record.usage
    ]
    assert None not in costs
    return sum(filter(None, costs))


def estimate(workflow: Workflow, *arguments: str) -> dict[str, dict[str, str]]:
    """Rows of the table that `snakemake estimate` prints, by dataset."""
    printed = workflow.run("estimate", *arguments).splitlines()
    first = next(i for i, line in enumerate(printed) if line.startswith("dataset"))
    columns = re.split(r"\s{2,}", printed[first])
    rows = {}
    for line in printed[first + 1 :]:
        if not line:
            break
        cells = re.split(r"\s{2,}", line)
        rows[cells[0]] = dict(zip(columns, cells, strict=True))
    return rows


def number(cell: str) -> float:
    return float(cell.replace(",", "").removeprefix("$"))


# before -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sample", "labels"),
    [
        ({"layout": "sheet"}, {}),
        ({"layout": "frame", "fps": 1}, {}),
        ({"max_frames": 12, "sheet": {"rows": 1}}, {"passes": ["describe", "segment"]}),
        ({"layout": "frame"}, {"passes": ["describe", "segment", "relabel"]}),
        ({}, {"passes": ["segment", "refine"]}),
    ],
)
def test_the_estimate_is_close_to_what_is_charged(
    workflow: Workflow,
    bottle: dict[str, Any],
    oracle: RealEpisodes,
    sample: dict[str, Any],
    labels: dict[str, Any],
) -> None:
    workflow.config = {"datasets": [bottle], "sample": sample, "labels": labels}
    row = estimate(workflow)["bottle"]
    # Nothing was asked, nothing was sampled, and no key was there.
    assert not workflow.path("replies").exists()
    made = {path.name for path in workflow.path("work").iterdir()}
    assert made == {"config.json", "logs"}
    with ClaudeServer(oracle) as server:
        workflow.ask(server.url, server.key)
        workflow.run("--until", "refine" if "refine" in labels.get("passes", ()) else "annotate")
        asked = [record for record in server.requests if record.question]
        counted = sum(count for kind, count in server.tokens.items() if kind != "output_tokens")
    assert row["to ask"] == "8 of 8"
    assert number(row["tokens in"]) == pytest.approx(counted, rel=0.1)
    assert number(row["requests"]) == pytest.approx(len(asked), rel=0.1)
    assert number(row["images"]) == pytest.approx(sum(r.images for r in asked), rel=0.1)
    # What comes out is assumed, so the dollars are not as close.
    assert number(row["live"]) == pytest.approx(charged(server.requests), rel=0.15)
    # A batch pays half, but for everything: there is no cache.
    assert number(row["batch"]) <= number(row["live"])
    hours = 2868 / 30 / 3600
    assert number(row["live/hour"]) == pytest.approx(number(row["live"]) / hours, rel=0.01)
    assert estimate(workflow)["bottle"]["to ask"] == "0 of 8"


def test_only_what_is_still_to_be_asked_is_estimated(
    workflow: Workflow, bottle: dict[str, Any], oracle: RealEpisodes
) -> None:
    workflow.config = {
        "datasets": [{**bottle, "episodes": "0:4"}],
        "on_error": "skip",
        "claude": {"episodes_per_job": 4},
    }
    faults = {"episode_000002": Refusal()}
    with ClaudeServer(oracle, faults=faults) as server:
        workflow.ask(server.url, server.key)
        printed = workflow.run("--until", "annotate")
    # Half of the dataset is done; the refused episode has an outcome and is asked no more.
    workflow.config["datasets"] = [bottle, {**bottle, "name": "other", "task": "Lift the bottle."}]
    rows = estimate(workflow)
    assert rows["bottle"]["to ask"] == "4 of 8"
    assert rows["other"]["to ask"] == "8 of 8"
    assert rows["all"]["to ask"] == "12 of 16"
    # Output tokens were measured, and the recordings are the same.
    out = re.search(r"([\d,]+) out", printed)
    assert out is not None
    each = number(out[1]) / 4
    assert number(rows["other"]["tokens out"]) == pytest.approx(8 * each, rel=0.01)

    # The answers survive the working files; the episode without one could be asked again.
    workflow.path(OUTCOMES.replace("15", "03")).unlink()
    assert estimate(workflow)["bottle"]["to ask"] == "5 of 8"
    # Whatever makes another question makes all of them new.
    for changed in ({"sample": {"fps": 1}}, {"claude": {"model": "claude-opus-4-6"}}):
        workflow.config |= {"sample": {}, "claude": {"episodes_per_job": 4}, **changed}
        assert estimate(workflow)["bottle"]["to ask"] == "8 of 8"


def test_what_was_submitted_is_not_estimated_again(
    workflow: Workflow, bottle: dict[str, Any], oracle: RealEpisodes
) -> None:
    workflow.config = {"datasets": [bottle], "claude": {"api": "batch"}}
    with ClaudeServer(oracle, batch_seconds=math.inf) as server:
        workflow.ask(server.url, server.key)
        workflow.run("--until", "submit")
        assert len(server.submitted) == EPISODES
    row = estimate(workflow)["bottle"]
    assert (row["to ask"], row["requests"]) == ("0 of 8", "0")
    assert f"{EPISODES} questions are under way in message batches" in workflow.run("estimate")
    workflow.config["sample"] = {"fps": 1}
    assert estimate(workflow)["bottle"]["to ask"] == "8 of 8"


def test_the_api_counts_a_few_episodes(
    workflow: Workflow,
    bottle: dict[str, Any],
    oracle: RealEpisodes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A model that sees more in an image than the published formula says."""
    monkeypatch.setattr(servers.claude.tokens, "PIXELS_PER_TOKEN", 400)
    workflow.config = {"datasets": [bottle]}
    with ClaudeServer(oracle) as server:
        workflow.ask(server.url, server.key)
        formula = number(estimate(workflow)["bottle"]["tokens in"])
        assert not server.requests
        printed = workflow.run("estimate", "--config", "estimate={count_tokens: true}")
        assert "in the first questions about 5 episodes (5 of them sampled" in printed
        paths = [record.path for record in server.requests]
        assert paths == ["/v1/messages/count_tokens"] * 5
        assert not workflow.path("work/bottle").exists()
        corrected = number(
            estimate(workflow, "--config", "estimate={count_tokens: true}")["bottle"]["tokens in"]
        )
        workflow.run("--until", "annotate")
        charged_for = server.tokens["input_tokens"]
    assert corrected == pytest.approx(charged_for, rel=0.05)
    assert formula < 0.8 * charged_for
    workflow.environment.pop("ANTHROPIC_API_KEY")
    workflow.config["sample"] = {"fps": 1}
    printed = workflow.run("estimate", "--config", "estimate={count_tokens: true}", fails=True)
    assert "set ANTHROPIC_API_KEY" in printed


def test_what_has_no_price_and_what_needs_none(workflow: Workflow, bottle: dict[str, Any]) -> None:
    workflow.config = {"datasets": [bottle], "claude": {"model": "claude-unknown-9"}}
    row = estimate(workflow)["bottle"]
    assert {row[column] for column in ("live", "batch", "live/hour")} == {"unknown"}
    workflow.config["annotator"] = "kinematic"
    assert "asks no model and costs nothing" in workflow.run("estimate")


# after --------------------------------------------------------------------------------------


def annotation(workflow: Workflow, name: str = "bottle") -> dict[str, Any]:
    return json.loads(workflow.path(f"results/{name}/meta/annotation.json").read_text())


def test_the_annotation_says_what_was_done_and_paid(
    workflow: Workflow, bottle: dict[str, Any], oracle: RealEpisodes
) -> None:
    workflow.config = {"datasets": [bottle], "on_error": "skip"}
    with ClaudeServer(oracle, faults={"episode_000004": Refusal()}) as server:
        workflow.ask(server.url, server.key)
        workflow.config["labels"] = {"passes": ["describe", "segment"]}
        workflow.config["claude"] = {"base_url": server.url}
        printed = workflow.run("--until", "write_annotation")
    written = annotation(workflow)
    assert server.url not in json.dumps(written)
    assert written["annotator"] == "claude"
    assert re.fullmatch(r"lerobot-subtasks \d+\.\d+\.\d+", written["workflow"])
    assert written["episodes"] == EPISODES
    assert written["failures"] == {"4": "the model refused to answer"}
    assert written["claude"]["model"] == MODEL
    assert written["labels"]["passes"] == ["describe", "segment"]
    assert written["sample"]["fps"] == 2
    assert "frame" not in written["sample"]
    assert {name: prompt["name"] for name, prompt in written["prompts"].items()} == {
        "describe": "describe.md",
        "segment": "segment.md",
    }
    assert written["protocol"]["name"] == "phases.md"
    named = (written["protocol"], *written["prompts"].values())
    assert all(len(file["sha256"]) == 64 for file in named)
    assert written["replies"] == 2 * EPISODES - 1  # a refused description is followed by nothing
    kinds = {kind: n for kind, n in server.tokens.items() if not kind.startswith("ephemeral")}
    assert written["tokens"] == {"live": kinds}
    assert written["usd"] == pytest.approx(charged(server.requests), abs=1e-6)
    assert written["prices"] == "2026-09-30"
    assert written["last_reply"].endswith("+00:00")
    assert f"out; {prices.format_usd(charged(server.requests))}" in printed

    # It is made once, and the same again from the same outcomes.
    assert workflow.jobs("--until", "write_annotation") == {}
    table = workflow.path("prices.yaml")
    table.write_text((PROJECT / "config/prices.yaml").read_text().replace("2026-09", "2026-11"))
    workflow.config["claude"]["prices"] = "prices.yaml"
    assert workflow.jobs("--until", "write_annotation") == {"write_annotation": 1}
    workflow.config["claude"].pop("prices")
    before = workflow.path("results/bottle/meta/annotation.json").read_bytes()
    workflow.run("--until", "write_annotation", "--forcerun", "write_annotation")
    assert workflow.path("results/bottle/meta/annotation.json").read_bytes() == before


def test_two_datasets_that_ask_the_same_are_paid_once(
    workflow: Workflow, real_data: Path, oracle: RealEpisodes
) -> None:
    """Each cost what it cost; both together cost no more."""
    versions = ["g1_bottle_v2.1", "g1_bottle_v3.0"]
    workflow.config = {"datasets": [{"root": str(real_data / version)} for version in versions]}
    with ClaudeServer(oracle) as server:
        workflow.ask(server.url, server.key)
        printed = workflow.run("--until", "write_annotation")
    paid = charged(server.requests)
    one, other = (annotation(workflow, version) for version in versions)
    assert one == other
    assert one["replies"] == EPISODES
    assert one["usd"] == pytest.approx(paid, abs=1e-6)
    assert printed.count(prices.format_usd(paid)) == 3
    assert f"All datasets together cost {prices.format_usd(paid)}." in printed


def test_a_result_as_source_gets_an_annotation_of_its_own(
    workflow: Workflow, bottle: dict[str, Any]
) -> None:
    workflow.config = {"datasets": [bottle], "annotator": "kinematic"}
    workflow.run()
    assert annotation(workflow) == {
        "annotator": "kinematic",
        "workflow": annotation(workflow)["workflow"],
        "episodes": EPISODES,
    }
    workflow.config = {
        "datasets": [
            {"root": str(workflow.path("results/bottle")), "name": "again", "episodes": "0:3"}
        ],
        "annotator": "kinematic",
        "output": {"overwrite": True},
    }
    workflow.run()
    assert annotation(workflow, "again")["episodes"] == 3
    workflow.run("--forcerun", "write_meta")
    assert annotation(workflow, "again")["episodes"] == 3
    assert annotation(workflow)["episodes"] == EPISODES


# while --------------------------------------------------------------------------------------

TASKS = ("Grasp the bottle.", "Lift the bottle.")


def several(bottle: dict[str, Any], claude: dict[str, Any]) -> dict[str, Any]:
    """16 questions, live in 8 jobs."""
    return {
        "datasets": [{**bottle, "name": f"bottle_{i}", "task": t} for i, t in enumerate(TASKS)],
        "claude": {"episodes_per_job": 2, "max_tokens": 400, **claude},
    }


def spent(workflow: Workflow) -> float:
    return Spending(workflow.path("replies"), PRICES).dollars()


def test_the_budget_is_never_passed_with_four_jobs_at_once(
    workflow: Workflow, bottle: dict[str, Any], oracle: RealEpisodes
) -> None:
    jobs = ("--resources", "claude_jobs=4", "--keep-going", "--until", "extract_subtasks")
    budget = 0.2
    workflow.config = several(bottle, {"budget_usd": budget})
    with ClaudeServer(oracle, latency=2.0) as server:
        workflow.ask(server.url, server.key)
        process = workflow.start(*jobs)
        while len(server.answered) < 3:
            assert process.poll() is None
            time.sleep(0.05)
        moment = time.time()
        kill(process)
        lost = [r for r in server.requests if r.finished is None or r.finished > moment - 0.3]
        workflow.run("--unlock")
        printed = workflow.run(*jobs, fails=True)
        assert server.most_in_flight >= 4
        assert spent(workflow) <= budget
        assert charged(server.requests) <= budget + charged(lost)
        # It came as far as the money went: one more question might have cost more than was left.
        assert spent(workflow) > 0.7 * budget
        assert "the budget of $0.2000 is used up" in printed
        said = re.search(r"Of the budget of \$0\.2000, \$(0\.\d+) is spent, with", printed)
        assert said is not None
        assert float(said[1]) == pytest.approx(spent(workflow), abs=1e-4)

        before = len(server.answered)
        workflow.config = several(bottle, {"budget_usd": 5})
        printed = workflow.run(*jobs)
        assert before < len(server.answered) == len(TASKS) * EPISODES
        again = sum(server.answered.values()) - len(server.answered)
        assert again <= len(lost)
    for number_ in range(len(TASKS)):
        assert f"bottle_{number_}: 8 episodes selected, 8 annotated, 0 failed" in printed
    assert "Of the budget of $5.00" in printed


def test_a_receipt_names_what_found_room_in_the_budget(
    workflow: Workflow, bottle: dict[str, Any], oracle: RealEpisodes
) -> None:
    claude = {"api": "batch", "batch": {"episodes": 4}, "budget_usd": 0.15}
    workflow.config = several(bottle, claude)
    with ClaudeServer(oracle, batch_seconds=math.inf) as server:
        workflow.ask(server.url, server.key)
        workflow.run("--until", "submit")
        submitted = len(server.submitted)
    assert 0 < submitted < len(TASKS) * EPISODES
    named = 0
    for path in workflow.path("work").glob("*/receipts/*.json"):
        receipt = json.loads(path.read_text())
        count = len(receipt["questions"])
        log = path.parents[1] / f"logs/submit/{path.stem}.log"
        assert f"{count} of 4 episodes are answered or submitted" in log.read_text()
        assert bool(receipt["batches"]) == bool(count)
        named += count
    assert named == submitted


@pytest.mark.thorough
def test_batches_go_on_as_others_come_back_cheaper(
    workflow: Workflow, bottle: dict[str, Any], oracle: RealEpisodes
) -> None:
    """A budget that all questions keep to, and of which not all could be sent at once."""
    budget = 0.15
    claude = {"api": "batch", "batch": {"episodes": 4, "poll_seconds": 0.2}, "budget_usd": budget}
    workflow.config = several(bottle, claude)
    with ClaudeServer(oracle, batch_seconds=0.5) as server:
        workflow.ask(server.url, server.key)
        workflow.run("--resources", "claude_jobs=4", "--until", "write_annotation")
        assert len(server.answered) == len(TASKS) * EPISODES
        assert set(server.answered.values()) == {1}
        assert len(server.batches.ids) > len(TASKS) * EPISODES / 4
        assert charged(server.requests) == pytest.approx(spent(workflow))
        assert spent(workflow) <= budget
    assert annotation(workflow, "bottle_1")["tokens"].keys() == {"batch"}
