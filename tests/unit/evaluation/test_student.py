import math

import pytest
from scipy import stats

from subtasks.evaluation.student import student_quantile


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 7, 8, 19, 50, 999, 5000])
@pytest.mark.parametrize("share", [0.9, 0.975, 0.999])
def test_the_same_as_scipy(share: float, freedom: int) -> None:
    expected = float(stats.t.ppf(share, freedom))
    assert math.isclose(student_quantile(share, freedom), expected, rel_tol=1e-9)
