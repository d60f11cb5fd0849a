"""The ledger of message batches: what is noted when, and read by whom."""

import json
import os
from pathlib import Path

import pytest

from subtasks.errors import Problem
from subtasks.store.batch_ledger import BatchLedger, Failure, Origin, Scope

KEYS = ["ab" * 32, "cd" * 32]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "batches").glob("*"))


def test_a_batch_from_its_intent_to_its_collection(tmp_path: Path) -> None:
    ledger = BatchLedger(tmp_path)
    assert ledger.under_way() == []
    intent = ledger.intend(KEYS, 1.5)
    assert ledger.intents() == ledger.under_way() == [intent]
    assert (intent.keys, intent.bound_usd) == (frozenset(KEYS), 1.5)
    assert ledger.records() == []

    ledger.submitted(intent, "msgbatch_1")
    [record] = ledger.records()
    assert ledger.under_way() == [record]
    assert (record.id, record.keys, record.bound_usd) == ("msgbatch_1", frozenset(KEYS), 1.5)
    assert ledger.is_open(record)
    assert names(tmp_path) == ["msgbatch_1.json"]

    failures = {KEYS[0]: Failure(Scope.QUESTION, "it is too large")}
    ledger.close(record, failures)
    assert not ledger.is_open(record)
    assert ledger.under_way() == []
    assert ledger.failures(record) == failures
    assert ledger.known() == {"msgbatch_1"}
    assert names(tmp_path) == ["msgbatch_1.collected.json"]


def test_an_intent_that_may_be_one_of_several_batches_becomes_all_of_them(tmp_path: Path) -> None:
    ledger = BatchLedger(tmp_path)
    ledger.may_be(ledger.intend(KEYS, 1.0), "msgbatch_1", "msgbatch_2")
    assert [(record.id, record.keys) for record in ledger.records()] == [
        ("msgbatch_1", frozenset(KEYS)),
        ("msgbatch_2", frozenset(KEYS)),
    ]
    ledger.drop(ledger.intend(KEYS, 1.0))
    assert ledger.intents() == []


def test_the_files_are_those_of_earlier_versions(tmp_path: Path) -> None:
    """What was ordered before an update must be found after it."""
    folder = tmp_path / "batches"
    folder.mkdir()
    content = {"keys": KEYS, "bound_usd": 2.0}
    (folder / "msgbatch_1.json").write_text(json.dumps(content))
    (folder / "intent-1.json").write_text(json.dumps(content | {"time": 7.0}))
    [record] = BatchLedger(tmp_path).records()
    [intent] = BatchLedger(tmp_path).intents()
    assert (record.keys, intent.keys, intent.time) == (frozenset(KEYS), frozenset(KEYS), 7.0)
    BatchLedger(tmp_path).close(record, {KEYS[1]: Failure(Scope.ALL, "no credit")})
    written = json.loads((folder / "msgbatch_1.collected.json").read_text())
    assert written.pop("checksum")
    assert written == content | {"troubles": {KEYS[1]: {"concerns": "all", "reason": "no credit"}}}


@pytest.mark.parametrize("text", ["", "[]", '{"keys": []}', "[" * 100_000])
def test_a_damaged_record_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "batches").mkdir()
    (tmp_path / "batches/msgbatch_1.json").write_text(text)
    with pytest.raises(Problem, match=r"msgbatch_1\.json, the record of a message batch, is dam"):
        BatchLedger(tmp_path).records()


def test_a_record_says_when_and_where_it_comes_from(tmp_path: Path) -> None:
    ledger = BatchLedger(tmp_path)
    origin = Origin(7.5, "api.anthropic.com", "a1b", "one")
    ledger.submitted(ledger.intend(KEYS, 1.0, origin), "msgbatch_1")
    ledger.may_be(ledger.intend(KEYS, 1.0, origin), "msgbatch_2")
    certain, guessed = ledger.records()
    assert certain.origin == guessed.origin == origin
    assert (certain.is_certain, guessed.is_certain) == (True, False)


def test_the_time_of_an_earlier_record_is_that_of_its_file(tmp_path: Path) -> None:
    path = tmp_path / "batches/msgbatch_1.json"
    path.parent.mkdir()
    path.write_text(json.dumps({"keys": KEYS, "bound_usd": 2.0}))
    os.utime(path, (5.0, 5.0))
    [record] = BatchLedger(tmp_path).records()
    assert record.origin == Origin(5.0, "", "", None)
