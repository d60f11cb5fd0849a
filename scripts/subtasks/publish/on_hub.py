"""A result committed to a dataset on the Hub: the files that differ from those in the repo.

Files are only replaced if they are what the source was when it was read, or come from an earlier
result. A repo that has no dataset yet gets all of it: the Hub itself copies what the source has
on the Hub, so that no video passes through this machine, and a local source is uploaded.
"""

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from subtasks.dataset import originals
from subtasks.dataset.dataset import Dataset
from subtasks.dataset.link_guard import LinkGuard
from subtasks.dataset.originals import PUBLISHED_FOLDERS
from subtasks.errors import Problem
from subtasks.outputs import metadata
from subtasks.outputs.registry import OUTPUTS
from subtasks.sources import hub
from subtasks.sources.hub import HubSource
from subtasks.sources.hub_errors import as_hub_problem, as_upload_problem
from subtasks.wording import counted

if TYPE_CHECKING:
    from huggingface_hub import (
        CommitOperationAdd,
        CommitOperationCopy,
        HfApi,
        RepoFile,
    )

TITLE = "Write the subtasks of every frame"
"""Title of all commits and pull requests, by which earlier results are recognised."""

MAX_COMMIT_FILES = 10_000
"""Files in one commit; the Hub accepts 25,000 large ones."""

MAX_QUERY_FILES = 500
"""Files that the Hub is asked about at once."""

_MAIN, _TYPE = "main", "dataset"
_INFO = metadata.INFO.as_posix()
_IDENTIFYING_KEYS = ("codebase_version", "fps", "total_episodes", "total_frames")


@dataclass(frozen=True, slots=True)
class HubTarget:
    """A repo on the Hub, and how results get into it: on main, a branch or a pull request."""

    repo_id: str
    branch: str | None = None
    pull_request: bool = False
    private: bool = True


@dataclass(frozen=True, slots=True)
class _Repo:
    """The state of a repo: the revision to commit to, its newest commit, and its files by path."""

    revision: str
    commit: str
    files: Mapping[str, "RepoFile"]


def publish(
    dataset: Dataset, wanted: Mapping[str, Path], origin: HubSource | None, target: HubTarget
) -> str:
    """Commit the files that differ, and return a sentence that says what was done.

    `wanted` gives the files of the result by their path in the dataset; `origin` is the commit
    of the dataset if it comes from the Hub. Raises `Problem` whatever goes wrong.
    """
    with as_upload_problem(target.repo_id):
        from huggingface_hub import HfApi

        api = HfApi()
        source_files: Mapping[str, Path | RepoFile] = {}
        is_new = not api.repo_exists(target.repo_id, repo_type=_TYPE)
        if is_new:
            # Before the repo is created: none should be for what cannot be published.
            source_files = _source_files(dataset, origin)
            api.create_repo(target.repo_id, repo_type=_TYPE, private=target.private)
        repo = _read_repo(api, target, _revision(api, origin, target))
        stale: set[str] = set()
        if _has_dataset(api, target, repo, dataset):
            source_files, stale = {}, _stale_tables(wanted, dataset)
        elif not is_new:
            source_files = _source_files(dataset, origin)
        # The repo's own card and settings stay.
        source_files = {
            path: file
            for path, file in source_files.items()
            if "/" in path or path not in repo.files
        }
        changed = _differing({**source_files, **wanted}, repo.files)
        removed = sorted(stale & repo.files.keys())
        _check_replaceable(api, target, repo, dataset, [*changed, *removed])
        report = f"{target.repo_id} at {repo.revision} is up to date: nothing to publish"
        if changed or removed:
            url = _commit(api, target, repo, changed, removed, origin)
            report = f"published {counted(len(changed), 'file')}: {url}"
        if repo.revision == _MAIN and not target.pull_request:
            report += _move_tag(api, target, dataset.version, wanted)
        return report


# Looking at the repo ----------------------------------------------------------------------------


