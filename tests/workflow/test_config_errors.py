"""What is wrong with a config or a dataset ends Snakemake with one sentence, whatever it does."""

from pathlib import Path
from typing import Any

import pytest

from support.many_episodes import render
from support.workflow import Workflow

FILM = "config: sample.layout is film; it must be one of sheet, frame"


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("-n",),
        ("--quiet", "all"),
        ("-n", "--quiet", "all"),
        ("status",),
        ("publish", "--quiet", "all"),
        ("--summary",),
    ],
)
def test_a_wrong_config_is_one_sentence(workflow: Workflow, arguments: tuple[str, ...]) -> None:
    workflow.config = {"datasets": [{"root": "nowhere"}], "sample": {"layout": "film"}}
    assert workflow.refused(*arguments) == FILM


def test_values_of_the_command_line_are_checked_as_what_they_are(workflow: Workflow) -> None:
    """Snakemake gives all that is nested in them as strings."""
    workflow.config = {"datasets": [{"root": "nowhere"}]}
    nested = ("--config", "sample={fps: 1}", "output={segments: true}", "claude={max_tokens: 1}")
    assert workflow.refused(*nested) == (
        "config: claude.max_tokens is 1; it must be at least 256 and at most 128000"
    )


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        (
            {"labels": {"prompts": {"segment": "mine.md"}}},
            "config: labels.prompts.segment is mine.md, but there is no such file",
        ),
        (
            {"output": {"response": False}},
            "config: no output is enabled: set at least one under output:, for example "
            "response: true",
        ),
        (
            {"publish": {"branch": "labels"}},
            "config: publish.branch and publish.pull_request need publish.repo_id: set it",
        ),
        ({"claude": {"passes": ["segment"]}}, "config: claude.passes is now labels.passes"),
        (
            {"datasets": [{"root": "nowhere"}]},
            "nowhere is not a LeRobot dataset (meta/info.json is missing): set root: to the "
            "folder of one",
        ),
    ],
)
def test_what_the_schema_does_not_see_is_one_sentence_too(
    workflow: Workflow, tmp_path: Path, config: dict[str, Any], sentence: str
) -> None:
    datasets = [{"root": str(render(tmp_path / "tiny", 1))}]
    workflow.config = {"datasets": datasets, **config}
    assert workflow.refused("--quiet", "all") == sentence
