"""The server: permissions, what each path does, and what is recorded for tests."""

import base64
import hashlib
import json
import re
import secrets
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from servers.hub.faults import (
    Changing,
    Cut,
    Damaged,
    Fault,
    NoRanges,
    Other,
    OtherRange,
    Slow,
    Status,
)
from servers.hub.repos import Blob, Commit, Repo, is_lfs
from servers.hub.wire import Handler, Reply, Request
from servers.loopback import Listener

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


@dataclass(frozen=True, slots=True)
class Record:
    """One request as the server saw it; `sent` is the number of bytes in the response's body."""

    method: str
    path: str
    status: int
    sent: int


class Refused(Exception):
    """An error response, with the code by which the client tells errors apart."""

    def __init__(self, status: int, message: str, code: str | None = None) -> None:
        self.reply = _json({"error": message}, status)
        self.reply.headers["X-Error-Message"] = message
        if code:
            self.reply.headers["X-Error-Code"] = code


class HubServer:
    """A Hub on 127.0.0.1, for as long as the `with` block lasts.

    Repos are made with `create`. `token` gives access to private repos, and to gated ones once
    `access_granted` is set; with `read_only` it may not write. `page_size` is the number of
    entries in one page of a tree. `faults` maps paths of files to what goes wrong with them.

    It records `requests`, and in `served` the bytes sent of each file by its path in any repo.
    `user` is the owner of the token.
    """

    user = "me"

    def __init__(self, *, page_size: int = 1000, port: int = 0) -> None:
        self.token = f"hf_{secrets.token_hex(17)}"
        self.page_size = page_size
        self.access_granted = False
        self.read_only = False
        self.faults: dict[str, Fault] = {}
        self.before: dict[str, Callable[[], object]] = {}
        self.repos: dict[str, Repo] = {}
        self.requests: list[Record] = []
        self.served: Counter[str] = Counter()
        self._stored: dict[str, bytes] = {}
        self._lock = threading.Lock()
        self._listener = Listener(Handler, self, port)

    def __enter__(self) -> "HubServer":
        self._listener.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._listener.stop()

    @property
    def url(self) -> str:
        """Base URL, for HF_ENDPOINT."""
        return f"http://127.0.0.1:{self._listener.port}"

    @property
    def storage_url(self) -> str:
        """URL of large files: the same server, but another origin to the client."""
        return f"http://localhost:{self._listener.port}/storage"

    def create(self, repo_id: str, folder: Path | None = None) -> Repo:
        """Create a repo with the files of a folder."""
        self.repos[repo_id] = repo = Repo(repo_id)
        if folder is not None:
            repo.upload(folder)
        return repo

    def forget(self) -> None:
        """Clear what was recorded."""
        with self._lock:
            self.requests.clear()
            self.served.clear()

    def reply(self, request: Request) -> Reply:
        """Handle a request."""
        for step in self.before.keys() & set(request.steps):
            self.before.pop(step)()
        try:
            with self._lock:
                reply = self._reply(request)
        except Refused as refused:
            reply = refused.reply
        sent = 0 if request.method == "HEAD" else len(reply.body) // (2 if reply.cut else 1)
        with self._lock:
            self.requests.append(Record(request.method, request.path, reply.status, sent))
            if path := reply.headers.pop("x-path", None):
                self.served[path] += sent
        return reply

    def _reply(self, request: Request) -> Reply:
        match request.method, request.steps:
            case "GET" | "HEAD", ["storage", oid, *path]:
                return self._storage(request, oid, "/".join(path))
            case "PUT", ["storage", oid]:
                return self._store(request, oid)
            case "GET", ["api", "whoami-v2"]:
                self._needs_token(request)
                return _json({"type": "user", "name": self.user, "orgs": []})
            case "POST", ["api", "validate-yaml"]:
                return _json({"errors": [], "warnings": []})
            case "POST", ["api", "repos", "create"]:
                return self._create(request)
            case _, ["datasets", user, name, "resolve", revision, *path]:
                repo = self._repo(request, f"{user}/{name}")
                return self._resolve(request, repo, revision, "/".join(path))
            case "POST", ["datasets", user, name, "info", "lfs", *_] if name.endswith(".git"):
                self._needs_token(request)
                return self._lfs(request, self._repo(request, f"{user}/{name[:-4]}"))
            case method, ["api", "datasets", user, name, *rest]:
                return self._api(request, method, self._repo(request, f"{user}/{name}"), rest)
        raise Refused(404, "Not found")

    def _api(self, request: Request, method: str, repo: Repo, rest: list[str]) -> Reply:
        if method != "GET" and rest[0] != "paths-info":
            self._needs_write_access(request)
        match method, rest:
            case "GET", []:
                return _json(_info(repo, repo.head))
            case "GET", ["revision", revision]:
                return _json(_info(repo, _found(repo, revision)))
            case "GET", ["tree", revision, *path]:
                return self._tree(request, repo, _found(repo, revision), "/".join(path))
            case "GET", ["refs"]:
                return _json(_refs(repo))
            case "POST", ["paths-info", revision]:
                return _paths_info(request, repo, _found(repo, revision))
            case "POST", ["preupload", revision]:
                return _preupload(request, _found(repo, revision))
            case "POST", ["commit", revision]:
                return self._commit(request, repo, revision)
            case "POST", ["branch", branch]:
                start = (request.json() if request.body else {}).get("startingPoint", "main")
                if branch in repo.refs:
                    raise Refused(409, f"Reference already exists: {branch}")
                repo.refs[branch] = _found(repo, start).oid
                return _json({})
            case "POST", ["tag", revision]:
                tag = request.json()["tag"]
                if tag in repo.tags:
                    raise Refused(409, f"Tag reference exists already: {tag}")
                repo.tags[tag] = _found(repo, revision).oid
                return _json({})
            case "DELETE", ["tag", tag]:
                _found(repo, tag)
                del repo.tags[tag]
                return _json({})
            case "GET", ["discussions"]:
                return _json(_discussions(repo, request.query.get("author")))
            case "POST", ["lfs-files", "duplicate"]:
                return self._duplicate(request, repo)
        raise Refused(404, "Not found")

    # Permissions --------------------------------------------------------------------

    def _may(self, request: Request) -> bool:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if given and not secrets.compare_digest(given, self.token):
            raise Refused(401, "Invalid credentials in Authorization header")
        return bool(given)

    def _needs_token(self, request: Request) -> None:
        if not self._may(request):
            raise Refused(401, "Invalid username or password.")

    def _needs_write_access(self, request: Request) -> None:
        self._needs_token(request)
        if self.read_only:
            raise Refused(403, "You do not have write access to this repo")

    def _repo(self, request: Request, repo_id: str) -> Repo:
        known = self._may(request)
        repo = self.repos.get(repo_id)
        if repo is None or (repo.private and not known):
            # Without a token, the response does not reveal whether the repo exists.
            status, message = (404, "Repository not found") if known else (401, "Log in first")
            raise Refused(status, message, "RepoNotFound")
        return repo

    # Downloads ---------------------------------------------------------------------------

    def _tree(self, request: Request, repo: Repo, commit: Commit, folder: str) -> Reply:
        inside = f"{folder}/" if folder else ""
        paths = sorted(path for path in commit.files if path.startswith(inside))
        if folder and not paths:
            raise Refused(404, f"{folder} does not exist", "EntryNotFound")
        entries = [_entry(path, commit.files[path]) for path in paths]
        folders = {p[: i + 1] for p in paths for i in range(len(inside), len(p)) if p[i] == "/"}
        entries += [
            {"type": "directory", "path": path[:-1], "oid": "0" * 40, "size": 0}
            for path in sorted(folders)
        ]
        if request.query.get("recursive", "false").lower() != "true":
            entries = [e for e in entries if "/" not in e["path"].removeprefix(inside)]
        start = int(request.query.get("cursor", 0))
        stop = start + self.page_size
        reply = _json(entries[start:stop])
        if stop < len(entries):
            query = "&".join(f"{k}={v}" for k, v in {**request.query, "cursor": stop}.items())
            reply.headers["Link"] = f'<{self.url}{request.path}?{query}>; rel="next"'
        return reply

    def _resolve(self, request: Request, repo: Repo, revision: str, path: str) -> Reply:
        if repo.gated and not (self._may(request) and self.access_granted):
            status = 403 if self._may(request) else 401
            raise Refused(status, f"Access to dataset {repo.id} is restricted.", "GatedRepo")
        commit = _found(repo, revision)
        blob = commit.files.get(path)
        if blob is None:
            raise Refused(404, "Entry not found", "EntryNotFound")
        headers = {"X-Repo-Commit": commit.oid, "ETag": f'"{blob.etag}"', "Accept-Ranges": "bytes"}
        if blob.sha256 is None:
            return self._file(request, path, blob.content, headers)
        headers |= {
            "Location": f"{self.storage_url}/{blob.sha256}/{path}",
            "X-Linked-Etag": f'"{blob.sha256}"',
            "X-Linked-Size": str(len(blob.content)),
        }
        self._stored[blob.sha256] = blob.content
        return Reply(302, b"", headers)

    def _storage(self, request: Request, oid: str, path: str) -> Reply:
        if "authorization" in request.headers:
            raise Refused(400, "The token was sent to a host that is not the Hub")
        return self._file(request, path, self._stored[oid], {"ETag": f'"{oid}"'})

    def _file(self, request: Request, path: str, content: bytes, headers: dict[str, str]) -> Reply:
        fault = self.faults.get(path)
        if isinstance(fault, Status):
            raise Refused(fault.status, "Something went wrong")
        if isinstance(fault, Damaged):
            content = bytes(byte ^ 0xFF for byte in content)
        if isinstance(fault, Other):
            return Reply(200, fault.content, {"content-type": "text/html", "x-path": path})
        if isinstance(fault, Changing):
            headers = headers | {"ETag": f'"{len(self.requests)}"'}
        reply = Reply(200, content) if isinstance(fault, NoRanges) else _ranged(request, content)
        if isinstance(fault, OtherRange) and reply.status == 206:
            _misfit(reply, fault)
        reply.headers |= headers | {"x-path": path}
        if isinstance(fault, Slow) and reply.status == 200:
            reply.seconds = fault.seconds
        # A file that is cut once stays cut: its second half never arrives.
        reply.cut = isinstance(fault, Cut)
        return reply

    # Uploads -----------------------------------------------------------------------------

    def _create(self, request: Request) -> Reply:
        self._needs_write_access(request)
        wanted = request.json()
        repo_id = f"{wanted.get('organization') or self.user}/{wanted['name']}"
        url = {"url": f"{self.url}/datasets/{repo_id}", "id": repo_id}
        if repo_id in self.repos:
            return _json({"error": "You already created this dataset repo", **url}, 409)
        self.create(repo_id).private = wanted.get("visibility") == "private"
        return _json(url)

    def _duplicate(self, request: Request, repo: Repo) -> Reply:
        """Copy large files to another repo, for a commit to refer to."""
        wanted = request.json()
        if wanted["target"]["name"] not in self.repos:
            raise Refused(404, "Repository not found", "RepoNotFound")
        blobs = _large_blobs(repo)
        failed = []
        for file in wanted["files"]:
            if file["sha256"] in blobs and file["xetHash"] == file["sha256"]:
                self._stored[file["sha256"]] = blobs[file["sha256"]].content
            else:
                failed.append({"sha256": file["sha256"], "error": "Not found"})
        return _json({"failed": failed})

    def _lfs(self, request: Request, repo: Repo) -> Reply:
        known = self._stored.keys() | _large_blobs(repo).keys()
        objects = [
            wanted
            if wanted["oid"] in known
            else {
                **wanted,
                "actions": {"upload": {"href": f"{self.storage_url}/{wanted['oid']}"}},
            }
            for wanted in request.json()["objects"]
        ]
        return _json({"transfer": "basic", "objects": objects})

    def _store(self, request: Request, oid: str) -> Reply:
        if hashlib.sha256(request.body).hexdigest() != oid:
            raise Refused(400, "The content is not what was announced")
        self._stored[oid] = request.body
        return Reply()

    def _commit(self, request: Request, repo: Repo, revision: str) -> Reply:
        base = _found(repo, revision)
        changes: dict[str, Blob | None] = {}
        title = ""
        for line in request.body.splitlines():
            item = json.loads(line)
            value = item["value"]
            match item["key"]:
                case "header":
                    title = value["summary"]
                    if value.get("parentCommit", base.oid) != base.oid:
                        raise Refused(412, "A commit has happened since. Please refresh and retry.")
                case "file":
                    changes[value["path"]] = Blob.of(
                        value["path"], base64.b64decode(value["content"])
                    )
                case "lfsFile":
                    changes[value["path"]] = self._lfs_blob(repo, value)
                case "deletedFile":
                    changes[value["path"]] = None
                case "deletedFolder":
                    inside = value["path"].rstrip("/") + "/"
                    changes |= {path: None for path in base.files if path.startswith(inside)}
        branch, pull_request = revision, None
        if request.query.get("create_pr"):
            branch = repo.pull_request(title, self.user)
            pull_request = f"{self.url}/datasets/{repo.id}/discussions/{branch.rsplit('/')[-1]}"
        elif branch not in repo.refs:
            raise Refused(400, f"{branch} is no branch")
        commit = repo.commit_blobs(changes, branch=branch, title=title)
        url = f"{self.url}/datasets/{repo.id}/commit/{commit.oid}"
        return _json({"commitUrl": url, "commitOid": commit.oid, "pullRequestUrl": pull_request})

    def _lfs_blob(self, repo: Repo, value: Mapping[str, Any]) -> Blob:
        oid = value["oid"]
        if oid in self._stored:
            return Blob.of(value["path"], self._stored[oid])
        if oid in (blobs := _large_blobs(repo)):
            return blobs[oid]
        raise Refused(400, f"the LFS object {oid} was not uploaded")


