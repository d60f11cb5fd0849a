"""The reply store: nothing lost, nothing asked twice, also between processes."""

import asyncio
import errno
import fcntl
import json
import multiprocessing
import os
import signal
import tempfile
from dataclasses import asdict, astuple
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks.errors import Problem
from subtasks.questions.reply import Reply
from subtasks.store.replies import WHOLE_STORE, DamagedReply, ReplyStore
from support.waiting import wait_until

KEY = "ab" * 32
OTHER = "cd" * 32
REPLY = Reply("[…]", "end_turn", "claude-opus-4-7", {"input_tokens": 10, "output_tokens": 2})


def test_a_reply_comes_back_as_it_was(tmp_path: Path) -> None:
    with ReplyStore(tmp_path / "replies") as store:
        assert store.get(KEY) is None
        store.put(KEY, REPLY)
    with ReplyStore(tmp_path / "replies") as again:
        assert again.get(KEY) == REPLY
        assert again.get(OTHER) is None


def test_a_retired_reply_keeps_its_file_and_answers_nothing(tmp_path: Path) -> None:
    with ReplyStore(tmp_path) as store:
        for _ in range(3):
            store.put(KEY, REPLY)
            store.retire(KEY)
            assert store.get(KEY) is None
        store.retire(KEY)  # Somebody else was first.
    assert len(list(tmp_path.rglob("*.retired-*.json"))) == 3


def test_a_damaged_reply_is_not_asked_for_again(tmp_path: Path) -> None:
    with ReplyStore(tmp_path) as store:
        store.put(KEY, REPLY)
        path = next(tmp_path.rglob(f"{KEY}.json"))
        path.write_text(path.read_text()[:20])
        with pytest.raises(Problem, match="damaged: remove it to ask again"):
            store.get(KEY)


def ask_once(folder: Path, log: Path) -> None:
    """What a job does with a question; `log` gets a line when it really asks."""

    async def main() -> None:
        with ReplyStore(folder) as store:

            async def one() -> None:
                async with store.claim(KEY):
                    if store.get(KEY) is None:
                        with log.open("a") as lines:
                            lines.write("asked\n")
                        await asyncio.sleep(0.2)
                        store.put(KEY, REPLY)

            await asyncio.gather(one(), one(), one())

    asyncio.run(main())


def test_many_processes_ask_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    log = tmp_path / "log"
    jobs = [context.Process(target=ask_once, args=(tmp_path / "r", log)) for _ in range(4)]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()
    assert log.read_text() == "asked\n"


def hold(folder: Path, held: Path) -> None:
    """Claim the question and never give it back."""

    async def main() -> None:
        with ReplyStore(folder) as store:
            async with store.claim(KEY):
                held.touch()
                await asyncio.sleep(600)

    asyncio.run(main())


def test_a_killed_process_holds_nothing_back(tmp_path: Path) -> None:
    held = tmp_path / "held"
    job = multiprocessing.get_context("spawn").Process(target=hold, args=(tmp_path / "r", held))
    job.start()
    wait_until(held.exists)

    async def claimed_after_the_kill() -> bool:
        with ReplyStore(tmp_path / "r") as store:
            async with store.claim(OTHER):  # Another question is free all the time.
                pass

            async def claim() -> None:
                async with store.claim(KEY):
                    pass

            waiting = asyncio.create_task(claim())
            await asyncio.sleep(0.5)
            assert not waiting.done()
            os.kill(job.pid, signal.SIGKILL)
            await asyncio.wait_for(waiting, 10)
            return True

    assert asyncio.run(claimed_after_the_kill())
    job.join()


def test_the_files_are_those_of_earlier_versions(tmp_path: Path) -> None:
    """What was paid for before an update must be found after it."""
    path = tmp_path / KEY[:2] / f"{KEY}.json"
    path.parent.mkdir()
    stored = {"text": "[…]", "stop_reason": "end_turn", "model": REPLY.model, "usage": REPLY.usage}
    path.write_text(json.dumps(stored))
    with ReplyStore(tmp_path) as store:
        assert store.get(KEY) == REPLY
        store.put(OTHER, REPLY)
    kept = json.loads((tmp_path / OTHER[:2] / f"{OTHER}.json").read_text())
    assert kept == stored | {"batch": False, "received": ""}


def test_a_process_of_an_earlier_version_is_asking(tmp_path: Path) -> None:
    """The bytes that it locks must stay the same."""

    def hold() -> None:
        descriptor = os.open(tmp_path / "lock", os.O_RDWR | os.O_CREAT)
        fcntl.lockf(descriptor, fcntl.LOCK_EX, 1, int(KEY[:15], 16))
        fcntl.lockf(descriptor, fcntl.LOCK_EX, 1, 1 << 61)
        (tmp_path / "held").touch()
        signal.pause()

    job = multiprocessing.get_context("fork").Process(target=hold)
    job.start()
    wait_until((tmp_path / "held").exists)
    with ReplyStore(tmp_path) as store:
        assert not store.locks.acquire(WHOLE_STORE)

        async def claim() -> None:
            async with asyncio.timeout(0.5), store.claim(KEY):
                pass

        with pytest.raises(TimeoutError):
            asyncio.run(claim())
        job.kill()
        job.join()
        asyncio.run(claim())


