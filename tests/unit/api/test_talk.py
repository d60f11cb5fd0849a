"""An episode's conversation: what it keeps in memory, and which replies a failure discards."""

import gc
import json
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from subtasks.api.episode_files import EpisodeFiles
from subtasks.api.errors import Refused
from subtasks.api.talk import EpisodeTalk, open_questions
from subtasks.episode_facts import EpisodeFacts
from subtasks.frames import archive
from subtasks.frames.manifest import Image
from subtasks.questions import conversation
from subtasks.questions.conversation import AskSettings
from subtasks.questions.guidance import Guidance
from subtasks.questions.protocol import Protocol
from subtasks.questions.question import Jpeg
from subtasks.questions.reply import Reply
from subtasks.questions.windows import RequestLimits
from subtasks.store.replies import ReplyStore
from support.episode_archive import FRAMES, MODEL, RATE, SHEETS, TASK, TILES, write_archive
from support.workflow import PROJECT

PASSES = ("describe", "segment")
TWO_WINDOWS = 4 * TILES  # frames: 0.0 s to 19.5 s, 10.0 s to 29.5 s


@pytest.fixture
def files(tmp_path: Path) -> EpisodeFiles:
    files = EpisodeFiles.in_folders(0, tmp_path / "frames", None)
    write_archive(files.archive)
    return files


@pytest.fixture
def talk(files: EpisodeFiles) -> Callable[..., EpisodeTalk]:
    """Make a conversation about the archived episode."""

    def make(
        *,
        passes: tuple[str, ...] = ("segment",),
        max_frames: int = 600,
        max_images: int = 100,
        window: bool = False,
        guidance: Guidance | None = None,
        files: EpisodeFiles = files,
        facts: EpisodeFacts = EpisodeFacts(TASK, FRAMES),  # noqa: B008 - frozen
    ) -> EpisodeTalk:
        settings = AskSettings(
            model=MODEL,
            max_tokens=8192,
            effort=None,
            passes={name: (PROJECT / f"config/prompts/{name}.md").read_text() for name in passes},
            protocol=Protocol("Two phases."),
            limits=RequestLimits(max_frames, max_images),
            guidance=guidance or Guidance(),
            window=window,
        )
        return EpisodeTalk(0, facts, files, settings)

    return make


def reply(*entries: tuple[float, str], stop_reason: str = "end_turn") -> tuple[Reply, bool]:
    subtasks = [{"time": time, "subtask": label} for time, label in entries]
    return Reply(json.dumps(subtasks), stop_reason, "claude-opus-4-7", {"input_tokens": 1}), False


def images_in_memory() -> int:
    gc.collect()
    return sum(isinstance(each, Jpeg) for each in gc.get_objects())


def test_a_conversation_goes_on_after_its_images_were_released(
    talk: Callable[..., EpisodeTalk],
) -> None:
    replies = [reply((0.0, "a red cup")), reply((0.0, "reach"), (10.0, "grasp"))]
    kept, released = talk(passes=PASSES), talk(passes=PASSES)
    for each in replies:
        assert [q.key for q in released.questions] == [q.key for q in kept.questions]
        released.release_images()
        kept.receive([each])
        released.receive([each])
        released.release_images()
    assert released.questions == kept.questions == []
    assert released.outcome == kept.outcome
    assert released.outcome.answer is not None
    assert released.outcome.asked == len(PASSES)


def test_no_images_are_in_memory_once_they_are_released(talk: Callable[..., EpisodeTalk]) -> None:
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
    one = talk(window=True, max_frames=TWO_WINDOWS)
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


def test_only_the_window_at_fault_is_asked_about_again(
    talk: Callable[..., EpisodeTalk], tmp_path: Path
) -> None:
    one = talk(window=True, max_frames=TWO_WINDOWS)
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
    one = talk(window=True, max_frames=TWO_WINDOWS, guidance=Guidance(max_segments=3))
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


def test_images_that_are_left_out_lower_the_rate_in_the_prompt(
    talk: Callable[..., EpisodeTalk],
) -> None:
    [whole] = talk().questions
    [thinned] = talk(max_images=2).questions
    assert f"Frames: {RATE} a second" in whole.content[-1]
    assert sum(isinstance(part, Jpeg) for part in thinned.content) == 2
    assert f"Frames: {RATE * 2 / SHEETS:.3g} a second" in thinned.content[-1]
    assert len(talk(max_images=2, window=True).questions) > 1


def test_too_many_subtasks_are_asked_for_again(talk: Callable[..., EpisodeTalk]) -> None:
    one = talk(guidance=Guidance(max_segments=2))
    one.receive([reply((0.0, "reach"), (4.0, "grasp"), (8.0, "lift"))])
    [again] = one.questions
    assert "there are 3 subtasks and at most 2 are allowed" in again.content[-1]
    one.receive([reply((0.0, "reach"), (4.0, "grasp"))])
    assert one.outcome.answer is not None


def test_motion_hints_are_part_of_the_question(
    talk: Callable[..., EpisodeTalk], files: EpisodeFiles, tmp_path: Path
) -> None:
    hints = tmp_path / "hints.json"
    hints.write_text('[{"time": 1.5, "what": "the left hand closes"}]')
    [question] = talk(files=EpisodeFiles(files.archive, hints)).questions
    assert "1.50 s: the left hand closes" in question.content[-1]
    assert "the left hand closes" not in talk().questions[0].content[-1]


