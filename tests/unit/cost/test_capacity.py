"""The limits of models that the price table does not list."""

import json
from dataclasses import asdict

from subtasks.cost.capacity import Capacity
from support.workflow import PROJECT

SHIPPED = PROJECT / "config/prices.yaml"


def test_the_comment_in_the_table_gives_the_defaults() -> None:
    said = SHIPPED.read_text()
    for name, value in asdict(Capacity()).items():
        assert f"#   {name}: {json.dumps(value)} " in said