def _json(value: Any, status: int = 200) -> Reply:
    return Reply(status, json.dumps(value).encode(), {"content-type": "application/json"})


def _found(repo: Repo, revision: str) -> Commit:
    commit = repo.resolve(revision)
    if commit is None:
        raise Refused(404, f"Invalid rev id: {revision}", "RevisionNotFound")
    return commit


def _info(repo: Repo, commit: Commit) -> dict[str, Any]:
    return {
        "id": repo.id,
        "sha": commit.oid,
        "private": repo.private,
        "gated": "manual" if repo.gated else False,
        "siblings": [{"rfilename": path} for path in commit.files],
    }


def _refs(repo: Repo) -> dict[str, Any]:
    def entries(prefix: str, refs: Mapping[str, str]) -> list[dict[str, str]]:
        return [
            {"name": name, "ref": f"{prefix}{name}", "targetCommit": oid}
            for name, oid in refs.items()
        ]

    branches = {n: oid for n, oid in repo.refs.items() if not n.startswith("refs/")}
    requests = {n: oid for n, oid in repo.refs.items() if n.startswith("refs/")}
    return {
        "branches": entries("refs/heads/", branches),
        "tags": entries("refs/tags/", repo.tags),
        "pullRequests": entries("", requests),
        "converts": [],
    }


