"""Imports that are left out because they cost much time and nothing here uses them.

Both ways change Python's import system for the whole process, so they are kept in one place.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from types import ModuleType

SCIPY_MODULES = ("scipy.signal", "scipy.spatial.distance", "scipy.stats.mstats")
"""What ruptures imports of SciPy for models that are not used here."""


class _WithoutPandas:
    @staticmethod
    def find_spec(
        name: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
        /,
    ) -> ModuleSpec | None:
        if name == "pandas":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None


def hide_pandas() -> None:
    """Make pandas look as if it were not installed, for the rest of the process.

    If it is installed, Arrow imports it to inspect every list it is given: 0.2 s of CPU time and
    40 MB for nothing, since no program uses it.
    """
    sys.meta_path.insert(0, _WithoutPandas())


class _Placeholder(ModuleType):
    """Gives any name that is imported from it, for names that nobody will call."""

    def __getattr__(self, name: str) -> None:
        if name.startswith("__"):
            raise AttributeError(name)


@contextmanager
def without_scipy() -> Iterator[None]:
    """Put placeholders for `SCIPY_MODULES` while ruptures is imported in the block.

    ruptures imports all its models at once, and three modules of them bring in much of SciPy:
    0.65 s of CPU time at the start of every program. Modules that are loaded already stay, and
    later imports get the real ones.
    """
    placeholders = {name: _Placeholder(name) for name in SCIPY_MODULES if name not in sys.modules}
    sys.modules.update(placeholders)
    try:
        yield
    finally:
        for name in placeholders:
            del sys.modules[name]
