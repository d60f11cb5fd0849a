"""A result committed to a dataset on the Hub: the files that differ from those there.

Nothing is replaced but what the source was when it was read, and what an earlier result brought.
A repo without a dataset gets all of it: what the source has on the Hub is copied there by the
Hub itself, so that no video passes through this machine, and a local source is uploaded.
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

if TYPE_CHECKING:
    from huggingface_hub import CommitOperationAdd, CommitOperationCopy, HfApi, RepoFile

TITLE = "Write the subtasks of every frame"
MOST_FILES = 10_000
"""Files of one commit; the Hub takes 25,000 large ones."""

MOST_ASKED = 500
"""Files that the Hub is asked about at once."""

_MAIN, _TYPE = "main", "dataset"
_INFO = metadata.INFO.as_posix()
_TELLING = ("codebase_version", "fps", "total_episodes", "total_frames")


@dataclass(frozen=True, slots=True)
class HubTarget:
    """A repo on the Hub, and how results come into it: to main, a branch or a pull request."""

    repo_id: str
    branch: str | None = None
    pull_request: bool = False
    private: bool = True


@dataclass(frozen=True, slots=True)
class _There:
    """A repo as it is: what is committed to, its newest commit, and files by path."""

    revision: str
    commit: str
    files: Mapping[str, "RepoFile"]


def publish(
    dataset: Dataset, wanted: Mapping[str, Path], origin: HubSource | None, to: HubTarget
) -> str:
    """Commit the files that differ, and say what was done.

    `wanted` gives the files of the result by their path in the dataset; `origin` is the commit
    the dataset comes from, if it comes from the Hub. Raises `Problem` whatever goes wrong.
    """
    with as_upload_problem(to.repo_id):
        from huggingface_hub import HfApi

        api = HfApi()
        rest: Mapping[str, Path | RepoFile] = {}
        is_new = not api.repo_exists(to.repo_id, repo_type=_TYPE)
        if is_new:
            # First, so that no repo is made for what cannot be published.
            rest = _rest(dataset, origin)
            api.create_repo(to.repo_id, repo_type=_TYPE, private=to.private)
        there = _look(api, to, _revision(api, origin, to))
        stale: set[str] = set()
        if _has_dataset(api, to, there, dataset):
            rest, stale = {}, _tables_not_in(wanted, dataset)
        elif not is_new:
            rest = _rest(dataset, origin)
        # A card and settings that are there stay.
        rest = {p: file for p, file in rest.items() if "/" in p or p not in there.files}
        changed = _differing({**rest, **wanted}, there.files)
        gone = sorted(stale & there.files.keys())
        _check_replaceable(api, to, there, dataset, [*changed, *gone])
        said = f"{to.repo_id} at {there.revision} has the result already: nothing to publish"
        if changed or gone:
            url = _commit(api, to, there, changed, gone, origin)
            said = f"published {len(changed)} files: {url}"
        if there.revision == _MAIN and not to.pull_request:
            said += _move_tag(api, to, dataset.version, wanted)
        return said


# Where to --------------------------------------------------------------------------------


def _revision(api: "HfApi", origin: HubSource | None, to: HubTarget) -> str:
    """Find the branch to commit to; a new one begins where the source was read, if it can."""
    if to.branch:
        refs = api.list_repo_refs(to.repo_id, repo_type=_TYPE)
        if to.branch not in [branch.name for branch in refs.branches]:
            is_here = origin and api.revision_exists(to.repo_id, origin.commit, repo_type=_TYPE)
            start = origin.commit if origin and is_here else None
            api.create_branch(to.repo_id, branch=to.branch, revision=start, repo_type=_TYPE)
        return to.branch
    if to.pull_request:
        mine = api.get_repo_discussions(
            to.repo_id,
            author=api.whoami()["name"],
            repo_type=_TYPE,
            discussion_type="pull_request",
            discussion_status="open",
        )
        # An earlier one that nobody has taken yet is brought up to date.
        return next((str(each.git_reference) for each in mine if each.title == TITLE), _MAIN)
    return _MAIN


def _look(api: "HfApi", to: HubTarget, revision: str) -> _There:
    info = api.dataset_info(to.repo_id, revision=revision, expand=["sha"])
    files = {entry.path: entry for entry in _listing(api, to, str(info.sha))}
    return _There(revision, str(info.sha), files)


def _listing(api: "HfApi", to: HubTarget, revision: str) -> Iterator["RepoFile"]:
    """List the files of a dataset that results are part of; of anything else, all files."""
    from huggingface_hub import RepoFile
    from huggingface_hub.errors import EntryNotFoundError

    has_dataset = api.file_exists(to.repo_id, _INFO, repo_type=_TYPE, revision=revision)
    for folder in PUBLISHED_FOLDERS if has_dataset else [None]:
        try:
            for entry in api.list_repo_tree(
                to.repo_id, folder, recursive=True, revision=revision, repo_type=_TYPE
            ):
                if isinstance(entry, RepoFile):
                    yield entry
        except EntryNotFoundError:
            continue


def _has_dataset(api: "HfApi", to: HubTarget, there: _There, dataset: Dataset) -> bool:
    """Say whether there is a dataset; raise `Problem` where it is not the one that was read."""
    if _INFO not in there.files:
        return False
    with tempfile.TemporaryDirectory() as folder:
        api.hf_hub_download(
            to.repo_id, _INFO, repo_type=_TYPE, revision=there.commit, local_dir=folder
        )
        known, here = metadata.read_info(Path(folder)), metadata.read_info(dataset.root)
    for key in _TELLING:
        if known.get(key) != here.get(key):
            raise Problem(
                f"{to.repo_id} at {there.revision} is another dataset (its {key} is "
                f"{known.get(key)!r}, and {here.get(key)!r} here): name another publish.repo_id, "
                "or a new publish.branch, which begins where the source was read"
            )
    return True


def _check_replaceable(
    api: "HfApi", to: HubTarget, there: _There, dataset: Dataset, paths: Iterable[str]
) -> None:
    """Raise `Problem` where a file is neither what was read nor what was published earlier."""
    others = [p for p in paths if p in there.files and not _is_as_read(there.files[p], dataset)]
    for start in range(0, len(others), MOST_ASKED):
        # Who wrote a file last takes the Hub long to find out: only of these.
        asked = others[start : start + MOST_ASKED]
        for entry in api.get_paths_info(
            to.repo_id, asked, expand=True, revision=there.commit, repo_type=_TYPE
        ):
            # The Hub adds a number to the title of a pull request that it takes.
            last = entry.last_commit
            if last is None or not last.title.startswith(TITLE):
                raise Problem(
                    f"{entry.path} of {to.repo_id} at {there.revision} was changed by somebody "
                    "else and would be lost: label what is there now (--config update=true, or "
                    "fetch it), or name a new publish.branch or another publish.repo_id"
                )


def _is_as_read(there: "RepoFile", dataset: Dataset) -> bool:
    """Say whether a file is what the source has."""
    if dataset.remote is not None and there.path in dataset.remote:
        return dataset.remote[there.path].content == hub.hash_of(there)
    file = originals.original(dataset.root, there.path)
    return file.is_file() and _is_same(file, there)


# What ------------------------------------------------------------------------------------


def _rest(dataset: Dataset, origin: HubSource | None) -> "dict[str, Path | RepoFile]":
    """What a repo without the dataset needs where the result has nothing: the source's files."""
    if origin is not None:
        with as_hub_problem(origin.repo_id, f"commit {origin.commit}"):
            return dict(hub.tree(origin))
    fence = LinkGuard(dataset.root)
    others = [
        path
        for entry in sorted(dataset.root.iterdir())
        if not entry.name.startswith(".") and entry.name not in PUBLISHED_FOLDERS
        for path in fence.walk(entry.name)
    ]
    return {path.as_posix(): dataset.root / path for path in others}


