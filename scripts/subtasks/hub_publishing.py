"""A result committed to a dataset on the Hub: the files that differ from those there.

A repo that does not exist is made: for a dataset of the Hub as a duplicate, which the Hub makes
itself, so that no video passes through this machine; for a local one by uploading all of it.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from subtasks import hub, meta
from subtasks.backup import PUBLISHED_FOLDERS
from subtasks.dataset import Dataset
from subtasks.fence import Fence
from subtasks.hub import Revision
from subtasks.hub_problems import explained_upload
from subtasks.outputs import OUTPUTS
from subtasks.problem import Problem

if TYPE_CHECKING:
    from huggingface_hub import HfApi, RepoFile

TITLE = "Write the subtasks of every frame"
MOST_FILES = 10_000
"""Files of one commit; the Hub takes 25,000 large ones."""

_MAIN, _TYPE = "main", "dataset"
_INFO = meta.INFO.as_posix()
_TELLING = ("codebase_version", "fps", "total_episodes", "total_frames")


@dataclass(frozen=True, slots=True)
class Place:
    """A repo on the Hub, and how results come into it: to main, a branch or a pull request."""

    repo_id: str
    branch: str | None = None
    pull_request: bool = False
    private: bool = True


def publish(
    dataset: Dataset, wanted: Mapping[str, Path], origin: Revision | None, to: Place
) -> str:
    """Commit the files that differ, and say what was done.

    `wanted` gives the files of the result by their path in the dataset; `origin` is the commit
    the dataset comes from, if it comes from the Hub. Raises `Problem` whatever goes wrong.
    """
    with explained_upload(to.repo_id):
        from huggingface_hub import HfApi

        api = HfApi()
        _make_repo(api, origin, to)
        revision = _revision(api, origin, to)
        if _check_same(api, to, revision, dataset):
            stale = _tables_not_in(wanted, dataset)
        else:
            wanted, stale = {**_everything_else(dataset, to), **wanted}, set()
        changed, gone = _differences(api, to, revision, wanted, stale)
        said = f"{to.repo_id} at {revision} has the result already: nothing to publish"
        if changed or gone:
            url = _commit(api, to, revision, {path: wanted[path] for path in changed}, gone)
            said = f"published {len(changed)} files: {url}"
        if revision == _MAIN and not to.pull_request:
            said += _move_tag(api, to, dataset.version, wanted)
        return said


# Where to --------------------------------------------------------------------------------


def _make_repo(api: "HfApi", origin: Revision | None, to: Place) -> None:
    if api.repo_exists(to.repo_id, repo_type=_TYPE):
        return
    if origin is None:
        api.create_repo(to.repo_id, repo_type=_TYPE, private=to.private)
    else:
        api.duplicate_repo(origin.repo_id, to.repo_id, repo_type=_TYPE, private=to.private)


def _revision(api: "HfApi", origin: Revision | None, to: Place) -> str:
    """Find the branch to commit to; a new one begins where the source was read."""
    if to.branch:
        refs = api.list_repo_refs(to.repo_id, repo_type=_TYPE)
        if to.branch not in [branch.name for branch in refs.branches]:
            start = origin.commit if origin else None
            api.create_branch(to.repo_id, branch=to.branch, revision=start, repo_type=_TYPE)
        return to.branch
    if to.pull_request:
        mine = api.get_repo_discussions(
            to.repo_id,
            repo_type=_TYPE,
            discussion_type="pull_request",
            discussion_status="open",
        )
        # An earlier one that nobody has taken yet is brought up to date.
        return next((str(each.git_reference) for each in mine if each.title == TITLE), _MAIN)
    return _MAIN


def _check_same(api: "HfApi", to: Place, revision: str, dataset: Dataset) -> bool:
    """Say whether there is a dataset; raise `Problem` where it is not the one that was read."""
    if not api.file_exists(to.repo_id, _INFO, repo_type=_TYPE, revision=revision):
        return False
    with tempfile.TemporaryDirectory() as folder:
        api.hf_hub_download(to.repo_id, _INFO, repo_type=_TYPE, revision=revision, local_dir=folder)
        there, here = meta.read_info(Path(folder)), meta.read_info(dataset.root)
    for key in _TELLING:
        if there.get(key) != here.get(key):
            raise Problem(
                f"{to.repo_id} at {revision} is another dataset (its {key} is {there.get(key)!r}, "
                f"and {here.get(key)!r} here): name another publish.repo_id, or a new "
                "publish.branch, which begins where the source was read"
            )
    return True


# What ------------------------------------------------------------------------------------


def _everything_else(dataset: Dataset, to: Place) -> dict[str, Path]:
    """What a repo without the dataset needs besides the result: the source's other files."""
    if dataset.remote is not None:
        raise Problem(
            f"{to.repo_id} exists and holds no LeRobot dataset: delete it, so that it can be made "
            "as a duplicate of the source, or name another publish.repo_id"
        )
    fence = Fence(dataset.root)
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
    own = {path.as_posix() for path in meta.paths(dataset.root)}
    return tables - wanted.keys() - own


