"""The tree of errors in the module's docstring is the tree there really is."""

import importlib
import re

import pytest

from subtasks import errors
from support import architecture

BRANCH = re.compile(r"^ *(?:│   )*(?:    )?[├└]── (\w+) +(?:\(([\w.]+)\))?", re.MULTILINE)
NAMED = [(name, module or "errors") for name, module in BRANCH.findall(errors.__doc__ or "")]


@pytest.mark.parametrize(("name", "module"), [each for each in NAMED if each[0] != "OSError"])
def test_each_error_of_the_tree_is_where_the_tree_says(name: str, module: str) -> None:
    kind = getattr(importlib.import_module(f"subtasks.{module}"), name)
    assert issubclass(kind, Exception)
    assert kind.__module__ == f"subtasks.{module}"


def test_the_tree_names_every_error_of_the_library() -> None:
    defined = set()
    for module, path in architecture.modules().items():
        for name in re.findall(r"^class ([A-Z]\w+)\(", path.read_text(), re.MULTILINE):
            if issubclass(getattr(importlib.import_module(module), name), Exception):
                defined.add((name, module.removeprefix("subtasks.")))
    assert defined <= set(NAMED)


def test_what_ends_a_run_is_a_problem_too() -> None:
    assert issubclass(errors.Fatal, errors.Problem)
