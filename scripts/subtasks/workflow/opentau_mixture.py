"""OpenTau's dataset mixtures, read as this workflow's list of datasets.

Both forms are taken as training reads them: `{"dataset_mixture": {"datasets": [...]}}` and
`{"datasets": [...]}`. Keys that concern training alone are passed over.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from subtasks.errors import Problem

CAMERA = "camera0"


def entries(path: Path, warn: Callable[[str], None]) -> dict[int, Any]:
    """Read the datasets of a mixture as they stand, by their place in its list.

    Those of questions about images, which have no episodes, are left out with a warning.
    Raises `Problem` where the file is no mixture or no other dataset is in it.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Problem(f"config: mixture is {path}, there is no such file") from None
    except (ValueError, RecursionError) as error:
        raise Problem(f"the mixture {path} is not JSON ({error})") from None
    outer = content.get("dataset_mixture", content) if isinstance(content, dict) else None
    datasets = outer.get("datasets") if isinstance(outer, dict) else None
    found = {}
    for number, dataset in enumerate(datasets if isinstance(datasets, list) else []):
        if isinstance(dataset, dict) and dataset.get("vqa") is not None:
            warn(f"{_where(path, number)} is of the kind vqa and has no episodes; it is left out")
        else:
            found[number] = dataset
    if not found:
        raise Problem(f"the mixture {path} has no list of datasets with episodes")
    return found


def checked(path: Path, number: int, dataset: Any) -> dict[str, Any]:
    """Make a dataset of a mixture an entry of the config's `datasets`; raises `Problem`."""
    where = _where(path, number)
    if not isinstance(dataset, dict):
        raise Problem(f"{where} is no object")
    places = {
        key: dataset[key] for key in ("root", "repo_id", "revision") if dataset.get(key) is not None
    }
    for key, value in places.items():
        if not isinstance(value, str) or not value:
            raise Problem(f"{where}: {key} is no text")
    if "root" in places:
        # Training reads the folder; the Hub's names only tell where it came from.
        found: dict[str, Any] = {"root": places["root"]}
        if "repo_id" in places:
            found["name"] = places["repo_id"]
    elif "repo_id" in places:
        found = places
    else:
        raise Problem(f"{where} has neither root, a local folder, nor repo_id, on the Hub")
    cameras = dataset.get("data_features_name_mapping") or {}
    if not isinstance(cameras, dict):
        raise Problem(f"{where}: data_features_name_mapping is no object")
    if (camera := cameras.get(CAMERA)) is not None:
        if not isinstance(camera, str):
            raise Problem(f"{where}: {CAMERA} in data_features_name_mapping is no text")
        found["camera"] = camera
    episodes = dataset.get("episodes")
    if episodes is not None:
        if not isinstance(episodes, list) or not all(type(e) is int and e >= 0 for e in episodes):
            raise Problem(f"{where}: episodes is no list of episode numbers")
        found["episodes"] = episodes
    return found


def _where(path: Path, number: int) -> str:
    return f"the mixture {path}, datasets[{number}]"
