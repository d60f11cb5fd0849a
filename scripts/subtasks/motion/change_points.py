"""Change points: where a signal is best cut into constant pieces, found by ruptures."""

import numpy as np

from subtasks.fast_imports import without_scipy

with without_scipy():
    from ruptures.detection import KernelCPD


def change_points(signal: np.ndarray, shortest: int, penalty: float) -> list[int]:
    """Cut `signal` (n, columns) into pieces that differ little from their means.

    Returns the indices at which a new piece begins, in order, without 0. A cut is made where it
    lowers the sum of squared distances from the pieces' means by more than `penalty`; no piece
    has fewer than `shortest` rows. The result is exact. Time is linear where there are cuts, but
    grows with the square of a stretch without any: 6 s for 36,000 rows.
    """
    if len(signal) < 2 * shortest:
        return []
    model = KernelCPD(kernel="linear", min_size=shortest).fit(signal)
    return [int(index) for index in model.predict(pen=penalty)[:-1]]
