"""Values that have the right type and cannot be meant: what a schema does not see.

Everything here works on what Snakemake has read, and names the key in its sentence.
"""

import math
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from subtasks.errors import Problem
from subtasks.segments.segment import clean_label
from subtasks.wording import shorten_json, shorten_text

SMALLEST = 0.001
"""The smallest number other than 0 that means anything: a millisecond, a tenth of a cent."""

_TEXT = re.compile(r"(?:^|\.)(?:context|task|vocabulary\[\d+\])$")
"""Texts, whose line ends and tabs count as spaces."""

_KEY = re.compile(
    r"sk-ant-[a-z]+\d\d-|(?<![A-Za-z0-9])sk-ant-[A-Za-z0-9_-]{4,}"
    r"|\bhf_[A-Za-z0-9]{20,}|\bAKIA[0-9A-Z]{16}\b"
)
_PASSWORD = re.compile(
    r"^[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*@"
    r"|://\S*[?&#](?:api[_-]?key|key|token|access[_-]?token|password|secret)=",
    re.IGNORECASE,
)
_SLICE = re.compile(r"(\d*):(\d*)")
_BASE_URL = "claude.base_url"
# Lone surrogates cannot be written to a file, and the separators end a line.
_CONTROL = {"Cc", "Cs", "Zl", "Zp"}
# Marks that are not seen, or that turn the direction of what is shown.
_UNSEEN = frozenset("\u200b\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def is_secret(text: str) -> bool:
    """Say whether a text has a key in it, or an address with a password."""
    return bool(_KEY.search(text) or _PASSWORD.search(text))


def check_secrets(given: Mapping[Any, Any]) -> None:
    """Raise `Problem` for a key or password in the config, without showing it.

    The config is written to `work`, to results and to command lines. Called before anything else
    that might repeat a value.
    """
    for path, value in _walk(given):
        if isinstance(value, str) and _KEY.search(value):
            raise Problem(
                f"config: {_hidden(path)} has a key in it: remove it, and set the key in the "
                "environment (ANTHROPIC_API_KEY, HF_TOKEN)"
            )
        if not isinstance(value, str) or not value:
            continue
        if path == _BASE_URL and (_PASSWORD.search(value) or "?" in value or "#" in value):
            raise Problem(
                f"config: {_BASE_URL} has a password or something behind ? or # in it, which would "
                "be written to results and logs: remove it, or set ANTHROPIC_BASE_URL in the "
                "environment"
            )
        if _PASSWORD.search(value):
            raise Problem(
                f"config: {_hidden(path)} has a password in it, which would be written to results "
                "and logs: remove it"
            )


def check(accepted: Mapping[str, Any]) -> None:
    """Raise `Problem` for a value that the schema accepts and that cannot be meant."""
    for path, value in _walk(accepted):
        name = path.rpartition(".")[2]
        if isinstance(value, float):
            _check_number(path, value)
        elif isinstance(value, str):
            _check_text(path, value)
        elif name == "vocabulary" and isinstance(value, Sequence):
            _check_vocabulary(path, value)


def _check_number(path: str, value: float) -> None:
    if not math.isfinite(value):
        raise Problem(f"config: {path} is {value}; it must be a finite number")
    if 0 < abs(value) < SMALLEST:
        raise Problem(f"config: {path} is {value}; it must be 0 or at least {SMALLEST}")


def _check_text(path: str, value: str) -> None:
    name = path.rpartition(".")[2]
    is_text = _TEXT.search(path) is not None
    allowed = "\n\r\t" if is_text else ""
    unseen = not is_text and not _UNSEEN.isdisjoint(value)
    if unseen or any(unicodedata.category(c) in _CONTROL and c not in allowed for c in value):
        raise Problem(
            f"config: {path} is {shorten_json(value)}, with a line end or another character that "
            "cannot be shown: remove it"
        )
    # An empty context says nothing, as it should.
    if not value.strip() and (value or name != "context"):
        raise Problem(f"config: {path} is blank: write something or leave the key out")
    if name == "episodes" and (match := _SLICE.fullmatch(value)) and all(match.groups()):
        first, stop = map(int, match.groups())
        if first >= stop:
            raise Problem(
                f"config: {path} is {shorten_text(value)}, which selects no episode: the number "
                "behind the colon must be the greater one"
            )


def _check_vocabulary(path: str, labels: Sequence[Any]) -> None:
    known: dict[str, Any] = {}
    for number, label in enumerate(labels):
        if not isinstance(label, str):
            continue
        cleaned = clean_label(label)
        if not cleaned:
            raise Problem(f"config: {path}[{number}] is blank: write a label or remove it")
        plain = cleaned.casefold().rstrip(".")
        if plain in known:
            raise Problem(
                f"config: {path} has {shorten_json(known[plain])} and {shorten_json(label)}, "
                "which are the same label: remove one"
            )
        known[plain] = label


def _walk(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every value with its dotted path, and every key as a value of the path above it."""
    yield path, value
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield path, name
            yield from _walk(each, f"{path}.{name}" if path else f"{name}")
    elif isinstance(value, list | tuple):
        for number, each in enumerate(value):
            # A list of episodes can be long, and a whole number holds no secret.
            if not isinstance(each, int):
                yield from _walk(each, f"{path}[{number}]")


def _hidden(path: str) -> str:
    """Name a place in the config, without keys that were written in the wrong place."""
    return "a key" if _KEY.search(path) else shorten_text(path) or "the file"
