"""What can go wrong with a request, and plans that say with which requests it does.

A plan is a fault (for every request), a list (one entry per request, in order, `None` for no
fault), a mapping from episode keys to plans ("*" for the others), or a function of an `Ask`.

    # one question always fails, whoever sends it again; all others are answered
    ClaudeServer(faults=About("What is 3?", ServerError()))              # 500
    ClaudeServer(faults=About("episode 17", Overloaded(), times=2))      # 529, twice
    ClaudeServer(oracle, faults={"episode_000001": ServerError()})       # by episode, if known

    # what the API has against a request
    ClaudeServer(faults=RateLimited(retry_after=3600))                   # 429, come in an hour
    ClaudeServer(faults=BadRequest(GRAMMAR_TOO_LARGE))                   # 400 about the schema
    ClaudeServer(faults=BadRequest(PROMPT_TOO_LONG))                     # 400, or any other words
    ClaudeServer(faults=BadRequest(UNKNOWN_PARAMETER))
    ClaudeServer(faults=BadRequest(TOO_MANY_OUTPUT_TOKENS))
    ClaudeServer(faults=TooLarge())                                      # 413

    # answers that no Claude gives; in a batch the same in the request's line of results
    ClaudeServer(faults=About("What is 3?", Altered({"content": None})))
    ClaudeServer(faults=About("What is 3?", Altered({"content": [TEXT | {"text": "\\ud800"}]})))
    ClaudeServer(faults=About("What is 3?", Raw(b"\\xff\\xfe")))          # the whole body
    ClaudeServer(faults=About("What is 3?", Raw(b"[" * 200_000)))

An unknown model, an unknown parameter and too many `max_tokens` in a request are refused without
any fault (see `refusals`).
"""

import hashlib
import json
import math
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from servers.claude.errors import ApiError
from servers.claude.question import Question


@dataclass(frozen=True, slots=True)
class Answer:
    """The text of an answer and its `stop_reason`."""

    text: str
    stop_reason: str = "end_turn"


@dataclass(frozen=True, slots=True)
class Fault:
    """Base of all faults; on its own, it changes nothing."""

    def apply(self, answer: Answer) -> Answer:
        """Return the answer to send in place of `answer`."""
        return answer


@dataclass(frozen=True, slots=True)
class Slow(Fault):
    """The answer takes this many seconds longer."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Dropped(Fault):
    """The connection closes before the question is read."""


@dataclass(frozen=True, slots=True)
class Stalled(Fault):
    """Nothing is sent for this many seconds, then the connection closes."""

    seconds: float = 30.0


@dataclass(frozen=True, slots=True)
class HalfAnswer(Fault):
    """The connection closes in the middle of the answer."""


@dataclass(frozen=True, slots=True)
class Expired(Fault):
    """The request expires in its batch. Ignored for live requests."""


@dataclass(frozen=True, slots=True)
class Failing(Fault):
    """The API responds with an error."""

    type: ClassVar[str]
    message: ClassVar[str]

    @property
    def error(self) -> ApiError:
        return ApiError(self.type, self.message)


@dataclass(frozen=True, slots=True)
class RateLimited(Failing):
    """429, with a retry-after header."""

    retry_after: float = 1.0
    type: ClassVar[str] = "rate_limit_error"
    message: ClassVar[str] = "This request would exceed your organization's rate limit."

    @property
    def error(self) -> ApiError:
        return ApiError(self.type, self.message, {"retry-after": f"{self.retry_after:g}"})


@dataclass(frozen=True, slots=True)
class Overloaded(Failing):
    """529."""

    type: ClassVar[str] = "overloaded_error"
    message: ClassVar[str] = "Overloaded"


@dataclass(frozen=True, slots=True)
class ServerError(Failing):
    """500."""

    type: ClassVar[str] = "api_error"
    message: ClassVar[str] = "Internal server error"


@dataclass(frozen=True, slots=True)
class NoCredit(Failing):
    """400: the account has no credit."""

    type: ClassVar[str] = "invalid_request_error"
    message: ClassVar[str] = (
        "Your credit balance is too low to access the Anthropic API. Please go to Plans & "
        "Billing to upgrade or purchase credits."
    )


@dataclass(frozen=True, slots=True)
class Invalid(Failing):
    """400: something is wrong with this request only."""

    type: ClassVar[str] = "invalid_request_error"
    message: ClassVar[str] = "messages.0.content.1.image.source: Could not process image"


GRAMMAR_TOO_LARGE = (
    "The compiled grammar is too large, which would cause performance issues. Simplify your tool "
    "schemas or reduce the number of strict tools."
)
SCHEMA_TOO_COMPLEX = "output_config.format.schema: Schema is too complex for compilation"
PROMPT_TOO_LONG = "prompt is too long: 1203912 tokens > 1000000 maximum"
UNKNOWN_PARAMETER = "output_config.effort: Extra inputs are not permitted"
TOO_MANY_OUTPUT_TOKENS = (
    "max_tokens: 999999 > 128000, which is the maximum allowed number of output tokens for "
    "claude-opus-4-7"
)


@dataclass(frozen=True, slots=True)
class BadRequest(Failing):
    """400 with these words."""

    words: str

    @property
    def error(self) -> ApiError:
        return ApiError("invalid_request_error", self.words)


@dataclass(frozen=True, slots=True)
class TooLarge(Failing):
    """413: the body is larger than the API accepts."""

    type: ClassVar[str] = "request_too_large"
    message: ClassVar[str] = "Request exceeds the maximum allowed number of bytes."


@dataclass(frozen=True, slots=True)
class Forbidden(Failing):
    """403: the key lacks a permission."""

    type: ClassVar[str] = "permission_error"
    message: ClassVar[str] = "Your API key does not have permission to use the specified resource."


@dataclass(frozen=True, slots=True)
class Refusal(Fault):
    """The model declines: no content, `stop_reason` "refusal"."""

    def apply(self, answer: Answer) -> Answer:
        return Answer("", "refusal")


@dataclass(frozen=True, slots=True)
class CutOff(Fault):
    """The answer stops halfway because `max_tokens` is reached."""

    def apply(self, answer: Answer) -> Answer:
        return Answer(answer.text[: len(answer.text) // 2], "max_tokens")


@dataclass(frozen=True, slots=True)
class Unusable(Fault):
    """The model answers something else."""

    text: str = "The robot seems to be doing something with a bottle, but I cannot say what."

    def apply(self, answer: Answer) -> Answer:
        return Answer(self.text)


@dataclass(frozen=True, slots=True)
class Fenced(Fault):
    """The answer is inside a Markdown code block."""

    def apply(self, answer: Answer) -> Answer:
        return Answer(f"```json\n{answer.text}\n```")


@dataclass(frozen=True, slots=True)
class Chatty(Fault):
    """The answer is surrounded by prose."""

    def apply(self, answer: Answer) -> Answer:
        return Answer(f"Here is what I see:\n\n{answer.text}\n\nTell me if [anything] is unclear.")


@dataclass(frozen=True, slots=True)
class BareArray(Fault):
    """The answer is the array alone, without the object around it."""

    def apply(self, answer: Answer) -> Answer:
        arrays = [part for part in json.loads(answer.text).values() if isinstance(part, list)]
        return Answer(json.dumps(arrays[0]))


TEXT = {"type": "text", "text": "No."}
"""A block of an answer's content, for `Altered`."""


