"""What a run has come to, told from the files that are there."""

import shlex
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
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
from subtasks.workflow import paths
from subtasks.workflow.config import Config
from subtasks.workflow.groups import groups_of
from subtasks.workflow.plan import Plan

MOST_REASONS = 20
MOST_STOPS = 10


@dataclass(frozen=True, slots=True)
class Account:
    """One dataset's episodes and what they cost.

    `counts` are subtasks of each annotated episode, `failed` reasons by episode, `imageless`
    those of them that have no images to ask about, `unfinished` episodes nobody has decided
    about yet, `again` the outcomes files that hold failed episodes with images. `asked` are
    requests made and `stored` replies from the store.
    """

    counts: list[int]
    failed: dict[int, str]
    imageless: list[int]
    unfinished: list[int]
    asked: int
    stored: int
    bill: Bill
    again: list[str]


def account(
    dataset: Dataset, config: Config, prices: Prices, total: Bill, unmade: Collection[str]
) -> Account:
    """Read what there is of a dataset's results; its replies go on the `total` as well.

    Files that are `unmade` are out of date where they exist.
    """
    failed: dict[int, str] = {}
    imageless: list[int] = []
    again: list[str] = []
    asked = stored = 0
    bill = Bill(prices)
    corrections = Path(config["corrections"], dataset.name).glob("*.json")
    corrected = {path.stem for path in corrections}
    annotated = {i for i, episode in dataset.episodes.items() if episode.id not in corrected}
    for name in groups_of(dataset, config) if config["annotator"] == "claude" else []:
        path = Path(paths.outcomes_file(dataset, config, name))
        if not path.exists():
            continue
        for outcome in outcome_files.read(path):
            asked, stored = asked + outcome.asked, stored + outcome.stored
            for exchange in outcome.exchanges:
                bill.add(exchange)
                total.add(exchange)
            if outcome.answer is None and outcome.episode in annotated:
                failed[outcome.episode] = outcome.reason or "no reason was given"
                if not _has_images(Path(paths.frames_file(dataset, config, outcome.episode))):
                    imageless.append(outcome.episode)
                elif str(path) not in again:
                    again.append(str(path))
    counts: list[int] = []
    unfinished: list[int] = []
    for episode in dataset.episodes:
        if episode in failed:
            continue
        path = paths.subtasks_file(dataset, config, episode)
        if path in unmade:
            unfinished.append(episode)
            continue
        try:
            found = subtask_files.load(Path(path))
        except FileNotFoundError:
            unfinished.append(episode)
        except Problem as problem:
            failed[episode] = str(problem)
        else:
            if found:
                counts.append(len(found))
            else:
                failed[episode] = f"it has no subtasks, as {_log(dataset, config, episode)} says"
    return Account(counts, failed, imageless, unfinished, asked, stored, bill, again)


def _has_images(path: Path) -> bool:
    """Whether there is something to ask about; an archive that is gone is made again."""
    try:
        return bool(archive.read_manifest(path).images)
    except (OSError, Problem):
        return True


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
    datasets: Mapping[str, Dataset],
    config: Config,
    prices: Prices,
    command: Sequence[str],
    unmade: Collection[str],
    stops: Mapping[str, str],
) -> str:
    """Tell people about all datasets.

    `command` is the command line that is running, `unmade` are files it was to make and has
    not, `stops` the reasons of the jobs that failed, by their logs.
    """
    total = Bill(prices)
    accounts = {
        name: account(dataset, config, prices, total, unmade) for name, dataset in datasets.items()
    }
    parts = [_paragraph(datasets[name], each, config) for name, each in accounts.items()]
    if config["annotator"] == "claude" and len(accounts) > 1:
        parts.append(f"All datasets together cost {format_usd(total.dollars)}.")
    if config["annotator"] == "claude" and config["claude"]["budget_usd"] is not None:
        parts.append(_budget(list(accounts.values()), config, prices))
    told = {
        _log(datasets[name], config, episode)
        for name, each in accounts.items()
        for episode in each.failed
    }
    if reasons := list(dict.fromkeys(why for log, why in stops.items() if log not in told)):
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
            f"  {mean:.1f} subtasks an episode ({min(result.counts)} to {max(result.counts)})"
        )
    if config["annotator"] == "claude":
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
        lines.append(
            f"  without images: {named(result.imageless)}; mend the videos and run again: they "
            "are sampled by themselves"
        )
    if result.unfinished:
        lines.append(
            f"  unfinished: {named(result.unfinished)}; "
            f"logs are under {config['work']}/{dataset.name}/logs"
        )
    if dataset.absent:
        lines.append(f"  left out for lack of files: {named(dataset.absent)}")
    lines.append(f"  the annotated dataset: {config['results']}/{dataset.name}")
    return "\n".join(lines)


def _budget(accounts: Sequence[Account], config: Config, prices: Prices) -> str:
    """Say how far the money has come."""
    limit = config["claude"]["budget_usd"]
    replies = Path(config["replies"])
    spent = Spending(replies, prices).dollars() if replies.is_dir() else 0.0
    done = sum(len(each.counts) + len(each.failed) for each in accounts)
    left = sum(len(each.unfinished) for each in accounts)
    sentence = f"Of the budget of {format_usd(limit)}, {format_usd(spent)} is spent"
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
