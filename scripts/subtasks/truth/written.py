"""True labels as they were written, before anything is settled."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class WrittenSegment:
    """From `start` to `end`, in seconds of its episode, `label` is true.

    Without an `end` it lasts until the next one begins, the last until the episode ends. Nothing is
    certain about the values, but that they are of these types.
    """

    start: float
    end: float | None
    label: str


@dataclass(frozen=True, slots=True)
class WrittenTruth:
    """True labels by episode number, in the order in which they were written.

    `origin` is where they are, `form` what was found there. `notes` say in a sentence each what
    could not be read. `fps` and `seconds` are the rate and the lengths of the episodes that were
    labelled, as far as they are known. With `from_start`, the first label of an episode counts from
    its beginning on, whatever its time.
    """

    origin: str
    form: str
    episodes: Mapping[int, Sequence[WrittenSegment]]
    notes: tuple[str, ...] = ()
    fps: float | None = None
    seconds: Mapping[int, float] = field(default_factory=dict)
    from_start: bool = False
