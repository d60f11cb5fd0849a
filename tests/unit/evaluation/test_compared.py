from pathlib import Path

import pytest

from subtasks.errors import Problem
from subtasks.evaluation import compared
from support.evaluation_files import FPS, EvaluationFiles

TRUE = [(0.0, 1.0, "reach"), (1.0, 2.0, "grasp")]
FOUND = [(0.0, "reach"), (1.2, "grasp")]


@pytest.fixture
def written(tmp_path: Path) -> EvaluationFiles:
    found = EvaluationFiles(tmp_path)
    found.write_facts(dict.fromkeys(range(5), 20))
    found.write_truth({0: TRUE, 1: TRUE, 3: TRUE, 4: []}, "A note.")
    found.write_labels({0: FOUND, 1: [(0.0, "place")], 2: FOUND, 3: [], 4: FOUND})
    return found


def test_episodes_with_found_and_true_labels_are_compared(written: EvaluationFiles) -> None:
    read = compared.read(written.paths, FPS)
    assert [(each.episode, each.length) for each in read.episodes] == [(0, 20), (1, 20)]
    first = read.episodes[0]
    assert [(each.start, each.stop, each.label) for each in first.found] == [
        *((0, 12, "reach"), (12, 20, "grasp")),
    ]
    assert [(each.start, each.stop, each.label) for each in first.true] == [
        *((0, 10, "reach"), (10, 20, "grasp")),
    ]
    assert read.notes == (
        "A note.",
        "2 episodes have labels but no true ones: not compared (2,4)",
        "1 episode has true labels but no found ones: not compared (3)",
    )


def test_only_selected_episodes_are_read(written: EvaluationFiles) -> None:
    read = compared.read(written.paths, FPS, [1])
    assert [each.episode for each in read.episodes] == [1]
    assert read.notes == ("A note.",)


def test_what_the_annotator_had_said_is_compared(written: EvaluationFiles) -> None:
    annotated = written.paths.annotated
    written.write_labels({0: [(0.0, "rest")]}, annotated)
    written.write_labels({0: FOUND, 1: FOUND}, annotated.parent)
    read = compared.read(written.paths, FPS, [0, 1])
    assert [each.label for each in read.episodes[0].found] == ["rest"]
    assert [each.label for each in read.episodes[1].found] == ["place"]
    assert read.notes[1:] == (
        "1 episode has been accepted or corrected by a person: what the annotator had said is "
        "compared (0)",
        "1 episode has been corrected by a person, and what the annotator had said is not known: "
        "the correction is compared (1)",
    )


def test_nothing_in_common_is_a_sentence(written: EvaluationFiles) -> None:
    with pytest.raises(Problem, match="my/truth, have no labelled episode in common"):
        compared.read(written.paths, FPS, [2, 3, 4])


def test_damaged_labels_are_named(written: EvaluationFiles) -> None:
    (written.paths.subtasks / "episode_000001.json").write_text("{")
    with pytest.raises(Problem, match=r"episode_000001\.json is not valid JSON"):
        compared.read(written.paths, FPS)


def test_something_is_made_of_each_episode(written: EvaluationFiles) -> None:
    read = compared.read_each(written.paths, FPS, [0, 1], lambda each: each.episode + each.length)
    assert read.episodes == (20, 21)
    assert read.truth.origin == "my/truth"
