"""Settings as a run has them: what a test gives, and the defaults for the rest."""

import copy
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


def filled(**given: Any) -> dict[str, Any]:
    """Return `given` with the defaults of the schema, which must accept it."""
    accepted = copy.deepcopy(given)
    validate(accepted, str(SCHEMA))
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
    # The same error as Snakemake's, which reads the schema anew for each config.
    if error := next(VALIDATOR.iter_errors(accepted), None):
        raise Problem(config_errors.explain(error, CONTENT))
    validate(accepted, str(SCHEMA))
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
