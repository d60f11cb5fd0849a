"""What the server answers: the page, the labels of datasets and episodes, and their videos."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from subtasks.errors import Problem
from subtasks.review import agreement, labels, media, overview, renaming, saving
from subtasks.review.access import MAX_BODY, Access, Guard
from subtasks.review.episode_file import Review
from subtasks.review.overview import Overview, encode
from subtasks.review.present import NO_LABELS, Present
from subtasks.review.refusals import Refusal
from subtasks.review.workspace import Shown, Workspace
from subtasks.segments.segment import Unusable
from subtasks.wording import one_line
from subtasks.workflow.paths import File

PAGE = Path(__file__).parent / "page"
PAGE_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
MOST_FILMSTRIPS = 100

SENTENCES = {
    404: "There is nothing here.",
    405: "This method is not used here.",
    500: "The server made an error, which is in its log.",
}

_NUMBER = re.compile(r"[0-9]{1,9}")
_VERSION = re.compile(r'"([0-9a-f]{20})"')
_FILE_NAME = re.compile(r"[A-Za-z0-9_-]+(\.[a-z]+)")

Endpoint = Callable[[Request], Awaitable[Response]]


def make(workspace: Workspace, access: Access) -> ASGIApp:
    """Make the application, which only answers who is let in."""
    server = _Server(workspace)
    routes = [
        Route("/", _threaded(server.index)),
        Route("/page/{file}", _threaded(server.page)),
        Route("/api/datasets", _threaded(server.datasets)),
        Route("/api/{dataset}/overview", _threaded(server.overview)),
        Route("/api/{dataset}/filmstrips", _threaded(server.filmstrips)),
        Route("/api/{dataset}/episodes/{number}", _threaded(server.episode)),
        Route("/api/{dataset}/episodes/{number}", _with_body(server.save), methods=["PUT"]),
        Route("/api/{dataset}/episodes/{number}", _with_body(server.remove), methods=["DELETE"]),
        Route("/api/{dataset}/labels", _with_body(server.rename), methods=["POST"]),
        Route("/media/{dataset}/{number}/{camera}", _threaded(server.media)),
        Route("/filmstrips/{dataset}/{file}", _threaded(server.filmstrip)),
    ]
    handlers: Any = {HTTPException: _no_such_thing, Exception: _no_such_thing}
    return Guard(Starlette(routes=routes, exception_handlers=handlers), access)


class _Server:
    """Answers requests; every method but `make` runs in a thread of its own."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        protocol = workspace.protocol()
        self._overviews = {
            name: Overview(shown, protocol) for name, shown in workspace.datasets.items()
        }

    # The page -----------------------------------------------------------------------------------

    def index(self, request: Request) -> Response:
        """Return the page itself."""
        return _page_file("index.html")

    def page(self, request: Request) -> Response:
        """Return a module or the style of the page."""
        return _page_file(request.path_params["file"])

    # Reading ------------------------------------------------------------------------------------

    def datasets(self, request: Request) -> Response:
        """List the datasets, and how much of each is reviewed."""
        found = [{"name": name, **each.counts()} for name, each in self._overviews.items()]
        return _json(found)

    def overview(self, request: Request) -> Response:
        """Return the labels of all episodes of a dataset."""
        found = self._overviews[self._shown(request).name].encoded()
        headers = {"etag": f'"{found.etag}"', "vary": "accept-encoding"}
        # Somebody on the way may have weakened it, since the body is compressed.
        if found.etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers["content-encoding"] = "gzip"
            return Response(found.zipped, headers=headers, media_type="application/json")
        return Response(found.body, headers=headers, media_type="application/json")

    def episode(self, request: Request) -> Response:
        """Return all there is to see of one episode."""
        shown, number = self._episode(request)
        present, review = shown.present(number), shown.review(number)
        check = shown.checks.get().get(number)
        return _json(
            {
                "episode": number,
                "task": shown.task(number),
                "length": shown.length(number),
                "fps": shown.fps,
                "failure": _failure(shown, number, present),
                **_labels(shown, number, present),
                "annotated": labels.as_json(present.annotated),
                "motion": review.motion and asdict(review.motion),
                "fault": review.fault,
                "filmstrip": _filmstrip(shown, number, review),
                "cameras": _cameras(shown, number),
                **overview.findings(check),
                **_truth(shown, number),
            }
        )

    def filmstrips(self, request: Request) -> Response:
        """Return what the filmstrips of several episodes look like."""
        shown = self._shown(request)
        wanted = request.query_params.get("episodes", "").split(",")
        numbers = [int(each) for each in wanted if _NUMBER.fullmatch(each)]
        if len(numbers) > MOST_FILMSTRIPS:
            raise Refusal(422, f"At most {MOST_FILMSTRIPS} filmstrips are given at a time.")
        return _json({str(n): _filmstrip(shown, n, shown.review(n)) for n in numbers})

    def media(self, request: Request) -> Response:
        """Return a video of an episode, or a part of it."""
        shown, number = self._episode(request)
        clips = shown.clips(number)
        camera = _whole(request.path_params["camera"])
        if camera >= len(clips):
            raise Refusal(404, "There is no such camera.")
        found = media.video(shown.dataset, clips[camera])
        if found is None:
            raise Refusal(404, "This camera's video is not on this machine.")
        return FileResponse(found.path, media_type=found.media_type, stat_result=found.status)

    def filmstrip(self, request: Request) -> Response:
        """Return the filmstrip of an episode."""
        shown = self._shown(request)
        name, dot, ending = request.path_params["file"].partition(".")
        if f"{dot}{ending}" != ".jpg":
            raise Refusal(404, "There is no such filmstrip.")
        path = shown.path(File.FILMSTRIP, episode=_whole(name))
        if path.is_symlink() or not path.is_file():
            raise Refusal(404, "There is no such filmstrip.")
        return FileResponse(path, media_type="image/jpeg", stat_result=path.stat())

    # Writing ------------------------------------------------------------------------------------

    def save(self, request: Request, body: bytes) -> Response:
        """Save a person's labels of an episode."""
        shown, number = self._episode(request)
        expected = _expected(request)
        content = labels.parse(body)
        if not isinstance(content, dict):
            raise Unusable("The request must be an object.")
        found = labels.settled(content.get("subtasks"), shown.fps, shown.length(number))
        with shown.corrections.writing():
            saving.save(shown.files(number), _unchanged(shown, number, expected), found)
            return _json(_labels(shown, number, shown.present(number)))

    def remove(self, request: Request, body: bytes) -> Response:
        """Remove a person's labels of an episode."""
        shown, number = self._episode(request)
        expected = _expected(request)
        with shown.corrections.writing():
            _unchanged(shown, number, expected)
            saving.remove(shown.files(number))
            return _json(_labels(shown, number, shown.present(number)))

    def rename(self, request: Request, body: bytes) -> Response:
        """Give a label of the whole dataset another name."""
        shown = self._shown(request)
        content = labels.parse(body)
        if not isinstance(content, dict):
            raise Unusable("The request must be an object.")
        found = renaming.rename(
            shown, self._overviews[shown.name], content.get("rename"), content.get("to")
        )
        return _json({"episodes": len(found.episodes), "files": found.files})

    # Paths --------------------------------------------------------------------------------------

    def _shown(self, request: Request) -> Shown:
        found = self._workspace.datasets.get(request.path_params["dataset"])
        if found is None:
            raise Refusal(404, "There is no such dataset.")
        return found

    def _episode(self, request: Request) -> tuple[Shown, int]:
        shown, number = self._shown(request), _whole(request.path_params["number"])
        if not shown.has(number):
            raise Refusal(404, f"{shown.name} has no episode {number} that is labelled.")
        return shown, number


