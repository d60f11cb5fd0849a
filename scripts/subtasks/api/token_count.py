"""Asking the API, free of charge, how many input tokens questions have."""

import asyncio
import json
from collections.abc import Sequence

from subtasks.api import client
from subtasks.api.connection import Connection
from subtasks.api.errors import classify_error, not_the_claude_api
from subtasks.api.redaction import quote
from subtasks.api.responses import MAX_TOKENS
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
                response = await api.messages.with_raw_response.count_tokens(**request)
                return _tokens(await response.read())

        try:
            return sum(await asyncio.gather(*map(count_one, questions)))
        except anthropic.APIError as error:
            meaning = classify_error(error, questions[0].model)
            raise Problem(f"the tokens cannot be counted: {meaning}") from None
        except Problem as problem:
            raise Problem(f"the tokens cannot be counted: {problem}") from None
        except anthropic.AnthropicError as error:
            raise Problem(f"the tokens cannot be counted: {quote(str(error))}") from None


def _tokens(body: bytes) -> int:
    """Read the number in a response. Raises `Fatal` for a response that has none."""
    try:
        tokens = json.loads(body)["input_tokens"]
    except (ValueError, LookupError, TypeError, RecursionError):
        raise not_the_claude_api() from None
    if not isinstance(tokens, int) or not 0 <= tokens <= MAX_TOKENS:
        raise not_the_claude_api()
    return tokens
