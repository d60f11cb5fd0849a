"""What is still to be asked about a dataset, judged by the files that exist.

A question is not asked again where the store has its reply, where a message batch will bring it,
or where an episode's outcome says that the reply was unusable. An episode that has not been
sampled with the present settings has no questions yet: typical ones are assumed.
"""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from subtasks import episode_facts
from subtasks.api.border_files import BorderFiles
from subtasks.api.connection import Connection
from subtasks.api.episode_files import EpisodeFiles, start_conversation, view_episode
from subtasks.api.options import ask_settings
from subtasks.cost import prices
from subtasks.cost.capacity import Capacity
from subtasks.cost.prices import Prices
from subtasks.dataset import cameras
from subtasks.dataset.dataset import Dataset
from subtasks.dataset.episode import Episode
from subtasks.episode_facts import EpisodeFacts
from subtasks.estimate import typical, typical_answer, typical_borders, workload
from subtasks.estimate.typical_answer import AnswerHabits, TypicalModel
from subtasks.estimate.workload import Load
from subtasks.frames import archive
from subtasks.frames.grid import Size
from subtasks.questions.answers import Answer, EpisodeLimits, episode_subtasks
from subtasks.questions.asking import Conversation, NoAnswer
from subtasks.questions.conversation import AskSettings
from subtasks.questions.guidance import Guidance
from subtasks.questions.outcome import Outcome
from subtasks.questions.refinement import Refinement
from subtasks.questions.reply import Reply
from subtasks.segments.segment import Unusable
from subtasks.store import outcome_files
from subtasks.store.batch_ledger import BatchLedger
from subtasks.store.replies import ReplyStore
from subtasks.workflow import rule_params
from subtasks.workflow.config import Claude, Config
from subtasks.workflow.groups import group_name, group_size, groups_of
from subtasks.workflow.paths import File, Paths
from subtasks.workflow.plan import Plan
from subtasks.workflow.shipped_files import prompts, protocol, settings_file


