"""What can go wrong with one request, and for which requests it does.

A plan of faults is a fault (every time), a list (one a request, in order, `None` for none),
a mapping from episode keys to plans ("*" for the others), or a function of an `Ask`.
"""

import hashlib
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from servers.claude.errors import ApiError
from servers.claude.question import Question


@dataclass(frozen=True, slots=True)
class Answer:
    """The text of an answer and why it ends."""

    text: str
    stop_reason: str = "end_turn"


@dataclass(frozen=True, slots=True)
class Fault:
    """One request goes wrong. Without more, it does not."""

    def bend(self, answer: Answer) -> Answer:
        """Give the answer that is sent in place of `answer`."""
        return answer


@dataclass(frozen=True, slots=True)
class Slow(Fault):
    """The answer comes that many seconds later."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Dropped(Fault):
    """The connection ends before the question is looked at."""


@dataclass(frozen=True, slots=True)
class Stalled(Fault):
    """Nothing happens for that many seconds, then the connection ends."""

    seconds: float = 30.0


@dataclass(frozen=True, slots=True)
class HalfAnswer(Fault):
    """The answer is made, but the connection ends in the middle of it."""


@dataclass(frozen=True, slots=True)
class Expired(Fault):
    """A batch's request is not answered in time. No fault to a live one."""


@dataclass(frozen=True, slots=True)
class Failing(Fault):
    """The API answers with an error."""

    type: ClassVar[str]
    message: ClassVar[str]

    @property
    def error(self) -> ApiError:
        return ApiError(self.type, self.message)


@dataclass(frozen=True, slots=True)
class RateLimited(Failing):
    """429, and when to come again."""

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
    """400: the account is empty."""

    type: ClassVar[str] = "invalid_request_error"
    message: ClassVar[str] = (
        "Your credit balance is too low to access the Anthropic API. Please go to Plans & "
        "Billing to upgrade or purchase credits."
    )


@dataclass(frozen=True, slots=True)
class Invalid(Failing):
    """400: there is something about this request alone."""

    type: ClassVar[str] = "invalid_request_error"
    message: ClassVar[str] = "messages.0.content.1.image.source: Could not process image"


@dataclass(frozen=True, slots=True)
class Forbidden(Failing):
    """403: the key may not do this."""

    type: ClassVar[str] = "permission_error"
    message: ClassVar[str] = "Your API key does not have permission to use the specified resource."


@dataclass(frozen=True, slots=True)
class Refusal(Fault):
    """The model declines: no content, `stop_reason` "refusal"."""

    def bend(self, answer: Answer) -> Answer:
        return Answer("", "refusal")


@dataclass(frozen=True, slots=True)
class CutOff(Fault):
    """The answer ends in its middle because `max_tokens` is used up."""

    def bend(self, answer: Answer) -> Answer:
        return Answer(answer.text[: len(answer.text) // 2], "max_tokens")


@dataclass(frozen=True, slots=True)
class Unusable(Fault):
    """The model says something else."""

    text: str = "The robot seems to be doing something with a bottle, but I cannot say what."

    def bend(self, answer: Answer) -> Answer:
        return Answer(self.text)


@dataclass(frozen=True, slots=True)
class Fenced(Fault):
    """The answer stands in a Markdown code block."""

    def bend(self, answer: Answer) -> Answer:
        return Answer(f"```json\n{answer.text}\n```")


@dataclass(frozen=True, slots=True)
class Chatty(Fault):
    """There is prose around the answer."""

    def bend(self, answer: Answer) -> Answer:
        return Answer(f"Here is what I see:\n\n{answer.text}\n\nTell me if [anything] is unclear.")


@dataclass(frozen=True, slots=True)
class BareArray(Fault):
    """The array comes without the object that should hold it."""

    def bend(self, answer: Answer) -> Answer:
        arrays = [part for part in json.loads(answer.text).values() if isinstance(part, list)]
        return Answer(json.dumps(arrays[0]))


@dataclass(frozen=True, slots=True)
class Ask:
    """One request as a plan sees it: `attempt` counts from 0 for each question.

    Submitting a batch asks no question: there `attempt` counts the batches accepted so far.
    """

    question: Question | None
    episode: str | None
    attempt: int


@dataclass(frozen=True, slots=True)
class Chance:
    """A plan: with `probability`, one of `faults`, the same for the same seed and question.

    A question goes wrong `at_most` so many times, so that nobody's patience runs out.
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
    """Give a function that says what goes wrong with the next request; threads may share it."""
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
