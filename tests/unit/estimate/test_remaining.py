"""What is still to be asked about a dataset, from its files and the reply store."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from subtasks.api.episode_files import EpisodeFiles
from subtasks.cost import prices
from subtasks.estimate import remaining, typical, typical_answer
from subtasks.estimate.remaining import RemainingWork
from subtasks.estimate.typical_answer import AnswerHabits
from subtasks.estimate.workload import Load
from subtasks.frames import archive
from subtasks.questions.answers import Answer
from subtasks.questions.outcome import Exchange, Outcome
from subtasks.questions.question import Question
from subtasks.questions.reply import Reply
from subtasks.questions.windows import Window
from subtasks.store import outcome_files
from subtasks.store.batch_ledger import BatchLedger
from subtasks.store.replies import ReplyStore
from subtasks.workflow import plan
from subtasks.workflow.paths import File, Paths
from support import configs
from support.many_episodes import CAMERA, FPS, FRAMES, render
from support.workflow import PROJECT

EPISODES = 4
HABITS = AnswerHabits(seconds_per_subtask=1.0)
MODEL = "claude-opus-4-7"
CAPACITY = prices.read(PROJECT / "config/prices.yaml").capacity(MODEL)
TEXT = json.dumps({"subtasks": [{"time": 0, "subtask": "reach"}, {"time": 1, "subtask": "grasp"}]})
ANSWER = Answer((Window(0, 1, 0.0, FRAMES / FPS),), (TEXT,))


class Run:
    """A run over four tiny episodes in a folder."""

    def __init__(self, folder: Path, root: Path, **sections: Any) -> None:
        folders = {name: str(folder / name) for name in ("work", "results", "replies")}
        self.config = configs.read(datasets=[{"root": str(root)}], **folders, **sections)
        self.plan = plan.read(self.config, warn=pytest.fail)

    def work(self) -> RemainingWork:
        return RemainingWork("tiny", self.plan, self.config, PROJECT)

    def path(self, kind: File, **wildcards: str | int) -> Path:
        path = Path(Paths.of(self.config).fill(kind, "tiny", **wildcards))
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def sample(self, *episodes: int) -> None:
        """Write archives as sampling would, each episode's images another shade of nothing."""
        for episode in episodes:
            settings = self.config.sample.settings()
            manifest = typical.manifest(FRAMES, FPS, {CAMERA: typical.USUAL_SIZE}, settings)
            images = [replace(image, name=f"{i}.jpg") for i, image in enumerate(manifest.images)]
            with archive.Writer(self.path(File.FRAMES, episode=episode)) as writer:
                for image in images:
                    writer.image(image, bytes([episode]) * 2000)
                writer.manifest(replace(manifest, images=tuple(images)))

    def question(self, episode: int) -> Question:
        """The first question about a sampled episode."""
        work = self.work()
        files = EpisodeFiles(self.path(File.FRAMES, episode=episode))
        task = work.dataset.episodes[episode].task
        talk, _ = files.start(episode, task, work.settings)
        [question] = next(talk)
        return question

    def end(self, *outcomes: Outcome) -> None:
        outcome_files.write(self.path(File.OUTCOMES, group="000000-000015"), outcomes)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return render(tmp_path / "tiny", EPISODES)


@pytest.fixture
def run(tmp_path: Path, root: Path) -> Run:
    return Run(tmp_path, root)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ReplyStore]:
    with ReplyStore(tmp_path / "replies") as store:
        yield store


def indices(work: RemainingWork) -> list[int]:
    return [episode.index for episode in work.episodes]


def exchange(question: str, **changes: Any) -> Exchange:
    usage = {"input_tokens": 5000, "output_tokens": 300}
    plain = Exchange(question, "segment", None, False, f"{MODEL}-20260930", False, usage, "")
    return replace(plain, **changes)


# what is left ---------------------------------------------------------------------------------


def test_before_anything_is_asked_everything_remains(run: Run) -> None:
    work = run.work()
    load = work.load(None, HABITS)
    assert (load.episodes, load.requests, load.images) == (EPISODES, EPISODES, EPISODES)
    assert load.seconds == EPISODES * FRAMES / FPS
    assert indices(work) == list(range(EPISODES))


def test_a_stored_reply_is_not_asked_for_again(run: Run, store: ReplyStore) -> None:
    run.sample(0, 1)
    store.put(run.question(1).key, Reply(TEXT, "end_turn", MODEL, {}))
    work = run.work()
    assert work.load(store, HABITS).requests == EPISODES - 1
    assert indices(work) == [0, 2, 3]


def test_other_settings_make_other_questions(tmp_path: Path, root: Path, store: ReplyStore) -> None:
    """Earlier archives do not count, and replies in the store belong to earlier questions."""
    before = Run(tmp_path, root)
    before.sample(*range(EPISODES))
    for episode in range(EPISODES):
        store.put(before.question(episode).key, Reply(TEXT, "end_turn", MODEL, {}))
    assert before.work().load(store, HABITS) == Load()
    for sections in (
        {"sample": {"fps": 1}},
        {"claude": {"model": "claude-opus-4-6"}},
        {"labels": {"context": "A kitchen."}},
    ):
        after = Run(tmp_path, root, **sections)
        assert after.work().load(store, HABITS).episodes == EPISODES
        work = after.work()
        sampled = {work.is_sampled(episode) for episode in work.dataset.episodes.values()}
        assert sampled == {"sample" not in sections}
    unused = Run(tmp_path, root, sample={"frame": {"width": 320}})
    assert unused.work().load(store, HABITS) == Load()


