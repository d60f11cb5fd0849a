"""Repos as the Hub stores them: files by their hashes, commits, and references to commits."""

import hashlib
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

# What .gitattributes of a dataset on the Hub stores through LFS.
LFS_SUFFIXES = (".parquet", ".mp4", ".png", ".jpg", ".zip", ".bin", ".safetensors")
LFS_SIZE = 10 << 20


@dataclass(frozen=True, slots=True)
class Blob:
    """A file's content. `sha256` is set if it is stored through LFS."""

    content: bytes
    oid: str
    sha256: str | None

    @classmethod
    def of(cls, path: str, content: bytes) -> "Blob":
        """Make the blob of a file as the Hub would store it."""
        if not is_lfs(path, len(content)):
            return cls(content, git_oid(content), None)
        digest = hashlib.sha256(content).hexdigest()
        return cls(content, git_oid(pointer(digest, len(content))), digest)

    @property
    def etag(self) -> str:
        """ETag of this content."""
        return self.sha256 or self.oid


@dataclass(frozen=True, slots=True)
class Commit:
    """The state of all files at one time."""

    oid: str
    parent: str | None
    title: str
    files: Mapping[str, Blob]


def is_lfs(path: str, size: int) -> bool:
    """Say whether a file is stored through LFS."""
    return size > 0 and (path.endswith(LFS_SUFFIXES) or size > LFS_SIZE)


def git_oid(content: bytes) -> str:
    """Git's name for a file of this content."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def pointer(sha256: str, size: int) -> bytes:
    """Return the text that git stores in place of a file in LFS."""
    lines = ["version https://git-lfs.github.com/spec/v1", f"oid sha256:{sha256}", f"size {size}"]
    return ("\n".join(lines) + "\n").encode()


@dataclass(slots=True)
class Repo:
    """A dataset repo. `refs` are branches and, as `refs/pr/N`, pull requests."""

    id: str
    private: bool = False
    gated: bool = False
    commits: dict[str, Commit] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    authors: dict[str, str] = field(default_factory=dict)
    _numbers: itertools.count = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self._add("main", {}, None, "initial commit")

    @property
    def head(self) -> Commit:
        """The newest commit of main."""
        return self.commits[self.refs["main"]]

    def commit(
        self,
        changes: Mapping[str, bytes | None],
        *,
        branch: str = "main",
        title: str = "Upload",
    ) -> Commit:
        """Commit changed files; None deletes a file."""
        blobs = {
            path: None if content is None else Blob.of(path, content)
            for path, content in changes.items()
        }
        return self.commit_blobs(blobs, branch=branch, title=title)

    def commit_blobs(
        self, changes: Mapping[str, Blob | None], *, branch: str, title: str
    ) -> Commit:
        """Commit files that are already stored."""
        parent = self.commits[self.refs[branch]]
        files = {**parent.files, **changes}
        present = {path: blob for path, blob in sorted(files.items()) if blob is not None}
        return self._add(branch, present, parent.oid, title)

    def upload(self, folder: Path) -> Commit:
        """Commit all files of a folder."""
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        return self.commit({p.relative_to(folder).as_posix(): p.read_bytes() for p in files})

    def resolve(self, revision: str) -> Commit | None:
        """Return the commit of a branch, a tag or a commit id; None if there is none."""
        oid = self.refs.get(revision) or self.tags.get(revision) or revision
        return self.commits.get(oid)

    def pull_request(self, title: str, author: str) -> str:
        """Open a pull request on main; return its ref."""
        ref = f"refs/pr/{1 + len(self.titles)}"
        self.refs[ref], self.titles[ref], self.authors[ref] = self.refs["main"], title, author
        return ref

    def last_change(self, commit: Commit, path: str) -> Commit:
        """Return the commit that last changed a file."""
        while commit.parent is not None:
            parent = self.commits[commit.parent]
            if parent.files.get(path) != commit.files[path]:
                break
            commit = parent
        return commit

    def _add(
        self, branch: str, files: Mapping[str, Blob], parent: str | None, title: str
    ) -> Commit:
        text = f"{self.id} {next(self._numbers)} {parent} {title}"
        oid = hashlib.sha1(text.encode()).hexdigest()
        self.commits[oid] = Commit(oid, parent, title, files)
        self.refs[branch] = oid
        return self.commits[oid]
