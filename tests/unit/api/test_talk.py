"""Conversations under way: what they hold on to, and what their failure leaves behind."""

import argparse
import gc
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from subtasks.api.errors import Refused
from subtasks.api.options import AskOptions, add_arguments
from subtasks.api.talk import EpisodeTalk, open_questions
from subtasks.frames import archive
from subtasks.frames.manifest import Image, Manifest
from subtasks.questions.question import Jpeg
from subtasks.questions.reply import Reply
from subtasks.store.replies import ReplyStore
from support.workflow import PROJECT

SHEETS, TILES, RATE = 6, 10, 2
FPS = 10
FRAMES = SHEETS * TILES * FPS // RATE  # half a minute
PASSES = ("describe", "segment")
TWO_WINDOWS = f"--max-frames={4 * TILES}"  # 0.0 s to 19.5 s, 10.0 s to 29.5 s


def archived(folder: Path, sheets: int = SHEETS, error: str | None = None) -> None:
    """Write an archive of one episode."""
    folder.mkdir(exist_ok=True)
    shown = [tuple((i * TILES + k) / RATE for k in range(TILES)) for i in range(sheets)]
    images = [Image(f"{i}.jpg", 100, 80, times) for i, times in enumerate(shown)]
    with archive.Writer(folder / "episode_000000.zip") as writer:
        for number, image in enumerate(images):
            writer.image(image, b"picture %d" % number * 1000)
        writer.manifest(
            Manifest(
                video="video.mp4",
                codec="h264",
                width=640,
                height=480,
                fps=FPS,
                frames=FRAMES,
                duration=FRAMES / FPS,
                sampling={"layout": "sheet", "rate": float(RATE)},
                images=tuple(images),
                error=error,
            )
        )


@pytest.fixture
def talk(tmp_path: Path) -> Callable[..., EpisodeTalk]:
    """Start a conversation about the archived episode, with more options of a program."""

    def start(*options: str, passes: tuple[str, ...] = ("segment",)) -> EpisodeTalk:
        parser = argparse.ArgumentParser()
        add_arguments(parser)
        tasks = tmp_path / "tasks.json"
        tasks.write_text('{"pick the cup": "0"}')
        arguments = [f"--frames={tmp_path / 'frames'}", f"--tasks={tasks}"]
        arguments += ["--model=claude-opus-4-7", "--replies=replies"]
        arguments += [f"--prices={PROJECT / 'config/prices.yaml'}"]
        for name in passes:
            arguments += ["--prompt", name, str(PROJECT / f"config/prompts/{name}.md")]
        [only] = AskOptions(**vars(parser.parse_args([*arguments, *options]))).talks()
        return only

    archived(tmp_path / "frames")
    return start


def reply(*entries: tuple[float, str], stop_reason: str = "end_turn") -> tuple[Reply, bool]:
    cut = [{"time": time, "subtask": label} for time, label in entries]
    return Reply(json.dumps(cut), stop_reason, "claude-opus-4-7", {"input_tokens": 1}), False


def images_in_memory() -> int:
    gc.collect()
    return sum(isinstance(each, Jpeg) for each in gc.get_objects())


def test_a_rested_conversation_goes_on_where_it_was(talk: Callable[..., EpisodeTalk]) -> None:
    said = [reply((0.0, "a red cup")), reply((0.0, "reach"), (10.0, "grasp"))]
    steady, rested = talk(passes=PASSES), talk(passes=PASSES)
    for each in said:
        assert [q.key for q in rested.questions] == [q.key for q in steady.questions]
        rested.release_images()
        steady.receive([each])
        rested.receive([each])
        rested.release_images()
    assert rested.questions == steady.questions == []
    assert rested.outcome == steady.outcome
    assert rested.outcome.answer is not None
    assert rested.outcome.asked == len(PASSES)


def test_a_conversation_at_rest_holds_no_images(talk: Callable[..., EpisodeTalk]) -> None:
    before = images_in_memory()
    one = talk()
    assert len(one.questions) == 1
    assert images_in_memory() == before + SHEETS
    one.release_images()
    assert images_in_memory() == before
    assert sum(1 for _ in open_questions([talk(), talk(), talk()])) == 3
    assert images_in_memory() == before