def test_what_was_submitted_is_under_way(run: Run, store: ReplyStore) -> None:
    run.sample(*range(EPISODES))
    ledger = BatchLedger(store.folder)
    ledger.submitted(ledger.intend([run.question(0).key], 1.0), "msgbatch_1")
    ledger.intend([run.question(1).key], 1.0)
    load = run.work().load(store, HABITS)
    assert (load.requests, load.under_way) == (EPISODES - 2, 2)


def test_an_unusable_reply_is_not_asked_for_again(run: Run, store: ReplyStore) -> None:
    """Unless its outcome is removed, or another question would be asked."""
    run.sample(*range(EPISODES))
    run.end(
        Outcome(0, None, "refused", (exchange(run.question(0).key),)),
        Outcome(1, None, "refused", (exchange("of-another-question"),)),
    )
    work = run.work()
    work.load(store, HABITS)
    assert indices(work) == [1, 2, 3]


def test_what_was_answered_stays_answered_without_its_frames(run: Run, store: ReplyStore) -> None:
    run.end(Outcome(0, ANSWER, None, (exchange("a"),)), Outcome(1, None, "refused"))
    work = run.work()
    work.load(store, HABITS)
    assert indices(work) == [2, 3]


def test_without_images_there_is_nothing_to_ask(run: Run, store: ReplyStore) -> None:
    run.sample(0)
    path = run.path(File.FRAMES, episode=0)
    manifest = replace(archive.read_manifest(path), images=(), error="the video is damaged")
    with archive.Writer(path) as writer:
        writer.manifest(manifest)
    work = run.work()
    work.load(store, HABITS)
    assert indices(work) == [1, 2, 3]


def test_hints_make_other_questions_and_are_typical_until_they_are_known(
    tmp_path: Path, root: Path, store: ReplyStore
) -> None:
    plain, hinted = Run(tmp_path, root), Run(tmp_path, root, labels={"motion_hints": True})
    loads = [run.work().load(None, HABITS) for run in (plain, hinted)]
    assert loads[0].input_tokens < loads[1].input_tokens
    hinted.sample(0)
    episode = hinted.plan["tiny"].episodes[0]
    files = hinted.work().files(episode)
    assert files == EpisodeFiles(
        hinted.path(File.FRAMES, episode=0), hinted.path(File.MOTION, episode=0)
    )
    assert plain.work().files(episode).motion is None
    assert hinted.work().load(store, HABITS).input_tokens == loads[1].input_tokens
    many = [{"time": i / 10, "what": "the left hand opens"} for i in range(20)]
    hinted.path(File.MOTION, episode=0).write_text(json.dumps(many))
    assert hinted.work().load(store, HABITS).input_tokens > loads[1].input_tokens


def test_episodes_are_asked_about_as_their_dataset_says(tmp_path: Path, root: Path) -> None:
    labels = {"passes": ["segment", "relabel"], "max_segments": 1}
    run = Run(tmp_path, root, labels=labels, claude={"effort": "low"}, sample={"max_frames": 7})
    settings = run.work().settings
    assert (settings.effort, settings.limits.frames, settings.window) == ("low", 7, True)
    assert settings.guidance.max_segments == 1
    assert list(settings.passes) == ["segment", "relabel"]
    assert run.work().load(None, HABITS).requests == 2 * EPISODES


def test_the_size_of_frames_is_that_of_the_metadata_or_the_usual_one(
    tmp_path: Path, root: Path
) -> None:
    unknown = Run(tmp_path, root).work()
    assert unknown.sizes == {CAMERA: None}
    path = root / "meta/info.json"
    content = json.loads(path.read_text())
    content["features"][CAMERA]["names"] = ["height", "width", "channels"]
    path.write_text(json.dumps(content))
    known = Run(tmp_path, root).work()
    assert known.sizes == {CAMERA: (128, 96)}
    tokens = [work.load(None, HABITS).image_tokens for work in (known, unknown)]
    assert 0 < tokens[0] < tokens[1]


# how the model has answered so far ------------------------------------------------------------


def habits(run: Run) -> AnswerHabits:
    return remaining.answer_habits(run.plan, run.config, CAPACITY)


@pytest.mark.parametrize(
    ("protocol", "alike"), [("phases", "phases"), ("events", "events"), ("mine.md", "phases")]
)
def test_until_there_are_answers_habits_are_assumed(
    tmp_path: Path, root: Path, protocol: str, alike: str
) -> None:
    run = Run(tmp_path, root, labels={"protocol": protocol}, claude={"effort": "low"})
    seconds = typical_answer.SECONDS_PER_SUBTASK[alike]
    assert habits(run) == AnswerHabits(seconds, typical_answer.THINKING_TOKENS["low"])


def test_answers_of_this_model_with_this_effort_are_measured(run: Run) -> None:
    other = exchange("c", purpose="describe", usage={"output_tokens": 50})
    run.end(
        Outcome(0, ANSWER, None, (exchange("a"), other)),
        Outcome(1, None, "refused", (exchange("b", usage={"output_tokens": 100}),)),
        Outcome(2, ANSWER, None, (exchange("d", model="claude-haiku-4-5"),)),
        Outcome(3, ANSWER, None, (exchange("e", effort="high"),)),
        Outcome(99, ANSWER, None, (exchange("f"),)),  # not selected any more
    )
    found = habits(run)
    # Two subtasks in the two seconds of episode 0; output of episodes 0, 1 and 99.
    assert found == AnswerHabits(1.0, 0, {"segment": 700 / 3, "describe": 50.0}, episodes=1)