def _revision(api: "HfApi", origin: HubSource | None, target: HubTarget) -> str:
    """Find the revision to commit to; a new branch starts where the source was read, if it can."""
    if target.branch:
        refs = api.list_repo_refs(target.repo_id, repo_type=_TYPE)
        if target.branch not in [branch.name for branch in refs.branches]:
            is_here = origin and api.revision_exists(target.repo_id, origin.commit, repo_type=_TYPE)
            start = origin.commit if origin and is_here else None
            api.create_branch(target.repo_id, branch=target.branch, revision=start, repo_type=_TYPE)
        return target.branch
    if target.pull_request:
        own = api.get_repo_discussions(
            target.repo_id,
            author=api.whoami()["name"],
            repo_type=_TYPE,
            discussion_type="pull_request",
            discussion_status="open",
        )
        # An earlier pull request that is still open is updated.
        return next((str(each.git_reference) for each in own if each.title == TITLE), _MAIN)
    return _MAIN


def _read_repo(api: "HfApi", target: HubTarget, revision: str) -> _Repo:
    info = api.dataset_info(target.repo_id, revision=revision, expand=["sha"])
    files = {entry.path: entry for entry in _listing(api, target, str(info.sha))}
    return _Repo(revision, str(info.sha), files)


def _listing(api: "HfApi", target: HubTarget, revision: str) -> Iterator["RepoFile"]:
    """List the files of a dataset that belong to results; of anything else, all files."""
    from huggingface_hub import RepoFile
    from huggingface_hub.errors import EntryNotFoundError

    has_dataset = api.file_exists(target.repo_id, _INFO, repo_type=_TYPE, revision=revision)
    for folder in PUBLISHED_FOLDERS if has_dataset else [None]:
        try:
            for entry in api.list_repo_tree(
                target.repo_id, folder, recursive=True, revision=revision, repo_type=_TYPE
            ):
                if isinstance(entry, RepoFile):
                    yield entry
        except EntryNotFoundError:
            continue


def _has_dataset(api: "HfApi", target: HubTarget, repo: _Repo, dataset: Dataset) -> bool:
    """Return whether the repo has a dataset. Raises `Problem` if it is another one than ours."""
    if _INFO not in repo.files:
        return False
    with tempfile.TemporaryDirectory() as folder:
        api.hf_hub_download(
            target.repo_id, _INFO, repo_type=_TYPE, revision=repo.commit, local_dir=folder
        )
        theirs, ours = metadata.read_info(Path(folder)), metadata.read_info(dataset.root)
    for key in _IDENTIFYING_KEYS:
        if theirs.get(key) != ours.get(key):
            raise Problem(
                f"{target.repo_id} at {repo.revision} is another dataset (its {key} is "
                f"{theirs.get(key)!r}, not {ours.get(key)!r}): set another publish.repo_id, or a "
                "new publish.branch, which starts at the commit that was read"
            )
    return True


def _check_replaceable(
    api: "HfApi", target: HubTarget, repo: _Repo, dataset: Dataset, paths: Iterable[str]
) -> None:
    """Raise `Problem` if a file is neither what was read nor what was published earlier."""
    foreign = [p for p in paths if p in repo.files and not _is_as_read(repo.files[p], dataset)]
    for start in range(0, len(foreign), MAX_QUERY_FILES):
        # Only these are asked about: the Hub takes long to find the last commit of a file.
        for entry in api.get_paths_info(
            target.repo_id,
            foreign[start : start + MAX_QUERY_FILES],
            expand=True,
            revision=repo.commit,
            repo_type=_TYPE,
        ):
            # When a pull request is merged, the Hub adds its number to the title.
            last = entry.last_commit
            if last is None or not last.title.startswith(TITLE):
                raise Problem(
                    f"{entry.path} of {target.repo_id} at {repo.revision} was changed by somebody "
                    "else and would be lost: label the dataset as it is now (set hub.update: true, "
                    "or download it again), or set a new publish.branch or another publish.repo_id"
                )


def _is_as_read(file: "RepoFile", dataset: Dataset) -> bool:
    """Return whether a file of the repo is the source's."""
    if dataset.remote is not None and file.path in dataset.remote:
        return dataset.remote[file.path].content == hub.hash_of(file)
    original = originals.original(dataset.root, file.path)
    return original.is_file() and _is_same(original, file)


# Choosing files ---------------------------------------------------------------------------------


