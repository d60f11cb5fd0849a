"""Ranges of a file on the Hugging Face Hub."""

from subtasks.sources.hub_errors import as_hub_problem
from subtasks.sources.range_reader import GetRange, Part

_NO_SUCH_RANGE = 416


def range_getter(repo_id: str, commit: str, path: str) -> GetRange:
    """Return a function that fetches ranges of a file at a commit."""
    from huggingface_hub import constants, hf_hub_url
    from huggingface_hub.utils import build_hf_headers, hf_raise_for_status, http_backoff

    url = hf_hub_url(repo_id, path, repo_type="dataset", revision=commit)

    def get_range(span: str) -> Part:
        with as_hub_problem(repo_id, path):
            response = http_backoff(
                "GET",
                url,
                headers={**build_hf_headers(), "Range": f"bytes={span}"},
                timeout=constants.HF_HUB_DOWNLOAD_TIMEOUT,
            )
            content_range = response.headers.get("Content-Range", "")
            if response.status_code == _NO_SUCH_RANGE and content_range.endswith("/0"):
                # An empty file has no last bytes.
                return Part(b"", content_range)
            hf_raise_for_status(response)
        version = response.headers.get("ETag", "").removeprefix("W/")
        return Part(response.content, content_range, version)

    return get_range