def test_a_refused_window_ends_it_and_the_replies_of_others_are_accounted_for(
    talk: Callable[..., EpisodeTalk], tmp_path: Path
) -> None:
    one = talk("--window", TWO_WINDOWS)
    first, second = one.questions
    given = reply((10.0, "reach"))
    with ReplyStore(tmp_path / "replies") as store:
        store.put(second.key, given[0])
        one.receive([Refused("the API refused the question (400: no)"), given])
        assert one.questions == []
        assert one.outcome.reason == "the API refused the question (400: no)"
        assert [each.question for each in one.outcome.exchanges] == [second.key]
        one.discard_replies(store)
        assert store.get(second.key) == given[0]
        assert store.get(first.key) is None


def test_only_the_window_that_was_at_fault_is_asked_again(
    talk: Callable[..., EpisodeTalk], tmp_path: Path
) -> None:
    one = talk("--window", TWO_WINDOWS)
    good, bad = one.questions
    given = [reply((0.0, "reach")), reply(stop_reason="refusal")]
    with ReplyStore(tmp_path / "replies") as store:
        for question, (each, _) in zip((good, bad), given, strict=True):
            store.put(question.key, each)
        one.receive(given)
        assert one.outcome.reason == "the model refused to answer"
        one.discard_replies(store)
        assert store.get(good.key) is not None
        assert store.get(bad.key) is None


def test_answers_that_are_too_much_together_are_all_asked_again(
    talk: Callable[..., EpisodeTalk], tmp_path: Path
) -> None:
    one = talk("--window", TWO_WINDOWS, '--guidance={"max_segments": 3}')
    questions = one.questions
    given = [
        reply((0.0, "reach"), (4.0, "grasp"), (8.0, "lift")),
        reply((10.0, "lift"), (18.0, "carry"), (25.0, "place")),
    ]
    with ReplyStore(tmp_path / "replies") as store:
        for question, (each, _) in zip(questions, given, strict=True):
            store.put(question.key, each)
        one.receive(given)
        assert "there are 5 subtasks and at most 3 are allowed" in one.outcome.reason
        one.discard_replies(store)
        assert [store.get(question.key) for question in questions] == [None, None]


def test_images_that_are_left_out_lower_the_rate_that_is_told(
    talk: Callable[..., EpisodeTalk], tmp_path: Path
) -> None:
    """Of a model that takes two images a request."""
    table = tmp_path / "prices.yaml"
    small = "models:\n  claude-opus-4-7: {images: 2}\n"
    table.write_text((PROJECT / "config/prices.yaml").read_text().split("models:\n")[0] + small)
    [whole] = talk().questions
    [thinned] = talk(f"--prices={table}").questions
    assert f"Frames: {RATE} a second" in whole.content[-1]
    assert sum(isinstance(part, Jpeg) for part in thinned.content) == 2
    assert f"Frames: {RATE * 2 / SHEETS:.3g} a second" in thinned.content[-1]
    assert len(talk("--window", f"--prices={table}").questions) > 1


def test_too_many_subtasks_are_asked_for_again(talk: Callable[..., EpisodeTalk]) -> None:
    one = talk('--guidance={"max_segments": 2}')
    one.receive([reply((0.0, "reach"), (4.0, "grasp"), (8.0, "lift"))])
    [again] = one.questions
    assert "there are 3 subtasks and at most 2 are allowed" in again.content[-1]
    one.receive([reply((0.0, "reach"), (4.0, "grasp"))])
    assert one.outcome.answer is not None


@pytest.mark.parametrize(
    ("error", "said"),
    [("video.mp4 is broken", "video.mp4 is broken"), (None, "episode_000000.zip holds no images")],
)
def test_an_archive_without_images_is_a_reason(
    talk: Callable[..., EpisodeTalk], tmp_path: Path, error: str | None, said: str
) -> None:
    archived(tmp_path / "frames", 0, error)
    for options in ([], ["--window"]):
        one = talk(*options)
        assert one.questions == []
        assert said in one.outcome.reason
        assert not one.outcome.exchanges
