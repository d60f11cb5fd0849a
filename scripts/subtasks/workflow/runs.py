"""Settings that `snakemake evaluate` compares with one another.

Each of them is the config with a few keys changed, for the same episodes, in folders of its own.
What was paid for is shared: all of them use the same replies.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from subtasks.errors import Problem
from subtasks.wording import one_line, shorten_text
from subtasks.workflow import written_paths
from subtasks.workflow.config import Config, DatasetEntry, LabelLimits, RunEntry
from subtasks.workflow.written_paths import FOLDERS

FOLDER = "runs"
"""Where they are, below the folder `evaluations`."""

KEYS = ("annotator", "on_error", "sample", "labels", "claude")
"""What can differ. Anything else would compare labels of other episodes, or means nothing here."""

SHARED = ("replies",)

# What makes no label another one, so that it is not shown as a difference.
_SILENT = ("claude.requests_in_flight", "claude.max_retries", "claude.max_wait", "claude.prices")


def named(config: Config) -> tuple[RunEntry, ...]:
    """Return the runs of a config; raises `Problem` if two are called the same."""
    known: dict[str, str] = {}
    for run in config.evaluate.runs:
        # As the name of a folder, which may not tell capitals apart, and of rules.
        plain = re.sub(r"\W", "_", run.name.casefold())
        if plain in known:
            raise Problem(
                f"config: evaluate.runs has {known[plain]} and {run.name}: give one of them "
                "another name"
            )
        known[plain] = run.name
    return config.evaluate.runs


def changed(given: Mapping[str, Any], run: RunEntry) -> dict[str, Any]:
    """Return the config of a run, from that of all; it is not checked yet.

    Raises `Problem` for a file that cannot be read, and for keys that cannot differ.
    """
    changes = _changes(run)
    merged = _merged(given, {key: changes[key] for key in KEYS if key in changes})
    # The same judge for all.
    judge = given["evaluate"]["judge_model"] or given["claude"]["model"]
    return {**merged, "evaluate": {**given["evaluate"], "judge_model": judge}}


def placed(
    given: Mapping[str, Any],
    run: RunEntry,
    entries: Mapping[str, DatasetEntry],
    episodes: Mapping[str, Sequence[int]],
) -> dict[str, Any]:
    """Return the config of a run in folders of its own, labelling some episodes of each dataset.

    `given` is a config without its datasets: these are `entries` by their names, and `episodes` are
    those to label. What the run says about labels goes before what a dataset says.
    """
    place = f"{given['evaluations']}/{FOLDER}/{run.name}"
    said = (_changes(run).get("labels") or {}).keys() & {each.name for each in fields(LabelLimits)}
    silent: dict[str, None] = dict.fromkeys(said)
    return {
        **given,
        **{key: f"{place}/{key}" for key in FOLDERS if key not in SHARED},
        "mixture": None,
        "datasets": [
            _entry(
                replace(entries[name], labels=replace(entries[name].labels, **silent)),
                name,
                episodes[name],
            )
            for name in episodes
        ],
        "max_episodes": None,
        "checks": False,
        "evaluate": {**given["evaluate"], "runs": [], "max_episodes": None},
    }


def _entry(entry: DatasetEntry, name: str, episodes: Sequence[int]) -> dict[str, Any]:
    chosen = replace(entry, name=name, episodes=tuple(episodes), exclude=(), max_episodes=None)
    kept = {key: value for key, value in asdict(chosen).items() if value is not None}
    # As a config has it: lists in place of tuples.
    return json.loads(json.dumps(kept))  # type: ignore[no-any-return]


def differences(configs: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return what each of some configs says otherwise than others, by dotted keys."""
    flat = [
        {key: value for key in KEYS for key, value in _flat(key, each[key])} for each in configs
    ]
    names = dict.fromkeys(name for each in flat for name in each if name not in _SILENT)
    varied = [n for n in names if any(a.get(n) != b.get(n) for a, b in pairwise(flat))]
    return [{name: _shown(each.get(name)) for name in varied} for each in flat]


def spread(episodes: Sequence[int], most: int | None) -> list[int]:
    """Return at most so many of some episodes, as evenly spread as can be."""
    if most is None or len(episodes) <= most:
        return list(episodes)
    return [episodes[(2 * number + 1) * len(episodes) // (2 * most)] for number in range(most)]


def _changes(run: RunEntry) -> Mapping[str, Any]:
    if not isinstance(run.config, str):
        changes = run.config or {}
        if wrong := [key for key in changes if key not in KEYS]:
            raise Problem(
                f"{shorten_text(str(wrong[0]))} cannot differ between runs; what can is "
                f"{', '.join(KEYS)}"
            )
        return changes
    path = written_paths.path("its config", run.config)
    try:
        changes = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise Problem(f"{path} cannot be read: {error.strerror or error}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise Problem(f"{path} is not YAML: {one_line(str(error))}") from None
    if not isinstance(changes, Mapping):
        raise Problem(f"{path} has no keys: write a config into it")
    return changes


def _merged(given: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(given)
    for key, value in changes.items():
        before = merged.get(key)
        both = isinstance(before, Mapping) and isinstance(value, Mapping)
        merged[key] = _merged(before, value) if both else value  # type: ignore[arg-type]
    return merged


def _flat(name: str, value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, Mapping):
        return [pair for key, each in value.items() for pair in _flat(f"{name}.{key}", each)]
    return [(name, value)]


def _shown(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return str(value)
