"""The types of values before they are checked: what is meant, where that is certain."""

import re
from collections.abc import Mapping
from typing import Any

_TYPES: dict[str, tuple[type, ...]] = {
    "integer": (int, float),
    "number": (int, float),
    "boolean": (bool,),
    "string": (str,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}
"""What YAML makes of the types of a schema."""

NOTHING = ("null", "~")

_EXPONENT = re.compile(r"[-+]?\d+(\.\d*)?[eE][-+]?\d+")


def typed(value: Any, schema: Mapping[str, Any]) -> Any:
    """Give values the type that `schema` has for them, where what is meant is certain.

    Snakemake makes strings of most values of --config. YAML takes 1e3 for a string, and JSON Schema
    takes 3.0 for a whole number.
    """
    definitions = schema.get("$defs", {})

    def parsed(value: Any, schema: Mapping[str, Any]) -> Any:
        if "$ref" in schema:
            schema = definitions[schema["$ref"].rpartition("/")[2]]
        options = schema.get("oneOf", [schema])
        kinds = {kind for each in options for kind in _kinds(each)}
        match value:
            case dict():
                known = schema.get("properties", {})
                return {name: parsed(each, known.get(name, {})) for name, each in value.items()}
            case list():
                items = [each["items"] for each in options if "items" in each]
                return [parsed(each, items[0] if items else {}) for each in value]
            case "null" if "null" in kinds or None in schema.get("enum", []):
                return None
            case str() if kinds and "string" not in kinds:
                value = _meant(value, kinds)
        if isinstance(value, float) and "integer" in kinds and value.is_integer():
            return int(value)
        return value

    return parsed(value, schema)


def _meant(text: str, kinds: set[str]) -> Any:
    """Return what YAML makes of a text, or the text where that is not of these types."""
    # Only here: programs get a config that is typed already, and need no YAML.
    import yaml

    try:
        value = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        return text
    if isinstance(value, str) and "number" in kinds and _EXPONENT.fullmatch(value):
        return float(value)
    # YAML also makes nothing of a blank or a comment, which nobody writes for nothing.
    if value is None and text.strip().lower() not in NOTHING:
        return text
    # A number of any kind is shown as such in a sentence about its limits.
    wanted = {type_ for kind in kinds for type_ in _TYPES[kind]}
    return value if type(value) in wanted else text


def _kinds(schema: Mapping[str, Any]) -> list[str]:
    """Return the types a schema allows; none where it says nothing."""
    kinds = schema.get("type", [])
    return [kinds] if isinstance(kinds, str) else list(kinds)
