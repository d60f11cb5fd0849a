"""What a model accepts in one request."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Capacity:
    """What a model takes; the defaults are those of a model of which nothing is known.

    A request holds at most `images`. An image is shrunk until its longer edge has `long_edge`
    pixels, and then has at most `image_tokens`. A beginning of fewer than `least_cached` tokens
    is not kept in the prompt cache. `thinks` is whether the model thinks without being asked.
    """

    images: int = 100
    long_edge: int = 1568
    image_tokens: int = 1600
    least_cached: int = 1024
    thinks: bool = False
