"""A folder of JSON files as true labels."""

import json
from pathlib import Path
from typing import Any

from subtasks.truth import folder
from subtasks.truth.written import WrittenSegment


def write(path: Path, name: str, content: Any) -> None:
    path.mkdir(exist_ok=True)
    text = content if isinstance(content, str) else json.dumps(content)
    (path / name).write_text(text)


def entry(time: Any, subtask: Any = "reach") -> dict[str, Any]:
    return {"time": time, "subtask": subtask}


def test_each_file_is_an_episode(tmp_path: Path) -> None:
    write(tmp_path, "episode_000017.json", [entry(0.0), entry("2.5", "grasp")])
    write(tmp_path, "episode_3.json", [entry(1)])
    write(tmp_path, "notes.json", "not for us")
    write(tmp_path / "annotated", "episode_000001.json", [entry(0.0)])
    truth = folder.read(tmp_path, "mine")
    assert truth.episodes == {
        3: [WrittenSegment(1.0, None, "reach")],
        17: [WrittenSegment(0.0, None, "reach"), WrittenSegment(2.5, None, "grasp")],
    }
    assert (truth.origin, truth.form, truth.notes) == ("mine", "folder of JSON files", ())
    assert truth.from_start


def test_a_file_that_cannot_be_used_leaves_the_others(tmp_path: Path) -> None:
    write(tmp_path, "episode_000000.json", [entry(0.0)])
    write(tmp_path, "episode_000001.json", "{")
    write(tmp_path, "episode_000002.json", {"subtasks": []})
    write(tmp_path, "episode_000003.json", [entry("late")])
    write(tmp_path, "episode_000004.json", [entry(0.0)])
    write(tmp_path, "episode_4.json", [entry(1.0)])
    truth = folder.read(tmp_path, "mine")
    assert list(truth.episodes) == [0]
    said = "\n".join(truth.notes)
    assert len(truth.notes) == 4
    assert "episode_000001.json" in said
    assert "must hold a JSON array" in said
    assert 'entry 1: time "late" is not a number of seconds; this episode is left out' in said
    assert "episode_000004.json and episode_4.json are the same episode" in said


def test_a_folder_full_of_wrong_files_is_said_in_few_sentences(tmp_path: Path) -> None:
    for number in range(20):
        write(tmp_path, f"episode_{number:06d}.json", "[")
    truth = folder.read(tmp_path, "mine")
    assert len(truth.notes) == folder.MOST_FAULTS + 1
    assert truth.notes[-1] == "and 15 other files like that"


def test_what_editors_leave_and_odd_numbers_are_no_reason_to_stop(tmp_path: Path) -> None:
    tmp_path.joinpath("episode_000000.json").write_text(
        json.dumps([entry(0.0)]), encoding="utf-8-sig"
    )
    write(tmp_path, "episode_000001.json", '[{"time": 1' + "0" * 400 + ', "subtask": "a"}]')
    write(tmp_path, "episode_000002.json", '[{"time": 1, "subtask": "a"},]')
    (tmp_path / "episode_000003.json").mkdir()
    (tmp_path / "episode_000004.json").symlink_to("nowhere")
    truth = folder.read(tmp_path, "mine")
    assert list(truth.episodes) == [0]
    said = "\n".join(truth.notes)
    assert "remove the comma before ]; this episode is left out" in said
    assert "episode_000003.json cannot be read: Is a directory" in said
    # Nobody is told to remove true labels.
    assert "remove it" not in said
