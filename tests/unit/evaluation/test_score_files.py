import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from subtasks import files
from subtasks.errors import Problem
from subtasks.evaluation import score_files
from subtasks.evaluation.differences import differences
from subtasks.evaluation.score_files import (
    read_episodes,
    read_scores,
    write_episodes,
    write_scores,
)
from subtasks.evaluation.scores import compute
from support.simulated_labels import population

EPISODES = [replace(each, judged_labels=each.same_labels) for each in population(7, 12)]


def test_scores_are_read_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "scores.json"
    for episodes in (EPISODES, EPISODES[:1], population(7, 3)):
        scores = compute("mine", "here", "a table", episodes, ["A note."])
        write_scores(path, scores)
        assert read_scores(path) == scores


def test_scores_are_nested_by_what_they_measure(tmp_path: Path) -> None:
    path = tmp_path / "scores.json"
    write_scores(path, compute("mine", "here", "a table", EPISODES, ["A note."]))
    stored = json.loads(path.read_text())
    assert list(stored)[:5] == ["dataset", "truth", "episodes", "duration", "notes"]
    assert stored["truth"] == {"origin": "here", "form": "a table"}
    assert list(stored["borders"]) == ["0.1", "0.25", "0.5", "1.0"]
    assert list(stored["segments"]) == ["0.1", "0.25", "0.5", "0.75"]
    assert stored["borders"]["0.5"].keys() == {"precision", "recall", "f1"}
    assert stored["edit"].keys() == {"value", "low", "high"}
    assert stored["border_errors"].keys() == {"mean", "median", "bias"}
    assert stored["kinds"][0].keys() == {"kind", "borders", "matched", "bias", "error"}
    assert stored["wgo_bench"].keys() == {"segmentation_f1", "label_accuracy", "end_to_end_f1"}
    true, found, seconds = stored["confusion"][0]
    assert isinstance(true, str)
    assert isinstance(found, str)
    assert seconds > 0
    assert "judged_accuracy" in stored


def test_episodes_are_read_as_they_were_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(score_files, "ROWS_AT_ONCE", 5)
    path = tmp_path / "episodes.parquet"
    for episodes in (EPISODES, population(7, 12), EPISODES[:1], []):
        write_episodes(path, episodes)
        assert read_episodes(path) == episodes


def test_two_runs_are_compared_from_their_tables_alone(tmp_path: Path) -> None:
    others = population(7, 12, 0.1)
    write_episodes(tmp_path / "one.parquet", EPISODES)
    write_episodes(tmp_path / "other.parquet", others)
    read = [read_episodes(tmp_path / f"{name}.parquet") for name in ("one", "other")]
    assert differences(*read) == differences(EPISODES, others)


def test_the_table_is_plain_to_pandas(tmp_path: Path) -> None:
    path = tmp_path / "episodes.parquet"
    write_episodes(path, EPISODES)
    table = pd.read_parquet(path)
    assert list(table.columns[:3]) == ["episode", "duration", "border_f1_0.1"]
    row, each = table.iloc[4], EPISODES[4]
    assert row["border_f1_0.5"] == each.border_f1(0.5)
    assert row["labelled_f1_0.75"] == each.labelled_f1(0.75)
    assert list(row["border_kinds"]) == list(each.border_kinds)
    # Counts of one column add up to the figure of the dataset.
    f1 = (
        2
        * table["matched_segments_0.5"].sum()
        / (table["found_segments"].sum() + table["true_segments"].sum())
    )
    scores = compute("mine", "here", "a table", EPISODES, ())
    assert scores.figure("segments/0.5/f1").value == pytest.approx(f1, abs=1e-6)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("dataset", 3),
        ("truth", "here"),
        ("episodes", "two"),
        ("notes", [1]),
        ("kinds", [{"kind": "grasp"}]),
        ("edit", {"value": "0.5", "low": None, "high": None}),
        ("edit", {"value": 0.5}),
        ("borders", 7),
        ("confusion", [["a", "b"]]),
        ("duration", True),
    ],
)
def test_damaged_scores_are_named(tmp_path: Path, path: str, value: object) -> None:
    file = tmp_path / "scores.json"
    write_scores(file, compute("mine", "here", "a table", EPISODES[:2], ()))
    files.write_json(file, json.loads(file.read_text()) | {path: value})
    with pytest.raises(Problem, match=r"scores\.json is damaged: remove it and run again"):
        read_scores(file)


def test_a_damaged_table_is_named(tmp_path: Path) -> None:
    path = tmp_path / "episodes.parquet"
    path.write_text("episode,duration")
    with pytest.raises(Problem, match="is damaged"):
        read_episodes(path)
    pq.write_table(pa.table({"episode": [1]}), path)
    with pytest.raises(Problem, match="is damaged"):
        read_episodes(path)
    write_episodes(path, EPISODES)
    table = pq.read_table(path)
    place = table.schema.get_field_index("found_borders")
    pq.write_table(table.set_column(place, "found_borders", [["many"] * len(EPISODES)]), path)
    with pytest.raises(Problem, match="is damaged"):
        read_episodes(path)
