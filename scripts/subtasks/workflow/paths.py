"""The paths of the files the workflow makes."""

from pathlib import Path

from subtasks.dataset.dataset import Dataset
from subtasks.errors import Problem
from subtasks.workflow.config import Config

# The key under `claude` that names the prompt of a pass.
_PROMPTS = {"describe": "describe_prompt", "segment": "prompt", "relabel": "relabel_prompt"}


# Files ----------------------------------------------------------------------------------------


def frames_file(dataset: Dataset, config: Config, episode: int) -> str:
    """Where an episode's sampled frames lie."""
    return f"{config['work']}/{dataset.name}/frames/episode_{episode:06d}.zip"


def motion_file(dataset: Dataset, config: Config, episode: int) -> str:
    """Where the times lie at which an episode's motion changes."""
    return f"{config['work']}/{dataset.name}/motion/episode_{episode:06d}.json"


def receipt_file(dataset: Dataset, config: Config, name: str) -> str:
    """Where the receipt of a submitted batch lies."""
    return f"{config['work']}/{dataset.name}/receipts/{name}.json"


def outcomes_file(dataset: Dataset, config: Config, name: str) -> str:
    """Where the outcomes of a batch lie."""
    return f"{config['work']}/{dataset.name}/outcomes/{name}.jsonl"


def subtasks_file(dataset: Dataset, config: Config, episode: int) -> str:
    """Where an episode's subtasks lie, whoever finds them."""
    return f"{config['results']}/{dataset.name}/subtasks/episode_{episode:06d}.json"


def settings_file(name: str, workflow: Path) -> str:
    """A file the config names: in the user's folder, else the one shipped with the workflow."""
    path = Path(name)
    return str(path if path.is_absolute() or path.is_file() else workflow / path)


def check_files(config: Config, workflow: Path) -> None:
    """Raise `Problem` for a file that the config names and that is not there, if it is needed."""
    if config["annotator"] != "claude":
        return
    needed = [_PROMPTS[name] for name in config["claude"]["passes"]]
    for key in [*needed, "prices"]:
        name = config["claude"][key]
        if name and not Path(settings_file(name, workflow)).is_file():
            raise Problem(f"config: claude.{key} is {name}, there is no such file")


def prompts(config: Config, workflow: Path) -> dict[str, str]:
    """Prompt file of each pass, in the order of the passes."""
    claude = config["claude"]
    shipped = {"phases": "segment.md", "events": "segment_events.md"}[claude["granularity"]]
    named = {name: claude[_PROMPTS[name]] for name in claude["passes"]}
    return {
        name: settings_file(file or f"config/prompts/{shipped}", workflow)
        for name, file in named.items()
    }
