"""When two labels say the same, and what kind of step a label begins."""

import unicodedata
from collections.abc import Mapping
from functools import lru_cache

ARTICLES = frozenset(("a", "an", "the"))

Judged = Mapping[tuple[str, str], bool]
"""Whether a found and a true label, as they are written, were judged to mean the same."""


@lru_cache(maxsize=20_000)
def normalise(label: str) -> str:
    """Return a label without what does not change its meaning.

    Upper case, English articles, punctuation and white space are folded. A label that consists of
    nothing else is only folded in case.
    """
    folded = label.casefold()
    # Letters, digits and the marks of scripts that write vowels as marks.
    spaced = "".join(c if unicodedata.category(c)[0] in "LNM" else " " for c in folded)
    return " ".join(word for word in spaced.split() if word not in ARTICLES) or folded


def kind(label: str) -> str:
    """Return the first word of a label, normalised: what is done, whatever it is done to."""
    return normalise(label).split(maxsplit=1)[0] if label.split() else ""


def mean_the_same(found: str, true: str, judged: Judged) -> bool:
    """Say whether a found and a true label say the same, or were judged to mean the same."""
    return normalise(found) == normalise(true) or judged.get((found, true), False)
