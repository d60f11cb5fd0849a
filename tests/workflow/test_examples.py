"""The examples under config/ are what they say, and can be run as they stand."""

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml
from snakemake.utils import validate

from subtasks.workflow import opentau_mixture, rule_params
from support.workflow import PROJECT

EXAMPLES = sorted((PROJECT / "config/examples").glob("*.yaml"))
DEFAULT = yaml.safe_load((PROJECT / "config/config.yaml").read_text())


def settings(path: Path) -> dict[str, Any]:
    """An example's settings, as Snakemake puts them over the default."""

    def merge(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
        for key, value in above.items():
            both = isinstance(value, dict) and isinstance(below.get(key), dict)
            below[key] = merge(below[key], value) if both else value
        return below

    config = merge(copy.deepcopy(DEFAULT), yaml.safe_load(path.read_text()))
    validate(config, str(PROJECT / "config/schema.yaml"))
    return config


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_each_is_valid(path: Path) -> None:
    assert path.read_text().startswith("# ")
    assert settings(path)


def test_the_mixture() -> None:
    config = settings(PROJECT / "config/examples/mixture.yaml")
    path = PROJECT / config["mixture"]
    datasets = opentau_mixture.entries(path, warn=pytest.fail)
    entries = [opentau_mixture.checked(path, number, each) for number, each in datasets.items()]
    assert entries[0] == {"repo_id": "lerobot/droid_100", "revision": "v2.1"}
    assert entries[1]["root"] == "data/my_dataset"
    assert entries[1]["camera"] == "observation.images.top"


def test_the_seed_scripts_settings() -> None:
    config = settings(PROJECT / "config/examples/seed_script.yaml")
    assert rule_params.sampling(config).split() == [
        "--fps=1",
        "--layout=frame",
        "--frame-width=640",
        "--jpeg-quality=85",
        "--max-frames=100",
    ]
    assert config["sample"]["window"] is False
    assert config["claude"]["passes"] == ["segment"]
    assert (config["claude"]["model"], config["claude"]["max_tokens"]) == ("claude-opus-4-7", 1024)
