import copy
import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from snakemake.exceptions import WorkflowError
from snakemake.utils import validate

from subtasks.workflow.config import typed
from subtasks.workflow.config_errors import explain
from support.workflow import PROJECT, Workflow

SCHEMA = str(PROJECT / "config/schema.yaml")
DEFAULT = yaml.safe_load((PROJECT / "config/config.yaml").read_text())


def said(config: Any) -> str:
    with pytest.raises(WorkflowError) as caught:
        validate(config, SCHEMA)
    return explain(caught.value.__context__)


def changed(path: str, value: Any) -> dict[str, Any]:
    config = copy.deepcopy(DEFAULT)
    *parents, key = path.split(".")
    place = config
    for parent in parents:
        place = place[int(parent)] if parent.isdigit() else place[parent]
    place[key] = value
    return config


def test_the_default_is_valid_and_is_the_schemas_default() -> None:
    """What the comments of config.yaml promise: a key left out has the value shown there."""
    filled: dict[str, Any] = {}
    validate(filled, SCHEMA)
    default = copy.deepcopy(DEFAULT)
    validate(default, SCHEMA)
    assert filled | {"datasets": default["datasets"]} == default


def test_every_key_of_the_schema_stands_in_the_default_and_in_the_reference() -> None:
    written = (PROJECT / "config/config.yaml").read_text()
    reference = (PROJECT / "config/README.md").read_text()

    def keys(schema: dict[str, Any]) -> list[str]:
        found = []
        for name, part in schema.get("properties", {}).items():
            assert part.get("description") or "$ref" in part, f"{name} is not described"
            found += [name, *keys(part), *keys(part.get("items", {}))]
        return found

    for key in keys(yaml.safe_load(Path(SCHEMA).read_text())):
        assert f"{key}:" in written, f"{key} is missing in config.yaml"
        assert f"`{key}`" in reference, f"{key} is missing in config/README.md"


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("annotator", "gpt", "config: annotator is gpt, allowed are claude, kinematic"),
        ("on_error", True, "config: on_error is true, allowed are stop, skip"),
        ("sample.fps", 0, "config: sample.fps is 0, it has to be more than 0 and at most 60"),
        ("sample.fps", "2", "config: sample.fps is 2, it has to be a number"),
        ("sample.fpss", 2, "config: sample.fpss is no key of this workflow; did you mean fps?"),
        (
            "claude.requests_in_flight",
            0,
            "config: claude.requests_in_flight is 0, it has to be at least 1 and at most 1000",
        ),
        ("claude.max_tokens", 1.5, "config: claude.max_tokens is 1.5, it has to be a whole number"),
        ("datasets.0.root", None, "config: datasets[0].root is null, it has to be a text"),
        (
            "datasets",
            [{"name": "x"}],
            'config: datasets[0] is {"name": "x"}, it has to be '
            "a dataset with either root, a local folder, or repo_id, on the Hub",
        ),
        (
            "datasets",
            [{"root": "a", "repo_id": "b/c"}],
            'config: datasets[0] is {"root": "a", "repo_id": "b/c"}, it has to be '
            "a dataset with either root, a local folder, or repo_id, on the Hub",
        ),
        (
            "datasets",
            [{"root": "a", "revision": "v2.1"}],
            "config: datasets[0].revision is only for a dataset with repo_id",
        ),
        (
            "datasets.0.episodes",
            "5-7",
            "config: datasets[0].episodes is 5-7, it has to be "
            "a list of episode numbers, or start:stop",
        ),
        (
            "datasets.0.episodes",
            yaml.safe_load("1:5"),
            "config: datasets[0].episodes is 65, it has to be "
            'a list of episode numbers, or start:stop; write it in quotes: "1:5"',
        ),
        (
            "datasets.0.vocabulary",
            ["a", "a"],
            'config: datasets[0].vocabulary is ["a", "a"], which names something twice',
        ),
        (
            "datasets.0.name",
            "my data",
            "config: datasets[0].name is my data, it has to be the name of the dataset's folder "
            "under work and results, of letters, digits, . _ -",
        ),
    ],
)
def test_a_wrong_config_is_said_in_one_sentence(path: str, value: Any, sentence: str) -> None:
    assert said(changed(path, value)) == sentence


def test_texts_are_read_where_the_schema_has_none() -> None:
    """Snakemake gives all that is nested in a value of --config as texts."""
    nested = {
        "datasets": [{"root": "7", "exclude": ["1", "2"], "max_segments": "x"}],
        "sample": {"fps": "1", "window": "false", "jpeg_quality": "{", "unknown": "1"},
        "claude": {"budget_usd": "null", "prompt": "null"},
        "update": "true",
    }
    assert typed(nested, yaml.safe_load(Path(SCHEMA).read_text())) == {
        "datasets": [{"root": "7", "exclude": [1, 2], "max_segments": "x"}],
        "sample": {"fps": 1, "window": False, "jpeg_quality": "{", "unknown": "1"},
        "claude": {"budget_usd": None, "prompt": "null"},
        "update": True,
    }


def test_an_unknown_key_without_a_likeness_names_those_there_are() -> None:
    sentence = said(changed("output.zzz", True))
    assert sentence.startswith("config: output.zzz is no key of this workflow; allowed are ")
    assert "response" in sentence


@pytest.mark.parametrize("key", [5, None, 2.5, True, datetime.date(2020, 1, 1)])
def test_a_key_that_is_no_text_is_said_too(key: Any) -> None:
    config = copy.deepcopy(DEFAULT)
    config["sample"]["sheet"] = {key: 1, "rows": 2}
    assert said(config).startswith(f"config: sample.sheet.{key} is no key of this workflow")
    config["sample"]["fps"] = {key: 1}
    assert "config: sample.fps is {" in said(config)


def test_snakemake_stops_with_that_sentence(workflow: Workflow) -> None:
    workflow.config = {"datasets": [{"root": "nowhere"}], "sample": {"layout": "film"}}
    printed = workflow.run(fails=True)
    assert "config: sample.layout is film, allowed are sheet, frame" in printed
    workflow.config = {"datasets": [{"root": "nowhere"}]}
    assert "nowhere is not a LeRobot dataset" in workflow.run(fails=True)
    nested = ("--config", "sample={fps: 1}", "output={segments: true}", "claude={max_tokens: 1}")
    printed = workflow.run(*nested, fails=True)
    assert "config: claude.max_tokens is 1, it has to be at least 256" in printed