def _labels(shown: Shown, number: int, present: Present) -> dict[str, Any]:
    return {
        "version": present.version,
        "status": present.status,
        "subtasks": labels.as_json(present.segments),
        "agreement": shown.agreement(number, present.segments),
    }


def _truth(shown: Shown, number: int) -> dict[str, Any]:
    true = shown.truth.of(number, shown.length(number))
    return {
        "truth": agreement.as_json(true, shown.fps) if true else None,
        "truth_trouble": shown.truth.trouble(),
    }


def _failure(shown: Shown, number: int, present: Present) -> str | None:
    if present.trouble:
        return present.trouble
    if present.status != "failed":
        return None
    return one_line(shown.failure(number) or NO_LABELS)


def _unchanged(shown: Shown, number: int, expected: str) -> Present:
    """Return the present labels. Raises `Refusal` if they are not those that the page knows."""
    present = shown.present(number)
    if present.version != expected:
        raise Refusal(
            412,
            "These labels have been changed elsewhere, in another window or by a run.",
            _labels(shown, number, present),
        )
    return present


def _expected(request: Request) -> str:
    header = request.headers.get("if-match")
    if header is None:
        raise Refusal(428, "If-Match must say which labels are changed.")
    found = _VERSION.fullmatch(header.strip().removeprefix("W/"))
    # What is no version at all matches none.
    return found[1] if found else ""