def test_a_file_system_without_locks_is_reported_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def lockf(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    async def main() -> None:
        with ReplyStore(tmp_path) as store:
            for key in (KEY, OTHER, KEY):
                async with store.claim(key):
                    store.put(key, REPLY)
            store.retire(KEY)
            assert store.get(KEY) is None

    monkeypatch.setattr(fcntl, "lockf", lockf)
    asyncio.run(main())
    [said] = caplog.messages
    assert said == (
        f"{tmp_path} is on a file system without file locks: two jobs asking the same question at "
        "once both pay for it"
    )


# what cannot be read or written -----------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b" ",
        b"null",
        b"5",
        b'"text"',
        b"[]",
        b"{}",
        b"[" * 200_000,
        b'{"text":' * 100_000,
        b"\xff\xfe\x00",
        b"\xef\xbb\xbf{}",
        *(
            json.dumps(asdict(REPLY) | {name: value}).encode()
            for name, value in [
                ("text", None),
                ("text", 5),
                ("text", ["a"]),
                ("stop_reason", None),
                ("stop_reason", {}),
                ("model", 5),
                ("usage", None),
                ("usage", []),
                ("usage", "12"),
                ("usage", {"input_tokens": "12"}),
                ("usage", {"input_tokens": 1.5}),
                ("usage", {"input_tokens": None}),
                ("usage", {"input_tokens": [1]}),
                ("batch", "yes"),
                ("batch", None),
                ("received", 5),
            ]
        ),
        json.dumps(asdict(REPLY)).replace("10", "9" * 5000).encode(),
        json.dumps({k: v for k, v in asdict(REPLY).items() if k != "usage"}).encode(),
    ],
)
def test_what_is_no_reply_is_named(tmp_path: Path, content: bytes) -> None:
    with ReplyStore(tmp_path) as store:
        store.put(KEY, REPLY)
        path = next(tmp_path.rglob(f"{KEY}.json"))
        path.write_bytes(content)
        with pytest.raises(DamagedReply) as caught:
            store.get(KEY)
    assert str(caught.value) == f"the stored reply {path} is damaged: remove it to ask again"


def test_a_damaged_bit_or_a_lost_end_is_a_reply_or_one_sentence(tmp_path: Path) -> None:
    with ReplyStore(tmp_path) as store:
        store.put(KEY, Reply("[é…]" * 9, "end_turn", "claude-opus-4-7", {"input_tokens": 10}))
        path = next(tmp_path.rglob(f"{KEY}.json"))
        whole = path.read_bytes()
        damaged = [whole[:length] for length in range(len(whole) - 1)]
        for bit in range(8 * len(whole)):
            flipped = bytearray(whole)
            flipped[bit // 8] ^= 1 << bit % 8
            damaged.append(bytes(flipped))
        found = 0
        for content in damaged:
            path.write_bytes(content)
            try:
                reply = store.get(KEY)
            except DamagedReply as problem:
                assert str(path) in str(problem)  # noqa: PT017 - either is right
                found += 1
            else:
                assert isinstance(reply, Reply)
                assert all(type(count) is int for count in reply.usage.values())
    assert len(damaged) > 1500
    assert found > len(damaged) // 3


texts = st.text(st.characters(exclude_categories=()), max_size=20)


@given(text=texts, reason=texts, model=texts, body=texts)
def test_whatever_an_answer_says_is_stored_and_read_back(
    text: str, reason: str, model: str, body: str
) -> None:
    """Halves of characters included, which have no form in UTF-8."""
    reply = Reply(text, reason, model, {"input_tokens": 1})
    with tempfile.TemporaryDirectory() as folder, ReplyStore(Path(folder)) as store:
        store.put(KEY, reply, body)
        found = store.get(KEY)
        assert found
        for given_text, read in zip((text, reason, model), astuple(found), strict=False):
            # Two halves that belong together come back as one character.
            assert read == given_text.encode("utf-16", "surrogatepass").decode(
                "utf-16", "surrogatepass"
            )


def test_a_store_that_changed_is_told_from_one_that_did_not(tmp_path: Path) -> None:
    with ReplyStore(tmp_path) as store:
        assert not store.has_changed_since(0)
        store.put(KEY, REPLY)
        changed = (tmp_path / KEY[:2]).stat().st_mtime
        assert store.has_changed_since(changed - 60)
        assert not store.has_changed_since(changed + 60)
