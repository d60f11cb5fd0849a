"""What asking about episodes will cost, reckoned before anything is asked.

The conversation about an episode is held as it will be, with a model that is only imagined.
So windows, passes, prompts, what is cached and what follows from an answer are those of the
real thing.
"""

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, fields
from typing import Any

from subtasks.cost import tokens
from subtasks.cost.capacity import Capacity
from subtasks.cost.prices import Prices, format_usd
from subtasks.estimate.typical_answer import TypicalModel
from subtasks.questions.answers import Answer
from subtasks.questions.conversation import Conversation, NoAnswer
from subtasks.questions.question import Jpeg, Question
from subtasks.questions.reply import Reply

SECONDS_PER_HOUR = 3600
COLUMNS = (
    *("dataset", "to ask", "requests", "images", "tokens in", "tokens out"),
    *("live", "batch", "live/hour", "batch/hour"),
)


@dataclass(frozen=True, slots=True)
class Load:
    """Questions that are still to be asked: about how many episodes, and what they come to.

    `seconds` are those of the episodes. `input_tokens` are all that go in; of those, asked
    live, `written` go into the prompt cache and `read` come out of it. Questions that are
    `under_way` in message batches are ordered already, and counted in nothing else.
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
        """US dollars, with a factor on what goes in; None for a model without a price.

        Batches use no cache, for there is no telling when their requests run.
        """
        written, read = (0, 0) if batch else (self.written, self.read)
        usage = {
            "input_tokens": round(factor * (self.input_tokens - written - read)),
            "cache_creation_input_tokens": round(factor * written),
            "cache_read_input_tokens": round(factor * read),
            "output_tokens": self.output_tokens,
        }
        return prices.cost(model, usage, batch=batch)


def estimate_load(
    talk: Conversation[Answer],
    known: Callable[[str], Reply | None],
    model: TypicalModel,
    under_way: Container[str] = (),
) -> Load:
    """Hold a conversation about an episode and add up what is still to be asked.

    `known` gives what has been answered to a question's key before, for nothing, and may raise
    `Failed`; the imagined model answers the rest. `under_way` are keys of questions that were
    submitted.
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
                        load += _asking(question, output, kept, model.capacity)
                replies.append(reply)
            questions = talk.send(replies)
    except (StopIteration, NoAnswer):
        # An imagined answer may be one that cannot be used; what it took stands.
        return load + Load(episodes=1, seconds=model.duration) if load.requests else load


def _asking(
    question: Question, output: int, kept: set[tuple[Any, ...]], capacity: Capacity
) -> Load:
    """Reckon one question and its answer; `kept` is what the prompt cache holds."""
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
    """Line up the loads of datasets, each with its number of episodes, and their sum.

    `factor` corrects what goes in. Hours are those of the episodes that are asked about.
    """
    named = dict(loads)
    if len(loads) > 1:
        each, counts = zip(*loads.values(), strict=True)
        named["together"] = sum(each, Load()), sum(counts)
    rows = [COLUMNS, *(_row(name, *named[name], prices, model, factor) for name in named)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in rows
    )


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
