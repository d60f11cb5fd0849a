"""What is still to be asked about a dataset, by what there is of it already.

A question is not asked again where the store answers it or a message batch will, or where an
episode's outcome says that its answer was of no use. An episode whose frames have not been
sampled as the settings now want them has no questions yet: they are imagined.
"""

import argparse
import contextlib
import json
import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path

from subtasks import (
    answers,
    archive,
    estimates,
    imagination,
    info,
    outcomes,
    parameters,
    plan,
    talks,
)
from subtasks.answers import Rules
from subtasks.conversation import Failed
from subtasks.dataset import Dataset, Episode
from subtasks.estimates import Load
from subtasks.guidance import Guidance
from subtasks.imagination import Habits, Model
from subtasks.ledger import Ledger
from subtasks.outcomes import Outcome
from subtasks.plan import Config
from subtasks.prices import Capacity
from subtasks.replies import Reply, Store
from subtasks.segments import Unusable


class Pending:
    """A dataset and its episodes of which something is still to be asked.

    `options` are those that rule annotate would ask with, `size` the width and height of the
    camera's frames, None where the metadata is mute.
    """

    def __init__(self, dataset: Dataset, config: Config, workflow: Path) -> None:
        self.dataset = dataset
        self.episodes: list[Episode] = []
        self.options = _options(dataset, config, workflow)
        self.size = info.frame_size(dataset.features[dataset.camera])
        self._config = config
        self._guidance = Guidance.from_json(self.options.guidance)
        self._useless: dict[int, frozenset[str]] = {
            outcome.episode: frozenset()
            if outcome.answer
            else frozenset(exchange.question for exchange in outcome.exchanges)
            for outcome in _outcomes(dataset, config)
        }
        self._under_way: frozenset[str] = frozenset()
        self._alike: dict[tuple[int, str], Load] = {}

    def load(self, store: Store | None, habits: Habits) -> Load:
        """Reckon all episodes and note those of which something is to be asked."""
        total = Load()
        if store is not None:
            ordered = Ledger(store.folder).under_way()
            self._under_way = frozenset(key for each in ordered for key in each.keys)
        for episode in self.dataset.episodes.values():
            load = self._load(episode, store, habits)
            if load.requests:
                self.episodes.append(episode)
            total += load
        return total

    def is_sampled(self, episode: Episode) -> bool:
        """Say whether an episode's frames are there as the settings want them."""
        path = self._frames(episode)
        if not path.exists():
            return False
        found = archive.read_manifest(path).sampling
        wanted = imagination.settings(self._config["sample"])
        return all(found.get(key) == value for key, value in wanted.items())

    def _load(self, episode: Episode, store: Store | None, habits: Habits) -> Load:
        if episode.index in self._useless and not self._frames(episode).exists():
            return Load()  # answered, and the frames were removed since
        if store is not None and self.is_sampled(episode) and self._has_motion(episode):
            return self._of_archive(episode, store, habits)
        kind = episode.length, episode.task
        if kind not in self._alike:
            self._alike[kind] = self._of_imagination(episode, habits)
        return self._alike[kind]

    def _of_archive(self, episode: Episode, store: Store, habits: Habits) -> Load:
        useless = self._useless.get(episode.index, frozenset())

        def known(key: str) -> Reply | None:
            if key in useless:
                raise Failed("what was answered to this was of no use")
            return store.get(key)

        try:
            talk = talks.from_archive(episode.index, self.options, episode.task)
        except Failed:  # there are no images
            return Load()
        images = len(archive.read_manifest(self._frames(episode)).images)
        model = self._model(episode, images, habits)
        return estimates.reckon(talk, known, model, self._under_way)

    def _of_imagination(self, episode: Episode, habits: Habits) -> Load:
        size = self.size or imagination.USUAL_SIZE
        fps = self.dataset.fps
        manifest = imagination.manifest(episode.length, fps, size, self._config["sample"])
        motion = imagination.hints(manifest.duration) if self.options.motion else []
        images = imagination.blank(manifest)
        shown = talks.look(manifest, images, self.options, episode.task, motion)
        talk = talks.start(shown, manifest, self.options)
        return estimates.reckon(talk, lambda _: None, self._model(episode, len(images), habits))

    def _model(self, episode: Episode, images: int, habits: Habits) -> Model:
        duration = episode.length / self.dataset.fps
        return Model(self.options.capacity, habits, self._guidance, duration, images)

    def _has_motion(self, episode: Episode) -> bool:
        path = Path(plan.motion_file(self.dataset, self._config, episode.index))
        return self.options.motion is None or path.exists()

    def _frames(self, episode: Episode) -> Path:
        return Path(plan.frames_file(self.dataset, self._config, episode.index))


def usual(datasets: Iterable[Dataset], config: Config, capacity: Capacity) -> Habits:
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
    return Habits(
        seconds_per_subtask=seconds / subtasks
        if subtasks
        else imagination.SECONDS_PER_SUBTASK[claude["granularity"]],
        thinking=imagination.thinking(capacity, claude["effort"]),
        output={purpose: sum(counts) / len(counts) for purpose, counts in outputs.items()},
        episodes=len(spans),
    )


def _span(outcome: Outcome, dataset: Dataset) -> Iterator[tuple[float, int]]:
    """Seconds of an episode and its number of subtasks, if it has any."""
    if outcome.answer is None or outcome.episode not in dataset.episodes:
        return
    guidance = Guidance.from_json(json.dumps(dataset.guidance))
    rules = Rules(dataset.fps, dataset.episodes[outcome.episode].length, guidance)
    with contextlib.suppress(Unusable):
        found, _ = answers.subtasks(outcome.answer, rules)
        yield rules.duration, len(found)


def _outcomes(dataset: Dataset, config: Config) -> Iterator[Outcome]:
    for name in plan.batches(dataset, config):
        with contextlib.suppress(FileNotFoundError):
            yield from outcomes.read(Path(plan.outcomes_file(dataset, config, name)))


def _options(dataset: Dataset, config: Config, workflow: Path) -> argparse.Namespace:
    """Options as annotate reads them from the command line that its rule writes."""
    parser = argparse.ArgumentParser()
    talks.add_arguments(parser)
    passes = plan.prompts(config, workflow)
    words = [
        f"--frames={Path(plan.frames_file(dataset, config, 0)).parent}",
        "--tasks=",
        *(word for name, path in passes.items() for word in ("--prompt", name, path)),
        *shlex.split(parameters.question(dataset, config)),
        f"--replies={config['replies']}",
        f"--prices={plan.settings_file(config['claude']['prices'], workflow)}",
    ]
    if config["claude"]["motion_hints"]:
        words.append(f"--motion={Path(plan.motion_file(dataset, config, 0)).parent}")
    options = parser.parse_args(words)
    talks.read_files(options)
    return options
