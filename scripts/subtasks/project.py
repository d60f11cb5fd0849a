"""The workflow's own folder, and its name and version."""

import tomllib
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2]
"""The folder with the Snakefile, the rules and the default config."""


def name_and_version() -> str:
    """Return the name and version of the workflow, such as `lerobot-subtasks 0.1.0`."""
    text = (FOLDER / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]
    return f"{project['name']} {project['version']}"