@pytest.mark.parametrize(
    ("error", "reason"),
    [("video.mp4 is broken", "video.mp4 is broken"), (None, "episode_000000.zip holds no images")],
)
@pytest.mark.parametrize("window", [False, True])
def test_an_archive_without_images_is_a_reason(
    talk: Callable[..., EpisodeTalk],
    files: EpisodeFiles,
    error: str | None,
    reason: str,
    window: bool,
) -> None:
    write_archive(files.archive, 0, error)
    one = talk(window=window)
    assert one.questions == []
    assert reason in one.outcome.reason
    assert not one.outcome.exchanges


# an episode's own trouble -----------------------------------------------------------------------


def test_a_faulty_episode_is_not_asked_about_and_its_archive_not_opened(
    talk: Callable[..., EpisodeTalk], tmp_path: Path
) -> None:
    facts = EpisodeFacts(TASK, 0, fault="length of episode 0 is 0", remarks=("look at it",))
    one = talk(facts=facts, files=EpisodeFiles(tmp_path / "none.zip"))
    assert one.questions == []
    assert one.outcome.reason == "length of episode 0 is 0"
    assert one.outcome.remarks == ("look at it",)


def test_remarks_of_the_metadata_and_of_the_video_are_passed_on(
    talk: Callable[..., EpisodeTalk], files: EpisodeFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = archive.read_manifest(files.archive)
    monkeypatch.setattr(
        archive, "read_manifest", lambda _: replace(read, remarks=("2 frames are missing",))
    )
    one = talk(facts=EpisodeFacts(TASK, FRAMES, remarks=("look at it",)))
    for _ in range(2):
        assert one.questions
        assert one.outcome.remarks == ("look at it", "2 frames are missing")
        one.release_images()


HINTS = [
    b"",
    b"[",
    b"\xff",
    b"5",
    b"{}x",
    b'["a"]',
    b"[1]",
    b'[{"time": null, "what": "a"}]',
    b'[{"time": "soon", "what": "a"}]',
    b'[{"what": "a"}]',
    b'[{"time": 1}]',
    b"[" * 200_000,
]


@pytest.mark.parametrize("content", HINTS)
def test_damaged_hints_are_named(
    talk: Callable[..., EpisodeTalk], files: EpisodeFiles, tmp_path: Path, content: bytes
) -> None:
    hints = tmp_path / "hints.json"
    hints.write_bytes(content)
    one = talk(files=EpisodeFiles(files.archive, hints))
    assert one.questions == []
    assert one.outcome.reason == f"{hints} is damaged: remove it and run again"


MANIFESTS = [
    {"fps": 0},
    {"fps": None},
    {"fps": "ten"},
    {"fps": -10},
    {"frames": 0},
    {"frames": None},
    {"sampling": {}},
    {"sampling": {"layout": "sheet", "rate": 0.0}},
    {"sampling": {"layout": "sheet", "rate": None}},
    {"sampling": {"layout": "sheet", "rate": "two"}},
    {"sampling": None},
    {"remarks": None},
    {"images": None},
    {"images": (None,)},
    {"images": (Image("0.jpg", 100, 80, ()),)},
    {"images": (Image("0.jpg", 0, 80, (0.0,)),)},
    {"images": (Image("none.jpg", 100, 80, (0.0,)),)},
]


@pytest.mark.parametrize("window", [False, True])
@pytest.mark.parametrize("changes", MANIFESTS)
def test_a_manifest_that_makes_no_sense_is_one_episodes_trouble(
    talk: Callable[..., EpisodeTalk],
    files: EpisodeFiles,
    monkeypatch: pytest.MonkeyPatch,
    changes: dict[str, Any],
    window: bool,
) -> None:
    read = archive.read_manifest(files.archive)
    images = changes.get("images", read.images)
    monkeypatch.setattr(archive, "read_manifest", lambda _: replace(read, **changes))
    monkeypatch.setattr(archive, "read_images", lambda _: [(image, b"") for image in images])
    one = talk(window=window)
    while questions := one.questions:
        one.receive([reply((0.0, "reach"))] * len(questions))
    assert one.outcome.answer or "\n" not in (one.outcome.reason or "\n")


def test_an_unforeseen_error_ends_one_conversation_and_names_its_place(
    talk: Callable[..., EpisodeTalk], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise IndexError("list index\nout of range")

    one = talk()
    assert one.questions
    monkeypatch.setattr(conversation, "check_window", fails)
    one.receive([reply((0.0, "reach"))])
    assert one.questions == []
    reason = one.outcome.reason or ""
    assert reason.startswith("its answer cannot be read (IndexError, test_talk.py:")
    assert reason.endswith(": list index out of range)")
    assert len(one.outcome.exchanges) == 1
    # What was paid for stays, for a version that can read it.
    with tempfile.TemporaryDirectory() as folder, ReplyStore(Path(folder)) as store:
        store.put(one.outcome.exchanges[0].question, reply((0.0, "reach"))[0])
        one.discard_replies(store)
        assert store.get(one.outcome.exchanges[0].question)


@given(st.text(st.characters(exclude_categories=())), st.text(max_size=5))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
def test_a_conversation_survives_any_answer(
    talk: Callable[..., EpisodeTalk], text: str, stop_reason: str
) -> None:
    one = talk(passes=PASSES)
    turns = 0
    while questions := one.questions:
        one.receive([(Reply(text, stop_reason, MODEL, {}), False)] * len(questions))
        turns += 1
    assert turns <= 3
    assert one.outcome.answer or "cannot be read" not in (one.outcome.reason or "")
