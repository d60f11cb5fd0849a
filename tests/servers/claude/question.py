"""The content of a request, as oracles and the token counter see it."""

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

from servers.claude.models import Model

_NUMBER = r"(\d+(?:\.\d+)?)"
# The text before a picture says when it was taken; if it has several times, the last counts.
SHEET_TIMES = re.compile(rf"{_NUMBER} s (?:to|-) {_NUMBER} s")
FRAME_TIME = re.compile(rf"\bt = {_NUMBER} s")
# The prompt states the episode's length and, for relabelling, the segment in question.
DURATION = re.compile(rf"(?:duration|lasts)\D*?{_NUMBER} s", re.IGNORECASE)
# Before a strip of frames: which border it shows, where that is now, and the times of the strip.
BORDER = re.compile(rf"Border (\d+): .*now at {_NUMBER} s; shown: {SHEET_TIMES.pattern}", re.DOTALL)
CURRENT_SEGMENT = re.compile(rf"current segment[^\n]*?{SHEET_TIMES.pattern}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Picture:
    """One image of a question and the text right before it."""

    data: bytes
    size: tuple[int, int]
    label: str

    @property
    def times(self) -> tuple[float, float] | None:
        """First and last time in the picture, in seconds, if its label states them."""
        if sheets := SHEET_TIMES.findall(self.label):
            return float(sheets[-1][0]), float(sheets[-1][1])
        if frames := FRAME_TIME.findall(self.label):
            return float(frames[-1]), float(frames[-1])
        return None

    @property
    def border(self) -> tuple[int, float] | None:
        """Number of the border that the picture shows and where it was put, in seconds."""
        match = BORDER.search(self.label)
        return (int(match[1]), float(match[2])) if match else None


@dataclass(frozen=True, slots=True)
class Block:
    """A part of the prompt, as the token counter and the prompt cache see it."""

    tokens: int
    fingerprint: str
    keep: str | None = None  # lifetime of its cache mark: "5m", "1h"


@dataclass(frozen=True, slots=True)
class Question:
    """A request that was accepted."""

    digest: str
    model: Model
    max_tokens: int
    thinks: bool
    effort: str
    stream: bool
    schema: dict[str, Any] | None
    texts: tuple[str, ...]  # of the system prompt and the user
    pictures: tuple[Picture, ...]
    blocks: tuple[Block, ...]

    @property
    def span(self) -> tuple[float, float] | None:
        """First and last time in the labelled pictures, in seconds."""
        times = [picture.times for picture in self.pictures if picture.times]
        if not times:
            return None
        return min(start for start, _ in times), max(end for _, end in times)

    @property
    def duration(self) -> float | None:
        """The episode's length in seconds, as the prompt states it."""
        return self.stated(DURATION)

    def stated(self, pattern: re.Pattern[str]) -> float | None:
        """Return the number in the first match of `pattern` in the prompt."""
        for text in self.texts:
            if match := pattern.search(text):
                return float(match[1])
        return None

    @property
    def current_segment(self) -> tuple[float, float] | None:
        """Start and end in seconds of the segment that a relabelling question asks about."""
        for text in reversed(self.texts):
            if match := CURRENT_SEGMENT.search(text):
                return float(match[1]), float(match[2])
        return None

    @property
    def input_tokens(self) -> int:
        """Input tokens of the question without a cache."""
        return sum(block.tokens for block in self.blocks)


def digest(body: dict[str, Any]) -> str:
    """Hash what a request asks; the hash is the same whether the answer is streamed or not."""
    meaning = {key: value for key, value in body.items() if key not in ("stream", "metadata")}
    return fingerprint(meaning)


def fingerprint(value: Any) -> str:
    """Hash any JSON value."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:32]
