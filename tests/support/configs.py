"""Settings as a run has them: what a test gives, and the defaults for the rest."""

import copy
from typing import Any

from snakemake.utils import validate

from subtasks.workflow.config import Config
from support.workflow import PROJECT

SCHEMA = PROJECT / "config/schema.yaml"


def filled(**given: Any) -> dict[str, Any]:
    """Return `given` with the defaults of the schema, which must accept it."""
    accepted = copy.deepcopy(given)
    validate(accepted, str(SCHEMA))
    return accepted


def read(**given: Any) -> Config:
    """Return the settings of a run whose config has these keys."""
    return Config.from_mapping(filled(**given))
