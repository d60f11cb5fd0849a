"""OpenTau's dataset mixtures, read as this workflow's list of datasets.

Both forms are read as training reads them: `{"dataset_mixture": {"datasets": [...]}}` and
`{"datasets": [...]}`. Keys that only concern training are ignored.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from subtasks.errors import Problem
from subtasks.wording import one_line
from subtasks.workflow import written_paths
from subtasks.workflow.config import DatasetEntry
from subtasks.workflow.config_values import is_secret

CAMERA = "camera0"
STATE = "state"
ACTIONS = ("actions", "action")
"""What training calls a dataset's features, whatever they are called in the dataset."""


def entries(path: Path, warn: Callable[[str], None]) -> list[DatasetEntry | Problem]:
    """Read the datasets of a mixture, in the order of its list; a `Problem` for an unusable one.

    Datasets of questions about images, which have no episodes, are left out with a warning.
    Raises `Problem` where the file is not a mixture or holds no other dataset.
    """
    content = _read(path)
    outer = content.get("dataset_mixture", content) if isinstance(content, dict) else None
    datasets = outer.get("datasets") if isinstance(outer, dict) else None
    found: list[DatasetEntry | Problem] = []
    for number, dataset in enumerate(datasets if isinstance(datasets, list) else []):
        where = f"the mixture {path}, datasets[{number}]"
        if isinstance(dataset, dict) and dataset.get("vqa") is not None:
            warn(f"{where} is of the kind vqa and has no episodes; it is left out")
            continue
        try:
            found.append(_entry(dataset, where))
        except Problem as problem:
            found.append(problem)
    if not found:
        raise Problem(f"the mixture {path} has no list of datasets with episodes")
    return found


def _read(path: Path) -> Any:
    try:
        text = path.read_text(encoding="utf-8-sig")
        if not text.strip():
            raise Problem(f"config: mixture is {path}, which is empty: name a file with datasets")
        return json.loads(text)
    except FileNotFoundError:
        raise Problem(f"config: mixture is {path}, but there is no such file") from None
    except IsADirectoryError:
        raise Problem(f"config: mixture is {path}, which is a folder: name a file") from None
    except OSError as error:
        reason = error.strerror or error
        raise Problem(f"config: mixture is {path}, which cannot be read: {reason}") from None
    except UnicodeDecodeError:
        raise Problem(f"the mixture {path} is not in UTF-8: save it as UTF-8") from None
    except RecursionError:
        raise Problem(f"the mixture {path} is not valid JSON (it is nested too deeply)") from None
    except ValueError as error:
        raise Problem(f"the mixture {path} is not valid JSON ({one_line(str(error))})") from None


def _entry(dataset: Any, where: str) -> DatasetEntry:
    """Return a dataset of a mixture as an entry of the config's `datasets`."""
    if not isinstance(dataset, dict):
        raise Problem(f"{where} must be an object")
    for key in ("root", "repo_id", "revision"):
        value = dataset.get(key)
        if value is not None and (not isinstance(value, str) or not value.strip()):
            raise Problem(f"{where}: {key} must be a string")
        if value is not None and is_secret(value):
            raise Problem(f"{where}: {key} has a key or a password in it: remove it")
    root, repo_id = dataset.get("root"), dataset.get("repo_id")
    if root is None and repo_id is None:
        raise Problem(f"{where} must have root, a local folder, or repo_id, a dataset on the Hub")
    features = dataset.get("data_features_name_mapping") or {}
    if not isinstance(features, dict):
        raise Problem(f"{where}: data_features_name_mapping must be an object")
    named = {key: _feature(features, key, where) for key in (CAMERA, STATE, *ACTIONS)}
    action = next((named[key] for key in ACTIONS if named[key]), None)
    episodes = dataset.get("episodes")
    if episodes is not None:
        if not isinstance(episodes, list) or not all(type(e) is int and e >= 0 for e in episodes):
            raise Problem(f"{where}: episodes must be a list of episode numbers")
        episodes = tuple(episodes)
    entry = DatasetEntry(camera=named[CAMERA], state=named[STATE], action=action, episodes=episodes)
    if root is not None:
        # Training reads the folder; the Hub's names only say where it came from.
        root = written_paths.root(f"{where}: root", root)
        return replace(entry, root=root, name=repo_id)
    return replace(entry, repo_id=repo_id, revision=dataset.get("revision"))


def _feature(features: dict[str, Any], key: str, where: str) -> str | None:
    """Return the dataset's own name of a feature, None where training knows it otherwise."""
    name = features.get(key)
    if name is not None and (not isinstance(name, str) or not name.strip()):
        raise Problem(f"{where}: {key} in data_features_name_mapping must be a string")
    return name
