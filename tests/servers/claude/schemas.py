"""JSON schemas of structured outputs: which ones are refused, and answers that fit one."""

import difflib
from dataclasses import dataclass
from typing import Any

from servers.claude.errors import invalid

_ANY_TYPE = {"type", "description", "title", "default", "enum", "const", "$defs", "definitions"}
_KEYWORDS = {
    "object": {"properties", "required", "additionalProperties"},
    "array": {"items", "minItems"},
    "string": {"format", "pattern"},
    "number": set(),
    "integer": set(),
    "boolean": set(),
    "null": set(),
}
_STRING_FORMATS = {
    *("date-time", "time", "date", "duration", "email"),
    *("hostname", "uri", "ipv4", "ipv6", "uuid"),
}
_PRIMITIVE = (str, int, float, bool, type(None))


@dataclass(frozen=True, slots=True)
class Span:
    """A subtask with its borders in seconds; answers are made of these."""

    start: float
    end: float
    subtask: str


def check(schema: Any) -> None:
    """Refuse what structured outputs do not support, as the API does."""
    if not isinstance(schema, dict):
        raise invalid("output_config.format.schema: Input should be a valid dictionary")
    _check(schema, schema, ())


def _refused(message: str) -> Exception:
    return invalid(f"output_config.format.schema: {message}")


def _check(schema: Any, root: dict[str, Any], path: tuple[str, ...]) -> None:
    if not isinstance(schema, dict):
        raise _refused("a schema must be an object")
    for part in (*schema.get("$defs", {}).values(), *schema.get("definitions", {}).values()):
        _check(part, root, path)
    if "$ref" in schema:
        target = schema["$ref"]
        if target in path:
            raise _refused("Recursive schemas are not supported")
        _check(_resolved(target, root), root, (*path, target))
        return
    if "oneOf" in schema:
        raise _refused("Schema type 'oneOf' is not supported")
    for variant in (*schema.get("anyOf", ()), *schema.get("allOf", ())):
        _check(variant, root, path)
    values = [*schema.get("enum", ()), *([schema["const"]] if "const" in schema else [])]
    if not all(isinstance(value, _PRIMITIVE) for value in values) or schema.get("enum") == []:
        raise _refused("'enum' and 'const' take strings, numbers, booleans and null only")
    types = schema.get("type", [])
    types = types if isinstance(types, list) else [types]
    if not types and not values and not {"anyOf", "allOf"} & schema.keys():
        raise _refused("a schema must have a 'type', 'anyOf', 'allOf', 'enum' or 'const'")
    for kind in types:
        _check_type(kind, types, schema)
    for part in schema.get("properties", {}).values():
        _check(part, root, path)
    if "items" in schema:
        _check(schema["items"], root, path)


def _check_type(kind: Any, types: list[Any], schema: dict[str, Any]) -> None:
    if kind not in _KEYWORDS:
        raise _refused(f"Schema type '{kind}' is not supported")
    allowed = _ANY_TYPE | {"anyOf", "allOf"}
    allowed |= set().union(*(_KEYWORDS.get(other, set()) for other in types))
    if unsupported := sorted(schema.keys() - allowed):
        raise _refused(f"For '{kind}' type, properties {', '.join(unsupported)} are not supported")
    if kind == "object" and schema.get("additionalProperties") is not False:
        raise _refused("For 'object' type, 'additionalProperties' must be explicitly set to false")
    if (
        kind == "object"
        and not set(schema.get("required", ())) <= schema.get("properties", {}).keys()
    ):
        raise _refused("'required' names a property that is not in 'properties'")
    if kind == "array" and schema.get("minItems", 0) not in (0, 1):
        raise _refused("For 'array' type, 'minItems' values other than 0 or 1 are not supported")
    if kind == "string" and schema.get("format", "date") not in _STRING_FORMATS:
        raise _refused(f"For 'string' type, format '{schema['format']}' is not supported")


def _resolved(reference: str, root: dict[str, Any]) -> Any:
    if not reference.startswith("#/"):
        raise _refused(f"External $ref '{reference}' is not supported")
    value: Any = root
    for key in reference[2:].split("/"):
        if not isinstance(value, dict) or key not in value:
            raise _refused(f"$ref '{reference}' points nowhere")
        value = value[key]
    return value


def fill(schema: dict[str, Any], spans: list[Span], asked: Span, narration: str) -> Any:
    """Make an instance of `schema` from `spans`.

    The first array of the schema gets one item per span: numbers are its times (the end if the
    property's name contains "end"), strings are its label. Strings and numbers outside of arrays
    describe `asked`; beside an array, strings are the narration.
    """
    return _Filler(schema, spans, asked, narration).value(schema, "", None)


@dataclass(frozen=True, slots=True)
class _Filler:
    root: dict[str, Any]
    spans: list[Span]
    asked: Span
    narration: str

    def value(self, schema: dict[str, Any], name: str, span: Span | None) -> Any:
        if "$ref" in schema:
            return self.value(_resolved(schema["$ref"], self.root), name, span)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return _nearest((span or self.asked).subtask, schema["enum"])
        if variants := schema.get("anyOf") or schema.get("allOf"):
            return self.value(variants[0], name, span)
        types = schema.get("type", "string")
        kind = types[0] if isinstance(types, list) else types
        match kind:
            case "object":
                return {
                    key: self.value(part, key, span)
                    for key, part in schema.get("properties", {}).items()
                }
            case "array":
                inside = [span] * schema.get("minItems", 0)
                each_of = inside if span else self.spans
                return [self.value(schema.get("items", {}), name, each) for each in each_of]
            case "number" | "integer":
                near = span or self.asked
                time = near.end if "end" in name else near.start
                return round(time) if kind == "integer" else time
            case "string":
                narrates = span is None and self._has_array()
                return self.narration if narrates else (span or self.asked).subtask
            case "boolean":
                return False
        return None

    def _has_array(self) -> bool:
        parts = self.root.get("properties", {}).values()
        return any(part.get("type") == "array" for part in parts)


def _nearest(label: str, choices: list[Any]) -> Any:
    """Return the choice that is most similar to `label`."""
    if label in choices:
        return label
    return max(
        choices, key=lambda choice: difflib.SequenceMatcher(None, label, str(choice)).ratio()
    )
