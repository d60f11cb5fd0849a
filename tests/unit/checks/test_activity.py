"""Segments in which the robot moves although it rests in others of their label."""

from hypothesis import given
from hypothesis import strategies as st

from subtasks.checks import activity
from subtasks.checks.labelled import Labelled
from subtasks.checks.moments import Moments
from support.checked import episode, sentences


def waiting(number: int, waits: float, moves_from: float, label: str = "reach") -> Labelled:
    """The robot rests until it sets off; by its labels it waits so long."""
    steps = bytes(time / 10 >= moves_from for time in range(60))
    lasting = (("hold still", waits), (label, 6 - waits))
    return episode(number, *lasting, moments=Moments((), (), (), steps, 0.1))


USUAL = [waiting(number, 1 + number / 10, 1 + number / 10) for number in range(12)]


def found(*more: Labelled) -> list[str]:
    episodes = [*USUAL, *more]
    usual = activity.measure(episodes)
    return [text for each in episodes for text in sentences(list(activity.check(each, usual)))]


def test_a_rest_in_which_the_robot_moves_is_told() -> None:
    assert found() == []
    assert found(waiting(12, 3.0, 0.5)) == [
        'the robot moves for 83% of "hold still" at 0.0 s, in others for at most 0%'
    ]


def test_a_movement_in_which_it_rests_is_told() -> None:
    assert found(waiting(12, 1.0, 5.0)) == [
        'the robot moves for only 20% of "reach" at 1.0 s, in others for at least 100%'
    ]


def test_a_label_of_which_there_are_few_is_compared_by_its_first_word() -> None:
    assert found(waiting(12, 1.0, 5.0, "reach for a cup")) == [
        'the robot moves for only 20% of "reach for a cup" at 1.0 s, in others for at least 100%'
    ]
    assert found(waiting(12, 1.0, 5.0, "look around")) == []


def test_where_it_moves_now_and_then_nothing_is_odd() -> None:
    free = [waiting(number, 3.0, number / 4) for number in range(12)]
    usual = activity.measure(free)
    assert not [each for each in free if list(activity.check(each, usual))]


def test_an_episode_whose_motion_is_unknown_has_no_such_findings() -> None:
    assert found(episode(12, ("hold still", 4.0), ("reach", 1.0))) == []


@given(st.lists(st.lists(st.floats(0, 7), min_size=3, max_size=3), max_size=30))
def test_any_motion_can_be_checked(times: list[list[float]]) -> None:
    episodes = [waiting(n, min(waits, 6), moves) for n, (waits, moves, _) in enumerate(times)]
    usual = activity.measure(episodes)
    for each in episodes:
        assert all(0 <= finding.score <= 3 for finding in activity.check(each, usual))
