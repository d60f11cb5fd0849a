"""Requests of collected batches: whoever submitted them counts them, once."""

import json
from pathlib import Path

import pytest

from subtasks.store.batch_counts import BatchCounts
from subtasks.store.batch_ledger import BatchLedger, Origin

KEYS = ["ab" * 32, "cd" * 32]


def test_what_is_left_for_one_is_not_left_for_another(tmp_path: Path) -> None:
    counts = BatchCounts(tmp_path)
    counts.leave("msgbatch_1", "one", KEYS[:1])
    counts.leave("msgbatch_2", "one", KEYS[1:])
    counts.leave("msgbatch_2", "other", KEYS)
    assert counts.left_for("one") == counts.left_for("other") == set(KEYS)
    counts.note_counted("one", {KEYS[1]})
    assert counts.left_for("one") == {KEYS[0]}
    assert counts.left_for("other") == set(KEYS)
    assert counts.left_for("a third") == counts.left_for("") == set()


def test_whoever_submits_counts_whoever_collects(tmp_path: Path) -> None:
    ledger = BatchLedger(tmp_path)
    ledger.submitted(ledger.intend(KEYS, 1.0, Origin(asker="one")), "msgbatch_1")
    assert ledger.asked_by("one") == set(KEYS)
    assert ledger.asked_by("other") == set()
    [record] = ledger.records()
    ledger.close(record, {}, collector="other")
    assert ledger.asked_by("one") == set(KEYS)
    assert ledger.asked_by("other") == set()
    assert ledger.records() == ledger.intents() == []

    ledger.counts.note_counted("one", {"ef" * 32})
    assert ledger.asked_by("one") == set(KEYS)
    ledger.counts.note_counted("one", {KEYS[0]})
    assert ledger.asked_by("one") == set()
    assert not list(ledger.folder.glob("*.uncounted"))


def test_what_an_earlier_version_submitted_counts_its_collector(tmp_path: Path) -> None:
    (tmp_path / "batches").mkdir()
    path = tmp_path / "batches/msgbatch_1.json"
    path.write_text(json.dumps({"keys": KEYS, "bound_usd": 2.0}))
    ledger = BatchLedger(tmp_path)
    assert ledger.asked_by("one") == set()
    [record] = ledger.records()
    ledger.close(record, {}, collector="one")
    assert ledger.asked_by("one") == set(KEYS)


@pytest.mark.parametrize("text", ["", "[]", "{}", "no", "[" * 200_000])
def test_no_count_fails_a_job(tmp_path: Path, text: str) -> None:
    ledger = BatchLedger(tmp_path)
    ledger.submitted(ledger.intend(KEYS, 1.0, Origin(asker="one")), "msgbatch_1")
    [record] = ledger.records()
    ledger.close(record, {})
    [path] = ledger.folder.glob("*.uncounted")
    path.write_text(text)
    (ledger.folder / "msgbatch_2.json").write_text(text)
    assert ledger.asked_by("one") == set()
    ledger.counts.note_counted("one", KEYS)
