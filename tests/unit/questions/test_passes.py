"""The passes, and the settings that choose them."""

from pathlib import Path

import yaml

from subtasks.questions import passes

SCHEMA = Path(__file__).resolve().parents[3] / "config" / "schema.yaml"


def test_every_choice_of_passes_is_in_the_order_in_which_they_are_made() -> None:
    order = [passes.DESCRIBE, passes.SEGMENT, passes.RELABEL, passes.REFINE]
    labels = yaml.safe_load(SCHEMA.read_text())["properties"]["labels"]["properties"]
    choices = labels["passes"]["enum"]
    assert len(choices) == 2**3
    for choice in choices:
        assert passes.SEGMENT in choice
        assert choice == [name for name in order if name in choice]
