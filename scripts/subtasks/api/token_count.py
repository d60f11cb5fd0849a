"""Asking the API, free of charge, how many input tokens questions have."""

import asyncio
from collections.abc import Sequence

from subtasks.api import client
from subtasks.api.connection import Connection
from subtasks.api.errors import classify_error
from subtasks.errors import Problem
from subtasks.questions.question import Question

REQUESTS_AT_ONCE = 5


def count(questions: Sequence[Question], connection: Connection) -> int:
    """Return the number of input tokens of all questions. Raises `Problem` if the API fails."""
    return asyncio.run(_count(questions, connection))


async def _count(questions: Sequence[Question], connection: Connection) -> int:
    import anthropic

    slots = asyncio.Semaphore(REQUESTS_AT_ONCE)
    async with client.connect(connection) as api:

        async def count_one(question: Question) -> int:
            request = question.request(cache=False)
            del request["max_tokens"]
            async with slots:
                counted = await api.messages.count_tokens(**request)
                return int(counted.input_tokens)

        try:
            return sum(await asyncio.gather(*map(count_one, questions)))
        except anthropic.APIError as error:
            meaning = classify_error(error, questions[0].model)
            raise Problem(f"the tokens cannot be counted: {meaning}") from None
        except anthropic.AnthropicError as error:
            raise Problem(f"the tokens cannot be counted: {error}") from None
