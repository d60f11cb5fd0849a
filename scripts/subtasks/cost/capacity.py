"""What a model accepts in one request."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Capacity:
    """The limits of a model; the defaults suit models that the price table does not list.

    A request holds at most `images`. An image is shrunk until its longer edge has `long_edge`
    pixels, and then has at most `image_tokens`. A prompt prefix of fewer than `least_cached`
    tokens is not cached. `thinks` says whether the model thinks without being asked to.
    """

    images: int = 100
    long_edge: int = 1568
    image_tokens: int = 1600
    least_cached: int = 1024
    thinks: bool = False
