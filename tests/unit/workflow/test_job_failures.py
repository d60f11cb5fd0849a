"""A job's program says why it failed in a file beside its log."""

import json
from pathlib import Path

import pytest

from subtasks.program import EXIT_FULL
from subtasks.workflow import job_failures
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


def test_what_earlier_runs_have_said_is_forgotten(tmp_path: Path) -> None:
    log, other = tmp_path / "x.log", tmp_path / "other.log"
    for each in (log, other):
        failure_file(each).write_text(json.dumps({"reason": "no key", "fatal": True}))
    job_failures.forget([log, tmp_path / "absent/x.log"])
    assert read_failure(log) is None
    assert read_failure(other) is not None


SHELL = "CalledProcessError in file \"x\", line 3:\nCommand 'set -euo pipefail; python x' "


def ended(code: object) -> str:
    return f"RuleException:\n{SHELL}returned non-zero exit status {code}."


@pytest.mark.parametrize(
    ("said", "log", "sentence"),
    [
        (
            ended(137),
            "half a line",
            "a job was killed (SIGKILL), perhaps because the memory is full",
        ),
        (f"{SHELL}died with <Signals.SIGKILL: 9>.", "", "a job was killed (SIGKILL), perhaps "),
        (ended(139), "", "a job was ended by a signal (SIGSEGV), see {log}"),
        (ended(143), "", "a job was ended by a signal (SIGTERM), see {log}"),
        (ended(255), "", "a job was ended by signal 127, see {log}"),
        (
            ended(1),
            "Traceback …\nModuleNotFoundError: No module named 'av'\n\n",
            "a job failed: ModuleNotFoundError: No module named 'av'; see {log}",
        ),
        (
            ended(127),
            "bash: python: command not found",
            "a job failed: bash: python: command not found; see {log}",
        ),
        (ended(1), "", "a job failed with exit code 1 and said nothing, see {log}"),
        (ended(2), "x" * 9000, "a job failed: xxxx"),
        ("", "anything", "a job failed, see {log}"),
        (
            'WorkflowError in rule a in file "x", line 3:\nOutput a has older '
            "modification time than input b.",
            "",
            "Output a has older modification time than input b.",
        ),
        (
            "MissingOutputException in rule a in file x, line 15:\nJob 2  completed successfully, "
            "but some output files are missing.",
            "",
            "Job 2 completed successfully, but some output",
        ),
    ],
)
def test_a_job_that_said_nothing_is_explained(
    tmp_path: Path, said: str, log: str, sentence: str
) -> None:
    path = tmp_path / "x.log"
    path.write_text(log)
    explained = job_failures.explain(path, said)
    assert explained.startswith(sentence.format(log=path))
    assert "\n" not in explained
    assert len(explained) < 600


def test_a_log_that_is_no_text_is_quoted_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    path.write_bytes(b"\xff\xfe\n")
    assert "a job failed: \ufffd\ufffd; see" in job_failures.explain(path, ended(1))


@pytest.mark.parametrize("what", ["folder", "absent"])
def test_a_log_that_cannot_be_written_is_why(tmp_path: Path, what: str) -> None:
    path = tmp_path / "logs" / "x.log"
    if what == "folder":
        path.mkdir(parents=True)
    why = {"folder": "Is a directory", "absent": "No such file or directory"}[what]
    assert job_failures.explain(path, ended(1)) == f"a job cannot write its log {path}: {why}"


@pytest.mark.parametrize(
    ("said", "full"),
    [
        (ended(EXIT_FULL), True),
        (ended(1), False),
        (ended(44), False),
        ("", False),
        ("Error recording metadata for finished job ([Errno 28] No space left on device).", True),
        ("OSError: [Errno 122] Disk quota exceeded: 'work/x'", True),
    ],
)
def test_a_full_disk_shows_in_what_snakemake_says(said: str, full: bool) -> None:
    assert job_failures.met_a_full_disk(said) == full


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "Traceback (most recent call last):\n\n  File x\n\nOSError: [Errno 28] No space left "
            "on device: 'work/x.log'\n",
            "Snakemake cannot go on: work/x.log: No space left on device",
        ),
        (
            "Traceback (most recent call last):\nNotADirectoryError: [Errno 20] Not a directory: "
            "'a'",
            "Snakemake cannot go on: a: Not a directory",
        ),
        ("Traceback (most recent call last):\nKeyError: 3", None),
        ("WorkflowError:\nPermissionError: [Errno 13] Permission denied: 'a'", None),
        ("", None),
    ],
)
def test_an_error_of_the_system_has_no_traceback(text: str, shown: str | None) -> None:
    assert job_failures.without_traceback(text) == (text if shown is None else shown)
