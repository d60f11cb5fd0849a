"""What goes wrong with the transfer of a file."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cut:
    """The connection ends in the middle, every time: the second half never comes."""


@dataclass(frozen=True, slots=True)
class Spoilt:
    """As many bytes as there should be, but others."""


@dataclass(frozen=True, slots=True)
class Slow:
    """A whole file takes this many seconds; parts of it come at once."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Status:
    """An error with this HTTP status."""

    status: int


Fault = Cut | Spoilt | Slow | Status
