"""Files that the config names: the user's own, or those shipped with the workflow."""

from pathlib import Path

from subtasks.errors import Problem
from subtasks.workflow.config import Config

SEGMENT_PROMPTS = {"phases": "segment.md", "events": "segment_events.md"}


def settings_file(name: str, workflow: Path) -> str:
    """Return a file the config names: in the user's folder, else in that of the workflow."""
    path = Path(name)
    return str(path if path.is_absolute() or path.is_file() else workflow / path)


def check_files(config: Config, workflow: Path) -> None:
    """Raise `Problem` for a file that the config names and needs, and that does not exist."""
    if not config.asks_claude:
        return
    named = {
        f"labels.prompts.{name}": getattr(config.labels.prompts, name)
        for name in config.labels.passes
    }
    for key, name in (named | {"claude.prices": config.claude.prices}).items():
        if name and not Path(settings_file(name, workflow)).is_file():
            raise Problem(f"config: {key} is {name}, but there is no such file")


def prompts(config: Config, workflow: Path) -> dict[str, str]:
    """Return the prompt file of each pass, in the order of the passes."""
    shipped = f"config/prompts/{SEGMENT_PROMPTS[config.labels.granularity]}"
    return {
        name: settings_file(getattr(config.labels.prompts, name) or shipped, workflow)
        for name in config.labels.passes
    }