class RemainingWork:
    """A dataset and its episodes about which something is still to be asked.

    `settings` are those that rule annotate would ask with, `sampling` and `missing_seconds` those
    of sample_frames, `capacity` is the model's, `sizes` has the width and height of each
    camera's frames, None where the metadata does not give them.
    """

    def __init__(self, name: str, plan: Plan, config: Config, workflow: Path) -> None:
        self.dataset = plan[name]
        self.episodes: list[Episode] = []
        table = prices.read(Path(settings_file(config.claude.prices, workflow)))
        self.settings = _settings(_guidance(name, plan), config, workflow, table)
        self.sampling = config.sample.settings()
        self.missing_seconds = config.sample.missing_seconds
        self.capacity = table.capacity(self.settings.model)
        self.connection = _connection(config.claude)
        self.sizes = _frame_sizes(self.dataset)
        self._paths = Paths.of(config)
        self._motion_hints = config.labels.motion_hints and bool(self.dataset.motion)
        self._group_size = group_size(config.claude)
        self._facts: dict[Path, dict[int, EpisodeFacts]] = {}
        self._refines = config.labels.refines
        self._answers: dict[int, Answer] = {}
        self._refined: set[int] = set()
        self._unusable: dict[int, set[str]] = {}
        self._note_outcomes(config)
        self._under_way: frozenset[str] = frozenset()
        self._alike: dict[tuple[int, str], Load] = {}

    def _note_outcomes(self, config: Config) -> None:
        """Note which episodes are answered, and which replies were unusable."""
        outcomes = list(_outcomes(self.dataset, config, File.OUTCOMES))
        if self._refines:
            outcomes += _outcomes(self.dataset, config, File.REFINED)
        for outcome in outcomes:
            unusable = self._unusable.setdefault(outcome.episode, set())
            match outcome.answer:
                case Answer():
                    self._answers[outcome.episode] = outcome.answer
                case Refinement():
                    self._refined.add(outcome.episode)
                case None:
                    unusable.update(exchange.question for exchange in outcome.exchanges)

    def load(self, store: ReplyStore | None, habits: AnswerHabits) -> Load:
        """Add up all episodes and note those about which something is still to be asked."""
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
        motion = self._file(File.MOTION, episode) if self._motion_hints else None
        return EpisodeFiles(self._file(File.FRAMES, episode), motion)

    def task(self, episode: Episode) -> str:
        """Return an episode's task by the metadata, else by its rows, if they have been checked."""
        if episode.task:
            return episode.task
        group = group_name(episode.index, self._group_size)
        path = Path(self._paths.fill(File.EPISODES, self.dataset.name, group=group))
        if path not in self._facts:
            self._facts[path] = episode_facts.read(path) if path.exists() else {}
        facts = self._facts[path].get(episode.index)
        return facts.task if facts else ""

    def is_sampled(self, episode: Episode) -> bool:
        """Say whether an episode has been sampled with the present settings."""
        path = self._file(File.FRAMES, episode)
        if not path.exists():
            return False
        manifest = archive.read_manifest(path)
        if manifest.cameras and manifest.cameras != self.dataset.cameras:
            return False
        wanted = self.sampling.requested()
        return all(manifest.sampling.get(key) == value for key, value in wanted.items())

    def _load(self, episode: Episode, store: ReplyStore | None, habits: AnswerHabits) -> Load:
        if episode.index in self._unusable and not self._file(File.FRAMES, episode).exists():
            # Answered, and the frames were removed since.
            answer = self._answers.get(episode.index)
            if answer is None or store is None:
                return Load()
            talk = self._second_look(episode, answer)
            return self._known_load(episode, talk, 1, store, habits)
        if store is not None and self.is_sampled(episode) and self._has_motion(episode):
            return self._sampled_load(episode, store, habits)
        kind = episode.length, self.task(episode)
        if kind not in self._alike:
            self._alike[kind] = self._typical_load(episode, habits)
        return self._alike[kind]

    def _sampled_load(self, episode: Episode, store: ReplyStore, habits: AnswerHabits) -> Load:
        try:
            talk, _ = self.files(episode).start(episode.index, self.task(episode), self.settings)
        except NoAnswer:  # there are no images
            return Load()
        images = len(archive.read_manifest(self._file(File.FRAMES, episode)).images)
        return self._known_load(episode, self._both(episode, talk), images, store, habits)

    def _known_load(
        self,
        episode: Episode,
        talk: Conversation[Any],
        images: int,
        store: ReplyStore,
        habits: AnswerHabits,
    ) -> Load:
        """Add up what the store has no answer to, in a conversation about so many images."""
        unusable = self._unusable.get(episode.index, set())

        def known(key: str) -> Reply | None:
            if key in unusable:
                raise NoAnswer("the reply to this was unusable")
            return store.get(key)

        model = self._model(episode, images, habits)
        return workload.estimate_load(talk, known, model, self._under_way)

    def _both(self, episode: Episode, talk: Conversation[Answer]) -> Conversation[Any]:
        """Hold the conversation about an episode's frames, and then that about its borders."""
        answer = yield from talk
        yield from self._second_look(episode, answer)

    def _second_look(self, episode: Episode, answer: Answer) -> Conversation[Any]:
        """Hold the conversation about an episode's borders, if there is one."""
        archive_of_borders = self._file(File.BORDERS, episode)
        if not self._refines:
            return
        if episode.index in self._refined and not archive_of_borders.exists():
            return  # answered, and the frames were removed since
        limits = EpisodeLimits(self.dataset.fps, episode.length, self.settings.guidance)
        files = BorderFiles(archive_of_borders, Outcome(episode.index, answer, None))
        task = self.task(episode)
        yield from typical_borders.start(files, task, self.settings, limits, self._cameras)

    @property
    def _cameras(self) -> dict[str, Size]:
        """The size of each camera's frames."""
        return {name: size or typical.USUAL_SIZE for name, size in self.sizes.items()}

    def _typical_load(self, episode: Episode, habits: AnswerHabits) -> Load:
        fps = self.dataset.fps
        manifest = typical.manifest(episode.length, fps, self._cameras, self.sampling)
        motion = typical.hints(manifest.duration) if self._motion_hints else []
        images = typical.blank(manifest.images, self.sampling.layout)
        view = view_episode(manifest, images, self.settings, self.task(episode), motion)
        talk = start_conversation(view, manifest, self.settings)
        return workload.estimate_load(
            self._both(episode, talk), lambda _: None, self._model(episode, len(images), habits)
        )

    def _model(self, episode: Episode, images: int, habits: AnswerHabits) -> TypicalModel:
        duration = episode.length / self.dataset.fps
        return TypicalModel(self.capacity, habits, self.settings.guidance, duration, images)

    def _has_motion(self, episode: Episode) -> bool:
        motion = self.files(episode).motion
        return motion is None or motion.exists()

    def _file(self, file: File, episode: Episode) -> Path:
        return Path(self._paths.fill(file, self.dataset.name, episode=episode.index))


