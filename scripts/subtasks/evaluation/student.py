"""Quantiles of Student's t distribution, without the second that importing SciPy takes."""

import math
from functools import cache


@cache
def student_quantile(share: float, freedom: int) -> float:
    """Return the value below which `share` of Student's t with `freedom` degrees lies.

    Found by bisection of the distribution function, which is a finite sum for whole degrees of
    freedom (Abramowitz & Stegun 26.7.3 and 26.7.4).
    """
    low, high = 0.0, 1.0
    while _below(high, freedom) < share:
        low, high = high, 2 * high
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _below(middle, freedom) < share else (low, middle)
    return (low + high) / 2


def _below(value: float, freedom: int) -> float:
    """Return the share below a value of 0 or more."""
    angle = math.atan(value / math.sqrt(freedom))
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = freedom % 2
    term, total = (cosine, 0.0) if odd else (1.0, 0.0)
    first = 3 if odd else 2
    # Terms in powers of the cosine: odd ones up to freedom - 2, or even ones.
    for step in range(first, freedom + 1, 2):
        total += term
        term *= cosine**2 * (step - 1) / step
    between = 2 / math.pi * (angle + sine * total) if odd else sine * total
    return 0.5 + between / 2
