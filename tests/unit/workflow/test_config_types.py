"""Values get the type of the schema where it is certain what is meant, and stay otherwise."""

from typing import Any

import pytest
import yaml

from subtasks.workflow.config_types import typed
from support import configs

SCHEMA = yaml.safe_load(configs.SCHEMA.read_text())


def test_strings_are_parsed_where_the_schema_has_none() -> None:
    """Snakemake gives all that is nested in a value of --config as strings."""
    nested = {
        "datasets": [
            {"root": "7", "exclude": ["1", "2"], "labels": {"max_segments": "x"}},
            {"root": "8", "labels": {"max_segments": "3", "min_segment": "0.5", "context": "5"}},
        ],
        "sample": {"fps": "1", "window": "false", "jpeg_quality": "{", "unknown": "1"},
        "labels": {"prompts": {"segment": "1"}, "vocabulary": "null"},
        "claude": {"budget_usd": "null"},
        "hub": {"update": "true"},
    }
    assert typed(nested, SCHEMA) == {
        "datasets": [
            {"root": "7", "exclude": [1, 2], "labels": {"max_segments": "x"}},
            {"root": "8", "labels": {"max_segments": 3, "min_segment": 0.5, "context": "5"}},
        ],
        "sample": {"fps": 1, "window": False, "jpeg_quality": "{", "unknown": "1"},
        "labels": {"prompts": {"segment": "1"}, "vocabulary": None},
        "claude": {"budget_usd": None},
        "hub": {"update": True},
    }


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"sample": {"fps": "1e1"}}, {"sample": {"fps": 10.0}}),
        ({"sample": {"fps": "-1.5E-3"}}, {"sample": {"fps": -0.0015}}),
        ({"sample": {"fps": "e1"}}, {"sample": {"fps": "e1"}}),
        ({"sample": {"fps": "1_0"}}, {"sample": {"fps": 10}}),
        ({"claude": {"max_tokens": 512.0}}, {"claude": {"max_tokens": 512}}),
        ({"claude": {"max_tokens": "512.0"}}, {"claude": {"max_tokens": 512}}),
        ({"claude": {"max_tokens": 512.5}}, {"claude": {"max_tokens": 512.5}}),
        ({"claude": {"max_tokens": True}}, {"claude": {"max_tokens": True}}),
        ({"claude": {"max_tokens": "-"}}, {"claude": {"max_tokens": "-"}}),
        ({"claude": {"max_tokens": " "}}, {"claude": {"max_tokens": " "}}),
        ({"claude": {"max_tokens": "yes"}}, {"claude": {"max_tokens": "yes"}}),
        ({"claude": {"budget_usd": "~"}}, {"claude": {"budget_usd": None}}),
        ({"claude": {"effort": "null"}}, {"claude": {"effort": None}}),
        ({"claude": {"model": "5"}}, {"claude": {"model": "5"}}),
        ({"output": {"response": "no"}}, {"output": {"response": False}}),
        ({"output": {"response": "0"}}, {"output": {"response": "0"}}),
        ({"labels": {"vocabulary": "[a, b]"}}, {"labels": {"vocabulary": ["a", "b"]}}),
        ({"labels": {"vocabulary": "a"}}, {"labels": {"vocabulary": "a"}}),
        ({"labels": {"vocabulary": " "}}, {"labels": {"vocabulary": " "}}),
        ({"labels": {"vocabulary": ""}}, {"labels": {"vocabulary": ""}}),
        ({"labels": {"vocabulary": "# a"}}, {"labels": {"vocabulary": "# a"}}),
        ({"claude": {"budget_usd": "\n"}}, {"claude": {"budget_usd": "\n"}}),
        ({"claude": {"budget_usd": "NULL"}}, {"claude": {"budget_usd": None}}),
        ({"labels": {"passes": ["segment"]}}, {"labels": {"passes": ["segment"]}}),
        ({"labels": "{fps: 1}"}, {"labels": {"fps": 1}}),
        ({"mixture": "null"}, {"mixture": None}),
        ({"datasets": [{"episodes": ["1", 2.0]}]}, {"datasets": [{"episodes": [1, 2]}]}),
        ({"datasets": [{"episodes": "1:2"}]}, {"datasets": [{"episodes": "1:2"}]}),
        ({"datasets": [{"state": ["1", "a"]}]}, {"datasets": [{"state": ["1", "a"]}]}),
        ({5: "5", None: [1.0], "x": {"y": "1"}}, {5: "5", None: [1.0], "x": {"y": "1"}}),
    ],
)
def test_what_is_meant(given: dict[Any, Any], expected: dict[Any, Any]) -> None:
    assert repr(typed(given, SCHEMA)) == repr(expected)


@pytest.mark.parametrize("text", ["{", "!x", "a: b: c", "[" * 5000, "9" * 5000, "2020-13-45", "\0"])
def test_a_text_that_yaml_cannot_read_stays(text: str) -> None:
    for given in ({"sample": {"fps": text}}, {"output": {"response": text}}, {"hub": text}):
        assert typed(given, SCHEMA) == given


def test_what_is_given_is_not_changed() -> None:
    given = {"sample": {"fps": "1"}, "datasets": [{"exclude": ["1"]}]}
    typed(given, SCHEMA)
    assert given == {"sample": {"fps": "1"}, "datasets": [{"exclude": ["1"]}]}
