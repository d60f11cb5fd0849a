"""The paths of a config as they are meant: `~` is somebody's home, and `$NAME` stays as it is."""

import os
import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from subtasks.errors import Problem
from subtasks.sources import s3
from subtasks.wording import shorten_text

FOLDERS = (
    "results",
    "work",
    "replies",
    "corrections",
    "vocabularies",
    "reviews",
    "evaluations",
)

HUB = "hf://datasets/"
"""How an address on the Hub begins, as huggingface_hub writes it."""

DATASET = "{dataset}"
"""What stands for a dataset's name in the path of its true labels."""

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")
_VARIABLE = re.compile(r"\$(?:[A-Za-z_]\w*|\{\w+\})")


def expand(accepted: Mapping[str, Any]) -> dict[str, Any]:
    """Return a config that the schema has accepted with all of its paths as they are meant.

    The folders lose a slash at their end and a `./` at their start, which would give one file two
    names. Raises `Problem` for a path that cannot be one.
    """
    claude, labels, evaluate = accepted["claude"], accepted["labels"], accepted["evaluate"]
    prompts = {
        name: path(f"config: labels.prompts.{name}", value)
        for name, value in labels["prompts"].items()
    }
    mixture = accepted["mixture"]
    return {
        **accepted,
        **{key: _plain(path(f"config: {key}", accepted[key])) for key in FOLDERS},
        "mixture": mixture and path("config: mixture", mixture),
        "claude": {**claude, "prices": path("config: claude.prices", claude["prices"])},
        "labels": {
            **labels,
            "protocol": path("config: labels.protocol", labels["protocol"]),
            "prompts": prompts,
        },
        "evaluate": {
            **evaluate,
            "truth": truth("config: evaluate.truth", evaluate["truth"]),
            "prompt": path("config: evaluate.prompt", evaluate["prompt"]),
        },
        "datasets": [
            _of_dataset(f"config: datasets[{number}]", entry)
            for number, entry in enumerate(accepted["datasets"])
        ],
    }


def _of_dataset(where: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(entry)
    if "root" in entry:
        found["root"] = root(f"{where}.root", entry["root"])
    if "evaluate" in entry:
        true_labels = truth(f"{where}.evaluate.truth", entry["evaluate"].get("truth"))
        found["evaluate"] = {**entry["evaluate"], "truth": true_labels}
    return found


def truth(where: str, text: str | None) -> str | None:
    """Return the path of true labels as it is meant, or their address on the Hub.

    `{dataset}` stays in it. Raises `Problem` for another address and what else is no path.
    """
    if text is None or text.startswith(HUB):
        return text
    if _ADDRESS.match(text):
        raise Problem(
            f"{where} is {_shown(text)}; it must be a path on this machine, or {HUB}owner/name for "
            "a dataset on the Hub"
        )
    parts = text.split(DATASET)
    return DATASET.join([path(where, parts[0]), *(path(where, f"/{p}")[1:] for p in parts[1:])])


def root(where: str, text: str) -> str:
    """Return the folder or the address in object storage of a dataset as it is meant.

    `where` names its place in messages. Raises `Problem` for what can be neither.
    """
    if s3.is_address(text):
        return text
    if _ADDRESS.match(text):
        raise Problem(
            f"{where} is {_shown(text)}; it must be a folder or s3://bucket/folder: for a dataset "
            "on the Hub set repo_id"
        )
    return path(where, text)


def path(where: str, text: str) -> str:
    """Return a path on this machine as it is meant; `where` names its place in messages.

    Raises `Problem` for an address, an unknown user's home, a variable, and for braces.
    """
    if _ADDRESS.match(text):
        raise Problem(f"{where} is {_shown(text)}; it must be a path on this machine")
    if text.startswith("~"):
        # `~` alone, or a user's: a folder of such a name is written ./~
        expanded = os.path.expanduser(text)  # noqa: PTH111, Path raises where there is no such user
        if expanded.startswith("~") and not os.path.lexists(text.partition("/")[0]):
            raise Problem(
                f"{where} is {_shown(text)}, and there is no user whose home that is: write the "
                "path out, or put ./ before a folder of that name"
            )
        text = expanded
    if text.startswith(("-", "./-")):
        raise Problem(
            f"{where} is {_shown(text)}; a path that begins with - looks like an option: write the "
            "path out, from /"
        )
    variable = _VARIABLE.search(text)
    if variable and not _is_literal(text, variable.end()):
        raise Problem(
            f"{where} is {_shown(text)}; {variable[0]} is not replaced in a config: write the path "
            "out, or have the shell do it with --config"
        )
    if set("{}") & set(text):
        raise Problem(
            f"{where} is {_shown(text)}; braces have a meaning to Snakemake: use a path without "
            "{ and }"
        )
    return text


def _plain(text: str) -> str:
    plain = str(PurePosixPath(text))
    # POSIX lets two slashes at the start mean something of their own; here they mean nothing.
    return plain[1:] if plain.startswith("//") else plain


def _is_literal(text: str, end: int) -> bool:
    """Say whether the part of a path with the variable exists under that very name."""
    return os.path.lexists(text[:end] + text[end:].partition("/")[0])


def _shown(text: str) -> str:
    return shorten_text(text, 100)
