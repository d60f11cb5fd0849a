"""What a run has come to, judged by the files that exist."""

import shlex
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from subtasks.cost.bill import INPUT, OUTPUT, Bill
from subtasks.cost.prices import Prices, format_usd
from subtasks.cost.spending import Spending
from subtasks.dataset.dataset import Dataset
from subtasks.episode_ranges import named
from subtasks.errors import Problem
from subtasks.frames import archive
from subtasks.segments import subtask_files
from subtasks.store import outcome_files
from subtasks.wording import counted
from subtasks.workflow.config import Config
from subtasks.workflow.groups import groups_of
from subtasks.workflow.paths import File, Paths
from subtasks.workflow.plan import Plan

MOST_REASONS = 20
MOST_STOPS = 10


@dataclass(slots=True)
class Account:
    """One dataset's episodes and what they cost.

    `counts` are the numbers of subtasks of annotated episodes, `failed` reasons by episode,
    `imageless` failed episodes without images to ask about, `unfinished` episodes of which
    nothing is decided yet, `again` the outcomes files with failed episodes that have images.
    `asked` counts the requests made, `stored` the replies taken from the store.
    """

    bill: Bill
    counts: list[int] = field(default_factory=list)
    failed: dict[int, str] = field(default_factory=dict)
    imageless: list[int] = field(default_factory=list)
    unfinished: list[int] = field(default_factory=list)
    again: list[str] = field(default_factory=list)
    asked: int = 0
    stored: int = 0


def account(
    dataset: Dataset, config: Config, prices: Prices, total: Bill, unmade: Collection[str]
) -> Account:
    """Read a dataset's results; its replies go on the bill `total` as well.

    Files that are `unmade` are out of date where they exist.
    """
    result = Account(Bill(prices))
    if config.asks_claude:
        _add_outcomes(result, dataset, config, total)
    paths = Paths.of(config)
    for episode in dataset.episodes:
        if episode in result.failed:
            continue
        path = paths.fill(File.SUBTASKS, dataset.name, episode=episode)
        if path in unmade:
            result.unfinished.append(episode)
            continue
        try:
            found = subtask_files.load(Path(path))
        except FileNotFoundError:
            result.unfinished.append(episode)
        except Problem as problem:
            result.failed[episode] = str(problem)
        else:
            if found:
                result.counts.append(len(found))
            else:
                log = _log(dataset.name, config, episode)
                result.failed[episode] = f"it has no subtasks; {log} says why"
    return result


def _add_outcomes(result: Account, dataset: Dataset, config: Config, total: Bill) -> None:
    """Add what was answered, and why other episodes failed, unless a person labelled them."""
    paths = Paths.of(config)
    corrections = Path(paths.folder(File.CORRECTION, dataset.name)).glob("*.json")
    corrected = {path.stem for path in corrections}
    annotated = {i for i, episode in dataset.episodes.items() if episode.id not in corrected}
    for group in groups_of(dataset, config.claude):
        path = paths.fill(File.OUTCOMES, dataset.name, group=group)
        if not Path(path).exists():
            continue
        for outcome in outcome_files.read(Path(path)):
            result.asked += outcome.asked
            result.stored += outcome.stored
            for exchange in outcome.exchanges:
                result.bill.add(exchange)
                total.add(exchange)
            if outcome.answer is None and outcome.episode in annotated:
                result.failed[outcome.episode] = outcome.reason or "no reason was given"
                frames = paths.fill(File.FRAMES, dataset.name, episode=outcome.episode)
                if not _has_images(Path(frames)):
                    result.imageless.append(outcome.episode)
                elif path not in result.again:
                    result.again.append(path)


def _has_images(path: Path) -> bool:
    """Whether there is something to ask about; an archive that is gone is made again."""
    try:
        return bool(archive.read_manifest(path).images)
    except (OSError, Problem):
        return True


def _log(dataset: str, config: Config, episode: int) -> str:
    """Return the log of the job that found an episode's subtasks."""
    rule = {"claude": "extract_subtasks", "kinematic": "segment_motion"}[config.annotator]
    return Paths.of(config).fill(File.EPISODE_LOG, dataset, rule, episode=episode)


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
        _log(name, config, episode) for name, each in accounts.items() for episode in each.failed
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
    lines = [
        f"{dataset.name}: {counted(len(dataset.episodes), 'episode')} selected, "
        f"{len(result.counts)} annotated, {len(result.failed)} failed"
    ]
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
    for episode in sorted(result.failed)[:MOST_REASONS]:
        lines.append(f"  failed: episode {episode:06d}: {result.failed[episode]}")
    if len(result.failed) > MOST_REASONS:
        lines.append(f"  … and {len(result.failed) - MOST_REASONS} more")
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
    lines.append(f"  the annotated dataset: {config.results}/{dataset.name}")
    return "\n".join(lines)


def _budget(limit: float, accounts: Sequence[Account], config: Config, prices: Prices) -> str:
    """Say how far the money has come."""
    replies = Path(config.replies)
    spent = Spending(replies, prices).dollars() if replies.is_dir() else 0.0
    done = sum(len(each.counts) + len(each.failed) for each in accounts)
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
