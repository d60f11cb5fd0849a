import json
from pathlib import Path

import pytest

from subtasks.questions.answers import Answer
from subtasks.questions.outcome import Outcome
from subtasks.questions.windows import Window
from subtasks.segments import subtask_files
from subtasks.segments.segment import Segment
from subtasks.store import outcome_files
from support import programs

CUT = [(0, "reach"), (2.02, "grasp the cup"), (4.0, "lift")]


def said(entries: list[tuple[object, str]]) -> str:
    return json.dumps([{"time": time, "subtask": label} for time, label in entries])


def outcomes(folder: Path, text: str | None, reason: str | None = None) -> Path:
    answer = None if text is None else Answer((Window(0, 3, 0.0, 5.5),), (text,))
    path = folder / "000000-000001.jsonl"
    outcome_files.write(path, [Outcome(0, None, "of another"), Outcome(1, answer, reason)])
    return path


@pytest.fixture
def options(tmp_path: Path) -> list[str]:
    return [
        f"--outcomes={tmp_path / '000000-000001.jsonl'}",
        "--dataset=kitchen",
        *("--episode=1", "--frames=60", "--fps=10"),
        f"--output={tmp_path / 'subtasks.json'}",
    ]


def found(folder: Path) -> list[Segment]:
    return subtask_files.load(folder / "subtasks.json")


def test_an_answer_becomes_subtasks_on_frames(tmp_path: Path, options: list[str]) -> None:
    outcomes(tmp_path, said([*CUT, ("late", "wave")]))
    log = programs.run("extract_subtasks.py", *options)
    assert found(tmp_path) == [
        Segment(0.0, "reach"),
        Segment(2.0, "grasp the cup"),
        Segment(4.0, "lift"),
    ]
    assert "3 subtasks" in log
    assert 'left out: entry 4: time "late" is not a number of seconds' in log


def test_guidance_is_applied(tmp_path: Path, options: list[str]) -> None:
    outcomes(tmp_path, said([*CUT, (4.5, "wave")]))
    guidance = tmp_path / "guidance.json"
    words = ["Reach", "Grasp the cup", "lift"]
    guidance.write_text(json.dumps({"min_segment": 1.0, "vocabulary": words}))
    options.append(f"--guidance={guidance}")
    sentence = programs.fails("extract_subtasks.py", *options)
    assert sentence == (
        'kitchen episode 000001 has no labels: the label "wave" is not one of the allowed labels'
    )
    guidance.write_text('{"min_segment": 1.4}')
    programs.run("extract_subtasks.py", *options)
    assert [segment.subtask for segment in found(tmp_path)] == ["reach", "grasp the cup", "wave"]


@pytest.mark.parametrize(
    "damaged", [b"", b"{", b"[]", b"null", b"\xff", b'{"a": 1}', b"[" * 200_000]
)
def test_damaged_guidance_is_one_sentence(
    tmp_path: Path, options: list[str], damaged: bytes
) -> None:
    outcomes(tmp_path, said(CUT))
    guidance = tmp_path / "guidance.json"
    guidance.write_bytes(damaged)
    sentence = programs.fails("extract_subtasks.py", *options, f"--guidance={guidance}")
    assert sentence == f"{guidance} is damaged: remove it and run again"


def test_damaged_outcomes_are_one_sentence(tmp_path: Path, options: list[str]) -> None:
    path = outcomes(tmp_path, said(CUT))
    whole = path.read_bytes()
    for damaged in (
        *(whole[:-1] + b"x", whole.replace(b"reach", b"teach"), whole + whole, b"\x00" * 99),
        *(b"[" * 200_000, b"\xff\xfe", whole[: len(whole) // 2], b"[]", b"null", b"{}"),
    ):
        path.write_bytes(damaged)
        sentence = programs.fails("extract_subtasks.py", *options)
        assert sentence == f"{path} is damaged: remove it and run again"
    for missing in (b"", b"\n", whole.splitlines(keepends=True)[0]):
        path.write_bytes(missing)
        sentence = programs.fails("extract_subtasks.py", *options)
        assert sentence == f"{path} has no outcome of episode 1: remove it and run again"
    path.write_bytes(b"\xef\xbb\xbf" + whole.replace(b"\n", b"\r\n"))
    programs.run("extract_subtasks.py", *options)
    assert len(found(tmp_path)) == 3


def test_a_subtask_dated_by_the_last_tile_is_kept(tmp_path: Path, options: list[str]) -> None:
    """The last frame, at 5.9 s, is the end for a tile that shows a time of one digit or none."""
    answer = Answer((Window(0, 3, 0.0, 5.9),), (said([*CUT, (6.04, "let go")]),), rounding=0.05)
    outcome_files.write(tmp_path / "000000-000001.jsonl", [Outcome(1, answer, None)])
    programs.run("extract_subtasks.py", *options)
    assert found(tmp_path)[-1] == Segment(5.9, "let go")
    # An answer that an earlier version accepted is read as it was.
    outcomes(tmp_path, said([*CUT, (6.04, "let go")]))
    programs.run("extract_subtasks.py", *options)
    assert found(tmp_path)[-1] == Segment(4.0, "lift")


def test_an_episode_without_an_answer_stops_or_is_skipped(
    tmp_path: Path, options: list[str]
) -> None:
    outcomes(tmp_path, None, "the model refused to answer")
    sentence = programs.fails("extract_subtasks.py", *options)
    assert sentence == "kitchen episode 000001 has no labels: the model refused to answer"
    assert not (tmp_path / "subtasks.json").exists()
    log = programs.run("extract_subtasks.py", *options, "--on-error=skip")
    assert f"WARNING {sentence}" in log
    assert found(tmp_path) == []


def test_labels_are_those_of_the_vocabulary(tmp_path: Path, options: list[str]) -> None:
    vocabulary = tmp_path / "kitchen.yaml"
    words = list(dict.fromkeys(label for _, label in CUT))
    vocabulary.write_text(f"labels:\n  begin:\n    {words[0]}: 1\n    {words[1]}: 1\n")
    outcomes(tmp_path, said(CUT))
    programs.run("extract_subtasks.py", *options, f"--vocabulary={vocabulary}")
    assert found(tmp_path) == [
        Segment(CUT[0][0], "begin", words[0]),
        *(Segment(time, label, label) for time, label in CUT[2:]),
    ]
    vocabulary.write_text("labels: 5\n")
    sentence = programs.fails("extract_subtasks.py", *options, f"--vocabulary={vocabulary}")
    assert sentence.startswith(f"{vocabulary}, line 1: below labels: there must be labels")
