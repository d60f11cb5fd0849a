"""Settings as a run has them: what a test gives, and the defaults for the rest."""

import copy
import json
import tempfile
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from snakemake.utils import validate

from subtasks.errors import Problem
from subtasks.workflow import config_errors, config_values, places, written_paths
from subtasks.workflow.config import Config
from subtasks.workflow.config_types import typed
from support.workflow import PROJECT

SCHEMA = PROJECT / "config/schema.yaml"
CONTENT = yaml.safe_load(SCHEMA.read_text())
VALIDATOR = Draft202012Validator(CONTENT)

# Snakemake reads a schema anew for each config, as JSON a hundred times faster.
AS_JSON = tempfile.NamedTemporaryFile("w", suffix=".json")  # noqa: SIM115
json.dump(CONTENT, AS_JSON)
AS_JSON.flush()


def filled(**given: Any) -> dict[str, Any]:
    """Return `given` with the defaults of the schema, which must accept it."""
    accepted = copy.deepcopy(given)
    validate(accepted, AS_JSON.name)
    return accepted


def read(**given: Any) -> Config:
    """Return the settings of a run whose config has these keys."""
    return Config.from_mapping(filled(**given))


def checked(given: dict[Any, Any]) -> Config:
    """Return the settings of a run after all that rules/common.smk does before the plan.

    Raises `Problem` where the run would end.
    """
    config_values.check_secrets(given)
    accepted = typed(given, CONTENT)
    # The same error as Snakemake's, which is an exception about another.
    if error := next(VALIDATOR.iter_errors(accepted), None):
        raise Problem(config_errors.explain(error, CONTENT))
    validate(accepted, AS_JSON.name)
    config_values.check(accepted)
    config = Config.from_mapping(written_paths.expand(accepted))
    places.check(config, in_storage=False)
    return config


def refused(given: dict[Any, Any]) -> str:
    """Return the sentence with which a run of this config ends."""
    try:
        checked(given)
    except Problem as problem:
        return str(problem)
    raise AssertionError("the config is accepted")