def _differences(
    api: "HfApi", to: Place, revision: str, wanted: Mapping[str, Path], stale: set[str]
) -> tuple[list[str], list[str]]:
    """Paths of files that are not what is wanted there, and of those that are not wanted."""
    there = {entry.path: entry for entry in _listing(api, to, revision)}
    changed = [path for path, file in wanted.items() if not _is_same(file, there.get(path))]
    return changed, sorted(stale & there.keys())


def _listing(api: "HfApi", to: Place, revision: str) -> Iterator["RepoFile"]:
    from huggingface_hub import RepoFile
    from huggingface_hub.errors import EntryNotFoundError

    for folder in PUBLISHED_FOLDERS:
        try:
            for entry in api.list_repo_tree(
                to.repo_id, folder, recursive=True, revision=revision, repo_type=_TYPE
            ):
                if isinstance(entry, RepoFile):
                    yield entry
        except EntryNotFoundError:
            continue


def _is_same(file: Path, there: "RepoFile | None") -> bool:
    if there is None or there.size != file.stat().st_size:
        return False
    content = there.lfs.sha256 if there.lfs else there.blob_id
    return hub.content_id(file, len(content)) == content


# How --------------------------------------------------------------------------------------


def _commit(
    api: "HfApi", to: Place, revision: str, changed: Mapping[str, Path], gone: Sequence[str]
) -> str:
    """Commit the files; return where to look at it. Only thousands of them take several."""
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    # What tells of the columns comes last.
    paths = sorted(changed, key=lambda path: (path == _INFO, path.startswith("meta/"), path))
    operations = [CommitOperationDelete(path) for path in gone]
    operations += [CommitOperationAdd(path, str(changed[path])) for path in paths]
    opens = to.pull_request and revision == _MAIN
    for start in range(0, len(operations), MOST_FILES):
        done = api.create_commit(
            to.repo_id,
            operations[start : start + MOST_FILES],
            commit_message=TITLE,
            repo_type=_TYPE,
            revision=revision,
            create_pr=opens,
        )
        if opens:
            revision, opens = str(done.pr_revision), False
    return done.pr_url or done.commit_url


def _move_tag(api: "HfApi", to: Place, version: str, wanted: Mapping[str, Path]) -> str:
    """Let the tag by which LeRobot finds a dataset of its version name what was published."""
    refs = api.list_repo_refs(to.repo_id, repo_type=_TYPE)
    tags = {tag.name: tag.target_commit for tag in refs.tags}
    if version in tags:
        if not any(_differences(api, to, tags[version], wanted, set())):
            return ""
        api.delete_tag(to.repo_id, tag=version, repo_type=_TYPE)
    api.create_tag(to.repo_id, tag=version, repo_type=_TYPE)
    return f"; LeRobot finds it by the tag {version}"
