"""An episode's labels as the checks see them, with what is known of its motion."""

from collections.abc import Sequence
from dataclasses import dataclass

from subtasks.checks.moments import Moments
from subtasks.segments.segment import Segment


@dataclass(frozen=True, slots=True)
class Stretch:
    """From `start` to `stop` (seconds) the robot does what `label` says.

    `mistake` says that it fails in it, as a person has seen.
    """

    start: float
    stop: float
    label: str
    mistake: bool = False

    @property
    def length(self) -> float:
        """How many seconds it lasts."""
        return self.stop - self.start


@dataclass(frozen=True, slots=True)
class Labelled:
    """An episode with labels: its task, its stretches in order, and its motion if that is known."""

    episode: int
    task: str
    stretches: tuple[Stretch, ...]
    moments: Moments | None = None

    @property
    def order(self) -> tuple[tuple[str, float], ...]:
        """The labels in order, each with when it begins.

        Mistakes are left out, and what goes on after one counts once.
        """
        found: list[tuple[str, float]] = []
        for stretch in self.stretches:
            if not stretch.mistake and (not found or found[-1][0] != stretch.label):
                found.append((stretch.label, stretch.start))
        return tuple(found)


def first_word(label: str) -> str:
    """Return the first word of a label, which in most says what is done, whatever it is done to."""
    return label.split(maxsplit=1)[0].casefold() if label.split() else label


def stretches(segments: Sequence[Segment], duration: float) -> tuple[Stretch, ...]:
    """Return what lasts how long in an episode of `duration` seconds; `segments` are sorted."""
    ends = [*(segment.time for segment in segments[1:]), max(duration, segments[-1].time)]
    return tuple(
        Stretch(segment.time, end, segment.subtask, segment.mistake)
        for segment, end in zip(segments, ends, strict=True)
    )
