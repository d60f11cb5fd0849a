"""The axis of time that many episodes share."""

from xml.etree import ElementTree

import pytest

from subtasks.drawing import time_axis
from subtasks.drawing.time_axis import WIDTH, Scale


@pytest.mark.parametrize(
    ("seconds", "ticks"),
    [
        (10.0, ["0 s", "2 s", "4 s", "6 s", "8 s", "10 s"]),
        (0.5, ["0 s", "0.1 s", "0.2 s", "0.3 s", "0.4 s", "0.5 s"]),
        (3600.0, ["0 s", "500 s", "1000 s", "1500 s", "2000 s", "2500 s", "3000 s", "3500 s"]),
    ],
)
def test_the_axis_has_round_seconds(seconds: float, ticks: list[str]) -> None:
    axis = ElementTree.fromstring(time_axis.axis(Scale(seconds)))
    assert [each.text for each in axis] == ticks


def test_it_is_as_long_as_the_longest_episode_unless_that_is_far_longer() -> None:
    assert time_axis.scale([3.0, 10.0, 5.0], 0.1) == Scale(10.0)
    assert time_axis.scale([*[5.0] * 30, 500.0], 0.1) == Scale(7.5)
    assert time_axis.scale([], 0.1) == Scale(0.1)
    assert time_axis.scale([4.0], 0.1, 900).width == 900


def test_a_time_is_in_its_share_of_the_pixels() -> None:
    shown = Scale(10.0)
    assert [shown.x(time) for time in (0.0, 5.0, 10.0, 99.0)] == [0, WIDTH / 2, WIDTH, WIDTH]
    assert Scale(10.0, 100).x(2.5) == 25


def test_a_number_has_a_tenth_of_a_pixel_at_most() -> None:
    assert [time_axis.number(value) for value in (3.0, 2.26, 1234.56)] == ["3", "2.3", "1234.6"]
