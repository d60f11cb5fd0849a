"""What is said when the Hugging Face Hub does not do what was asked: one sentence an error."""

import errno
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager

from subtasks import files
from subtasks.errors import Problem

_FETCHED = ("data/", "videos/")
_SHOWN_ERROR = 200


@contextmanager
def as_hub_problem(repo_id: str, what: str) -> Iterator[None]:
    """Turn whatever goes wrong with a dataset on the Hub into a `Problem`.

    `what` names what is asked for: a revision, or a file. No token is ever part of a sentence.
    """
    # Only here: reading a dataset that is pinned does not pay for the import.
    from huggingface_hub import constants, errors

    try:
        yield
    except (
        errors.HTTPError,
        errors.HFValidationError,
        errors.CachedRepoTreeNotFoundError,
        json.JSONDecodeError,
        OSError,
        RuntimeError,
    ) as error:
        # The last two are also what Xet, the Hub's second way to large files, complains with.
        # What came before says more than "cannot find the requested files in the local cache".
        cause = error.__cause__ if isinstance(error, errors.LocalEntryNotFoundError) else None
        raise Problem(_sentence(cause or error, repo_id, what, constants.ENDPOINT)) from error


@contextmanager
def as_upload_problem(repo_id: str) -> Iterator[None]:
    """Turn whatever goes wrong with publishing to a dataset on the Hub into a `Problem`."""
    from huggingface_hub import errors

    try:
        yield
    # The client says in the last three what became of single files.
    except (
        errors.HTTPError,
        OSError,
        errors.FileDuplicationError,
        RuntimeError,
        ValueError,
    ) as error:
        cause = error.__cause__ if isinstance(error, RuntimeError) else None
        raise Problem(_upload_sentence(cause or error, repo_id)) from error


def _upload_sentence(error: BaseException, repo_id: str) -> str:
    from huggingface_hub import errors

    status = error.response.status_code if isinstance(error, errors.HfHubHTTPError) else None
    match error:
        case errors.OfflineModeIsEnabled():
            return f"publishing to {repo_id} needs the Hub: unset HF_HUB_OFFLINE"
        case errors.LocalTokenNotFoundError():
            return f"publishing to {repo_id} needs a token: set HF_TOKEN to one that may write"
        case errors.HfHubHTTPError() if status in (401, 403, 404):
            return (
                f"the Hub lets this token not write to {repo_id}: set HF_TOKEN to a token with "
                "write access to it, and check publish.repo_id"
            )
        case errors.HfHubHTTPError() if status in (409, 412):
            return f"{repo_id} was changed by somebody else meanwhile: run again"
        case errors.HfHubHTTPError():
            return (
                f"the Hub answered {status} while {repo_id} was published to: run again, what is "
                "there already is not sent again"
            )
        case errors.HTTPError():
            return f"the transfer to {repo_id} broke ({_reason(error)}): run again"
        case OSError(errno=int(), strerror=str(reason)):
            return f"{error.filename or repo_id}: {reason}"
    return f"the Hub does not take what is published to {repo_id}: {_reason(error)}"


def _reason(error: BaseException) -> str:
    return (" ".join(str(error).split()) or type(error).__name__)[:_SHOWN_ERROR]


def _sentence(error: BaseException, repo_id: str, what: str, endpoint: str) -> str:
    from huggingface_hub import errors

    match error:
        case errors.GatedRepoError():
            return (
                f"{repo_id} is gated: ask for access at {endpoint}/datasets/{repo_id} and set "
                "HF_TOKEN to a token of the account that has it"
            )
        case errors.RepositoryNotFoundError():
            return (
                f"the Hub has no dataset {repo_id}, or it is private: check repo_id:, and set "
                "HF_TOKEN to a token that may read it"
            )
        case errors.RevisionNotFoundError():
            return f"{repo_id} has no {what}: set revision: to a branch, a tag or a commit of it"
        case errors.RemoteEntryNotFoundError():
            return f"{repo_id} has no {what}: look for a newer commit with --config update=true"
        case errors.DisabledRepoError():
            return f"{repo_id} has been disabled on the Hub: nobody can fetch {what}"
        case errors.HfHubHTTPError():
            return _refusal(error.response.status_code, repo_id, what)
        case (
            errors.OfflineModeIsEnabled()
            | errors.LocalEntryNotFoundError()
            | errors.CachedRepoTreeNotFoundError()
        ):
            return (
                f"{what} of {repo_id} is not here, and HF_HUB_OFFLINE is set: "
                "unset it for one run that fetches it"
            )
        case errors.HFValidationError():
            return f"{repo_id} is no id of a dataset on the Hub, such as lerobot/droid_100"
        case errors.FileMetadataError() | json.JSONDecodeError():
            return f"{endpoint} does not answer as the Hub does: check HF_ENDPOINT and the proxy"
        case OSError() | RuntimeError() if _is_full(error):
            fewer = ", or keep fewer files there at once, such as --resources hub_downloads=1"
            return (
                f"the disk is full, {what} of {repo_id} does not fit: free some space"
                f"{fewer if what.startswith(_FETCHED) else ''}"
            )
        case errors.HTTPError():
            return (
                f"{what} of {repo_id} could not be fetched from {endpoint} ({_first_line(error)}): "
                "check the network and run again"
            )
        case OSError(errno=int(), strerror=str(reason)):
            return f"{what} of {repo_id} cannot be written ({error.filename or 'disk'}: {reason})"
    return f"the transfer of {what} of {repo_id} broke ({_first_line(error)}): run again"


def _is_full(error: OSError | RuntimeError) -> bool:
    number = getattr(error, "errno", None)
    return number in files.FULL or os.strerror(errno.ENOSPC) in str(error)


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0][:_SHOWN_ERROR]


def _refusal(status: int, repo_id: str, what: str) -> str:
    match status:
        case 401:
            return "the Hub does not accept the token: set HF_TOKEN to one that is valid"
        case 403:
            return f"the token may not read {repo_id}: set HF_TOKEN to one that may"
        case 429:
            return (
                f"the Hub takes no more requests for now, {what} of {repo_id} is missing: wait, "
                "set HF_TOKEN, or use a smaller --resources hub_downloads="
            )
    return f"the Hub answered {status} when asked for {what} of {repo_id}: run again later"