def _large_blobs(repo: Repo) -> dict[str, Blob]:
    blobs = (blob for commit in repo.commits.values() for blob in commit.files.values())
    return {blob.sha256: blob for blob in blobs if blob.sha256 is not None}


def _discussions(repo: Repo, author: str | None) -> dict[str, Any]:
    """Return all pull requests, or those of one author. None is ever closed."""
    entries = [
        {
            "num": int(ref.rsplit("/", 1)[-1]),
            "title": title,
            "status": "open",
            "isPullRequest": True,
            "createdAt": "2026-01-01T00:00:00.000Z",
            "author": {"name": repo.authors[ref]},
            "repo": {"name": repo.id, "type": "dataset"},
        }
        for ref, title in repo.titles.items()
        if author in (None, repo.authors[ref])
    ]
    return {"discussions": entries, "count": len(entries), "start": 0}


def _entry(path: str, blob: Blob) -> dict[str, Any]:
    entry = {"type": "file", "path": path, "oid": blob.oid, "size": len(blob.content)}
    if blob.sha256:
        entry["lfs"] = {"oid": blob.sha256, "size": len(blob.content), "pointerSize": 134}
        # Any 64 digits that identify the content.
        entry["xetHash"] = blob.sha256
    return entry


def _paths_info(request: Request, repo: Repo, commit: Commit) -> Reply:
    form = request.form()
    entries = [_entry(p, commit.files[p]) for p in form.get("paths", []) if p in commit.files]
    if form.get("expand", ["false"])[0].lower() == "true":
        for entry in entries:
            last = repo.last_change(commit, entry["path"])
            date = "2026-01-01T00:00:00.000Z"
            entry["lastCommit"] = {"id": last.oid, "title": last.title, "date": date}
    return _json(entries)


