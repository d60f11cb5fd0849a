"""The program of rule status: it reads the settings of a run, and prints how far that is."""

import json
from pathlib import Path
from typing import Any

import pytest

from support import configs, programs
from support.many_episodes import render


@pytest.fixture
def config(tmp_path: Path) -> dict[str, Any]:
    """Settings of a run over two datasets, of which three episodes have labels."""
    roots = [render(tmp_path / name, 12) for name in ("tiny", "small")]
    for episode in range(3):
        path = tmp_path / f"results/tiny/subtasks/episode_{episode:06d}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("[]")
    folders = {name: str(tmp_path / name) for name in ("work", "results")}
    return configs.filled(
        datasets=[{"root": str(root)} for root in roots], annotator="kinematic", **folders
    )


def written(folder: Path, config: dict[str, Any]) -> Path:
    path = folder / "config.json"
    path.write_text(json.dumps(config))
    return path


def test_each_dataset_is_reported(tmp_path: Path, config: dict[str, Any]) -> None:
    assert programs.printed("status.py", "--config", written(tmp_path, config)) == (
        "tiny: 12 episodes selected\n"
        "  source present  12\n"
        "  labelled         3   9 remaining\n"
        "  written          0  12 remaining\n"
        "  reviewed         0  12 remaining\n"
        "\n"
        "small: 12 episodes selected\n"
        "  source present  12\n"
        "  labelled         0  12 remaining\n"
        "  written          0  12 remaining\n"
        "  reviewed         0  12 remaining\n"
    )


def test_episodes_are_named_on_request(tmp_path: Path, config: dict[str, Any]) -> None:
    config["status"]["list"] = True
    printed = programs.printed("status.py", "--config", written(tmp_path, config))
    assert "  labelled         3   9 remaining\n    remaining: 3-11\n" in printed


def test_what_is_wrong_with_a_dataset_is_one_sentence(
    tmp_path: Path, config: dict[str, Any]
) -> None:
    config["datasets"].append({"root": str(tmp_path / "nowhere")})
    path = written(tmp_path, config)
    assert "nowhere is not a LeRobot dataset" in programs.fails("status.py", "--config", path)
    config["on_error"] = "skip"
    warned = programs.run("status.py", "--config", written(tmp_path, config))
    assert "nowhere is not a LeRobot dataset" in warned
    assert "this dataset is left out" in warned
