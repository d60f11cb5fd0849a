"""Change points: where a signal is best cut into constant pieces, found by ruptures."""

import sys
from types import ModuleType

import numpy as np

# ruptures imports all its models at once. Three of its modules, none of them used here, bring
# much of SciPy with them: 0.65 s of processor time at the start of every program.
_UNUSED = ("scipy.signal", "scipy.spatial.distance", "scipy.stats.mstats")


class _Unused(ModuleType):
    """Stands where a module would while names are imported from it that nobody will call."""

    def __getattr__(self, name: str) -> None:
        if name.startswith("__"):
            raise AttributeError(name)


_stand_ins = {name: _Unused(name) for name in _UNUSED if name not in sys.modules}
sys.modules.update(_stand_ins)
try:
    from ruptures.detection import KernelCPD
finally:
    for _name in _stand_ins:
        del sys.modules[_name]


def change_points(signal: np.ndarray, shortest: int, worth: float) -> list[int]:
    """Cut `signal` (n, columns) into pieces around their means.

    Returns the indices, in order, at which a new piece begins, 0 not among them. A cut is
    made where it lowers the sum of squared distances from the pieces' means by more than
    `worth`; no piece has fewer than `shortest` rows. Exact, and linear where there are cuts;
    a stretch without any takes time that grows with its square, 6 s for 36,000 rows.
    """
    if len(signal) < 2 * shortest:
        return []
    model = KernelCPD(kernel="linear", min_size=shortest).fit(signal)
    return [int(index) for index in model.predict(pen=worth)[:-1]]
