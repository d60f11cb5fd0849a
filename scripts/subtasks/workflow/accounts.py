"""What has become of a dataset's episodes, judged by the files that exist."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

from subtasks import episode_facts, files
from subtasks.checks import check_file
from subtasks.checks.finding import Checked
from subtasks.cost.bill import Bill
from subtasks.cost.prices import Prices
from subtasks.dataset.dataset import Dataset
from subtasks.episode_facts import EpisodeFacts
from subtasks.errors import Problem
from subtasks.frames import archive
from subtasks.segments import subtask_files
from subtasks.segments.segment import Segment
from subtasks.store import outcome_files, unification_file
from subtasks.store.unification_file import Unification
from subtasks.workflow.config import Config
from subtasks.workflow.groups import groups_of
from subtasks.workflow.paths import File, Paths


@dataclass(slots=True)
class Account:
    """One dataset's episodes and what they cost.

    `counts` are the numbers of subtasks of annotated episodes, `partly` says of others why some of
    their rows have no label, `failed` are reasons by episode, `remarks` the episodes that a person
    should look at, by what is remarkable about them,
    `imageless` failed episodes without images to ask about, `unfinished` episodes of which
    nothing is decided yet, `again` the outcomes files with failed episodes that have images.
    `asked` counts the requests made, `stored` the replies taken from the store. `checks` are the
    episodes whose labels are unlike the others, None where they are not compared.
    """

    bill: Bill
    counts: list[int] = field(default_factory=list)
    partly: dict[int, str] = field(default_factory=dict)
    remarks: dict[str, set[int]] = field(default_factory=dict)
    failed: dict[int, str] = field(default_factory=dict)
    imageless: list[int] = field(default_factory=list)
    unfinished: list[int] = field(default_factory=list)
    again: list[str] = field(default_factory=list)
    asked: int = 0
    stored: int = 0
    checks: list[Checked] | None = None

    def remark(self, episode: int, remarks: Iterable[str]) -> None:
        """Note what is remarkable about an episode."""
        for text in remarks:
            self.remarks.setdefault(text, set()).add(episode)


def account(
    dataset: Dataset, config: Config, prices: Prices, total: Bill, unmade: Collection[str]
) -> Account:
    """Read a dataset's results; its replies go on the bill `total` as well.

    Files that are `unmade` are out of date where they exist.
    """
    result = Account(
        Bill(prices), failed=dict(dataset.faults), checks=_checks(dataset, config, unmade)
    )
    facts = _facts(dataset, config)
    if config.asks_claude:
        _add_outcomes(result, dataset, config, facts, total)
        _add_unification(result, dataset, config, total)
    paths = Paths.of(config)
    for episode in dataset.episodes:
        if episode in result.failed:
            continue
        known = facts.get(episode)
        if known and known.fault:
            result.failed[episode] = known.fault
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
            if known:
                result.remark(episode, known.remarks)
            if found and (gap := _gap(found, known)):
                result.partly[episode] = gap
            elif found:
                result.counts.append(len(found))
            else:
                log = log_of(dataset.name, config, episode)
                result.failed[episode] = f"it has no subtasks; {log} says why"
    return result


def _checks(dataset: Dataset, config: Config, unmade: Collection[str]) -> list[Checked] | None:
    """Read what the checks have found in the present labels."""
    path = Paths.of(config).fill(File.CHECKS, dataset.name)
    if not config.checks or path in unmade or not Path(path).exists():
        return None
    return check_file.read(Path(path))


def _facts(dataset: Dataset, config: Config) -> dict[int, EpisodeFacts]:
    """Read what is known of the episodes, as far as they have been checked."""
    found: dict[int, EpisodeFacts] = {}
    for group in groups_of(dataset, config.claude):
        path = Path(Paths.of(config).fill(File.EPISODES, dataset.name, group=group))
        if path.exists():
            found |= episode_facts.read(path)
    return found


def _gap(found: Sequence[Segment], known: EpisodeFacts | None) -> str:
    """Say which rows of an episode have no label; "" if all have one."""
    if found[0].time > 0:
        return f"its first subtask begins at {found[0].time:g} s, and the rows before have no label"
    if known and known.rows is not None and known.rows > known.length:
        beyond = known.rows - known.length
        return (
            f"{beyond} of its {known.rows} rows have no label, because it has {known.length} "
            "frames by the metadata"
        )
    return ""


def _add_outcomes(
    result: Account,
    dataset: Dataset,
    config: Config,
    facts: Mapping[int, EpisodeFacts],
    total: Bill,
) -> None:
    """Add what was answered, and why other episodes failed, unless a person labelled them."""
    paths = Paths.of(config)
    looks = [(File.OUTCOMES, File.FRAMES, "")]
    if config.labels.refines:
        looks.append((File.REFINED, File.BORDERS, "its borders were not refined: "))
    corrections = Path(paths.folder(File.CORRECTION, dataset.name)).glob("*.json")
    corrected = {path.stem for path in corrections}
    annotated = {i for i, episode in dataset.episodes.items() if episode.id not in corrected}
    for group, (answers, images, which) in product(groups_of(dataset, config.claude), looks):
        path = paths.fill(answers, dataset.name, group=group)
        if not Path(path).exists():
            continue
        for outcome in outcome_files.read(Path(path)):
            result.asked += outcome.asked
            result.stored += outcome.stored
            if outcome.answer is not None:
                result.remark(outcome.episode, outcome.remarks)
            for exchange in outcome.exchanges:
                result.bill.add(exchange)
                total.add(exchange)
            # Where the first look failed, the second says nothing new.
            is_known = outcome.episode in result.failed
            if outcome.answer is None and outcome.episode in annotated and not is_known:
                reason = outcome.reason or "no reason was given"
                result.failed[outcome.episode] = f"{which}{reason}"
                frames = paths.fill(images, dataset.name, episode=outcome.episode)
                if outcome.episode in facts and facts[outcome.episode].fault:
                    continue  # asking again would not help
                if not _has_images(Path(frames)):
                    result.imageless.append(outcome.episode)
                elif path not in result.again:
                    result.again.append(path)


def _add_unification(result: Account, dataset: Dataset, config: Config, total: Bill) -> None:
    """Add what was asked about the labels of the whole dataset."""
    for exchange in unification(dataset, config).exchanges:
        result.asked += not exchange.stored
        result.stored += exchange.stored
        result.bill.add(exchange)
        total.add(exchange)


def unification(dataset: Dataset, config: Config) -> Unification:
    """Read what unifying the labels has taken, if they are unified and anybody has been asked."""
    path = Path(Paths.of(config).fill(File.UNIFIED, dataset.name))
    if not (config.asks_claude and config.labels.unify and path.exists()):
        return Unification()
    return unification_file.read(path)


def _has_images(path: Path) -> bool:
    """Whether there is something to ask about; an archive that is gone is made again."""
    try:
        return bool(archive.read_manifest(path).images)
    except (OSError, Problem):
        return True


def log_of(dataset: str, config: Config, episode: int) -> str:
    """Return the log of the job that found an episode's subtasks."""
    rule = {"claude": "extract_subtasks", "kinematic": "segment_motion"}[config.annotator]
    return Paths.of(config).fill(File.EPISODE_LOG, dataset, rule, episode=episode)


def robot_remarks(dataset: Dataset, config: Config) -> list[str]:
    """Read what is remarkable about the robot, if anybody has looked at it."""
    path = Path(Paths.of(config).fill(File.ROBOT, dataset.name))
    if not (config.needs_motion and path.exists()):
        return []
    robot = files.read_json(path)
    return [*robot.get("remarks", []), *filter(None, [robot.get("fault")])]