def _source_files(dataset: Dataset, origin: HubSource | None) -> "dict[str, Path | RepoFile]":
    """Return the source's files that a repo without the dataset needs, besides the result."""
    if origin is not None:
        with as_hub_problem(origin.repo_id, f"commit {origin.commit}"):
            return dict(hub.tree(origin))
    guard = LinkGuard(dataset.root)
    paths = [
        path
        for entry in sorted(dataset.root.iterdir())
        if not entry.name.startswith(".") and entry.name not in PUBLISHED_FOLDERS
        for path in guard.walk(entry.name)
    ]
    return {path.as_posix(): dataset.root / path for path in paths}


def _stale_tables(wanted: Mapping[str, Path], dataset: Dataset) -> set[str]:
    """Return the tables of outputs that neither the result nor the source has."""
    tables = {output.table for output in OUTPUTS.values() if output.table is not None}
    own = {path.as_posix() for path in metadata.paths(dataset.root)}
    return tables - wanted.keys() - own


def _differing(
    wanted: "Mapping[str, Path | RepoFile]", present: "Mapping[str, RepoFile]"
) -> "dict[str, Path | RepoFile]":
    """Return the files that are not present, or not with the wanted content."""
    return {path: file for path, file in wanted.items() if not _is_same(file, present.get(path))}


def _is_same(file: "Path | RepoFile", present: "RepoFile | None") -> bool:
    if present is None:
        return False
    content = hub.hash_of(present)
    if not isinstance(file, Path):
        return hub.hash_of(file) == content
    return file.stat().st_size == present.size and hub.content_hash(file, len(content)) == content


# Committing -------------------------------------------------------------------------------------


def _commit(
    api: "HfApi",
    target: HubTarget,
    repo: _Repo,
    changed: "Mapping[str, Path | RepoFile]",
    removed: Iterable[str],
    origin: HubSource | None,
) -> str:
    """Commit the files, thousands of them in several commits, and return the URL of the last."""
    from huggingface_hub import CommitOperationDelete

    # meta/info.json, which names the new columns, comes last.
    paths = sorted(changed, key=lambda path: (path == _INFO, path.startswith("meta/"), path))
    operations: list[CommitOperationAdd | CommitOperationCopy | CommitOperationDelete] = [
        *(CommitOperationDelete(path) for path in removed),
        *(_operation(path, changed[path], origin) for path in paths),
    ]
    revision, parent = repo.revision, repo.commit
    creates_pr = target.pull_request and revision == _MAIN
    for start in range(0, len(operations), MAX_COMMIT_FILES):
        done = api.create_commit(
            target.repo_id,
            operations[start : start + MAX_COMMIT_FILES],
            commit_message=TITLE,
            repo_type=_TYPE,
            revision=revision,
            create_pr=creates_pr,
            # If others commit meanwhile, the Hub refuses ours, and nothing of theirs is lost.
            parent_commit=parent,
        )
        parent = done.oid
        if creates_pr:
            revision, creates_pr = str(done.pr_revision), False
    return done.pr_url or done.commit_url


def _operation(
    path: str, file: "Path | RepoFile", origin: HubSource | None
) -> "CommitOperationAdd | CommitOperationCopy":
    from huggingface_hub import CommitOperationAdd, CommitOperationCopy

    if isinstance(file, Path) or origin is None:
        return CommitOperationAdd(path, str(file))
    return CommitOperationCopy(path, path, origin.commit, origin.repo_id, _TYPE)


def _move_tag(api: "HfApi", target: HubTarget, version: str, wanted: Mapping[str, Path]) -> str:
    """Move the tag by which LeRobot finds a dataset of its version to what was published."""
    refs = api.list_repo_refs(target.repo_id, repo_type=_TYPE)
    tags = {tag.name: tag.target_commit for tag in refs.tags}
    if version in tags:
        tagged = {entry.path: entry for entry in _listing(api, target, tags[version])}
        if not _differing(wanted, tagged):
            return ""
        api.delete_tag(target.repo_id, tag=version, repo_type=_TYPE)
    api.create_tag(target.repo_id, tag=version, repo_type=_TYPE)
    return f"; LeRobot finds it by the tag {version}"
