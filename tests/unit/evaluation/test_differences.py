import pytest

from subtasks.evaluation.bootstrap import Figure
from subtasks.evaluation.differences import differences
from subtasks.evaluation.scores import compute
from support.simulated_labels import population

ONE, OTHER = population(5, 40), population(5, 40, 0.15)


def test_every_figure_of_the_other_less_that_of_the_one() -> None:
    found = differences(ONE, OTHER)
    one, other = (compute("d", "", "", side, ()).figures for side in (ONE, OTHER))
    assert found.keys() == one.keys()
    for name, each in found.items():
        assert each.value is not None
        assert each.value == pytest.approx(
            (other[name].value or 0) - (one[name].value or 0), abs=2e-6
        )
        assert each.low is not None
        assert each.high is not None
        assert each.low <= each.value <= each.high
    better = found["segments/0.5/f1"]
    assert better.low is not None
    assert better.low > 0


def test_only_episodes_that_both_have_are_compared_in_whatever_order() -> None:
    shifted = [each for each in OTHER if each.episode >= 10]
    assert differences(ONE, shifted) == differences(ONE[::-1][:30], OTHER[::-1])


def test_one_episode_in_common_has_no_range_and_none_no_figure() -> None:
    found = differences(ONE[:3], OTHER[2:])["edit"]
    assert found == Figure(round(OTHER[2].edit - ONE[2].edit, 6))
    assert differences(ONE[:3], OTHER[3:])["edit"] == Figure(None)
