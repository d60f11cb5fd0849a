"""Errors of the Hub's client are one sentence each."""

import errno
import json
import re
from pathlib import Path

import httpx2
import pytest
from huggingface_hub import errors

from subtasks.errors import Problem
from subtasks.sources.hub_errors import as_hub_problem, as_upload_problem


def answered(status: int, kind: type[errors.HfHubHTTPError] = errors.HfHubHTTPError) -> Exception:
    """The client's error for an answer with a status."""
    response = httpx2.Response(status, request=httpx2.Request("GET", "https://hub.test/a"))
    return kind("somebody's words", response=response)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (answered(403, errors.GatedRepoError), "me/bottle is gated: request access at http"),
        (answered(404, errors.RepositoryNotFoundError), "the Hub has no dataset me/bottle, or it"),
        (answered(404, errors.RevisionNotFoundError), "me/bottle has no a video: set revision:"),
        (
            answered(404, errors.RemoteEntryNotFoundError),
            "commit with --config 'hub={update: true}",
        ),
        (answered(403, errors.DisabledRepoError), "the Hub has disabled me/bottle: a video cannot"),
        (answered(401), "the Hub rejected the token: set HF_TOKEN"),
        (answered(403), "the token may not read me/bottle: set HF_TOKEN"),
        (answered(429), "too many requests to the Hub, a video of me/bottle was not fetched: wait"),
        (answered(502), "the Hub answered 502 when asked for a video of me/bottle: run again"),
        (errors.OfflineModeIsEnabled("no"), "a video of me/bottle is not in the Hub's cache on"),
        (errors.HFValidationError("no"), "me/bottle is not a valid id of a dataset on the Hub"),
        (
            json.JSONDecodeError("no", "<html>", 0),
            "does not answer like the Hub: check HF_ENDPOINT",
        ),
        (httpx2.ConnectError("no route\nto host"), r"could not be fetched from .* \(no route\):"),
    ],
)
def test_errors_of_the_hub_are_one_sentence(error: Exception, said: str) -> None:
    with pytest.raises(Problem, match=said) as caught, as_hub_problem("me/bottle", "a video"):
        raise error
    assert "\n" not in str(caught.value)


def test_a_full_disk_has_advice_for_what_is_many() -> None:
    full = OSError(errno.ENOSPC, "No space left on device")
    fewer = "free some space, or keep fewer files there at once with --resources hub_downloads=1"
    with pytest.raises(Problem, match=fewer), as_hub_problem("me/bottle", "data/a.parquet"):
        raise full
    with pytest.raises(Problem, match=r"free some space$"), as_hub_problem("me/bottle", "meta/a"):
        raise full


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (errors.OfflineModeIsEnabled("no"), "publishing to me/new needs the Hub: unset HF_HUB_OFF"),
        (errors.LocalTokenNotFoundError("no"), "needs a token: set HF_TOKEN to one with write"),
        (
            answered(403),
            "this token may not write to me/new: set HF_TOKEN to one with write access",
        ),
        (answered(412), "me/new was changed by somebody else in the meantime: run again"),
        (answered(500), r"publishing to me/new failed \(the Hub answered 500\): run again; files"),
        (httpx2.ReadError("cut\noff"), r"the upload to me/new was interrupted \(cut off\): run"),
        (PermissionError(errno.EACCES, "Permission denied", "a"), "a: Permission denied"),
        (ValueError("twice:\n a.mp4"), "publishing to me/new failed: twice: a.mp4"),
        (RuntimeError(), "publishing to me/new failed: RuntimeError"),
    ],
)
def test_errors_of_an_upload_are_one_sentence(error: Exception, said: str) -> None:
    with pytest.raises(Problem, match=said) as caught, as_upload_problem("me/new"):
        raise error
    assert "\n" not in str(caught.value)


def test_bugs_are_no_problems() -> None:
    with pytest.raises(KeyError), as_hub_problem("me/bottle", "a video"):
        raise KeyError("bug")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "the disk is full, a video of me/b"),
        (RuntimeError("Task: No space left on device (os error 28)"), "the disk is full"),
        (PermissionError(errno.EACCES, "Permission denied", "work"), "cannot be written .work: P"),
        (
            OSError("Consistency check failed: 5 bytes\nand more"),
            "interrupted .Consist.* 5 bytes.: run",
        ),
    ],
)
def test_errors_of_the_disk_and_the_client_are_one_sentence(error: Exception, said: str) -> None:
    with pytest.raises(Problem, match=said) as caught, as_hub_problem("me/bottle", "a video"):
        raise error
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("what", "advice"),
    [("meta/info.json", "free some space"), ("videos/a.mp4", "free some space, or keep fewer")],
)
def test_a_full_disk_is_that_of_a_folder(tmp_path: Path, what: str, advice: str) -> None:
    said = f"the disk of {tmp_path} is full, {what} of me/bottle does not fit: {advice}"
    with pytest.raises(Problem, match=re.escape(said)), as_hub_problem("me/bottle", what, tmp_path):
        raise OSError(errno.EDQUOT, "Disk quota exceeded")


def test_a_body_of_another_length_is_said_in_numbers() -> None:
    error = OSError("Consistency check failed: file should be of size 1000 but has size 7 (a).\nX")
    said = "a video of me/bottle arrived with 7 bytes instead of 1,000: run again, and check HF_END"
    with pytest.raises(Problem, match=said), as_hub_problem("me/bottle", "a video"):
        raise error
