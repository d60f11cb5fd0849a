"""A job's program says why it failed in a file beside its log."""

import json
from pathlib import Path

import pytest

from subtasks.workflow.job_failures import Failure, failure_file, read_failure
from support import programs


def test_the_reason_is_beside_the_log(tmp_path: Path) -> None:
    log = tmp_path / "logs/episode_000003.log"
    assert failure_file(log) == tmp_path / "logs/episode_000003.log.json"
    assert read_failure(log) is None
    log.parent.mkdir()
    failure_file(log).write_text(json.dumps({"reason": "no credit", "fatal": True}))
    assert read_failure(log) == Failure("no credit", fatal=True)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"3", b"{}", b'{"reason": "x"}', b"\xff", b'{"fatal": true}']
)
def test_a_file_that_was_cut_off_says_nothing(tmp_path: Path, content: bytes) -> None:
    log = tmp_path / "x.log"
    failure_file(log).write_bytes(content)
    assert read_failure(log) is None


def test_it_is_what_a_program_leaves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "x.log"
    monkeypatch.setenv("SUBTASKS_FAILURE", str(failure_file(log)))
    options = ("--correction", tmp_path / "none.json", "--output", tmp_path / "out.json")
    sentence = programs.fails("take_correction.py", *options)
    assert read_failure(log) == Failure(sentence, fatal=False)