def answer_habits(plan: Plan, config: Config, capacity: Capacity) -> AnswerHabits:
    """Return how the model has answered so far about these datasets, by their outcomes.

    `capacity` is the model's.
    """
    claude = config.claude
    outputs: dict[str, list[int]] = {}
    spans: list[tuple[float, int]] = []
    for name, dataset in plan.items():
        outcomes = list(_outcomes(dataset, config, File.OUTCOMES))
        if config.labels.refines:
            outcomes += _outcomes(dataset, config, File.REFINED)
        for outcome in outcomes:
            replies = [
                each
                for each in outcome.exchanges
                if claude.model in each.model and each.effort == claude.effort
            ]
            for each in replies:
                outputs.setdefault(each.purpose, []).append(each.usage.get("output_tokens", 0))
            if replies:
                spans += _span(outcome, dataset, _guidance(name, plan))
    seconds, subtasks = map(sum, zip(*spans, strict=True)) if spans else (0.0, 0)
    return AnswerHabits(
        seconds_per_subtask=seconds / subtasks
        if subtasks
        else typical_answer.seconds_per_subtask(config.labels.protocol),
        thinking=typical_answer.thinking(capacity, claude.effort),
        output={purpose: sum(counts) / len(counts) for purpose, counts in outputs.items()},
        episodes=len(spans),
    )


def _span(outcome: Outcome, dataset: Dataset, guidance: Guidance) -> Iterator[tuple[float, int]]:
    """Give the seconds of an episode and its number of subtasks, if it has any."""
    if not isinstance(outcome.answer, Answer) or outcome.episode not in dataset.episodes:
        return
    limits = EpisodeLimits(dataset.fps, dataset.episodes[outcome.episode].length, guidance)
    with contextlib.suppress(Unusable):
        found, _ = episode_subtasks(outcome.answer, limits)
        yield limits.duration, len(found)


def _outcomes(dataset: Dataset, config: Config, file: File) -> Iterator[Outcome]:
    """Read the outcomes files of a kind, as far as they exist."""
    for group in groups_of(dataset, config.claude):
        path = Paths.of(config).fill(file, dataset.name, group=group)
        with contextlib.suppress(FileNotFoundError):
            yield from outcome_files.read(Path(path))


def _guidance(name: str, plan: Plan) -> Guidance:
    return Guidance.from_json(json.dumps(rule_params.guidance(plan.labels[name])))


def _frame_sizes(dataset: Dataset) -> dict[str, tuple[int, int] | None]:
    return {name: cameras.frame_size(dataset.features[name]) for name in dataset.cameras}


def _settings(guidance: Guidance, config: Config, workflow: Path, table: Prices) -> AskSettings:
    """Return what rule annotate asks about a dataset with."""
    return ask_settings(
        model=config.claude.model,
        max_tokens=config.claude.max_tokens,
        effort=config.claude.effort,
        prompts={name: Path(path) for name, path in prompts(config, workflow).items()},
        protocol=Path(protocol(config, workflow)),
        max_frames=config.sample.max_frames,
        window=config.sample.window,
        guidance=guidance,
        table=table,
    )


def _connection(claude: Claude) -> Connection:
    return Connection(claude.provider, claude.base_url, claude.max_retries, claude.max_wait)
