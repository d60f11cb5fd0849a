"""What is wrong with a config and its datasets is said before the first job."""

from pathlib import Path
from typing import Any

import pytest
from snakemake.utils import validate

from subtasks.errors import Problem
from subtasks.workflow import paths, plan
from subtasks.workflow.config import Config
from support.workflow import PROJECT


def config(real_data: Path, dataset: Any = (), **changes: Any) -> Config:
    root = str(real_data / "g1_bottle_v2.1")
    filled = {"datasets": [{"root": root, **dict(dataset)}], **changes}
    validate(filled, str(PROJECT / "config/schema.yaml"))
    return filled


@pytest.mark.parametrize(
    ("claude", "said"),
    [
        ({"prompt": "mine.md"}, "config: claude.prompt is mine.md, there is no such file"),
        ({"prices": "pric.yaml"}, "config: claude.prices is pric.yaml, there is no such file"),
        (
            {"passes": ["describe", "segment"], "describe_prompt": "config/prompts"},
            "config: claude.describe_prompt is config/prompts, there is no such file",
        ),
    ],
)
def test_a_file_that_is_needed_and_not_there_is_said_with_its_key(
    real_data: Path, claude: dict[str, Any], said: str
) -> None:
    with pytest.raises(Problem) as caught:
        paths.check_files(config(real_data, claude=claude), PROJECT)
    assert str(caught.value) == said
    paths.check_files(config(real_data, claude=claude, annotator="kinematic"), PROJECT)


def test_files_that_are_there_or_not_needed_are_no_trouble(real_data: Path) -> None:
    paths.check_files(config(real_data, claude={"relabel_prompt": "unused.md"}), PROJECT)


def test_sheets_are_neither_too_wide_nor_too_high(real_data: Path) -> None:
    plan.read(config(real_data, sample={"sheet": {"rows": 11}}), warn=pytest.fail)
    with pytest.raises(Problem, match="12 columns of 224 pixels, 2688 in all; Claude takes"):
        plan.read(config(real_data, sample={"sheet": {"columns": 12}}), warn=pytest.fail)
    with pytest.raises(
        Problem, match=r"20 rows of 168 pixels, 3360 in all, for the frames of .*, "
    ):
        plan.read(config(real_data, sample={"sheet": {"rows": 20}}), warn=pytest.fail)
    plan.read(
        config(real_data, sample={"sheet": {"rows": 20}, "layout": "frame"}), warn=pytest.fail
    )


@pytest.mark.parametrize(("key", "what"), [("episodes", "selected"), ("exclude", "excluded")])
def test_episodes_that_are_not_there_are_said(real_data: Path, key: str, what: str) -> None:
    with pytest.raises(Problem, match=f"episode 44 cannot be {what}: the dataset has episodes 0"):
        plan.read(config(real_data, {key: [3, 44]}), warn=pytest.fail)
