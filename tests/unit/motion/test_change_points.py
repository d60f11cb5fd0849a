import numpy as np
import pytest

from subtasks.motion.change_points import change_points


def steps(*pieces: tuple[float, int]) -> np.ndarray:
    return np.concatenate([np.full((length, 1), level) for level, length in pieces])


def test_a_signal_is_cut_where_its_level_changes():
    assert change_points(steps((0, 20), (1, 15), (0, 10)), 3, 1.0) == [20, 35]
    assert change_points(steps((1, 40)), 3, 1.0) == []
    noise = np.random.default_rng(0).normal(size=(35, 2)) * 0.05
    assert change_points(steps((0, 20), (1, 15)) + noise, 3, 1.0) == [20]


@pytest.mark.parametrize(("length", "cuts"), [(6, [20, 26]), (3, [])])
def test_a_short_piece_must_be_worth_the_penalty_of_its_two_cuts(length, cuts):
    """A piece of this length and a change of 1 lowers the sum of squares by about its length."""
    assert change_points(steps((0, 20), (1, length), (0, 20)), 2, 2.0) == cuts


def test_no_piece_is_shorter_than_allowed():
    assert change_points(steps((0, 3), (9, 1), (0, 3)), 2, 0.1) == [2, 4]
    assert change_points(steps((0, 3), (9, 2)), 3, 0.1) == []
    assert change_points(np.empty((0, 4)), 1, 1.0) == []
