"""Questions about labels, in text alone: what all of them say before they list the labels.

Its words are part of a question's key, as those in `prompts` are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from subtasks.questions.question import Question

MOST_TASKS = 10
"""Task sentences that a question quotes; of more, none is typical."""


@dataclass(frozen=True, slots=True)
class LabelSettings:
    """How labels are asked about: `prompt` is the text of the prompt.

    `context` is what the user says about the recordings, `tasks` are their task sentences.
    """

    model: str
    max_tokens: int
    effort: str | None
    prompt: str
    context: str | None = None
    tasks: tuple[str, ...] = ()


def label_question(
    settings: LabelSettings, listed: Sequence[str], schema: dict[str, Any], purpose: str
) -> Question:
    """Return a question whose last paragraphs are `listed`; `schema` is that of its answer."""
    paragraphs = [settings.prompt]
    if settings.tasks and len(settings.tasks) <= MOST_TASKS:
        paragraphs.append("\n".join(["The tasks of the recordings:", *settings.tasks]))
    if settings.context:
        paragraphs.append(f"About these recordings: {settings.context}")
    return Question(
        settings.model,
        settings.max_tokens,
        settings.effort,
        schema,
        ("\n\n".join([*paragraphs, *listed]),),
        purpose=purpose,
    )
