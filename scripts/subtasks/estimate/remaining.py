"""What is still to be asked about a dataset, by what there is of it already.

A question is not asked again where the store answers it or a message batch will, or where an
episode's outcome says that its answer was of no use. An episode whose frames have not been
sampled as the settings now want them has no questions yet: they are imagined.
"""

import contextlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from subtasks.api.connection import Connection
from subtasks.api.options import ask_settings
from subtasks.api.talk import (
    EpisodeFiles,
    start_conversation,
    start_from_archive,
    view_episode,
)
from subtasks.cost import prices
from subtasks.cost.capacity import Capacity
from subtasks.cost.prices import Prices
from subtasks.dataset import info
from subtasks.dataset.dataset import Dataset, Episode
from subtasks.estimate import typical, typical_answer, workload
from subtasks.estimate.typical_answer import AnswerHabits, TypicalModel
from subtasks.estimate.workload import Load
from subtasks.frames import archive
from subtasks.questions.answers import EpisodeLimits, episode_subtasks
from subtasks.questions.conversation import AskSettings, NoAnswer
from subtasks.questions.guidance import Guidance
from subtasks.questions.outcome import Outcome
from subtasks.questions.reply import Reply
from subtasks.segments.segment import Unusable
from subtasks.store import outcome_files
from subtasks.store.batch_ledger import BatchLedger
from subtasks.store.replies import ReplyStore
from subtasks.workflow import paths
from subtasks.workflow.config import Config
from subtasks.workflow.groups import groups_of


class RemainingWork:
    """A dataset and its episodes of which something is still to be asked.

    `settings` are those that rule annotate would ask with, `capacity` is the model's, `size` the
    width and height of the camera's frames, None where the metadata is mute.
    """

    def __init__(self, dataset: Dataset, config: Config, workflow: Path) -> None:
        self.dataset = dataset
        self.episodes: list[Episode] = []
        table = prices.read(Path(paths.settings_file(config["claude"]["prices"], workflow)))
        self.settings = _settings(dataset, config, workflow, table)
        self.capacity = table.capacity(self.settings.model)
        self.connection = _connection(config)
        self.size = info.frame_size(dataset.features[dataset.camera])
        self._config = config
        self._motion_hints: bool = config["claude"]["motion_hints"]
        self._useless: dict[int, frozenset[str]] = {
            outcome.episode: frozenset()
            if outcome.answer
            else frozenset(exchange.question for exchange in outcome.exchanges)
            for outcome in _outcomes(dataset, config)
        }
        self._under_way: frozenset[str] = frozenset()
        self._alike: dict[tuple[int, str], Load] = {}

    def load(self, store: ReplyStore | None, habits: AnswerHabits) -> Load:
        """Reckon all episodes and note those of which something is to be asked."""
        total = Load()
        if store is not None:
            ordered = BatchLedger(store.folder).under_way()
            self._under_way = frozenset(key for each in ordered for key in each.keys)
        for episode in self.dataset.episodes.values():
            load = self._load(episode, store, habits)
            if load.requests:
                self.episodes.append(episode)
            total += load
        return total

    def files(self, episode: Episode) -> EpisodeFiles:
        """Return the files that rule annotate would ask about an episode with."""
        motion = Path(paths.motion_file(self.dataset, self._config, episode.index))
        return EpisodeFiles(self._frames(episode), motion if self._motion_hints else None)

    def is_sampled(self, episode: Episode) -> bool:
        """Say whether an episode's frames are there as the settings want them."""
        path = self._frames(episode)
        if not path.exists():
            return False
        found = archive.read_manifest(path).sampling
        wanted = typical.settings(self._config["sample"])
        return all(found.get(key) == value for key, value in wanted.items())

    def _load(self, episode: Episode, store: ReplyStore | None, habits: AnswerHabits) -> Load:
        if episode.index in self._useless and not self._frames(episode).exists():
            return Load()  # answered, and the frames were removed since
        if store is not None and self.is_sampled(episode) and self._has_motion(episode):
            return self._of_archive(episode, store, habits)
        kind = episode.length, episode.task
        if kind not in self._alike:
            self._alike[kind] = self._of_imagination(episode, habits)
        return self._alike[kind]

    def _of_archive(self, episode: Episode, store: ReplyStore, habits: AnswerHabits) -> Load:
        useless = self._useless.get(episode.index, frozenset())

        def known(key: str) -> Reply | None:
            if key in useless:
                raise NoAnswer("what was answered to this was of no use")
            return store.get(key)

        try:
            talk = start_from_archive(
                episode.index, episode.task, self.files(episode), self.settings
            )
        except NoAnswer:  # there are no images
            return Load()
        images = len(archive.read_manifest(self._frames(episode)).images)
        model = self._model(episode, images, habits)
        return workload.estimate_load(talk, known, model, self._under_way)

    def _of_imagination(self, episode: Episode, habits: AnswerHabits) -> Load:
        size = self.size or typical.USUAL_SIZE
        fps = self.dataset.fps
        manifest = typical.manifest(episode.length, fps, size, self._config["sample"])
        motion = typical.hints(manifest.duration) if self._motion_hints else []
        images = typical.blank(manifest)
        shown = view_episode(manifest, images, self.settings, episode.task, motion)
        talk = start_conversation(shown, manifest, self.settings)
        return workload.estimate_load(
            talk, lambda _: None, self._model(episode, len(images), habits)
        )

    def _model(self, episode: Episode, images: int, habits: AnswerHabits) -> TypicalModel:
        duration = episode.length / self.dataset.fps
        return TypicalModel(self.capacity, habits, self.settings.guidance, duration, images)

    def _has_motion(self, episode: Episode) -> bool:
        motion = self.files(episode).motion
        return motion is None or motion.exists()

    def _frames(self, episode: Episode) -> Path:
        return Path(paths.frames_file(self.dataset, self._config, episode.index))


