"""The files of WGO-Bench's table on the Hub, fetched into the Hub's own cache.

There an interrupted download goes on where it was, and the next run finds the whole file.
"""

import logging
import os
from dataclasses import dataclass
from pathlib import Path

from subtasks.errors import Problem
from subtasks.sources import hub
from subtasks.sources.hub_errors import as_hub_problem

REPO_ID = "macrodata/WGO-Bench"
FOLDER, SUFFIX = "data/", ".parquet"

log = logging.getLogger("subtasks")


@dataclass(frozen=True, slots=True)
class Fetched:
    """The files of a table, in their order, and the commit that they are from."""

    paths: tuple[Path, ...]
    commit: str


def fetch(repo_id: str, revision: str) -> Fetched:
    """Fetch a revision's table, unless it is in the cache. Raises `Problem` if that fails."""
    # Xet, the Hub's other protocol for large files, would cache up to 10 GB of its own.
    os.environ.setdefault("HF_XET_CHUNK_CACHE_SIZE_BYTES", "0")
    from huggingface_hub import HfApi

    with as_hub_problem(repo_id, f"revision {revision}"):
        info = HfApi().dataset_info(
            repo_id, revision=revision, expand=["sha"], timeout=hub.INFO_TIMEOUT_SECONDS
        )
        source = hub.HubSource(repo_id, revision, str(info.sha))
        files = hub.tree(source)
    tables = [name for name in sorted(files) if name.startswith(FOLDER) and name.endswith(SUFFIX)]
    if not tables:
        raise Problem(f"{source.name} has no table: no file {FOLDER}*{SUFFIX} is there")
    size = sum(files[name].size for name in tables)
    log.info("%s: %.2f GB in %s", source.name, size / 1e9, ", ".join(tables))
    contents = {name: hub.hash_of(files[name]) for name in tables}
    paths = tuple(_fetched(source, name, content) for name, content in contents.items())
    return Fetched(paths, source.commit)


def _fetched(source: hub.HubSource, name: str, content: str) -> Path:
    """Fetch a file whose hash is `content`, showing on a terminal how far it has come."""
    from huggingface_hub import hf_hub_download

    with as_hub_problem(source.repo_id, name):
        path = Path(
            hf_hub_download(source.repo_id, name, repo_type="dataset", revision=source.commit)
        )
        if hub.content_hash(path, len(content)) == content:
            return path
        # What is damaged would be found in the cache again.
        path.resolve().unlink()
        path.unlink(missing_ok=True)
    raise Problem(f"{name} of {source.repo_id} arrived damaged and was removed: run again")
