"""OpenTau's mixtures are lists of datasets; a whole run: tests/workflow/test_mixture."""

import json
from pathlib import Path
from typing import Any

import pytest

from subtasks.errors import Problem
from subtasks.workflow import opentau_mixture, plan
from subtasks.workflow.config import DatasetEntry
from support import configs

DATASETS = [
    {"repo_id": "me/one", "root": "data/one", "episodes": [3, 1], "weight": 2.0},
    {
        "root": "data/two",
        "data_features_name_mapping": {
            "camera0": "top",
            "camera1": "wrist",
            "state": "s",
            "actions": "a",
            "prompt": "task",
            "response": "response",
        },
    },
    {"root": "data/three", "data_features_name_mapping": None, "episodes": None},
    {"root": "data/four", "data_features_name_mapping": {"action": "a", "camera1": "wrist"}},
    {"repo_id": "lerobot/droid_100", "revision": "v2.1", "episodes": [0]},
    {"repo_id": "lerobot/pusht", "root": None},
]
ENTRIES = [
    DatasetEntry(root="data/one", name="me/one", episodes=(3, 1)),
    DatasetEntry(root="data/two", camera="top", state="s", action="a"),
    DatasetEntry(root="data/three"),
    DatasetEntry(root="data/four", action="a"),
    DatasetEntry(repo_id="lerobot/droid_100", revision="v2.1", episodes=(0,)),
    DatasetEntry(repo_id="lerobot/pusht"),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mixture.json"


@pytest.mark.parametrize(
    "content",
    [
        {"datasets": DATASETS, "weights": [1, 2, 3]},
        {"dataset_mixture": {"datasets": DATASETS}, "batch_size": 8, "policy": {"type": "pi05"}},
    ],
)
def test_both_forms_and_no_training_keys(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content))
    assert opentau_mixture.entries(path, warn=pytest.fail) == ENTRIES


def test_questions_about_images_have_no_episodes(path: Path) -> None:
    path.write_text(json.dumps({"datasets": [{"vqa": "coco_qa"}, {"root": "a"}]}))
    warnings: list[str] = []
    assert opentau_mixture.entries(path, warn=warnings.append) == [DatasetEntry(root="a")]
    (warning,) = warnings
    assert "datasets[0] is of the kind vqa and has no episodes; it is left out" in warning


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        ("nothing", "config: mixture is {path}, but there is no such file"),
        ("folder", "config: mixture is {path}, which is a folder: name a file"),
        ("empty", "config: mixture is {path}, which is empty: name a file with datasets"),
        ("blank", "config: mixture is {path}, which is empty: name a file with datasets"),
        ("latin", "the mixture {path} is not in UTF-8: save it as UTF-8"),
        ("loop", "config: mixture is {path}, which cannot be read: Too many levels of symbolic"),
    ],
)
def test_a_mixture_that_cannot_be_read_is_named(path: Path, made: str, sentence: str) -> None:
    match made:
        case "folder":
            path.mkdir()
        case "loop":
            path.symlink_to(path)
        case "empty" | "blank" | "latin":
            path.write_bytes({"empty": b"", "blank": b" \n", "latin": b'{"\xe4": 1}'}[made])
    with pytest.raises(Problem) as caught:
        opentau_mixture.entries(path, warn=pytest.fail)
    assert str(caught.value).startswith(sentence.format(path=path))


def test_a_byte_order_mark_is_no_fault(path: Path) -> None:
    path.write_text(json.dumps({"datasets": [{"root": "a"}]}), encoding="utf-8-sig")
    assert opentau_mixture.entries(path, warn=pytest.fail) == [DatasetEntry(root="a")]


def test_a_home_is_written_out(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    path.write_text(json.dumps({"datasets": [{"root": "~/data"}, {"root": "s3://b/~"}]}))
    assert opentau_mixture.entries(path, warn=pytest.fail) == [
        DatasetEntry(root="/home/me/data"),
        DatasetEntry(root="s3://b/~"),
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{", "is not valid JSON"),
        ("[" * 100_000, "is not valid JSON"),
        ("[]", "has no list of datasets"),
        ('{"datasets": []}', "has no list of datasets"),
        ('{"dataset_mixture": 3}', "has no list of datasets"),
    ],
)
def test_a_file_that_is_not_a_mixture_is_refused(path: Path, content: str, sentence: str) -> None:
    path.write_text(content)
    with pytest.raises(Problem, match=sentence) as caught:
        opentau_mixture.entries(path, warn=pytest.fail)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("dataset", "sentence"),
    [
        (5, " must be an object"),
        ({}, " must have root, a local folder, or repo_id, a dataset on the Hub"),
        ({"repo_id": 5}, ": repo_id must be a string"),
        ({"root": ""}, ": root must be a string"),
        ({"root": " "}, ": root must be a string"),
        *(
            ({key: secret}, f": {key} has a key or a password in it: remove it")
            for key in ("root", "repo_id", "revision")
            for secret in ("https://me:pw@host", "sk-ant-api03-abcdef", "hf_" + "a1B2" * 8)
        ),
        (
            {"root": "$DATA/x"},
            ": root is $DATA/x; $DATA is not replaced in a config: write the path out, or have the "
            "shell do it with --config",
        ),
        (
            {"root": "https://huggingface.co/datasets/a/b"},
            ": root is https://huggingface.co/datasets/a/b; it must be a folder or "
            "s3://bucket/folder: for a dataset on the Hub set repo_id",
        ),
        *(
            (
                {"root": "a", "data_features_name_mapping": {key: value}},
                f": {key} in data_features_name_mapping must be a string",
            )
            for key in ("camera0", "state", "actions", "action")
            for value in (3, "", " ", ["a"], {"a": 1})
        ),
        ({"root": "a", "episodes": [True]}, ": episodes must be a list of episode numbers"),
        ({"root": "a", "episodes": [-1]}, ": episodes must be a list of episode numbers"),
        ({"root": "a", "episodes": "0:5"}, ": episodes must be a list of episode numbers"),
        (
            {"root": "a", "data_features_name_mapping": 3},
            ": data_features_name_mapping must be an object",
        ),
    ],
)
def test_a_dataset_that_cannot_be_used_is_a_sentence_in_its_place(
    path: Path, dataset: Any, sentence: str
) -> None:
    path.write_text(json.dumps({"datasets": [{"root": "a"}, dataset, {"root": "b"}]}))
    first, problem, last = opentau_mixture.entries(path, warn=pytest.fail)
    assert (first, last) == (DatasetEntry(root="a"), DatasetEntry(root="b"))
    assert isinstance(problem, Problem)
    assert str(problem) == f"the mixture {path}, datasets[1]{sentence}"


def test_paths_that_cannot_exist_are_one_sentence_each(tmp_path: Path, path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "file").touch()
    roots = ["x" * 5000, "x/" * 3000, "a\0b", "\ud800", str(tmp_path / "loop"), "file", "..", "/"]
    path.write_text(json.dumps({"datasets": [{"root": root} for root in roots]}))
    with pytest.raises(Problem) as caught:
        plan.read(configs.read(mixture=str(path)), warn=print)
    assert len(str(caught.value).splitlines()) == len(roots)