def _cameras(shown: Shown, number: int) -> list[dict[str, Any]]:
    found = []
    for place, clip in enumerate(shown.clips(number)):
        try:
            is_there = media.video(shown.dataset, clip) is not None
        except Problem:
            is_there = False
        found.append(
            {
                "name": clip.camera,
                "url": f"media/{shown.name}/{number}/{place}" if is_there else None,
                "codec": media.codec(shown.dataset, clip.camera),
                "start": clip.start,
                "stop": clip.stop,
            }
        )
    return found


def _filmstrip(shown: Shown, number: int, review: Review) -> dict[str, Any] | None:
    if review.filmstrip is None:
        return None
    return {**asdict(review.filmstrip), "url": f"filmstrips/{shown.name}/{number}.jpg"}


def _page_file(name: str) -> Response:
    found = _FILE_NAME.fullmatch(name)
    path = PAGE / name
    if not found or found[1] not in PAGE_TYPES or not path.is_file():
        raise Refusal(404, "The page has no such file.")
    return FileResponse(path, media_type=PAGE_TYPES[found[1]], stat_result=path.stat())


def _whole(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise Refusal(404, "There is nothing here.")
    return int(text)


# Around every answer ----------------------------------------------------------------------------


def _json(content: object, status: int = 200) -> Response:
    return Response(encode(content), status, media_type="application/json")


def _threaded(answer: Callable[[Request], Response]) -> Endpoint:
    """Answer in a thread, since files are read; a person's trouble is a sentence."""

    async def endpoint(request: Request) -> Response:
        return await run_in_threadpool(_said, answer, request)

    return endpoint


def _with_body(answer: Callable[[Request, bytes], Response]) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        body = bytearray()
        try:
            async for part in request.stream():
                body += part
                if len(body) > MAX_BODY:
                    return _json({"message": "The request is too large."}, 413)
        except ClientDisconnect:
            return Response(status_code=400)
        return await run_in_threadpool(_said, answer, request, bytes(body))

    return endpoint


def _said(answer: Callable[..., Response], *arguments: Any) -> Response:
    try:
        return answer(*arguments)
    except Refusal as refusal:
        return _json({"message": refusal.message, **refusal.extra}, refusal.status)
    except Unusable as reason:
        return _json({"message": one_line(str(reason))}, 422)
    except Problem as problem:
        return _json({"message": one_line(str(problem))}, 409)
    except OSError as error:
        where = error.filename2 or error.filename or "input/output"
        return _json({"message": one_line(f"{where}: {error.strerror or error}")}, 500)


async def _no_such_thing(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    sentence = SENTENCES.get(status, "This cannot be answered.")
    return _json({"message": sentence}, status)
