"""In processes of their own: what is imported here must not depend on other tests."""

import subprocess
import sys

import pytest

from support.workflow import PROJECT


def python(code: str) -> None:
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, cwd=PROJECT / "scripts", check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_scipy_is_neither_loaded_nor_left_broken() -> None:
    python("""
import sys
import subtasks.motion.change_points
assert not [name for name in sys.modules if name.startswith("scipy")]
from scipy.stats.mstats import rankdata
assert list(rankdata([3, 1, 2])) == [3, 1, 2]
""")


def test_a_module_of_scipy_that_is_loaded_stays() -> None:
    python("""
import sys
import scipy.signal
from subtasks.fast_imports import without_scipy
with without_scipy():
    assert sys.modules["scipy.signal"] is scipy.signal
assert sys.modules["scipy.signal"] is scipy.signal
""")


def test_pandas_is_hidden_from_arrow() -> None:
    pytest.importorskip("pandas")
    python("""
import sys
from subtasks.fast_imports import hide_pandas
hide_pandas()
import pyarrow
assert pyarrow.array([1, 2]).to_pylist() == [1, 2]
assert "pandas" not in sys.modules
try:
    import pandas
except ModuleNotFoundError as error:
    assert error.name == "pandas"
else:
    raise AssertionError("pandas was imported")
""")