def usual(datasets: Iterable[Dataset], config: Config, capacity: Capacity) -> AnswerHabits:
    """How the model has answered so far about these datasets, by their outcomes.

    `capacity` is the model's.
    """
    claude = config["claude"]
    outputs: dict[str, list[int]] = {}
    spans: list[tuple[float, int]] = []
    for dataset in datasets:
        for outcome in _outcomes(dataset, config):
            replies = [
                each
                for each in outcome.exchanges
                if claude["model"] in each.model and each.effort == claude["effort"]
            ]
            for each in replies:
                outputs.setdefault(each.purpose, []).append(each.usage.get("output_tokens", 0))
            if replies:
                spans += _span(outcome, dataset)
    seconds, subtasks = map(sum, zip(*spans, strict=True)) if spans else (0.0, 0)
    return AnswerHabits(
        seconds_per_subtask=seconds / subtasks
        if subtasks
        else typical_answer.SECONDS_PER_SUBTASK[claude["granularity"]],
        thinking=typical_answer.thinking(capacity, claude["effort"]),
        output={purpose: sum(counts) / len(counts) for purpose, counts in outputs.items()},
        episodes=len(spans),
    )


def _span(outcome: Outcome, dataset: Dataset) -> Iterator[tuple[float, int]]:
    """Seconds of an episode and its number of subtasks, if it has any."""
    if outcome.answer is None or outcome.episode not in dataset.episodes:
        return
    guidance = Guidance.from_json(json.dumps(dataset.guidance))
    rules = EpisodeLimits(dataset.fps, dataset.episodes[outcome.episode].length, guidance)
    with contextlib.suppress(Unusable):
        found, _ = episode_subtasks(outcome.answer, rules)
        yield rules.duration, len(found)


def _outcomes(dataset: Dataset, config: Config) -> Iterator[Outcome]:
    for name in groups_of(dataset, config):
        with contextlib.suppress(FileNotFoundError):
            yield from outcome_files.read(Path(paths.outcomes_file(dataset, config, name)))


def _settings(dataset: Dataset, config: Config, workflow: Path, table: Prices) -> AskSettings:
    """Return what rule annotate asks about a dataset with."""
    claude, sample = config["claude"], config["sample"]
    prompts = paths.prompts(config, workflow)
    return ask_settings(
        model=claude["model"],
        max_tokens=claude["max_tokens"],
        effort=claude["effort"],
        prompts={name: Path(path) for name, path in prompts.items()},
        max_frames=sample["max_frames"],
        window=sample["window"],
        guidance=Guidance.from_json(json.dumps(dataset.guidance)),
        table=table,
    )


def _connection(config: Config) -> Connection:
    claude = config["claude"]
    return Connection(claude["provider"], claude["base_url"], claude["max_retries"])
