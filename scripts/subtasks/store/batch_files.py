"""The files of the batch ledger, read with the distrust that money deserves.

Each holds a checksum over the rest: a digit of a key that has changed would make a question that
is submitted look as if it were not, and it would be paid for again. Files of earlier versions have
none, and are checked as far as they can be.
"""

import hashlib
import json
import math
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from subtasks import files
from subtasks.errors import Problem

CHECKSUM = "checksum"
EARLIER = {"keys", "bound_usd", "time", "troubles"}
"""What the files of earlier versions hold, at most."""

KEY = re.compile(r"[0-9a-f]{64}")
CONCERNS = {"all", "question", "attempt"}


def write(path: Path, content: Mapping[str, Any]) -> None:
    """Write a file of the ledger."""
    files.write_json(path, {**content, CHECKSUM: _checksum(content)})


def read(path: Path, required: Iterable[str]) -> dict[str, Any] | None:
    """Read a file of the ledger; None if it is gone, because another job has just renamed it.

    Raises `ValueError` for one that is damaged or lacks what is `required`.
    """
    if not path.is_file() and (path.is_symlink() or path.exists()):
        raise ValueError("it is no file")
    try:
        content = json.loads(path.read_bytes().decode("utf-8"))
    except FileNotFoundError:
        return None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if not isinstance(content, dict):
        raise ValueError("it holds no JSON object")
    _check(content, set(required))
    return content


def holds_record(path: Path) -> bool:
    """Say whether a file that cannot be read as a record of the ledger looks like one at least."""
    try:
        start = path.read_bytes()[:4096]
    except OSError:
        return False
    return not start.strip() or b'"keys"' in start or b"bound_usd" in start


def damaged(path: Path) -> Problem:
    """Say that the record of a batch cannot be read, or that a file is none."""
    is_named_like_one = path.name.startswith(("msgbatch_", "intent-"))
    if not (is_named_like_one or holds_record(path)):
        return Problem(f"{path} is no record of a message batch: move it out of that folder")
    return Problem(
        f"{path}, the record of a message batch, is damaged: put back a copy, or remove it to "
        "submit its questions again and pay for them again"
    )


def _check(content: dict[str, Any], required: set[str]) -> None:
    if CHECKSUM in content:
        rest = {name: value for name, value in content.items() if name != CHECKSUM}
        if content[CHECKSUM] != _checksum(rest):
            raise ValueError("its checksum is wrong")
    elif not content.keys() <= EARLIER:
        raise ValueError("it holds unknown keys")
    if not required <= content.keys():
        raise ValueError("a key is missing")
    keys = content.get("keys", [])
    if not (isinstance(keys, list) and all(map(_is_key, keys))):
        raise ValueError("its keys are no keys")
    for name in ("bound_usd", "time"):
        if not _is_number(content.get(name, 0)):
            raise ValueError(f"its {name} is no number")
    for name in ("endpoint", "mark", "asker"):
        if not isinstance(content.get(name, ""), str):
            raise ValueError(f"its {name} is no text")
    troubles = content.get("troubles", {})
    if not isinstance(troubles, dict) or not all(map(_is_trouble, troubles.items())):
        raise ValueError("its troubles are none")


def _is_key(value: object) -> bool:
    return isinstance(value, str) and KEY.fullmatch(value) is not None


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value) and value >= 0
    except OverflowError:
        return False


def _is_trouble(item: tuple[object, object]) -> bool:
    key, value = item
    return (
        _is_key(key)
        and isinstance(value, dict)
        and isinstance(value.get("reason"), str)
        and isinstance(value.get("concerns"), str)
        and value["concerns"] in CONCERNS
    )


def _checksum(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
