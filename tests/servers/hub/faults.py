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


@dataclass(frozen=True, slots=True)
class Other:
    """Something else in place of the file, with status 200, as a proxy sends its own page."""

    content: bytes


@dataclass(frozen=True, slots=True)
class Changing:
    """The file has another ETag at every request."""


@dataclass(frozen=True, slots=True)
class OtherRange:
    """Ranges are this many bytes longer or shorter than asked for, and say so or not."""

    more: int
    is_said: bool


@dataclass(frozen=True, slots=True)
class NoRanges:
    """The whole file is sent, whatever range is asked for."""


Fault = Changing | Cut | Damaged | NoRanges | Other | OtherRange | Slow | Status