@dataclass(frozen=True, slots=True)
class Altered(Fault):
    """The message has these values in place of its own; `DELETED` takes a key away."""

    values: Mapping[str, Any]


DELETED = object()
CUSTOM_ID = b"CUSTOM_ID"


@dataclass(frozen=True, slots=True)
class Raw(Fault):
    """The body of the response is this, whatever was asked.

    In a batch it is the request's line, or lines, of the results; `CUSTOM_ID` in it stands for the
    request's own.
    """

    body: bytes
    status: int = 200
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Ask:
    """One request as plans see it; `attempt` counts from 0 for each question.

    When a batch is submitted, there is no question, and `attempt` counts the batches so far.
    """

    question: Question | None
    episode: str | None
    attempt: int


@dataclass(frozen=True, slots=True)
class About:
    """A plan: questions with `words` in their text get the `fault`, all others none.

    `times` is how often each of them gets it, by default always.
    """

    words: str
    fault: Fault
    times: float = math.inf

    def __call__(self, ask: Ask) -> Fault | None:
        asked = ask.question is not None and any(self.words in each for each in ask.question.texts)
        return self.fault if asked and ask.attempt < self.times else None


@dataclass(frozen=True, slots=True)
class Chance:
    """A plan that picks one of `faults` with a probability, reproducibly for a seed and a question.

    A question goes wrong `at_most` this many times, so that clients do not run out of retries.
    """

    probability: float
    faults: Sequence[Fault]
    seed: int = 0
    at_most: int = 4

    def __call__(self, ask: Ask) -> Fault | None:
        if ask.attempt >= self.at_most:
            return None
        name = ask.question.digest if ask.question else "submit"
        dice = f"{self.seed}:{name}:{ask.attempt}".encode()
        value = int.from_bytes(hashlib.sha256(dice).digest()[:8]) / 2**64
        if value >= self.probability:
            return None
        return self.faults[int(value / self.probability * len(self.faults))]


Plan = Fault | Sequence[Fault | None] | Mapping[str, Any] | Callable[[Ask], Fault | None] | None


def chooser(plan: Plan) -> Callable[[Ask], Fault | None]:
    """Return a thread-safe function that picks the fault of the next request."""
    choose = _chooser(plan)
    lock = threading.Lock()

    def locked(ask: Ask) -> Fault | None:
        with lock:
            return choose(ask)

    return locked


def _chooser(plan: Plan) -> Callable[[Ask], Fault | None]:
    if plan is None or isinstance(plan, Fault):
        return lambda _: plan
    if isinstance(plan, Mapping):
        plans = {key: _chooser(part) for key, part in plan.items()}
        others = plans.get("*", _chooser(None))
        return lambda ask: plans.get(ask.episode, others)(ask)
    if callable(plan):
        return plan
    coming = iter(plan)
    return lambda _: next(coming, None)