def _preupload(request: Request, commit: Commit) -> Reply:
    files = []
    for wanted in request.json()["files"]:
        path, present = wanted["path"], commit.files.get(wanted["path"])
        mode = "lfs" if is_lfs(path, wanted["size"]) else "regular"
        oid = present.etag if present else None
        files.append({"path": path, "uploadMode": mode, "shouldIgnore": False, "oid": oid})
    return _json({"files": files})


def _misfit(reply: Reply, fault: OtherRange) -> None:
    """Change the length of a range; if that is not said, the range is what was asked for."""
    reply.body = (reply.body + bytes(max(fault.more, 0)))[: len(reply.body) + fault.more]
    if fault.is_said:
        start, _, size = re.split("[-/]", reply.headers["Content-Range"].removeprefix("bytes "))
        end = int(start) + len(reply.body) - 1
        reply.headers["Content-Range"] = f"bytes {start}-{end}/{size}"


def _ranged(request: Request, content: bytes) -> Reply:
    asked = _RANGE.fullmatch(request.headers.get("range", ""))
    if not asked:
        return Reply(200, content)
    first, last = asked.groups()
    size = len(content)
    start = int(first) if first else max(size - int(last), 0)
    stop = min(int(last) + 1, size) if first and last else size
    if start >= size:
        refused = Refused(416, "Requested range not satisfiable")
        refused.reply.headers["Content-Range"] = f"bytes */{size}"
        raise refused
    headers = {"Content-Range": f"bytes {start}-{stop - 1}/{size}"}
    return Reply(206, content[start:stop], headers)
