"""Whatever is wrong with a config is one sentence: the key, its value and what is allowed."""

import copy
import datetime
from typing import Any

import pytest
import yaml
from snakemake.exceptions import WorkflowError

from subtasks.workflow.config_errors import MOVED, explain
from support import configs
from support.workflow import PROJECT

SCHEMA = yaml.safe_load(configs.SCHEMA.read_text())
DEFAULT = yaml.safe_load((PROJECT / "config/config.yaml").read_text())


def sentence(config: dict[str, Any]) -> str:
    """Give the sentence about a config that the schema refuses."""
    with pytest.raises(WorkflowError) as caught:
        configs.filled(**config)
    return explain(caught.value.__context__)


def changed(path: str, value: Any) -> dict[str, Any]:
    config = copy.deepcopy(DEFAULT)
    *parents, key = path.split(".")
    inner = config
    for parent in parents:
        inner = inner[int(parent)] if parent.isdigit() else inner.setdefault(parent, {})
    inner[key] = value
    return config


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("annotator", "gpt", "annotator is gpt; it must be one of claude, kinematic"),
        ("on_error", True, "on_error is true; it must be one of stop, skip"),
        ("sample.fps", 0, "sample.fps is 0; it must be at least 0.01 and at most 60"),
        ("sample.fps", "2", "sample.fps is 2; it must be a number"),
        ("sample.fpss", 2, "unknown key sample.fpss; did you mean fps?"),
        (
            "claude.requests_in_flight",
            0,
            "claude.requests_in_flight is 0; it must be at least 1 and at most 1000",
        ),
        ("claude.max_tokens", 1.5, "claude.max_tokens is 1.5; it must be a whole number"),
        (
            "labels.passes",
            ["segment", "describe"],
            'labels.passes is ["segment", "describe"]; it must be one of ["segment"], '
            '["describe", "segment"], ["segment", "relabel"], ["describe", "segment", "relabel"], '
            '["segment", "refine"], ["describe", "segment", "refine"], '
            '["segment", "relabel", "refine"], ["describe", "segment", "relabel", "refine"]',
        ),
        ("labels.granularity", "events", "labels.granularity is now labels.protocol"),
        (
            "labels.snap_to_motion",
            None,
            "labels.snap_to_motion is gone: moving borders to the joints' motion did not make them "
            "better: remove the key",
        ),
        ("labels.min_segment", True, "labels.min_segment is true; it must be a number or null"),
        ("datasets.0.root", None, "datasets[0].root is null; it must be a string"),
        (
            "datasets",
            [{"name": "x"}],
            'datasets[0] is {"name": "x"}; it must be '
            "a dataset with either root, a local folder, or repo_id, on the Hub",
        ),
        (
            "datasets",
            [{"root": "a", "repo_id": "b/c"}],
            'datasets[0] is {"root": "a", "repo_id": "b/c"}; it must be '
            "a dataset with either root, a local folder, or repo_id, on the Hub",
        ),
        (
            "datasets",
            [{"root": "a", "revision": "v2.1"}],
            "datasets[0].revision can only be set together with repo_id",
        ),
        (
            "datasets.0.episodes",
            "5-7",
            "datasets[0].episodes is 5-7; it must be a list of episode numbers, or start:stop",
        ),
        (
            "datasets.0.episodes",
            yaml.safe_load("1:5"),
            "datasets[0].episodes is 65; it must be "
            'a list of episode numbers, or start:stop; write it in quotes: "1:5"',
        ),
        (
            "datasets.0.labels.vocabulary",
            ["a", "a"],
            'datasets[0].labels.vocabulary has duplicate entries: ["a", "a"]',
        ),
        *(
            (
                "datasets.0.camera",
                cameras,
                f"datasets[0].camera is {shown}; it must be the name of a camera, or a list of up "
                "to 16 different names",
            )
            for cameras, shown in (
                (["top", "top"], '["top", "top"]'),
                ([], "[]"),
                (
                    [*"abcdefghijklmnopq"],
                    '["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"…',
                ),
                (7, "7"),
                (["top", 7], '["top", 7]'),
            )
        ),
        (
            "datasets.0.name",
            "my data",
            "datasets[0].name is my data; it must be the name of the dataset's folder "
            "under work and results, of letters, digits, . _ -",
        ),
    ],
)
def test_a_wrong_config_is_explained_in_one_sentence(path: str, value: Any, expected: str) -> None:
    assert sentence(changed(path, value)) == f"config: {expected}"


def test_an_unknown_key_without_a_likeness_names_those_there_are() -> None:
    found = sentence(changed("output.zzz", True))
    assert found.startswith("config: unknown key output.zzz; allowed are ")
    assert "response" in found


