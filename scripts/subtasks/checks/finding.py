"""What is odd about an episode's labels: findings with scores, and the sentences they share."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from subtasks.wording import shorten_text

MAX_QUOTED = 50
"""Characters of a label in a sentence."""

FAILED_SCORE = 10.0
"""An episode without labels needs somebody for certain."""


class Kind(StrEnum):
    """What kind of oddity it is."""

    MOTION = "motion"
    ORDER = "order"
    LENGTH = "length"
    RARE = "rare"
    ASKED_TWICE = "asked twice"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something odd about an episode at `time` (seconds), None if it concerns all of it.

    The higher the `score`, the odder. `sentence` is for people; it is no whole sentence with a
    full stop, so that several can follow one another.
    """

    kind: Kind
    score: float
    time: float | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Checked:
    """The findings of an episode, the oddest first, and its score."""

    episode: int
    score: float
    findings: tuple[Finding, ...]


def quoted(label: str) -> str:
    """Quote a label in a sentence."""
    return f'"{shorten_text(label, MAX_QUOTED)}"'


def surprise(share: float) -> float:
    """Return how surprising it is to see what only this share of all comparable things is."""
    return -math.log10(share) if share < 1 else 0.0


def quantile(ordered: Sequence[float], share: float) -> float:
    """Return the number below which this share of sorted numbers is, interpolated."""
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
