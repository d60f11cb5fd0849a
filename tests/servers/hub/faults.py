"""What can go wrong when a file is downloaded."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cut:
    """The connection closes halfway, every time: the second half never arrives."""


@dataclass(frozen=True, slots=True)
class Damaged:
    """The right number of bytes, but the wrong ones."""


@dataclass(frozen=True, slots=True)
class Slow:
    """A whole file takes this many seconds; ranges of it are sent at once."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Status:
    """An error with this HTTP status."""

    status: int


Fault = Cut | Damaged | Slow | Status
