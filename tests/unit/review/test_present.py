"""The labels that an episode has now, whosever they are."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from subtasks.review import present
from subtasks.review.present import Files, Present
from subtasks.segments.segment import Segment
from subtasks.segments.vocabulary import Vocabulary

REACH, GRASP = {"time": 0.0, "subtask": "reach"}, {"time": 1.0, "subtask": "grasp"}


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path / "result", tmp_path / "correction", tmp_path / "annotated")


def write(path: Path, content: Any, when: int = 1) -> None:
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    os.utime(path, (when, when))


def read(files: Files, vocabulary: Vocabulary | None = None) -> Present:
    return present.read(files, 10, 20, vocabulary)


def names(segments: list[Segment]) -> list[str]:
    return [each.subtask for each in segments]


def test_without_files_there_are_no_labels(files: Files) -> None:
    found = read(files)
    assert (found.segments, found.status, found.trouble) == ([], "failed", None)


def test_the_annotators_labels_are_new(files: Files) -> None:
    write(files.result, [REACH, GRASP])
    found = read(files)
    assert (found.status, found.by_a_person) == ("new", False)
    assert found.segments == found.annotated == [Segment(0.0, "reach"), Segment(1.0, "grasp")]


def test_a_correction_goes_before(files: Files) -> None:
    write(files.result, [REACH])
    write(files.correction, [GRASP])
    found = read(files)
    assert (names(found.segments), names(found.annotated)) == (["grasp"], ["reach"])
    assert (found.status, found.by_a_person) == ("corrected", True)
    write(files.annotated, [GRASP])
    found = read(files)
    assert (found.status, names(found.annotated)) == ("accepted", ["grasp"])


def test_a_copy_beside_no_correction_counts_while_it_is_newer(files: Files) -> None:
    write(files.annotated, [REACH], when=5)
    assert names(read(files).segments) == ["reach"]
    write(files.result, [GRASP], when=4)
    assert names(read(files).segments) == ["reach"]
    write(files.result, [GRASP], when=6)
    assert names(read(files).segments) == ["grasp"]


def test_a_damaged_correction_is_a_trouble_of_its_own_version(files: Files) -> None:
    write(files.result, [REACH])
    write(files.correction, "[{")
    found = read(files)
    assert (found.status, found.segments, found.by_a_person) == ("failed", [], True)
    assert found.trouble is not None
    assert "is not valid JSON" in found.trouble
    write(files.correction, "[{{{")
    assert read(files).version != found.version


def test_a_damaged_result_is_a_trouble(files: Files) -> None:
    for content in ("", '[{"time": 99, "subtask": "late"}]'):
        write(files.result, content)
        found = read(files)
        assert (found.status, found.by_a_person) == ("failed", False)
        assert str(files.result) in (found.trouble or "")


@pytest.mark.parametrize("which", ["result", "correction", "annotated"])
def test_links_are_not_followed(files: Files, tmp_path: Path, which: str) -> None:
    write(tmp_path / "secret", [{"time": 0, "subtask": "secret"}])
    getattr(files, which).symlink_to(tmp_path / "secret")
    found = read(files)
    assert "secret" not in names(found.segments) + names(found.annotated)
    assert "is a link" in (found.trouble or "")


def test_a_link_that_leads_nowhere_is_a_correction(files: Files, tmp_path: Path) -> None:
    files.correction.symlink_to(tmp_path / "nowhere")
    found = read(files)
    assert found.by_a_person
    assert "is a link" in (found.trouble or "")


def test_a_vocabulary_stands_for_the_annotators_words_alone(files: Files) -> None:
    vocabulary = Vocabulary({"grab": {"grasp": 3, "grip": 1}})
    write(files.result, [REACH, {"time": 1, "subtask": "old name", "original": "grasp"}])
    assert names(read(files, vocabulary).segments) == ["reach", "grab"]
    write(files.correction, [GRASP])
    found = read(files, vocabulary)
    assert (names(found.segments), names(found.annotated)) == (["grasp"], ["reach", "grab"])
