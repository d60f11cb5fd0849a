"""Token counts by the published formulas, and the prompt cache."""

import hashlib
import math
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from servers.claude.models import Model
from servers.claude.question import Question

CHARACTERS_PER_TOKEN = 3.5
PIXELS_PER_TOKEN = 750
CACHE_SECONDS = {"5m": 300, "1h": 3600}
CACHE_LOOK_BACK = 20  # blocks before a mark that are searched for an earlier entry
THINKING_TOKENS = {"low": 256, "medium": 512, "high": 1024, "xhigh": 2048, "max": 4096}


def text_tokens(text: str) -> int:
    """Estimate the tokens of a text."""
    return math.ceil(len(text) / CHARACTERS_PER_TOKEN)


def image_tokens(model: Model, width: int, height: int) -> int:
    """Count the tokens of an image of this size in pixels, after the model has shrunk it."""
    shrink = min(1.0, model.long_edge / max(width, height))
    tokens = math.ceil(round(width * shrink) * round(height * shrink) / PIXELS_PER_TOKEN)
    return min(tokens, model.image_tokens)


@dataclass(frozen=True, slots=True)
class Usage:
    """Input tokens by kind: new, written to the cache, read from it."""

    input: int
    written: dict[str, int]  # by lifetime
    read: int

    @property
    def limited(self) -> int:
        """Tokens that count against the rate limit; those read from the cache do not."""
        return self.input + sum(self.written.values())

    def report(self, output_tokens: int, tier: str) -> dict[str, Any]:
        """Return the `usage` of an answer."""
        return {
            "input_tokens": self.input,
            "cache_creation_input_tokens": sum(self.written.values()),
            "cache_read_input_tokens": self.read,
            "cache_creation": {
                f"ephemeral_{keep}_input_tokens": self.written.get(keep, 0)
                for keep in CACHE_SECONDS
            },
            "output_tokens": output_tokens,
            "service_tier": tier,
        }


class PromptCache:
    """Prefixes that were marked with `cache_control`, with the time until which they are kept."""

    def __init__(self) -> None:
        self._expires: dict[str, float] = {}
        self._lock = threading.Lock()

    def usage(self, question: Question) -> Usage:
        """Return what `question` would read and write, without changing the cache."""
        prefixes = list(_prefixes(question))
        marks = _marks(question, prefixes)
        now = time.monotonic()
        with self._lock:
            hits = [
                index
                for mark in marks
                for index in range(max(0, mark - CACHE_LOOK_BACK), mark + 1)
                if self._expires.get(prefixes[index][0], 0) > now
            ]
        read = done = prefixes[max(hits)][1] if hits else 0
        written: dict[str, int] = {}
        for mark in marks:
            tokens = prefixes[mark][1]
            if tokens > done:
                keep = question.blocks[mark].keep
                written[keep] = written.get(keep, 0) + tokens - done
                done = tokens
        return Usage(question.input_tokens - done, written, read)

    def remember(self, question: Question) -> None:
        """Store the marked prefixes of `question`, or extend their lifetimes."""
        prefixes = list(_prefixes(question))
        now = time.monotonic()
        with self._lock:
            for mark in _marks(question, prefixes):
                self._expires[prefixes[mark][0]] = now + CACHE_SECONDS[question.blocks[mark].keep]


def _prefixes(question: Question) -> Iterator[tuple[str, int]]:
    """Yield for each block the hash and the tokens of everything up to its end."""
    chain = hashlib.sha256()
    tokens = 0
    for block in question.blocks:
        chain.update(block.fingerprint.encode())
        tokens += block.tokens
        yield chain.hexdigest(), tokens


def _marks(question: Question, prefixes: list[tuple[str, int]]) -> list[int]:
    """Return the blocks with cache marks; a prefix that is too short is silently ignored."""
    return [
        index
        for index, block in enumerate(question.blocks)
        if block.keep and prefixes[index][1] >= question.model.min_cache
    ]