def _tables_not_in(wanted: Mapping[str, Path], dataset: Dataset) -> set[str]:
    """Tables of outputs that neither the result nor the source has."""
    tables = {output.table for output in OUTPUTS.values() if output.table is not None}
    own = {path.as_posix() for path in metadata.paths(dataset.root)}
    return tables - wanted.keys() - own


def _differing(
    wanted: "Mapping[str, Path | RepoFile]", there: "Mapping[str, RepoFile]"
) -> "dict[str, Path | RepoFile]":
    """Those files that are not there as they should be."""
    return {p: file for p, file in wanted.items() if not _is_same(file, there.get(p))}


def _is_same(file: "Path | RepoFile", there: "RepoFile | None") -> bool:
    if there is None:
        return False
    content = hub.hash_of(there)
    if not isinstance(file, Path):
        return hub.hash_of(file) == content
    return file.stat().st_size == there.size and hub.content_id(file, len(content)) == content


# How --------------------------------------------------------------------------------------


def _commit(
    api: "HfApi",
    to: HubTarget,
    there: _There,
    changed: "Mapping[str, Path | RepoFile]",
    gone: Iterable[str],
    origin: HubSource | None,
) -> str:
    """Commit the files; return where to look at it. Only thousands of them take several."""
    from huggingface_hub import CommitOperationDelete

    # What tells of the columns comes last.
    paths = sorted(changed, key=lambda path: (path == _INFO, path.startswith("meta/"), path))
    operations = [CommitOperationDelete(path) for path in gone]
    operations += [_operation(path, changed[path], origin) for path in paths]
    revision, head = there.revision, there.commit
    opens = to.pull_request and revision == _MAIN
    for start in range(0, len(operations), MOST_FILES):
        done = api.create_commit(
            to.repo_id,
            operations[start : start + MOST_FILES],
            commit_message=TITLE,
            repo_type=_TYPE,
            revision=revision,
            create_pr=opens,
            # What others commit meanwhile is refused, not lost.
            parent_commit=head,
        )
        head = done.oid
        if opens:
            revision, opens = str(done.pr_revision), False
    return done.pr_url or done.commit_url


def _operation(
    path: str, file: "Path | RepoFile", origin: HubSource | None
) -> "CommitOperationAdd | CommitOperationCopy":
    from huggingface_hub import CommitOperationAdd, CommitOperationCopy

    if isinstance(file, Path) or origin is None:
        return CommitOperationAdd(path, str(file))
    return CommitOperationCopy(path, path, origin.commit, origin.repo_id, _TYPE)


def _move_tag(api: "HfApi", to: HubTarget, version: str, wanted: Mapping[str, Path]) -> str:
    """Let the tag by which LeRobot finds a dataset of its version name what was published."""
    refs = api.list_repo_refs(to.repo_id, repo_type=_TYPE)
    tags = {tag.name: tag.target_commit for tag in refs.tags}
    if version in tags:
        tagged = {entry.path: entry for entry in _listing(api, to, tags[version])}
        if not _differing(wanted, tagged):
            return ""
        api.delete_tag(to.repo_id, tag=version, repo_type=_TYPE)
    api.create_tag(to.repo_id, tag=version, repo_type=_TYPE)
    return f"; LeRobot finds it by the tag {version}"
