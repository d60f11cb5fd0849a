import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from subtasks.errors import Problem
from subtasks.workflow import opentau_mixture, plan
from support.workflow import PROJECT, Workflow

DATASETS = [
    {"repo_id": "me/one", "root": "data/one", "episodes": [3, 1], "weight": 2.0},
    {"root": "data/two", "data_features_name_mapping": {"camera0": "top", "state": "s"}},
    {"root": "data/three", "data_features_name_mapping": None, "episodes": None},
    {"repo_id": "lerobot/droid_100", "revision": "v2.1", "episodes": [0]},
    {"repo_id": "lerobot/pusht", "root": None},
]
ENTRIES = [
    {"root": "data/one", "name": "me/one", "episodes": [3, 1]},
    {"root": "data/two", "camera": "top"},
    {"root": "data/three"},
    {"repo_id": "lerobot/droid_100", "revision": "v2.1", "episodes": [0]},
    {"repo_id": "lerobot/pusht"},
]


def read(path: Path) -> list[dict[str, Any]]:
    datasets = opentau_mixture.entries(path, warn=pytest.fail)
    return [opentau_mixture.checked(path, number, each) for number, each in datasets.items()]


@pytest.mark.parametrize(
    "content",
    [
        {"datasets": DATASETS, "weights": [1, 2, 3]},
        {"dataset_mixture": {"datasets": DATASETS}, "batch_size": 8, "policy": {"type": "pi05"}},
    ],
)
def test_both_forms_and_no_training_keys(tmp_path: Path, content: Any) -> None:
    path = tmp_path / "mixture.json"
    path.write_text(json.dumps(content))
    assert read(path) == ENTRIES


def test_questions_about_images_have_no_episodes(tmp_path: Path) -> None:
    path = tmp_path / "mixture.json"
    path.write_text(json.dumps({"datasets": [{"vqa": "coco_qa"}, {"root": "a"}]}))
    warnings: list[str] = []
    assert opentau_mixture.entries(path, warn=warnings.append) == {1: {"root": "a"}}
    (warning,) = warnings
    assert "datasets[0] is of the kind vqa and has no episodes" in warning


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "is not JSON"),
        ("[]", "has no list of datasets"),
        ('{"datasets": []}', "has no list of datasets"),
        ('{"dataset_mixture": 3}', "has no list of datasets"),
        ('{"datasets": [5]}', r"datasets\[0\] is no object"),
        ('{"datasets": [{"root": "a"}, {}]}', r"datasets\[1\] has neither root"),
        ('{"datasets": [{"repo_id": 5}]}', r"datasets\[0\]: repo_id is no text"),
        ('{"datasets": [{"root": "a", "episodes": [true]}]}', "no list of episode numbers"),
        ('{"datasets": [{"root": "a", "episodes": "0:5"}]}', "no list of episode numbers"),
        ('{"datasets": [{"root": "a", "data_features_name_mapping": 3}]}', "is no object"),
        ('{"datasets": [{"root": "a", "data_features_name_mapping": {"camera0": 3}}]}', "no text"),
    ],
)
def test_wrong_mixtures_are_refused_in_one_sentence(
    tmp_path: Path, content: str, said: str
) -> None:
    path = tmp_path / "mixture.json"
    path.write_text(content)
    with pytest.raises(Problem, match=said):
        read(path)


def test_places_that_cannot_be_are_one_sentence_each(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "file").touch()
    roots = ["x" * 5000, "x/" * 3000, "a\0b", "\ud800", str(tmp_path / "loop"), "file", "..", "/"]
    path = tmp_path / "mixture.json"
    path.write_text(json.dumps({"datasets": [{"root": root} for root in roots]}))
    config = yaml.safe_load((PROJECT / "config/config.yaml").read_text())
    with pytest.raises(Problem) as caught:
        plan.read({**config, "mixture": str(path)}, warn=print)
    assert len(str(caught.value).splitlines()) == len(roots)


def test_a_mixture_takes_the_place_of_datasets(workflow: Workflow, real_data: Path) -> None:
    entry = {"root": str(real_data / "g1_bottle_v3.0"), "repo_id": "me/bottle", "episodes": [0, 7]}
    workflow.path("mixture.json").write_text(json.dumps({"datasets": [entry]}))
    workflow.config = {"mixture": "mixture.json", "annotator": "kinematic"}
    workflow.run()
    found = sorted(p.name for p in workflow.path("results/me--bottle/subtasks").iterdir())
    assert found == ["episode_000000.json", "episode_000007.json"]
