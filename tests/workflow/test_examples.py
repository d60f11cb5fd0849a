"""The examples under config/ are what they say, and can be run as they stand."""

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from subtasks.wgo_bench import lerobot
from subtasks.workflow import opentau_mixture, rule_params
from subtasks.workflow.config import Config, DatasetEntry
from support import configs
from support.workflow import PROJECT

EXAMPLES = sorted((PROJECT / "config/examples").glob("*.yaml"))
DEFAULT = yaml.safe_load((PROJECT / "config/config.yaml").read_text())


def settings(path: Path) -> Config:
    """An example's settings, as Snakemake puts them over the default."""

    def merge(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
        for key, value in above.items():
            both = isinstance(value, dict) and isinstance(below.get(key), dict)
            below[key] = merge(below[key], value) if both else value
        return below

    return configs.read(**merge(copy.deepcopy(DEFAULT), yaml.safe_load(path.read_text())))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_each_is_valid(path: Path) -> None:
    assert path.read_text().startswith("# ")
    assert settings(path)


def test_the_mixture() -> None:
    config = settings(PROJECT / "config/examples/mixture.yaml")
    assert config.mixture is not None
    first, second, *_ = opentau_mixture.entries(PROJECT / config.mixture, warn=pytest.fail)
    assert first == DatasetEntry(repo_id="lerobot/droid_100", revision="v2.1")
    assert isinstance(second, DatasetEntry)
    assert (second.root, second.camera) == ("data/my_dataset", "observation.images.top")


def test_the_seed_scripts_settings() -> None:
    config = settings(PROJECT / "config/examples/seed_script.yaml")
    assert rule_params.sampling(config.sample).split() == [
        "--fps=1",
        "--layout=frame",
        "--frame-width=640",
        "--jpeg-quality=85",
        "--missing-seconds=0.5",
        "--max-frames=100",
    ]
    assert config.sample.window is False
    assert config.labels.passes == ("segment",)
    assert (config.claude.model, config.claude.max_tokens) == ("claude-opus-4-7", 1024)


def test_the_benchmark() -> None:
    config = settings(PROJECT / "config/examples/wgo_bench.yaml")
    (entry,) = config.datasets
    assert entry.evaluate.truth == f"{entry.root}/{lerobot.TRUTH_PATH}"
    assert (config.labels.protocol, config.claude.api) == ("events", "batch")
    assert config.evaluate.judge
