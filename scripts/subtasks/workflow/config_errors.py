"""What is said about a wrong config: one sentence with the key, the value and what is allowed."""

import json
from difflib import get_close_matches
from typing import Any

from jsonschema import ValidationError

MAX_SHOWN = 60
MINUTE = 60


def explain(error: ValidationError) -> str:
    """Say in one sentence what `error` found wrong in the config."""
    key = _dotted(error.absolute_path)
    value = _shown(error.instance)
    rule, limit = error.validator, error.validator_value
    match rule:
        case "additionalProperties":
            known = sorted(error.schema["properties"])
            # YAML has keys that are no text, too.
            unknown = min({str(name) for name in error.instance} - set(known))
            near = get_close_matches(unknown, known, 1)
            hint = f"did you mean {near[0]}?" if near else f"allowed are {', '.join(known)}"
            return f"config: {_joined(key, unknown)} is no key of this workflow; {hint}"
        case "required":
            absent = next(name for name in limit if name not in error.instance)
            return f"config: {_joined(key, absent)} is missing"
        case "dependentRequired":
            given, (needed, *_) = next(pair for pair in limit.items() if pair[0] in error.instance)
            return f"config: {_joined(key, given)} is only for a dataset with {needed}"
        case "enum":
            return f"config: {key} is {value}, allowed are {', '.join(map(_shown, limit))}"
        case "type":
            kinds = [limit] if isinstance(limit, str) else limit
            return f"config: {key or 'the file'} is {value}, it has to be {_kinds(kinds)}"
        case "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum":
            return f"config: {key} is {value}, it has to be {_bounds(error.schema)}"
        case "uniqueItems":
            return f"config: {key} is {value}, which names something twice"
        case "pattern" | "oneOf" | "minLength" | "maxLength" | "minItems":
            meaning = error.schema.get("description", "something else")
            return f"config: {key} is {value}, it has to be {meaning}{_quoted(error.instance)}"
    return f"config: {key} is {value}: {error.message}"


def _dotted(path: Any) -> str:
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text


def _joined(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name


def _shown(value: Any) -> str:
    text = (
        value if isinstance(value, str) and value else json.dumps(value, default=str, skipkeys=True)
    )
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"


def _quoted(value: Any) -> str:
    """Tell how to write a slice that YAML took for minutes and seconds: 1:5 for 65."""
    if type(value) is not int or value < MINUTE:
        return ""
    return f'; write it in quotes: "{value // MINUTE}:{value % MINUTE}"'


def _kinds(kinds: list[str]) -> str:
    words = {
        "integer": "a whole number",
        "number": "a number",
        "string": "a text",
        "boolean": "true or false",
        "array": "a list",
        "object": "a table of keys",
        "null": "null",
    }
    return " or ".join(words[kind] for kind in kinds)


def _bounds(schema: dict[str, Any]) -> str:
    parts = [
        f"{words} {schema[rule]}"
        for rule, words in (
            ("minimum", "at least"),
            ("exclusiveMinimum", "more than"),
            ("maximum", "at most"),
            ("exclusiveMaximum", "less than"),
        )
        if rule in schema
    ]
    return " and ".join(parts)
