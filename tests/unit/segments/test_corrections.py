"""What people have reviewed of a dataset, found by its folder of corrections."""

import json
from pathlib import Path
from typing import Any

import pytest

from subtasks.segments import corrections
from subtasks.segments.corrections import Reviewed
from subtasks.segments.segment import Segment

LABELS = [{"time": 0.0, "subtask": "reach"}, {"time": 1.5, "subtask": "grasp"}]


def write(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))


def put(folder: Path, episode: int, mine: Any, theirs: Any = None) -> None:
    write(folder / f"episode_{episode:06d}.json", mine)
    if theirs is not None:
        write(folder / "annotated" / f"episode_{episode:06d}.json", theirs)


def test_equal_labels_were_accepted_and_others_corrected(tmp_path: Path) -> None:
    put(tmp_path, 0, LABELS, LABELS)
    put(tmp_path, 1, LABELS, [{**LABELS[0], "original": "move"}, LABELS[1]])
    put(tmp_path, 2, LABELS[::-1], LABELS)  # the order of a file means nothing
    put(tmp_path, 3, LABELS, LABELS[:1])
    put(tmp_path, 4, [{**LABELS[0], "mistake": True}, LABELS[1]], LABELS)
    put(tmp_path, 5, LABELS)
    put(tmp_path, 1234567, [], [])
    assert corrections.reviewed(tmp_path) == Reviewed(
        accepted=frozenset((0, 1, 2, 1234567)), corrected=frozenset((3, 4, 5))
    )


def test_labels_that_were_renamed_in_the_whole_dataset_are_no_review(tmp_path: Path) -> None:
    renamed = [LABELS[0], {"time": 1.5, "subtask": "take", "original": "grasp"}]
    put(tmp_path, 0, renamed, LABELS)
    # Two neighbours that have become one.
    put(tmp_path, 1, [{**LABELS[0], "original": "reach"}], LABELS)
    assert corrections.reviewed(tmp_path) == Reviewed()
    # A person has moved a border as well, marked a mistake, or changed a name.
    put(tmp_path, 2, [LABELS[0], {**renamed[1], "time": 1.6}], LABELS)
    put(tmp_path, 3, [{**LABELS[0], "mistake": True}, renamed[1]], LABELS)
    put(tmp_path, 4, [LABELS[0], {"time": 1.5, "subtask": "take"}], LABELS)
    put(tmp_path, 5, renamed)
    assert corrections.reviewed(tmp_path) == Reviewed(corrected=frozenset((2, 3, 4, 5)))


@pytest.mark.parametrize("content", ["", "{", "null", "[1]", '[{"time": "x", "subtask": "a"}]'])
def test_files_that_cannot_be_read_are_no_accepted_ones(tmp_path: Path, content: str) -> None:
    put(tmp_path, 0, content, LABELS)
    put(tmp_path, 1, LABELS, content)
    assert corrections.reviewed(tmp_path) == Reviewed(corrected=frozenset((0, 1)))


def test_other_files_and_copies_without_a_correction_are_nothing(tmp_path: Path) -> None:
    write(tmp_path / "annotated" / "episode_000003.json", LABELS)
    for name in ("notes.txt", ".episode_000001.json.abcdefgh.tmp", "episode_1.json", ".lock"):
        write(tmp_path / name, LABELS)
    write(tmp_path / "episode_0000001.json", LABELS)
    assert corrections.reviewed(tmp_path) == Reviewed()
    assert corrections.reviewed(tmp_path / "nowhere") == Reviewed()


def test_only_selected_episodes_are_counted() -> None:
    everything = Reviewed(frozenset((1, 2)), frozenset((3, 4)))
    assert everything.among([2, 3, 9]) == Reviewed(frozenset((2,)), frozenset((3,)))


def test_how_much_is_reviewed_is_a_part_of_a_line() -> None:
    said = Reviewed(frozenset((1, 2)), frozenset((3,))).sentence(1200)
    assert said == "3 of 1,200 episodes reviewed: 2 accepted, 1 corrected"


def test_a_status_is_that_of_the_folder() -> None:
    mine = [Segment(0.0, "reach"), Segment(1.5, "grasp")]
    assert corrections.status(mine, mine) == "accepted"
    assert corrections.status(mine, [Segment(0.0, "reach", "move"), mine[1]]) == "accepted"
    assert corrections.status(mine, mine[:1]) == "corrected"
    assert corrections.status(mine, None) == "corrected"
    failing = [mine[0], Segment(1.5, "grasp", mistake=True)]
    assert corrections.status(failing, mine) == "corrected"
    # What the annotator had from a person before is compared as well as anything else.
    assert corrections.status(mine, failing) == "accepted"
