import json
from collections.abc import Callable
from pathlib import Path

import pytest

from support import programs

LABELS = '[{"time": 3, "subtask": "grasp"}, {"time": 0, "subtask": "reach"}]'


def test_a_correction_is_written_as_labels_are(tmp_path: Path) -> None:
    correction, output = tmp_path / "episode_000003.json", tmp_path / "out" / "subtasks.json"
    correction.write_text(LABELS)
    log = programs.run("take_correction.py", f"--correction={correction}", f"--output={output}")
    assert f"2 subtasks, from {correction}" in log
    assert output.read_text() == (
        "[\n"
        '  {\n    "time": 0.0,\n    "subtask": "reach"\n  },\n'
        '  {\n    "time": 3.0,\n    "subtask": "grasp"\n  }\n'
        "]\n"
    )


def test_a_correction_is_a_persons_own_words(tmp_path: Path) -> None:
    """Even where it was copied from a result that names the model's."""
    correction, output = tmp_path / "episode_000003.json", tmp_path / "subtasks.json"
    correction.write_text('[{"time": 0, "subtask": "reach", "original": "move there"}]')
    programs.run("take_correction.py", f"--correction={correction}", f"--output={output}")
    assert json.loads(output.read_text()) == [{"time": 0.0, "subtask": "reach"}]


def test_a_mistake_of_the_robots_stays_one(tmp_path: Path) -> None:
    correction, output = tmp_path / "episode_000003.json", tmp_path / "subtasks.json"
    correction.write_text(
        '[{"time": 0, "subtask": "reach", "mistake": true},'
        ' {"time": 1, "subtask": "reach", "mistake": false}]'
    )
    programs.run("take_correction.py", f"--correction={correction}", f"--output={output}")
    assert json.loads(output.read_text()) == [
        {"time": 0.0, "subtask": "reach", "mistake": True},
        {"time": 1.0, "subtask": "reach"},
    ]


def test_a_mistake_by_hand_is_one_sentence_and_writes_nothing(tmp_path: Path) -> None:
    correction, output = tmp_path / "episode_000003.json", tmp_path / "subtasks.json"
    correction.write_text('[{"time": "soon", "subtask": "grasp"}]')
    sentence = programs.fails(
        "take_correction.py", f"--correction={correction}", f"--output={output}"
    )
    assert sentence.startswith(f'{correction}, entry 1: time "soon" is not a number of seconds')
    assert not output.exists()


def test_a_correction_is_checked_against_the_frames_of_its_episode(tmp_path: Path) -> None:
    correction, output = tmp_path / "episode_000003.json", tmp_path / "subtasks.json"
    options = [f"--correction={correction}", f"--output={output}", "--frames=120", "--fps=30"]
    correction.write_text('[{"time": 0, "subtask": "reach"}, {"time": 4.2, "subtask": "grasp"}]')
    sentence = programs.fails("take_correction.py", *options)
    assert sentence == (
        f'{correction}: "grasp" begins at 4.2 s, after the end of the episode at 4.00 s'
    )
    assert not output.exists()
    # The tile of the last frame says 4.0s.
    correction.write_text('[{"time": 0, "subtask": "reach"}, {"time": 4.0, "subtask": "grasp"}]')
    programs.run("take_correction.py", *options)
    assert [entry["time"] for entry in json.loads(output.read_text())] == [0.0, 3.966667]


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (lambda path: path.mkdir(), "{path}: Is a directory"),
        (lambda path: path.symlink_to("nowhere.json"), "{path}: No such file or directory"),
        (lambda path: path.symlink_to(path.name), "{path}: Too many levels of symbolic links"),
        (lambda path: None, "{path}: No such file or directory"),
        (
            lambda path: path.touch(),
            "{path} is not valid JSON: it is empty; [] says that there are no labels",
        ),
        (
            lambda path: path.write_bytes(b"\xff\xfe[\x00]\x00"),
            "{path} is not UTF-8 text: save it in that encoding",
        ),
        (
            lambda path: path.write_text('[\n{"time": 0, "subtask": "a"},\n]\n'),
            "{path} is not valid JSON: line 3, column 1: remove the comma before ]",
        ),
        (
            lambda path: path.write_text("[" * 200_000),
            "{path} is not valid JSON: it is nested too deeply",
        ),
    ],
    ids=["folder", "broken link", "loop", "missing", "empty", "utf-16", "comma", "brackets"],
)
def test_what_cannot_be_read_is_one_sentence(
    tmp_path: Path, made: Callable[[Path], object], sentence: str
) -> None:
    correction = tmp_path / "episode_000003.json"
    made(correction)
    options = (f"--correction={correction}", f"--output={tmp_path / 'subtasks.json'}")
    assert programs.fails("take_correction.py", *options) == sentence.format(path=correction)
