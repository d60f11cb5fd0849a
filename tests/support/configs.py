"""Settings as a run has them: what a test gives, and the defaults for the rest."""

import copy
from typing import Any

import yaml
from jsonschema import ValidationError
from snakemake.exceptions import WorkflowError
from snakemake.utils import validate

from subtasks.errors import Problem
from subtasks.workflow import config_errors, config_values, places, written_paths
from subtasks.workflow.config import Config, typed
from support.workflow import PROJECT

SCHEMA = PROJECT / "config/schema.yaml"
CONTENT = yaml.safe_load(SCHEMA.read_text())


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
    try:
        validate(accepted, str(SCHEMA))
    except WorkflowError as error:
        if not isinstance(error.__context__, ValidationError):
            raise
        raise Problem(config_errors.explain(error.__context__, CONTENT)) from None
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