@pytest.mark.parametrize("key", [5, None, 2.5, True, datetime.date(2020, 1, 1)])
def test_a_key_that_is_not_a_string_is_named_too(key: Any) -> None:
    config = copy.deepcopy(DEFAULT)
    config["sample"]["sheet"] = {key: 1, "rows": 2}
    assert sentence(config).startswith(f"config: unknown key sample.sheet.{key}; ")
    config["sample"]["fps"] = {key: 1}
    assert "config: sample.fps is {" in sentence(config)


def test_a_long_value_is_cut() -> None:
    assert len(sentence(changed("annotator", "x" * 10_000))) < 200
    assert len(sentence(changed("sample.fps", [[0] * 10_000]))) < 200


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"fps": 2}, "unknown key fps; did you mean sample.fps?"),
        ({"model": "x"}, "unknown key model; did you mean claude.model?"),
        ({"root": "a"}, "unknown key root; did you mean datasets[].root?"),
        ({"claude": {"passes": 1}}, "claude.passes is now labels.passes"),
        ({"claude": {"fps": 2}}, "unknown key claude.fps; did you mean sample.fps?"),
        ({"labels": {"sample": {}}}, "unknown key labels.sample; did you mean sample?"),
        (
            {"sample": {"columns": 3}},
            "unknown key sample.columns; did you mean sample.sheet.columns?",
        ),
        (
            {"datasets": [{"root": "a", "annotator": "x"}]},
            "unknown key datasets[0].annotator; did you mean annotator?",
        ),
        ({"labels": {"segments": 1}}, "unknown key labels.segments; did you mean output.segments?"),
        ({"a\nb": 1}, 'unknown key "a\\nb"; allowed are '),
        ({"x" * 5000: 1}, "unknown key xxx"),
        ({"\x1b[2J": 1}, 'unknown key "\\u001b[2J"; allowed are '),
        ({"": 1}, 'unknown key ""; allowed are '),
        ({"sample": None}, "sample is null; it must be a mapping of keys"),
        ({"sample": [{"fps": 2}]}, 'sample is [{"fps": 2}]; it must be a mapping of keys'),
        ({"datasets": {"root": "a"}}, 'datasets is {"root": "a"}; it must be a list'),
        ({"datasets": None}, "datasets is null; it must be a list"),
        ({"datasets": ["a"]}, "datasets[0] is a; it must be a mapping of keys"),
        ({"datasets": "a"}, "datasets is a; it must be a list"),
        ({"datasets": [[{"root": "a"}]]}, 'datasets[0] is [{"root": "a"}]; it must be a mapping'),
    ],
)
def test_a_key_in_the_wrong_place_is_told_the_right_one(
    given: dict[str, Any], expected: str
) -> None:
    found = configs.refused(given)
    assert found.startswith(f"config: {expected}")
    assert found.isprintable()
    assert len(found) < 400


# keys of earlier versions ---------------------------------------------------------------------

TOP = {old: new for old, new in MOVED.items() if not old.startswith("datasets[]")}
OF_A_DATASET = {old: new for old, new in MOVED.items() if old not in TOP}


@pytest.mark.parametrize(("old", "new"), TOP.items())
def test_a_key_that_has_moved_names_the_new_one(old: str, new: str) -> None:
    assert sentence(changed(old, "whatever")) == f"config: {old} is now {new}"


@pytest.mark.parametrize(("old", "new"), OF_A_DATASET.items())
def test_a_key_that_has_moved_inside_a_dataset_names_the_new_one(old: str, new: str) -> None:
    entries: list[dict[str, Any]] = [{"root": f"data/{number}"} for number in range(5)]
    entries[3][old.removeprefix("datasets[].")] = "whatever"
    here = {"old": old.replace("[]", "[3]"), "new": new.replace("[]", "[3]")}
    expected = "config: {old} is now {new}".format(**here)
    assert sentence({"datasets": entries}) == expected


def test_of_several_unknown_keys_one_that_has_moved_is_named() -> None:
    config = changed("claude.passes", ["segment"])
    config["claude"]["aaa"] = 1
    assert sentence(config) == "config: claude.passes is now labels.passes"


@pytest.mark.parametrize("new", sorted(set(MOVED.values())))
def test_the_keys_named_in_their_stead_exist(new: str) -> None:
    schema = SCHEMA
    for name in new.split("."):
        schema = schema["properties"][name.removesuffix("[]")]
        schema = schema.get("items", schema) if name.endswith("[]") else schema
    assert schema
