import json
from pathlib import Path

import pytest

from subtasks.evaluation import score_files
from subtasks.store import judged_file
from subtasks.store.judged_file import JudgedLabels
from support import programs
from support.evaluation_files import EvaluationFiles

TRUE = [(0.0, 1.0, "reach for the cup"), (1.0, 2.0, "grasp")]


@pytest.fixture
def written(tmp_path: Path) -> EvaluationFiles:
    found = EvaluationFiles(tmp_path)
    found.write_facts({0: 20, 1: 20, 2: 20})
    found.write_truth({0: TRUE, 1: TRUE}, "Episode 1: a note.")
    found.write_labels(
        {
            0: [(0.0, "Reach for a cup"), (1.2, "grasp")],
            1: [(0.0, "reach for cup"), (1.0, "close the hand")],
            2: [(0.0, "rest")],
        }
    )
    return found


def arguments(written: EvaluationFiles, episodes: str = "0-2") -> list[object]:
    return [
        *("--dataset", "mine", *written.arguments(), "--episodes", episodes),
        *("--output", written.folder / "scores.json"),
        *("--episode-scores", written.folder / "episodes.parquet"),
    ]


def test_the_scores_and_the_counts_are_written(written: EvaluationFiles) -> None:
    log = programs.run("score_labels.py", *arguments(written))
    assert "mine: 1 episode has labels but no true ones: not compared (2)" in log
    assert "2 episodes scored" in log
    scores = score_files.read_scores(written.folder / "scores.json")
    assert (scores.dataset, scores.origin, scores.episodes, scores.duration) == (
        *("mine", "my/truth"),
        *(2, 4.0),
    )
    assert scores.notes == (
        "Episode 1: a note.",
        "1 episode has labels but no true ones: not compared (2)",
    )
    # One of the two borders is 0.2 s late.
    assert scores.figure("borders/0.1/f1").value == 0.5
    assert scores.figure("borders/0.25/f1").value == 1.0
    assert scores.figure("label_accuracy").value == 0.75
    assert scores.figure("judged_accuracy").value is None
    counts = score_files.read_episodes(written.folder / "episodes.parquet")
    assert [each.episode for each in counts] == [0, 1]
    assert counts[0].border_errors == (0.2,)


def test_twice_is_the_same(written: EvaluationFiles) -> None:
    programs.run("score_labels.py", *arguments(written))
    before = [(written.folder / name).read_bytes() for name in ("scores.json", "episodes.parquet")]
    programs.run("score_labels.py", *arguments(written))
    assert before == [
        (written.folder / name).read_bytes() for name in ("scores.json", "episodes.parquet")
    ]


def test_judged_labels_are_counted(written: EvaluationFiles) -> None:
    judged = written.folder / "judged.json"
    said = JudgedLabels({("close the hand", "grasp"): True}, remarks=("One answer is odd.",))
    judged_file.write(judged, said)
    programs.run("score_labels.py", *arguments(written, "0,1"), "--judged", judged)
    stored = json.loads((written.folder / "scores.json").read_text())
    assert stored["label_accuracy"]["value"] == 0.75
    assert stored["judged_accuracy"]["value"] == 1.0
    assert stored["notes"][-1] == "One answer is odd."
    assert stored["wgo_bench"]["label_accuracy"]["value"] == 1.0


def test_damaged_judgements_are_named(written: EvaluationFiles) -> None:
    path = written.folder / "judged.json"
    path.write_text("[]")
    sentence = programs.fails("score_labels.py", *arguments(written), "--judged", path)
    assert "judged.json is damaged" in sentence


def test_nothing_to_score_is_a_sentence(written: EvaluationFiles) -> None:
    sentence = programs.fails("score_labels.py", *arguments(written, "2"))
    assert "have no labelled episode in common" in sentence
    assert not (written.folder / "scores.json").exists()
    wrong = [0 if value == 10 else value for value in arguments(written)]
    assert "--fps 0" in programs.fails("score_labels.py", *wrong)
