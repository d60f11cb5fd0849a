"""Which form of true labels is at a place, and which files and episodes that are."""

import json
from pathlib import Path

import pytest

from subtasks.errors import Problem
from subtasks.truth import forms
from support.many_episodes import render

WHERE = "config: evaluate.truth of demo"
ENTRIES = json.dumps([{"time": 0.0, "subtask": "reach"}])


def write(path: Path, text: str = ENTRIES) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_a_folder_of_json_files(tmp_path: Path) -> None:
    found = [write(tmp_path / f"t/episode_{number:06d}.json") for number in (3, 17)]
    place = str(tmp_path / "t")
    assert forms.files(place, WHERE) == found
    assert forms.covered(place, WHERE) == {3, 17}
    assert forms.read(place, 10).form == "folder of JSON files"


def test_a_result_is_the_folder_of_its_subtasks(tmp_path: Path) -> None:
    root = render(tmp_path / "demo", 2)
    file = write(root / "subtasks/episode_000001.json")
    assert forms.files(str(root), WHERE) == [file]
    assert forms.covered(str(root), WHERE) == {1}
    assert list(forms.read(str(root), 10).episodes) == [1]


def test_a_table(tmp_path: Path) -> None:
    path = write(tmp_path / "Truth.CSV", "episode,start,label\n4,0,reach\n")
    assert forms.files(str(path), WHERE) == [path]
    assert forms.covered(str(path), WHERE) == {4}
    assert list(forms.read(str(path), 10).episodes) == [4]


def test_a_dataset_is_read_from_its_data(tmp_path: Path) -> None:
    root = render(tmp_path / "demo", 2)
    files = forms.files(str(root), WHERE)
    assert root / "meta/info.json" in files
    assert {path.suffix for path in files} == {".json", ".jsonl", ".parquet"}
    assert forms.covered(str(root), WHERE) == {0, 1}
    with pytest.raises(Problem, match="is a LeRobot dataset without labels: none of response, "):
        forms.read(str(root), 10)
    (root / "meta/info.json").write_text("{")
    assert forms.covered(str(root), WHERE) is None


@pytest.mark.parametrize("name", ["segments.csv", "meta/segments.csv/../../segments.csv"])
def test_a_table_in_a_folder(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / "t" / "segments.csv", "episode,start,label\n4,0,reach\n")
    (tmp_path / "t/meta/segments.csv").mkdir(parents=True)
    assert forms.files(str(tmp_path / "t"), WHERE) == [path]
    assert forms.covered(str(tmp_path / "t" / name), WHERE) == {4}


def test_on_the_hub_nothing_is_here() -> None:
    assert forms.files("hf://datasets/me/demo", WHERE) == []
    assert forms.covered("hf://datasets/me/demo@main", WHERE) is None
    with pytest.raises(Problem, match="is no address of true labels"):
        forms.files("hf://datasets/me", WHERE)


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("nowhere", "is nowhere, but there is nothing there"),
        ("empty", "is empty, which is none of these: a folder with episode_000000.json and so on"),
        ("notes.txt", "is notes.txt, which is none of these"),
    ],
)
def test_where_there_is_nothing_of_use_it_is_said(
    place: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("empty").mkdir()
    Path("notes.txt").write_text("x")
    for ask in (forms.files, forms.covered):
        with pytest.raises(Problem) as problem:
            ask(place, WHERE)
        assert str(problem.value).startswith(f"{WHERE} {reason}")
