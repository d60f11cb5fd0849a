"""Keeping credentials out of sentences that quote what an endpoint or the network says.

An address may hold a user and a password, an endpoint may send a key back in its refusal, and an
error of the network may quote either.
"""

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import unquote

from subtasks.api.api_key import HEADERS, KEY, TOKEN, read_key
from subtasks.errors import Fatal
from subtasks.wording import one_line

HIDDEN = "…"

MIN_SECRET = 4
"""Characters; anything shorter would also be found in ordinary words."""

ADDRESSES = ("ANTHROPIC_BASE_URL", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")

_USER = re.compile(r"(?<=://)[^\s/'\"]*@")
_LOGIN = re.compile(r"://(.*)@", re.DOTALL)


def quote(text: str) -> str:
    """Fold somebody else's sentence into one short line without credentials."""
    text = _USER.sub(f"{HIDDEN}@", text)
    for secret in sorted(set(_secrets()), key=len, reverse=True):
        if len(secret) >= MIN_SECRET:
            text = text.replace(secret, HIDDEN)
    return one_line(text.encode("utf-8", "replace").decode())


def _secrets() -> Iterator[str]:
    """Yield the credentials in the environment, in every form in which they may be quoted."""
    with suppress(Fatal):
        yield read_key() or ""
    for name in (KEY, TOKEN):
        yield os.environ.get(name, "").strip()
    for line in os.environ.get(HEADERS, "").split("\n"):
        value = line.partition(":")[2].strip()
        yield value
        yield value.rpartition(" ")[2]  # without "Basic" or "Bearer"
    for name in ADDRESSES:
        for address in (os.environ.get(name, ""), os.environ.get(name.lower(), "")):
            if login := _LOGIN.search(address):
                yield from _forms(login[1])


def _forms(login: str) -> Iterator[str]:
    user, _, password = login.partition(":")
    for part in (login, password, user if not password else ""):
        yield part
        yield unquote(part)
