"""All that is shown: the datasets of a run, and where the files of each are."""

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from subtasks import project
from subtasks.checks import check_file
from subtasks.checks.finding import Checked
from subtasks.dataset import dataset as datasets
from subtasks.dataset.dataset import Dataset
from subtasks.dataset.episode import Clip, Episode
from subtasks.errors import Problem
from subtasks.latest import Folder, Latest
from subtasks.questions.protocol import Protocol
from subtasks.review import episode_file, media, memory, overview_file, present
from subtasks.review.agreement import TrueLabels
from subtasks.review.episode_file import Review
from subtasks.review.overview_file import Episode as Entry
from subtasks.review.present import Files, Present
from subtasks.review.saving import Folder as Corrections
from subtasks.segments import vocabulary_files
from subtasks.segments.corrections import ANNOTATED
from subtasks.segments.segment import Segment
from subtasks.segments.vocabulary import Vocabulary
from subtasks.workflow import plan, shipped_files
from subtasks.workflow.config import Config, LabelLimits
from subtasks.workflow.paths import File, Paths

log = logging.getLogger("subtasks")

MAX_REVIEW_BYTES = 50_000_000
"""Size of the review of an episode; that of an hour has a hundredth."""


class Shown:
    """A dataset that is shown, with its files. Nothing is read before it is asked for."""

    def __init__(self, dataset: Dataset, limits: LabelLimits, config: Config) -> None:
        self.dataset = dataset
        self.name = dataset.name
        self.fps = dataset.fps
        self.unified = config.unifies(limits)
        self._paths = Paths.of(config)
        self._cameras = threading.Lock()
        self.corrections = Corrections(Path(config.corrections), self.name)
        self.vocabulary_file = Path(self._paths.fill(File.VOCABULARY, self.name))
        self._vocabulary = Latest(self.vocabulary_file, vocabulary_files.read)
        self.overview = Latest(self.path(File.OVERVIEW), _overview)
        self.checks = Latest(self.path(File.CHECKS), _checks)
        self.truth = TrueLabels(self.path(File.TRUTH), self.fps)
        self.corrected = Folder(self.corrections.path, renamed=False)
        self.annotated = Folder(self.corrections.path / ANNOTATED, renamed=False)
        self.results = Folder(self._folder(File.SUBTASKS), renamed=False)
        self.reviews = Folder(self._folder(File.REVIEW), renamed=True)

    def path(self, file: File, **wildcards: int) -> Path:
        """Return the path of a file of this dataset."""
        return Path(self._paths.fill(file, self.name, **wildcards))

    def files(self, episode: int) -> Files:
        """Return where the labels of an episode are."""
        kinds = (File.SUBTASKS, File.CORRECTION, File.ANNOTATED)
        return Files(*(self.path(kind, episode=episode) for kind in kinds))

    @property
    def vocabulary(self) -> Vocabulary | None:
        """The vocabulary as it is now, None where labels are not unified. Raises `Problem`."""
        return self._vocabulary.get() if self.unified else None

    def present(self, episode: int) -> Present:
        """Read the labels that an episode has now. Raises `Problem` for a damaged vocabulary."""
        return present.read(self.files(episode), self.fps, self.length(episode), self.vocabulary)

    def entry(self, episode: int) -> Entry | None:
        """Return what the overview file says of an episode; None if it does not have it."""
        try:
            return self.overview.get().get(episode)
        except (Problem, OSError):
            return None

    def has(self, episode: int) -> bool:
        """Whether an episode is selected."""
        known = (self.dataset.episodes, self.dataset.absent, self.dataset.faults)
        return any(episode in each for each in known) or self.entry(episode) is not None

    def length(self, episode: int) -> int:
        """Return the number of an episode's frames; 1 where the metadata says none."""
        if found := self._episode(episode):
            return found.length
        entry = self.entry(episode)
        return entry.length if entry and entry.length else 1

    def agreement(self, episode: int, segments: Iterable[Segment]) -> float | None:
        """Return how well labels of an episode agree with true ones; None if that is unknown."""
        return self.truth.agreement(episode, self.length(episode), segments)

    def task(self, episode: int) -> str:
        """Return the task of an episode, "" where nobody knows it."""
        known = (self.entry(episode), self._episode(episode))
        return next((each.task for each in known if each and each.task), "")

    def failure(self, episode: int) -> str | None:
        """Say why the annotator has no labels for an episode; None if nobody has said it."""
        entry = self.entry(episode)
        return (entry and entry.failure) or self.dataset.faults.get(episode)

    def _episode(self, episode: int) -> Episode | None:
        return self.dataset.episodes.get(episode) or self.dataset.absent.get(episode)

    # What cameras show --------------------------------------------------------------------------

    def clips(self, episode: int) -> tuple[Clip, ...]:
        """Return what the cameras show of an episode, the one that is sampled first."""
        with self._cameras:
            return self._clips.get(episode, ())

    @cached_property
    def _clips(self) -> Mapping[int, tuple[Clip, ...]]:
        """Read where all cameras show the episodes, when the first of them is looked at."""
        found = {number: each.clips for number, each in self.dataset.episodes.items()}
        if not found or not (names := media.names(self.dataset)):
            return found
        try:
            filmed = datasets.load(
                self.dataset.root,
                name=self.name,
                cameras=names,
                episodes=sorted(found),
                task="",
                remote=self.dataset.remote,
                follow_links=self.dataset.follow_links,
            )
        except (Problem, OSError) as problem:
            # What is said wrong of one camera shall not hide the others.
            log.warning("%s: not all cameras are shown: %s", self.name, problem)
            return found
        found |= {number: each.clips for number, each in filmed.episodes.items()}
        del filmed
        memory.give_back()
        return found

    def review(self, episode: int) -> Review:
        """Return what was found out about an episode; nothing where nobody has looked yet."""
        path = self.path(File.REVIEW, episode=episode)
        try:
            if path.stat().st_size > MAX_REVIEW_BYTES:
                raise Problem(f"{path} is damaged: remove it and run again")
            return episode_file.read(path)
        except FileNotFoundError:
            return Review(None, None, None)
        except (Problem, OSError) as problem:
            return Review(None, str(problem), None)

    def _folder(self, file: File) -> Path:
        return Path(self._paths.folder(file, self.name))


