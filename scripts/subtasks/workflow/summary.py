"""What a run has come to, judged by the files that exist."""

import shlex
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from subtasks.checks import report as checks_report
from subtasks.cost.bill import INPUT, OUTPUT, Bill
from subtasks.cost.prices import Prices, format_usd
from subtasks.cost.spending import Spending
from subtasks.dataset.dataset import Dataset
from subtasks.episode_ranges import named
from subtasks.segments import corrections
from subtasks.segments.corrections import Reviewed
from subtasks.wording import counted
from subtasks.workflow.accounts import (
    Account,
    account,
    log_of,
    robot_remarks,
    unification,
)
from subtasks.workflow.config import Config
from subtasks.workflow.paths import File, Paths
from subtasks.workflow.plan import Plan

MOST_REASONS = 20
MOST_STOPS = 10


def left_out(datasets: Plan) -> str:
    """Name the datasets that could not be used, if there are any."""
    if not datasets.left_out:
        return ""
    return "\n" + "\n  ".join(["Datasets that are left out:", *datasets.left_out]) + "\n"


def report(
    datasets: Mapping[str, Dataset],
    config: Config,
    prices: Prices,
    command: Sequence[str],
    unmade: Collection[str],
    stops: Mapping[str, str],
) -> str:
    """Describe what has become of all datasets.

    `command` is the command line of the run, `unmade` are files it was to make and has not,
    `stops` the reasons of the jobs that failed, by their logs.
    """
    total = Bill(prices)
    accounts = {
        name: account(dataset, config, prices, total, unmade) for name, dataset in datasets.items()
    }
    parts = [_paragraph(datasets[name], each, config) for name, each in accounts.items()]
    if config.asks_claude and len(accounts) > 1:
        parts.append(f"All datasets together cost {format_usd(total.dollars)}.")
    if config.asks_claude and config.claude.budget_usd is not None:
        parts.append(_budget(config.claude.budget_usd, list(accounts.values()), config, prices))
    reported = {
        log_of(name, config, episode) for name, each in accounts.items() for episode in each.failed
    }
    if reasons := list(dict.fromkeys(why for log, why in stops.items() if log not in reported)):
        lines = [f"stopped: {reason}" for reason in reasons[:MOST_STOPS]]
        if len(reasons) > MOST_STOPS:
            lines.append(f"… and {len(reasons) - MOST_STOPS} more")
        parts.append("\n".join(lines))
    again = [path for each in accounts.values() for path in each.again]
    if again:
        parts.append(
            "To ask again about the failed episodes, and about nothing else:\n  "
            + shlex.join([*_without_forcerun(command), "--forcerun", *again])
        )
    return "\n" + "\n\n".join(parts) + "\n"


def _paragraph(dataset: Dataset, result: Account, config: Config) -> str:
    selected = len(dataset.episodes) + len(dataset.faults)
    lines = [
        f"{dataset.name}: {counted(selected, 'episode')} selected, "
        f"{len(result.counts)} annotated, {len(result.failed)} failed"
    ]
    if result.partly:
        lines[0] += f", {len(result.partly)} annotated in part"
    if result.unfinished:
        lines[0] += f", {len(result.unfinished)} unfinished"
    if result.counts:
        mean = sum(result.counts) / len(result.counts)
        lines.append(
            f"  {mean:.1f} subtasks per episode ({min(result.counts)} to {max(result.counts)})"
        )
    if config.asks_claude:
        lines.append(
            f"  {counted(result.asked, 'request')} made, {result.stored:,} from the store; "
            f"{counted(result.bill.count(*INPUT), 'token')} in, {result.bill.count(OUTPUT):,} out; "
            f"{format_usd(result.bill.dollars)}"
        )
    lines += _listed("failed", result.failed)
    lines += _listed("in part", result.partly)
    lines += _warnings(dataset, result, config)
    if result.imageless:
        its = (
            "its video and run again; it is"
            if len(result.imageless) == 1
            else ("their videos and run again; they are")
        )
        lines.append(
            f"  no frames for {named(result.imageless)}: repair {its} then resampled automatically"
        )
    if result.unfinished:
        logs = f"{config.work}/{dataset.name}/logs"
        lines.append(f"  unfinished: {named(result.unfinished)}; see the logs in {logs}")
    if dataset.absent:
        lines.append(f"  left out because files are missing: {named(dataset.absent)}")
    folder = Path(Paths.of(config).folder(File.CORRECTION, dataset.name))
    reviewed = corrections.reviewed(folder).among(dataset.selected)
    lines += _to_look_at(result, reviewed)
    if result.counts or reviewed != Reviewed():
        lines.append(_reviewed(reviewed, len(dataset.selected)))
    lines.append(f"  the annotated dataset: {config.results}/{dataset.name}")
    return "\n".join(lines)


def _to_look_at(result: Account, reviewed: Reviewed) -> list[str]:
    """Name the episodes whose labels deserve a look first and have had none."""
    if result.checks is None:
        return []
    known = result.failed.keys() | reviewed.accepted | reviewed.corrected
    checked = [each for each in result.checks if each.episode not in known]
    lines = [f"  look at: {line}" for line in checks_report.first_lines(checked)]
    if (more := len(checked) - len(lines)) > 0:
        lines.append(f"  … and {more:,} more, which `snakemake check` lists")
    return lines


def _reviewed(reviewed: Reviewed, total: int) -> str:
    """Say how many episodes people have reviewed, or how to begin with that."""
    if reviewed == Reviewed():
        return "  not reviewed yet: `snakemake review` prepares a page that shows all labels"
    return f"  {reviewed.sentence(total)}"


def _listed(what: str, reasons: Mapping[int, str]) -> list[str]:
    lines = [
        f"  {what}: episode {episode:06d}: {reasons[episode]}"
        for episode in sorted(reasons)[:MOST_REASONS]
    ]
    if len(reasons) > MOST_REASONS:
        lines.append(f"  … and {len(reasons) - MOST_REASONS} more")
    return lines


def _warnings(dataset: Dataset, result: Account, config: Config) -> list[str]:
    """List what a person should know although episodes are annotated: what concerns all first."""
    texts = [*dataset.unnumbered, *robot_remarks(dataset, config)]
    texts += unification(dataset, config).remarks
    # Of those that failed, the reason is enough.
    remarks = {text: episodes - result.failed.keys() for text, episodes in result.remarks.items()}
    ordered = sorted(remarks.items(), key=lambda each: (-len(each[1]), min(each[1], default=0)))
    texts += [f"{named(episodes)}: {text}" for text, episodes in ordered if episodes]
    lines = [f"  warning: {text}" for text in texts[:MOST_REASONS]]
    if len(texts) > MOST_REASONS:
        lines.append(f"  … and {len(texts) - MOST_REASONS} more")
    return lines


def _budget(limit: float, accounts: Sequence[Account], config: Config, prices: Prices) -> str:
    """Say how far the money has come."""
    replies = Path(config.replies)
    spent = Spending(replies, prices).dollars() if replies.is_dir() else 0.0
    done = sum(len(each.counts) + len(each.partly) + len(each.failed) for each in accounts)
    left = sum(len(each.unfinished) for each in accounts)
    sentence = f"Of the budget of {format_usd(limit)}, {format_usd(spent)} is spent"
    if left:
        sentence += (
            f", with {done} of {done + left} episodes done: "
            "raise claude.budget_usd if it ended the run, and run again to continue"
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
