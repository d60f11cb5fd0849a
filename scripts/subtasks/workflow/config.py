"""The settings of a run, as they are after the schema has accepted them."""

from typing import Any

import yaml

from subtasks.outputs import registry

Config = dict[str, Any]


def outputs_of(config: Config) -> list[str]:
    """Names of the outputs that are written."""
    return [name for name in registry.OUTPUTS if config["output"][name]]


def tables(config: Config) -> list[str]:
    """Tables of a whole dataset that are written, as paths inside the result."""
    chosen = (registry.OUTPUTS[name] for name in outputs_of(config))
    return [output.table for output in chosen if output.table is not None]


def uses_motion(config: Config) -> bool:
    """Say whether Claude's labels also need the times at which the joints' motion changes."""
    claude = config["claude"]
    return config["annotator"] == "claude" and bool(
        claude["motion_hints"] or claude["snap_to_motion"]
    )


def typed(value: Any, schema: dict[str, Any]) -> Any:
    """Read texts where `schema` has none: on the command line Snakemake makes texts of most."""
    match value:
        case dict():
            known = schema.get("properties", {})
            return {name: typed(each, known.get(name, {})) for name, each in value.items()}
        case list():
            return [typed(each, schema.get("items", {})) for each in value]
        case str() if "string" not in schema.get("type", "string"):
            try:
                return yaml.safe_load(value)
            except yaml.YAMLError:
                return value
    return value
