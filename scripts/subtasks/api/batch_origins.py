"""Where a batch was submitted, and what it means that it cannot be found.

Another key may belong to another workspace, and another address to another API. Neither shows the
batches of the first, and both say of them what they say of a batch that never was. So a batch that
is not found is not given up as long as the API keeps its results.
"""

import hashlib
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from subtasks.api.api_key import HEADERS
from subtasks.errors import Fatal
from subtasks.store.batch_ledger import Intent, Origin, Record
from subtasks.wording import counted

DAY_SECONDS = 86400.0
KEPT_SECONDS = 29 * DAY_SECONDS
"""How long the API keeps the results of a batch after it was submitted."""

MARK_DIGITS = 3
"""Hexadecimal digits: enough to tell most keys apart, and too few to find out anything of a key."""

WORKSPACE = (
    "ANTHROPIC_PROFILE",
    "ANTHROPIC_CONFIG_DIR",
    "ANTHROPIC_FEDERATION_RULE_ID",
    "ANTHROPIC_ORGANIZATION_ID",
    "ANTHROPIC_SERVICE_ACCOUNT_ID",
    "ANTHROPIC_WORKSPACE_ID",
)
"""Variables by which the SDK chooses a workspace where no key does."""

WORKSPACE_HEADERS = ("x-api-key", "authorization", "anthropic-workspace-id")


class Unseen(Fatal):
    """A batch that the API must still have cannot be seen with the key and endpoint in use."""


def origin_of(client: Any, asker: str) -> Origin:
    """Say where the SDK's client submits now; `asker` is the job that does."""
    return Origin(endpoint=_host(client), mark=_mark(client), asker=asker)


def is_same_place(one: Origin, other: Origin) -> bool:
    """Say whether what was submitted at one place can be seen from the other."""
    return (one.endpoint, one.mark) == (other.endpoint, other.mark)


def is_kept(record: Record, created: datetime | None = None) -> bool:
    """Say whether the API must still have the results of a batch.

    `created` is when the API says that it was submitted.
    """
    since = record.origin.time
    if created is not None:
        since = min(since, created.timestamp())
    return time.time() - since < KEPT_SECONDS


def cannot_be_found(record: Record, path: Path, here: Origin, what_came: str) -> Unseen:
    """Say that a batch is not to be seen from here, and what the user may choose.

    `path` is its file in the ledger, and `what_came` what the API said instead.
    """
    return Unseen(
        f"message batch {record.id}, {_submitted(record.origin, here)}, {what_came}: run again "
        "with the key, workspace and claude.base_url with which it was submitted, or remove "
        f"{path} to ask its {counted(len(record.keys), 'question')} again, and pay for them again"
    )


def may_have_arrived(intent: Intent, path: Path, here: Origin) -> Fatal:
    """Say that a batch may have been submitted elsewhere, where it cannot be looked for."""
    return Fatal(
        "a run was stopped while it sent a message batch with questions or money that this one "
        f"needs ({_submitted(intent.origin, here)}), and whether it has arrived cannot be seen "
        "with the key and endpoint of this run: run again with the key, workspace and "
        f"claude.base_url of that run, or remove {path} to ask, and pay, again"
    )


def _submitted(origin: Origin, here: Origin) -> str:
    day = _day(origin.time)
    if not origin.endpoint:
        return f"submitted {day}by an earlier version"
    if origin.endpoint != here.endpoint:
        return f"submitted {day}to {origin.endpoint} while this run asks {here.endpoint}"
    if origin.mark != here.mark:
        return f"submitted {day}with another key or base_url"
    return f"submitted {day}to {origin.endpoint}"


def _day(moment: float) -> str:
    try:
        return f"on {datetime.fromtimestamp(moment, UTC):%Y-%m-%d} "
    except (ValueError, OverflowError, OSError):
        return ""


def _host(client: Any) -> str:
    url = client.base_url
    return f"{url.host}:{url.port}" if url.port else str(url.host)


def _mark(client: Any) -> str:
    chosen = [str(client.base_url), client.api_key or "", client.auth_token or ""]
    chosen += [os.environ.get(name, "") for name in WORKSPACE]
    for line in os.environ.get(HEADERS, "").split("\n"):
        if line.partition(":")[0].strip().lower() in WORKSPACE_HEADERS:
            chosen.append(line.strip())
    return hashlib.sha256("\0".join(chosen).encode()).hexdigest()[:MARK_DIGITS]
