"""What asking about episodes will cost, estimated before anything is asked.

The conversation about an episode is held as it will be, but with a typical model that costs
nothing. So windows, passes, prompts, caching and follow-up questions are the real ones.
"""

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, fields
from typing import Any, Protocol

from subtasks.cost import tokens
from subtasks.cost.capacity import Capacity
from subtasks.cost.prices import Prices, format_usd
from subtasks.questions.asking import Conversation, NoAnswer
from subtasks.questions.question import Jpeg, Question
from subtasks.questions.reply import Reply
from subtasks.tables import format_table

SECONDS_PER_HOUR = 3600
COLUMNS = (
    *("dataset", "to ask", "requests", "images", "tokens in", "tokens out"),
    *("live", "batch", "live/hour", "batch/hour"),
)


@dataclass(frozen=True, slots=True)
class Load:
    """Questions that are still to be asked, about how many episodes, and their sums.

    `seconds` is the length of the episodes. `input_tokens` are all input tokens; of those, when
    asked live, `written` go to the prompt cache and `read` come from it. Questions `under_way` in
    message batches are ordered already, and not part of any other count.
    """

    episodes: int = 0
    seconds: float = 0.0
    requests: int = 0
    images: int = 0
    image_tokens: int = 0
    input_tokens: int = 0
    written: int = 0
    read: int = 0
    output_tokens: int = 0
    under_way: int = 0

    def __add__(self, other: "Load") -> "Load":
        return Load(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    def dollars(
        self, prices: Prices, model: str, *, batch: bool, factor: float = 1.0
    ) -> float | None:
        """Return US dollars, with a factor on input tokens; None for a model without a price.

        Batches do not use the cache, since it is unknown when their requests run.
        """
        written, read = (0, 0) if batch else (self.written, self.read)
        usage = {
            "input_tokens": round(factor * (self.input_tokens - written - read)),
            "cache_creation_input_tokens": round(factor * written),
            "cache_read_input_tokens": round(factor * read),
            "output_tokens": self.output_tokens,
        }
        return prices.cost(model, usage, batch=batch)


class Answerer(Protocol):
    """A model that costs nothing and answers as is typical; `duration` is that of an episode."""

    @property
    def capacity(self) -> Capacity:
        """What the model accepts."""

    @property
    def duration(self) -> float:
        """Seconds of the episode."""

    def answer(self, question: Question) -> tuple[str, int]:
        """Return the text of an answer and the output tokens it takes."""


def estimate_load(
    talk: Conversation[Any],
    known: Callable[[str], Reply | None],
    model: Answerer,
    under_way: Container[str] = (),
) -> Load:
    """Hold a conversation about an episode and add up what is still to be asked.

    `known` gives the stored reply to a question's key, and may raise `NoAnswer`; the typical model
    answers the rest. `under_way` are keys of questions that were submitted.
    """
    load = Load()
    kept: set[tuple[Any, ...]] = set()
    try:
        questions = next(talk)
        while True:
            replies = []
            for question in questions:
                key = question.key
                reply = known(key)
                if reply is None:
                    text, output = model.answer(question)
                    reply = Reply(text, "end_turn", question.model, {})
                    if key in under_way:
                        load += Load(under_way=1)
                    else:
                        load += _question_load(question, output, kept, model.capacity)
                replies.append(reply)
            questions = talk.send(replies)
    except (StopIteration, NoAnswer):
        # A typical answer may be unusable too; its cost counts all the same.
        return load + Load(episodes=1, seconds=model.duration) if load.requests else load


def _question_load(
    question: Question, output: int, kept: set[tuple[Any, ...]], capacity: Capacity
) -> Load:
    """Return the load of one question and its answer; `kept` is what the prompt cache holds."""
    images = [part for part in question.content if isinstance(part, Jpeg)]
    shared = question.content[: question.cached]
    prefix = tokens.of_schema(question) + tokens.of_content(shared, capacity)
    entry = (str(question.schema), shared)
    read = written = 0
    if entry in kept:
        read = prefix
    elif shared and prefix >= capacity.least_cached:
        written = prefix
        kept.add(entry)
    return Load(
        requests=1,
        images=len(images),
        image_tokens=tokens.of_content(images, capacity),
        input_tokens=tokens.of_question(question, capacity),
        written=written,
        read=read,
        output_tokens=output,
    )


def table(
    loads: Mapping[str, tuple[Load, int]], prices: Prices, model: str, factor: float = 1.0
) -> str:
    """Format the loads of datasets, each with its number of episodes, and their sum.

    `factor` multiplies input tokens. An hour is one of video still to be asked about.
    """
    named = dict(loads)
    if len(loads) > 1:
        each, counts = zip(*loads.values(), strict=True)
        named["all"] = sum(each, Load()), sum(counts)
    rows = [COLUMNS, *(_row(name, *named[name], prices, model, factor) for name in named)]
    return format_table(rows)


def _row(
    name: str, load: Load, episodes: int, prices: Prices, model: str, factor: float
) -> tuple[str, ...]:
    costs = [load.dollars(prices, model, batch=batch, factor=factor) for batch in (False, True)]
    hours = load.seconds / SECONDS_PER_HOUR
    return (
        name,
        f"{load.episodes:,} of {episodes:,}",
        f"{load.requests:,}",
        f"{load.images:,}",
        f"{round(factor * load.input_tokens):,}",
        f"{load.output_tokens:,}",
        *map(_money, costs),
        *(_money(cost and cost / hours) if hours else "-" for cost in costs),
    )


def _money(amount: float | None) -> str:
    return "unknown" if amount is None else format_usd(amount)
