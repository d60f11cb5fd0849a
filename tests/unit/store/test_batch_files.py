"""The files of the batch ledger, damaged in every way: one sentence that names the file."""

import json
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from subtasks.errors import Problem
from subtasks.store import batch_files
from subtasks.store.batch_ledger import BatchLedger, Failure, Origin, Record, Scope

KEYS = ["ab" * 32, "cd" * 32]
FLIPS = 3000
EARLIER = {"keys": KEYS, "bound_usd": 1.5, "time": 7.0}


def submitted(folder: Path) -> Path:
    """The record of a batch, as it is written now."""
    ledger = BatchLedger(folder)
    origin = Origin(1_700_000_000.25, "api.anthropic.com", "a1b", "0123456789abcdef")
    ledger.submitted(ledger.intend(KEYS, 1.5, origin), "msgbatch_1")
    return ledger.folder / "msgbatch_1.json"


def intended(folder: Path) -> Path:
    ledger = BatchLedger(folder)
    return ledger.folder / ledger.intend(KEYS, 1.5).name


def collected(folder: Path) -> Path:
    submitted(folder)
    ledger = BatchLedger(folder)
    [record] = ledger.records()
    ledger.close(record, {KEYS[0]: Failure(Scope.ATTEMPT, "the request expired")})
    return ledger.folder / "msgbatch_1.collected.json"


def records(folder: Path) -> list[Record]:
    return BatchLedger(folder).records()


def failures(folder: Path) -> dict[str, Failure]:
    return BatchLedger(folder).failures(Record("msgbatch_1", frozenset(KEYS), 1.5))


READERS: list[tuple[Callable[[Path], Path], Callable[[Path], Any]]] = [
    (submitted, records),
    (intended, lambda folder: BatchLedger(folder).intents()),
    (collected, failures),
]


def result(read: Callable[[Path], Any], folder: Path) -> tuple[Any, str]:
    """What is read, or the sentence that says why nothing is."""
    try:
        return read(folder), ""
    except Problem as problem:
        return None, str(problem)


def reader_of(name: str) -> Callable[[Path], Any]:
    return failures if "collected" in name else lambda folder: BatchLedger(folder).under_way()


@pytest.mark.parametrize(("write", "read"), READERS, ids=["record", "intent", "collected"])
def test_a_bit_that_has_changed_is_noticed(
    tmp_path: Path, write: Callable[[Path], Path], read: Callable[[Path], Any]
) -> None:
    path = write(tmp_path)
    whole = path.read_bytes()
    before = read(tmp_path)
    bits = random.Random(0).sample(range(len(whole) * 8), min(FLIPS, len(whole) * 8))
    silent = []
    for bit in bits:
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        path.write_bytes(damaged)
        found, said = result(read, tmp_path)
        if said:
            assert str(path) in said
            assert "is damaged" in said
        # Another kind of blank between the values changes nothing.
        elif found != before or json.loads(damaged) != json.loads(whole):
            silent.append(bit)
    assert not silent
    path.write_bytes(whole)
    assert read(tmp_path) == before


@pytest.mark.parametrize(("write", "read"), READERS, ids=["record", "intent", "collected"])
def test_a_file_that_is_cut_is_noticed(
    tmp_path: Path, write: Callable[[Path], Path], read: Callable[[Path], Any]
) -> None:
    path = write(tmp_path)
    whole = path.read_bytes()
    for length in range(len(whole.rstrip())):
        path.write_bytes(whole[:length])
        with pytest.raises(Problem, match="is damaged"):
            read(tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 4096,
        b"null",
        b"7",
        b"[]",
        b"{}",
        b"[" * 200_000,
        b'{"keys": ' + b"[" * 200_000,
        b'\xff{"keys": []}',
        b'{"keys": [], "bound_usd": 1e999}',
        b'{"keys": [], "bound_usd": NaN}',
        b'{"keys": [], "bound_usd": ' + b"9" * 5000 + b"}",
        *(
            json.dumps(EARLIER | change).encode()
            for change in [
                *({"keys": odd} for odd in (None, 7, "ab", {}, [7], [None], [["ab" * 32]], ["ab"])),
                *({"keys": odd} for odd in ([KEYS[0].upper()], [KEYS[0] + "\n"], ["é" * 64])),
                *({"bound_usd": odd} for odd in (None, "1", True, [], {}, -1, 10**400)),
                *({"time": odd} for odd in (None, "1", True, [], {}, -1, 10**400)),
                *({"troubles": odd} for odd in (None, 7, [], {"a": 1}, {KEYS[0]: None})),
                {"troubles": {KEYS[0]: {"concerns": "some", "reason": "no"}}},
                {"troubles": {KEYS[0]: {"concerns": [], "reason": "no"}}},
                {"troubles": {KEYS[0]: {"concerns": "all"}}},
                {"troubles": {KEYS[0]: {"concerns": "all", "reason": 7}}},
                {"more": 1},
                {"checksum": 7},
                {"checksum": "0123456789abcdef"},
            ]
        ),
    ],
)
@pytest.mark.parametrize("name", ["msgbatch_1.json", "intent-1.json", "msgbatch_1.collected.json"])
def test_what_no_version_has_written(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / "batches" / name
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(Problem, match="is damaged") as problem:
        reader_of(name)(tmp_path)
    assert str(path) in str(problem.value)
    assert len(str(problem.value).splitlines()) == 1


@pytest.mark.parametrize("name", ["msgbatch_1.json", "intent-1.json", "msgbatch_1.collected.json"])
@pytest.mark.parametrize("kind", ["folder", "pipe", "link to nothing", "link to itself"])
def test_what_is_no_file(tmp_path: Path, name: str, kind: str) -> None:
    path = tmp_path / "batches" / name
    path.parent.mkdir()
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(path if kind == "link to itself" else tmp_path / "nothing")
    with pytest.raises(Problem, match="is damaged"):
        reader_of(name)(tmp_path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("notes.json", b'{"todo": "look at this"}'),
        ("package.json", b"[1, 2, 3]"),
        ("thumbs.json", b"\xff\xd8\xff"),
        ("deep.json", b"[" * 200_000),
    ],
)
def test_a_foreign_file_is_named(tmp_path: Path, name: str, content: bytes) -> None:
    submitted(tmp_path)
    path = tmp_path / "batches" / name
    path.write_bytes(content)
    with pytest.raises(Problem, match="is no record of a message batch: move it out of") as problem:
        records(tmp_path)
    assert str(path) in str(problem.value)


@pytest.mark.parametrize("name", ["._msgbatch_1.json", ".hidden.json", "notes.txt", "a.json.tmp"])
def test_what_systems_and_editors_leave_is_no_record(tmp_path: Path, name: str) -> None:
    submitted(tmp_path)
    (tmp_path / "batches" / name).write_bytes(b"\0\5\x16\7")
    assert [record.id for record in records(tmp_path)] == ["msgbatch_1"]
    assert BatchLedger(tmp_path).known() == {"msgbatch_1"}


def test_a_file_of_a_later_version_is_read(tmp_path: Path) -> None:
    """Its checksum says that whatever is unknown in it was written there."""
    path = tmp_path / "batches/msgbatch_1.json"
    batch_files.write(path, {"keys": KEYS, "bound_usd": 1.5, "place": {"a": "moon"}})
    assert records(tmp_path)[0].keys == frozenset(KEYS)
