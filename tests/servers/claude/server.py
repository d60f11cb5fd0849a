"""The server: authentication, what each path does, and what is recorded for tests."""

import json
import secrets
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from servers import loopback
from servers.claude import answers, judging, refusals, unification, wire
from servers.claude.batches import Batches
from servers.claude.errors import ApiError, as_api_error, invalid, not_found
from servers.claude.faults import (
    DELETED,
    Altered,
    Answer,
    Ask,
    Dropped,
    Expired,
    Failing,
    Fault,
    HalfAnswer,
    Plan,
    Raw,
    ServerError,
    Slow,
    Stalled,
    chooser,
)
from servers.claude.limits import Limits, RateLimiter
from servers.claude.oracles import FixedLabels, Oracle, Unrecognised
from servers.claude.question import Question, digest
from servers.claude.tokens import PromptCache
from servers.claude.unification import Meaning
from servers.claude.wire import HungUp, Reply, Request

FIRST_VERSION, LATEST_VERSION = "2023-06-01", "2026-10-21"
ANYTHING = FixedLabels(
    [
        {"time": 0.0, "subtask": "reach for the object"},
        {"time": 2.0, "subtask": "grasp the object"},
        {"time": 3.5, "subtask": "carry the object"},
    ]
)


@dataclass(slots=True)
class Record:
    """One request as the server saw it. `status` is None if there was no response."""

    method: str
    path: str
    headers: dict[str, str]  # without the key
    started: float = field(default_factory=time.time)
    finished: float | None = None
    question: str | None = None  # digest of what was asked
    texts: tuple[str, ...] = ()  # its text beside the images
    images: int = 0
    episode: str | None = None  # the oracle's name for the episode
    fault: Fault | None = None
    status: int | None = None
    error: str | None = None  # why it was refused or the episode not recognised
    usage: dict[str, Any] | None = None  # of the answer, even if it was lost
    sent: bool = False  # completely


def _may_sample(request: Request) -> bool:
    """Say whether the requested API version still accepts temperature, top_p and top_k."""
    return request.headers["anthropic-version"] == FIRST_VERSION


