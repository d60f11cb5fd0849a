"""Where a batch was submitted, and the sentence when it cannot be seen from here."""

import itertools
import math
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from subtasks.api import batch_origins
from subtasks.api.client import connect
from subtasks.api.connection import Connection
from subtasks.store.batch_ledger import Intent, Origin, Record

PATH = Path("replies/batches/msgbatch_1.json")
SECRET = "sk-ant-not-to-be-shown"
DAY = 86400.0


def client(url: str | None = None) -> Any:
    return connect(Connection(base_url=url))


def record(origin: Origin, keys: int = 2) -> Record:
    return Record("msgbatch_1", frozenset(f"{key:064x}" for key in range(keys)), 0.0, origin)


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", SECRET)


def test_it_names_the_host_alone() -> None:
    origin = batch_origins.origin_of(client("https://me:password@api.example.com:8443/v1"), "a")
    assert (origin.endpoint, origin.asker) == ("api.example.com:8443", "a")
    assert batch_origins.origin_of(client(), "a").endpoint == "api.anthropic.com"
    assert abs(origin.time - time.time()) < 60
    assert not any(secret in repr(origin) for secret in ("password", SECRET, "me:"))


def test_too_little_is_kept_of_a_key_to_find_it(monkeypatch: pytest.MonkeyPatch) -> None:
    marks = set()
    for number in range(40):
        monkeypatch.setenv("ANTHROPIC_API_KEY", f"sk-ant-{number}")
        marks.add(batch_origins.origin_of(client(), "").mark)
    assert {len(mark) for mark in marks} == {3}
    assert len(marks) > 30


@pytest.mark.parametrize(
    "change",
    [
        {"ANTHROPIC_API_KEY": "sk-ant-another"},
        {"ANTHROPIC_BASE_URL": "http://127.0.0.1:1"},
        {"ANTHROPIC_BASE_URL": "https://api.anthropic.com/gateway"},
        {"ANTHROPIC_WORKSPACE_ID": "wrkspc_1"},
        {"ANTHROPIC_ORGANIZATION_ID": "org"},
        {"ANTHROPIC_CUSTOM_HEADERS": "anthropic-workspace-id: wrkspc_2"},
        {"ANTHROPIC_CUSTOM_HEADERS": "a: b\nX-Api-Key: sk-ant-another"},
    ],
)
def test_another_key_or_workspace_is_another_place(
    monkeypatch: pytest.MonkeyPatch, change: dict[str, str]
) -> None:
    before = batch_origins.origin_of(client(), "")
    assert batch_origins.is_same_place(before, batch_origins.origin_of(client(), ""))
    for name, value in change.items():
        monkeypatch.setenv(name, value)
    after = batch_origins.origin_of(client(), "")
    assert not batch_origins.is_same_place(before, after)


def test_other_headers_change_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    before = batch_origins.origin_of(client(), "")
    monkeypatch.setenv("ANTHROPIC_CUSTOM_HEADERS", "x-job: 7")
    assert batch_origins.is_same_place(before, batch_origins.origin_of(client(), ""))


@pytest.mark.parametrize(
    ("days", "created_days", "kept"),
    [
        (0, None, True),
        (28.9, None, True),
        (29.1, None, False),
        (-400, None, True),
        (1e9, None, False),
        (0, 1, True),
        (0, 30, False),
        (30, 0, False),
    ],
)
def test_results_are_kept_for_29_days(days: float, created_days: float | None, kept: bool) -> None:
    now = time.time()
    created = None
    if created_days is not None:
        created = datetime.fromtimestamp(now - created_days * DAY, UTC)
    assert batch_origins.is_kept(record(Origin(now - days * DAY)), created) is kept


HERE = Origin(0.0, "api.anthropic.com", "aaa")


@pytest.mark.parametrize(
    ("origin", "words"),
    [
        (Origin(1.8e9, "127.0.0.1:80", "aaa"), "on 2027-01-15 to 127.0.0.1:80 while this run asks"),
        (Origin(1.8e9, "api.anthropic.com", "bbb"), "on 2027-01-15 with another key or base_url"),
        (Origin(1.8e9, "api.anthropic.com", "aaa"), "on 2027-01-15 to api.anthropic.com, cannot"),
        (Origin(1.8e9), "on 2027-01-15 by an earlier version"),
        (Origin(1e300), "submitted by an earlier version"),
    ],
)
def test_the_sentence_names_the_record_and_the_choices(origin: Origin, words: str) -> None:
    said = str(batch_origins.cannot_be_found(record(origin), PATH, HERE, "cannot be found"))
    for part in (
        "message batch msgbatch_1, submitted",
        words,
        "the key, workspace and claude.base_url with which it was submitted",
        f"or remove {PATH} to ask its 2 questions again, and pay for them again",
    ):
        assert part in said
    assert "\n" not in said
    intent = Intent("intent-1.json", frozenset(), 0.0, origin)
    said = str(batch_origins.may_have_arrived(intent, PATH, HERE))
    assert f"or remove {PATH} to ask, and pay, again" in said


def test_no_time_breaks_the_sentence() -> None:
    for moment in itertools.chain(
        (0.0, 1e12, 1e300), (math.ldexp(1, n) for n in range(0, 1000, 9))
    ):
        assert str(batch_origins.cannot_be_found(record(Origin(moment)), PATH, HERE, "is gone"))
