"""Counting the input tokens of questions by asking the API, which is free of charge."""

import asyncio
from collections.abc import Sequence

from subtasks.api import client
from subtasks.api.connection import Connection
from subtasks.api.errors import classify_error
from subtasks.errors import Problem
from subtasks.questions.question import Question

REQUESTS_AT_ONCE = 5


def count(questions: Sequence[Question], connection: Connection) -> int:
    """Sum the input tokens of all questions. Raises `Problem` where the API does not count."""
    return asyncio.run(_count(questions, connection))


async def _count(questions: Sequence[Question], connection: Connection) -> int:
    import anthropic

    at_once = asyncio.Semaphore(REQUESTS_AT_ONCE)
    async with client.connect(connection) as api:

        async def one(question: Question) -> int:
            request = question.request(cache=False)
            del request["max_tokens"]
            async with at_once:
                counted = await api.messages.count_tokens(**request)
                return int(counted.input_tokens)

        try:
            return sum(await asyncio.gather(*map(one, questions)))
        except anthropic.APIError as error:
            judged = classify_error(error, questions[0].model)
            raise Problem(f"the tokens cannot be counted: {judged}") from None
        except anthropic.AnthropicError as error:
            raise Problem(f"the tokens cannot be counted: {error}") from None
