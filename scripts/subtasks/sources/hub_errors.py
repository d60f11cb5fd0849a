"""Errors of the Hugging Face Hub and its client, each as one sentence."""

import errno
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from subtasks import files
from subtasks.errors import DiskFull, Problem
from subtasks.wording import first_line, one_line

_OTHER_SIZE = re.compile(r"file should be of size (\d+) but has size (\d+)")
_DATA_FOLDERS = ("data/", "videos/")


@contextmanager
def as_hub_problem(repo_id: str, what: str, folder: Path | None = None) -> Iterator[None]:
    """Turn whatever goes wrong while reading a dataset on the Hub into a `Problem`.

    `what` names what is read: a revision or a file. `folder` is the one that is written to. No
    sentence ever contains a token.
    """
    # Imported here, so that a dataset whose snapshot is complete is read without it.
    from huggingface_hub import constants, errors

    try:
        yield
    except (
        errors.HTTPError,
        errors.HFValidationError,
        errors.CachedRepoTreeNotFoundError,
        json.JSONDecodeError,
        # Xet, the Hub's other protocol for large files, also raises these two.
        OSError,
        RuntimeError,
    ) as error:
        # "Cannot find the requested files in the local cache" says less than its cause.
        cause = error.__cause__ if isinstance(error, errors.LocalEntryNotFoundError) else None
        if _is_disk_full(cause or error):
            raise DiskFull(_full(repo_id, what, folder)) from error
        raise Problem(_sentence(cause or error, repo_id, what, constants.ENDPOINT)) from error


@contextmanager
def as_upload_problem(repo_id: str) -> Iterator[None]:
    """Turn whatever goes wrong while publishing to a dataset on the Hub into a `Problem`."""
    from huggingface_hub import errors

    try:
        yield
    except (
        errors.HTTPError,
        OSError,
        # The client raises these three for single files.
        errors.FileDuplicationError,
        RuntimeError,
        ValueError,
    ) as error:
        cause = error.__cause__ if isinstance(error, RuntimeError) else None
        raise Problem(_upload_sentence(cause or error, repo_id)) from error


def _upload_sentence(error: BaseException, repo_id: str) -> str:
    from huggingface_hub import errors

    status = error.response.status_code if isinstance(error, errors.HfHubHTTPError) else None
    reason = one_line(str(error)) or type(error).__name__
    match error:
        case errors.OfflineModeIsEnabled():
            return f"publishing to {repo_id} needs the Hub: unset HF_HUB_OFFLINE"
        case errors.LocalTokenNotFoundError():
            return f"publishing to {repo_id} needs a token: set HF_TOKEN to one with write access"
        case errors.HfHubHTTPError() if status in (401, 403, 404):
            return (
                f"this token may not write to {repo_id}: set HF_TOKEN to one with write access, "
                "and check publish.repo_id"
            )
        case errors.HfHubHTTPError() if status in (409, 412):
            return f"{repo_id} was changed by somebody else in the meantime: run again"
        case errors.HfHubHTTPError():
            return (
                f"publishing to {repo_id} failed (the Hub answered {status}): run again; files "
                "already uploaded are skipped"
            )
        case errors.HTTPError():
            return f"the upload to {repo_id} was interrupted ({reason}): run again"
        case OSError(errno=int(), strerror=str(strerror)):
            return f"{error.filename or repo_id}: {strerror}"
    return f"publishing to {repo_id} failed: {reason}"


def _sentence(error: BaseException, repo_id: str, what: str, endpoint: str) -> str:
    from huggingface_hub import errors

    match error:
        case errors.GatedRepoError():
            return (
                f"{repo_id} is gated: request access at {endpoint}/datasets/{repo_id} and set "
                "HF_TOKEN to a token of the account that has it"
            )
        case errors.RepositoryNotFoundError():
            return (
                f"the Hub has no dataset {repo_id}, or it is private: check repo_id:, and set "
                "HF_TOKEN to a token that may read it"
            )
        case errors.RevisionNotFoundError():
            return f"{repo_id} has no {what}: set revision: to one of its branches, tags or commits"
        case errors.RemoteEntryNotFoundError():
            return (
                f"{repo_id} has no {what}: look for a newer commit with "
                "--config 'hub={update: true}'"
            )
        case errors.DisabledRepoError():
            return f"the Hub has disabled {repo_id}: {what} cannot be fetched"
        case errors.HfHubHTTPError():
            return _refusal(error.response.status_code, repo_id, what)
        case (
            errors.OfflineModeIsEnabled()
            | errors.LocalEntryNotFoundError()
            | errors.CachedRepoTreeNotFoundError()
        ):
            return (
                f"{what} of {repo_id} is not in the Hub's cache on this machine, and "
                "HF_HUB_OFFLINE is set: unset it for one run"
            )
        case errors.HFValidationError():
            return f"{repo_id} is not a valid id of a dataset on the Hub, such as lerobot/droid_100"
        case errors.FileMetadataError() | json.JSONDecodeError():
            return f"{endpoint} does not answer like the Hub: check HF_ENDPOINT and the proxy"
        case OSError() if match := _OTHER_SIZE.search(str(error)):
            expected, found = (f"{int(number):,}" for number in match.groups())
            return (
                f"{what} of {repo_id} arrived with {found} bytes instead of {expected}: run again, "
                "and check HF_ENDPOINT and the proxy"
            )
        case errors.HTTPError():
            return (
                f"{what} of {repo_id} could not be fetched from {endpoint} ({first_line(error)}): "
                "check the network and run again"
            )
        case OSError(errno=int(), strerror=str(reason)):
            return f"{what} of {repo_id} cannot be written ({error.filename or 'disk'}: {reason})"
    return f"the download of {what} of {repo_id} was interrupted ({first_line(error)}): run again"


def _is_disk_full(error: BaseException) -> bool:
    if not isinstance(error, OSError | RuntimeError):
        return False
    number = getattr(error, "errno", None)
    return number in files.DISK_FULL or os.strerror(errno.ENOSPC) in str(error)


def _full(repo_id: str, what: str, folder: Path | None) -> str:
    disk = "the disk" if folder is None else f"the disk of {folder}"
    fewer = ", or keep fewer files there at once with --resources hub_downloads=1"
    return (
        f"{disk} is full, {what} of {repo_id} does not fit: free some space"
        f"{fewer if what.startswith(_DATA_FOLDERS) else ''}"
    )


def _refusal(status: int, repo_id: str, what: str) -> str:
    match status:
        case 401:
            return "the Hub rejected the token: set HF_TOKEN to a valid one"
        case 403:
            return f"the token may not read {repo_id}: set HF_TOKEN to one that may"
        case 429:
            return (
                f"too many requests to the Hub, {what} of {repo_id} was not fetched: wait, set "
                "HF_TOKEN, or use a smaller --resources hub_downloads="
            )
    return f"the Hub answered {status} when asked for {what} of {repo_id}: run again later"