class ClaudeServer:
    """A Claude API on 127.0.0.1, for as long as the `with` block lasts.

    `oracle` knows the answers (see `oracles`), and `meaning` which labels mean the same.
    `latency` is the time in seconds of every live answer. `faults` plans what goes wrong with
    questions, live or in batches, and `submit_faults` what goes wrong when batches are
    submitted (see `faults`). `account` is an error for every request that costs money; it can
    be changed while the server runs. Batches end `batch_seconds` after they were accepted or,
    with `math.inf`, when `server.batches.finish(id)` is called. Each of `other_keys` is
    accepted as well and has a workspace of its own, with the batches `batches_of(key)`;
    `batches` are those of `key`.

    It records `requests`, with one of method "BATCH" for each request in a batch; `answered`,
    how often each distinct question was answered completely; `submitted`, how often each was
    accepted in a batch; `in_flight`, `most_in_flight`, and the `tokens` charged.
    """

    def __init__(
        self,
        oracle: Oracle = ANYTHING,
        *,
        meaning: Meaning = str,
        latency: float = 0.0,
        faults: Plan = None,
        submit_faults: Plan = None,
        account: Failing | None = None,
        limits: Limits = Limits(),  # noqa: B008 - frozen
        batch_seconds: float = 0.2,
        key: str | None = None,
        other_keys: Sequence[str] = (),
        port: int = 0,
        seed: int = 0,
    ) -> None:
        self._key = key or f"sk-ant-loopback-{secrets.token_hex(16)}"
        self.latency = latency
        self.account = account
        self.requests: list[Record] = []
        self.answered: Counter[str] = Counter()
        self.submitted: Counter[str] = Counter()
        self.most_in_flight = 0
        self._workspaces = {
            each: Batches(self._answer_in_batch, batch_seconds, seed)
            for each in (self._key, *other_keys)
        }
        self._oracle = oracle
        self._meaning = meaning
        self._fault = chooser(faults)
        self._submit_fault = chooser(submit_faults)
        self._limiter = RateLimiter(limits)
        self._cache = PromptCache()
        self._attempts: Counter[str] = Counter()
        self._flying: list[Record] = []
        self._lock = threading.Lock()
        self._listener = loopback.Listener(wire.Handler, self, port)

    def __enter__(self) -> "ClaudeServer":
        self._listener.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._listener.stop()

    @property
    def url(self) -> str:
        """Base URL, for `base_url` or ANTHROPIC_BASE_URL."""
        return f"http://127.0.0.1:{self._listener.port}"

    @property
    def key(self) -> str:
        """The key that is accepted; another one leads to the same workspace, and this no longer."""
        return self._key

    @key.setter
    def key(self, key: str) -> None:
        self._workspaces[key] = self._workspaces.pop(self._key)
        self._key = key

    @property
    def batches(self) -> Batches:
        """The batches of the workspace of `key`."""
        return self._workspaces[self.key]

    def batches_of(self, key: str) -> Batches:
        """Return the batches of the workspace of a key."""
        return self._workspaces[key]

    @property
    def in_flight(self) -> list[Record]:
        """The questions being answered right now."""
        with self._lock:
            return list(self._flying)

    def unsettled(self, moment: float) -> list[str]:
        """Questions without an answer, or whose answer came so shortly before a time, or later,
        that a process that was killed then may not have kept it."""
        return [
            record.question
            for record in self.requests
            if record.question and (record.finished is None or record.finished > moment - 0.3)
        ]

    @property
    def tokens(self) -> Counter[str]:
        """Tokens of all answers, summed by the names that `usage` has for the kinds."""
        total: Counter[str] = Counter()
        with self._lock:
            for record in self.requests:
                counts = (record.usage or {}).items()
                total.update({kind: count for kind, count in counts if isinstance(count, int)})
        return total

    def begin(self, request: Request) -> Record:
        """Record a request that has arrived."""
        shown = {
            name: value
            for name, value in request.headers.items()
            if name not in ("x-api-key", "authorization")
        }
        record = Record(request.method, request.path, shown)
        with self._lock:
            self.requests.append(record)
        return record

    def end(self, record: Record, *, sent: bool) -> None:
        """Record how a request ended."""
        with self._lock:
            record.sent = sent
            record.finished = time.time()
            self._flying = [each for each in self._flying if each is not record]
            if sent and record.status == 200 and record.question:
                self.answered[record.question] += 1

    def reply(self, request: Request, record: Record) -> Reply:
        """Handle a request; raises `ApiError`, or `HungUp` if there is no response."""
        batches = self._workspaces[self._authenticate(request)]
        match request.method, request.path.strip("/").split("/"):
            case "POST", ["v1", "messages"]:
                return self._messages(request, record)
            case "POST", ["v1", "messages", "count_tokens"]:
                question = refusals.read(request.json(), count_only=True)
                return self._json({"input_tokens": question.input_tokens}, question)
            case "POST", ["v1", "messages", "batches"]:
                return self._submit(request, record, batches)
            case "GET", ["v1", "messages", "batches"]:
                return self._json(batches.list(request.query, self.url))
            case "GET", ["v1", "messages", "batches", batch_id]:
                return self._json(batches.get(batch_id, self.url))
            case "GET", ["v1", "messages", "batches", batch_id, "results"]:
                lines = batches.results(batch_id)
                return Reply(lines, "application/x-jsonl", self._limiter.headers("opus"))
            case "POST", ["v1", "messages", "batches", batch_id, "cancel"]:
                return self._json(batches.cancel(batch_id, self.url))
        raise not_found("Not found")

    def limit_headers(self, family: str = "opus") -> dict[str, str]:
        """Return the headers with what is left of the rate limits."""
        return self._limiter.headers(family)

    def _authenticate(self, request: Request) -> str:
        """Check the headers of a request, and return its key."""
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        key = request.headers.get("x-api-key") or bearer
        if not key:
            raise ApiError("authentication_error", "x-api-key header is required")
        if key not in self._workspaces:
            raise ApiError("authentication_error", "invalid x-api-key")
        version = request.headers.get("anthropic-version")
        if version is None:
            raise invalid("anthropic-version: header is required")
        if version not in (FIRST_VERSION, LATEST_VERSION):
            raise invalid(f'anthropic-version: "{version}" is not a valid version')
        return key

    def _json(self, value: dict[str, Any], question: Question | None = None) -> Reply:
        family = question.model.family if question else "opus"
        return Reply(json.dumps(value).encode(), "application/json", self.limit_headers(family))

    def _messages(self, request: Request, record: Record) -> Reply:
        if self.account:
            raise self.account.error
        question = refusals.read(request.json(), sampling=_may_sample(request))
        truth = self._ask(question, record)
        family = question.model.family
        self._limiter.take(family, self._cache.usage(question).limited)
        record.fault = fault = self._choose(question, record)
        self._wait_for(request, fault)
        if isinstance(fault, Failing):
            raise fault.error
        if isinstance(fault, Raw):
            return Reply(fault.body, fault.content_type, status=fault.status)
        message = self._message(question, truth, fault, record, "standard")
        self._limiter.spend_output(family, record.usage["output_tokens"])
        reply = self._json(message, question)
        if question.stream:
            reply = Reply(answers.events(message).encode(), "text/event-stream", reply.headers)
        reply.half = isinstance(fault, HalfAnswer)
        return reply

    def _ask(self, question: Question, record: Record) -> Answer:
        """Return the right answer, or prose if the episode is not recognised."""
        record.question, record.texts = question.digest, question.texts
        record.images = len(question.pictures)
        with self._lock:
            self._flying.append(record)
            self.most_in_flight = max(self.most_in_flight, len(self._flying))
        if (listed := unification.labels(question)) is not None:
            return unification.truth(question, listed, self._meaning)
        if (judged := judging.labels(question)) is not None:
            return judging.truth(*judged, self._meaning)
        try:
            known = self._oracle(question)
        except Unrecognised as reason:
            record.error = str(reason)
            return Answer(f"I cannot tell what these pictures show: {reason}.")
        record.episode = known.episode
        return answers.truth(question, known)

    def _choose(self, question: Question, record: Record) -> Fault | None:
        with self._lock:
            attempt = self._attempts[question.digest]
            self._attempts[question.digest] += 1
        return self._fault(Ask(question, record.episode, attempt))

    def _wait_for(self, request: Request, fault: Fault | None) -> None:
        """Wait as long as the answer takes; raises `HungUp` if none will come."""
        if isinstance(fault, Dropped):
            raise HungUp
        extra = fault.seconds if isinstance(fault, Slow | Stalled) else 0.0
        hung_up = request.wait(self.latency + extra)
        if hung_up or isinstance(fault, Stalled):
            raise HungUp

    def _message(
        self, question: Question, truth: Answer, fault: Fault | None, record: Record, tier: str
    ) -> dict[str, Any]:
        answer = fault.apply(truth) if fault else truth
        message = answers.message(question, answer, self._cache.usage(question), tier)
        self._cache.remember(question)
        record.usage = message["usage"]
        if isinstance(fault, Altered):
            message |= fault.values
            message = {name: value for name, value in message.items() if value is not DELETED}
        return message

    def _submit(self, request: Request, record: Record, batches: Batches) -> Reply:
        if self.account:
            raise self.account.error
        fault = record.fault = self._submit_fault(Ask(None, None, len(batches.ids)))
        self._wait_for(request, fault)
        if isinstance(fault, Failing):
            raise fault.error
        body = request.json()
        view = batches.create(body, self.url)
        with self._lock:
            self.submitted.update(digest(each["params"]) for each in body["requests"])
        reply = self._json(view)
        reply.half = isinstance(fault, HalfAnswer)
        return reply

    def _answer_in_batch(self, params: dict[str, Any]) -> dict[str, Any] | Raw:
        """Return the result of one request of a batch: the answer a live request would get."""
        record = Record("BATCH", "/v1/messages", {})
        with self._lock:
            self.requests.append(record)
        try:
            question = refusals.read(params)
            truth = self._ask(question, record)
            record.fault = fault = self._choose(question, record)
            if isinstance(fault, Expired):
                self.end(record, sent=False)
                return {"type": "expired"}
            if isinstance(fault, Failing):
                raise fault.error
            if isinstance(fault, Raw):
                record.status = 200
                self.end(record, sent=True)
                return fault
            if isinstance(fault, Dropped | Stalled | HalfAnswer):
                raise ServerError().error
            message = self._message(question, truth, fault, record, "batch")
        except Exception as reason:
            error = as_api_error(reason)
            record.status, record.error = error.status, error.message
            self.end(record, sent=True)
            return {"type": "errored", "error": error.body(None)}
        record.status = 200
        self.end(record, sent=True)
        return {"type": "succeeded", "message": message}