class Workspace:
    """The datasets of a run by name."""

    def __init__(self, config: Config, warn: Callable[[str], None]) -> None:
        # One dataset that cannot be read shall not keep people from the others.
        self.config = replace(config, on_error="skip")
        found = plan.read(self.config, warn, shows=True)
        self.datasets = {
            name: Shown(dataset, found.labels[name], self.config) for name, dataset in found.items()
        }
        for each in self.datasets.values():
            each.corrections.remove_left_overs()
        memory.give_back()

    def protocol(self) -> dict[str, str]:
        """Return what counts as a subtask: a name and a text; blank if no model was told any."""
        if not self.config.asks_claude:
            return {"name": "", "text": ""}
        path = Path(shipped_files.protocol(self.config, project.FOLDER))
        try:
            text = Protocol.from_text(path.read_text(encoding="utf-8")).definitions
        except (OSError, ValueError):
            text = ""
        return {"name": path.stem, "text": text}


def _overview(path: Path) -> dict[int, Entry]:
    """Read the overview of a dataset by episode. Raises `Problem`."""
    try:
        return {each.episode: each for each in overview_file.read(path).episodes}
    except FileNotFoundError:
        raise Problem(f"{path} is missing: run `snakemake review`") from None


def _checks(path: Path) -> dict[int, Checked]:
    """Read the findings of a dataset by episode; none where there is no file or a damaged one."""
    try:
        return {each.episode: each for each in check_file.read(path)}
    except (OSError, Problem):
        return {}
