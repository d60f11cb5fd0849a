"""Sentences about a wrong config: the key, its value and what is allowed."""

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from jsonschema import ValidationError

from subtasks.wording import shorten_json, shorten_text

MINUTE = 60

MOVED = {
    "list": "status.list",
    "count_tokens": "estimate.count_tokens",
    "update": "hub.update",
    "claude.passes": "labels.passes",
    "claude.granularity": "labels.protocol",
    "claude.prompt": "labels.prompts.segment",
    "labels.granularity": "labels.protocol",
    "claude.describe_prompt": "labels.prompts.describe",
    "claude.relabel_prompt": "labels.prompts.relabel",
    "claude.motion_hints": "labels.motion_hints",
    "datasets[].context": "datasets[].labels.context",
    "datasets[].vocabulary": "datasets[].labels.vocabulary",
    "datasets[].min_segment": "datasets[].labels.min_segment",
    "datasets[].max_segments": "datasets[].labels.max_segments",
}
"""Keys of earlier versions, and where they are now."""

_SNAPPING = "moving borders to the joints' motion did not make them better: remove the key"
GONE = {"claude.snap_to_motion": _SNAPPING, "labels.snap_to_motion": _SNAPPING}
"""Keys of earlier versions that have no successor, and why."""

_NUMBER = re.compile(r"\[\d+\]")
_KINDS = {
    "integer": "a whole number",
    "number": "a number",
    "string": "a string",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping of keys",
    "null": "null",
}
_BOUNDS = {
    "minimum": "at least",
    "exclusiveMinimum": "more than",
    "maximum": "at most",
    "exclusiveMaximum": "less than",
}


def explain(error: ValidationError, schema_of_all: Mapping[str, Any] | None = None) -> str:
    """Say in one sentence what `error` found wrong in the config.

    With the schema of the whole config, a key that stands in the wrong place is told the right one.
    """
    key = _dotted(error.absolute_path)
    given: Any = error.instance
    limit: Any = error.validator_value
    value = _shown(given)
    schema: Mapping[str, Any] = error.schema if isinstance(error.schema, Mapping) else {}
    match error.validator:
        case "additionalProperties":
            places = _places(schema_of_all or {})
            return f"config: {_unknown_key(key, given, schema['properties'], places)}"
        case "required":
            absent = next(name for name in limit if name not in given)
            return f"config: {_joined(key, absent)} is missing"
        case "dependentRequired":
            name, (needed, *_) = next(pair for pair in limit.items() if pair[0] in given)
            return f"config: {_joined(key, name)} can only be set together with {needed}"
        case "enum":
            return f"config: {key} is {value}; it must be one of {', '.join(map(_shown, limit))}"
        case "type":
            kinds = [limit] if isinstance(limit, str) else limit
            wanted = " or ".join(_KINDS[kind] for kind in kinds)
            return f"config: {key or 'the file'} is {value}; it must be {wanted}"
        case "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum":
            return f"config: {key} is {value}; it must be {_bounds(schema)}"
        case "uniqueItems":
            return f"config: {key} has duplicate entries: {value}"
        case "pattern" | "oneOf" | "minLength" | "maxLength" | "minItems" | "maxItems":
            meaning = schema.get("description", "something else")
            return f"config: {key} is {value}; it must be {meaning}{_quoted(given)}"
    return f"config: {key} is {value}: {error.message}"


def _unknown_key(
    key: str, given: Iterable[object], allowed: Mapping[str, object], places: Mapping[str, str]
) -> str:
    known = sorted(allowed)
    # YAML also has keys that are not strings.
    unknown = {str(name) for name in given} - set(known)
    for name in sorted(unknown):
        old = _joined(key, name)
        if why := GONE.get(old):
            return f"{old} is gone: {why}"
        if new := MOVED.get(_NUMBER.sub("[]", old)):
            number = _NUMBER.search(old)
            return f"{old} is now {new.replace('[]', number[0] if number else '')}"
    name = min(unknown)
    near = get_close_matches(name, known, 1)
    if places.get(name):
        hint = f"did you mean {places[name]}?"
    elif near:
        hint = f"did you mean {near[0]}?"
    else:
        hint = f"allowed are {', '.join(known)}"
    return f"unknown key {_joined(key, _shown(name))}; {hint}"


def _places(schema: Mapping[str, Any]) -> dict[str, str]:
    """Return every key with the place where it stands; "" for one that stands in several."""
    found: dict[str, str] = {}
    for path in _paths(schema):
        name = path.rpartition(".")[2].removesuffix("[]")
        found[name] = "" if name in found else path.removesuffix("[]")
    return found


def _paths(schema: Mapping[str, Any], above: str = "") -> Iterator[str]:
    for name, part in schema.get("properties", {}).items():
        is_list = "items" in part
        path = _joined(above, f"{name}[]" if is_list else name)
        yield path
        yield from _paths(part["items"] if is_list else part, path)


def _dotted(path: Iterable[str | int]) -> str:
    text = ""
    for step in path:
        name = f"[{step}]" if isinstance(step, int) else _shown(str(step))
        text += name if isinstance(step, int) or not text else f".{name}"
    return text


def _joined(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name


def _shown(value: object) -> str:
    """Shorten a value as YAML shows it: most strings have no quotes."""
    is_plain = isinstance(value, str) and value.strip() and value.isprintable()
    return shorten_text(str(value)) if is_plain else shorten_json(value)


def _quoted(value: object) -> str:
    """Show how to write a slice that YAML took for minutes and seconds: 1:5 for 65."""
    if not isinstance(value, int) or isinstance(value, bool) or value < MINUTE:
        return ""
    return f'; write it in quotes: "{value // MINUTE}:{value % MINUTE}"'


def _bounds(schema: Mapping[str, Any]) -> str:
    return " and ".join(
        f"{words} {schema[rule]}" for rule, words in _BOUNDS.items() if rule in schema
    )
