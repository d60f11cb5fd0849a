"""What a run has come to, told from the files that are there."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from subtasks import outcomes, plan, segments
from subtasks.bills import INPUT, OUTPUT, Bill
from subtasks.budget import Spent
from subtasks.dataset import Dataset
from subtasks.plan import Config, Plan
from subtasks.prices import Prices, dollars
from subtasks.problem import Problem
from subtasks.selection import format_ranges

MOST_REASONS = 20


@dataclass(frozen=True, slots=True)
class Account:
    """One dataset's episodes and what they cost.

    `counts` are subtasks of each annotated episode, `failed` reasons by episode,
    `unfinished` episodes nobody has decided about yet, `again` the outcomes files that
    hold failed episodes. `asked` are requests made and `stored` replies from the store.
    """

    counts: list[int]
    failed: dict[int, str]
    unfinished: list[int]
    asked: int
    stored: int
    bill: Bill
    again: list[str]


def account(dataset: Dataset, config: Config, prices: Prices, total: Bill) -> Account:
    """Read what there is of a dataset's results; its replies go on the `total` as well."""
    failed: dict[int, str] = {}
    again: list[str] = []
    asked = stored = 0
    bill = Bill(prices)
    for name in plan.batches(dataset, config) if config["annotator"] == "claude" else []:
        path = Path(plan.outcomes_file(dataset, config, name))
        if not path.exists():
            continue
        for outcome in outcomes.read(path):
            asked, stored = asked + outcome.asked, stored + outcome.stored
            for exchange in outcome.exchanges:
                bill.add(exchange)
                total.add(exchange)
            if outcome.answer is None and outcome.episode in dataset.episodes:
                failed[outcome.episode] = outcome.reason or "no reason was given"
                if str(path) not in again:
                    again.append(str(path))
    counts: list[int] = []
    unfinished: list[int] = []
    for episode in dataset.episodes:
        if episode in failed:
            continue
        path = Path(plan.subtasks_file(dataset, config, episode))
        try:
            found = segments.load(path)
        except FileNotFoundError:
            unfinished.append(episode)
        except Problem as problem:
            failed[episode] = str(problem)
        else:
            if found:
                counts.append(len(found))
            else:
                failed[episode] = f"it has no subtasks, as {_log(dataset, config, episode)} says"
    return Account(counts, failed, unfinished, asked, stored, bill, again)


def _log(dataset: Dataset, config: Config, episode: int) -> str:
    """Name the log of the job that found an episode's subtasks."""
    rule = {"claude": "extract_subtasks", "kinematic": "segment_motion"}[config["annotator"]]
    return f"{config['work']}/{dataset.name}/logs/{rule}/{dataset.episodes[episode].id}.log"


def left_out(datasets: Plan) -> str:
    """Tell people about the datasets that could not be used, if there are any."""
    if not datasets.left_out:
        return ""
    return "\n" + "\n  ".join(["Datasets that are left out:", *datasets.left_out]) + "\n"


def report(
    datasets: Mapping[str, Dataset], config: Config, prices: Prices, command: Sequence[str]
) -> str:
    """Tell people about all datasets; `command` is the command line that is running."""
    total = Bill(prices)
    accounts = {name: account(dataset, config, prices, total) for name, dataset in datasets.items()}
    parts = [_paragraph(datasets[name], each, config) for name, each in accounts.items()]
    if config["annotator"] == "claude" and len(accounts) > 1:
        parts.append(f"All datasets together cost {dollars(total.dollars)}.")
    if config["annotator"] == "claude" and config["claude"]["budget_usd"] is not None:
        parts.append(_budget(list(accounts.values()), config, prices))
    again = [path for each in accounts.values() for path in each.again]
    if again:
        parts.append(
            "To ask again about the failed episodes, and about nothing else:\n  "
            + shlex.join([*_without_forcerun(command), "--forcerun", *again])
        )
    return "\n" + "\n\n".join(parts) + "\n"


def _paragraph(dataset: Dataset, result: Account, config: Config) -> str:
    lines = [
        f"{dataset.name}: {len(dataset.episodes)} episodes selected, "
        f"{len(result.counts)} annotated, {len(result.failed)} failed"
    ]
    if result.unfinished:
        lines[0] += f", {len(result.unfinished)} unfinished"
    if result.counts:
        mean = sum(result.counts) / len(result.counts)
        lines.append(
            f"  {mean:.1f} subtasks an episode ({min(result.counts)} to {max(result.counts)})"
        )
    if config["annotator"] == "claude":
        lines.append(
            f"  {result.asked:,} requests made, {result.stored:,} replies from the store; "
            f"{result.bill.count(*INPUT):,} tokens in, {result.bill.count(OUTPUT):,} out; "
            f"{dollars(result.bill.dollars)}"
        )
    for episode in sorted(result.failed)[:MOST_REASONS]:
        lines.append(f"  failed: episode {episode:06d}: {result.failed[episode]}")
    if len(result.failed) > MOST_REASONS:
        lines.append(f"  … and {len(result.failed) - MOST_REASONS} more")
    if result.unfinished:
        lines.append(
            f"  unfinished: episodes {format_ranges(result.unfinished)}; "
            f"logs are under {config['work']}/{dataset.name}/logs"
        )
    if dataset.absent:
        lines.append(f"  left out: episodes {format_ranges(dataset.absent)}, which lack files")
    lines.append(f"  the annotated dataset: {config['results']}/{dataset.name}")
    return "\n".join(lines)


def _budget(accounts: Sequence[Account], config: Config, prices: Prices) -> str:
    """Say how far the money has come."""
    limit = config["claude"]["budget_usd"]
    replies = Path(config["replies"])
    spent = Spent(replies, prices).dollars() if replies.is_dir() else 0.0
    done = sum(len(each.counts) + len(each.failed) for each in accounts)
    left = sum(len(each.unfinished) for each in accounts)
    sentence = f"Of the budget of {dollars(limit)}, {dollars(spent)} is spent"
    if left:
        sentence += (
            f", with {done} of {done + left} episodes done: "
            "raise claude.budget_usd if it ended the run, and run again to go on"
        )
    return f"{sentence}."


def _without_forcerun(command: Sequence[str]) -> list[str]:
    """Return the command line as a person types it, without what it forced to run."""
    kept = ["snakemake"]
    skipping = False
    for word in command[1:]:
        if word.startswith("-"):
            skipping = word in ("--forcerun", "-R")
        if not skipping and not word.startswith("--forcerun="):
            kept.append(word)
    return kept
