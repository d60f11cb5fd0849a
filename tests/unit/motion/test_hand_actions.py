import numpy as np
import pytest

from subtasks.motion.hand_actions import Phase, hand_actions, hand_changes, limb_moves
from subtasks.motion.limbs import Hand, Opens
from subtasks.motion.movement import Grip, Movement

HAND = Hand("gripper", (0,), Opens.RISING, (0,), (1.0,))
SECONDS = 0.1


def grip(points: dict[int, float], fingers: dict[int, float] | None = None) -> Grip:
    """A level that goes from point to point, in 100 steps of a tenth of a second."""
    level, alone = (
        np.interp(np.arange(100), list(each), list(each.values()))
        for each in (points, fingers or points)
    )
    return Grip(level, np.gradient(level, SECONDS), alone)


def moving(*stretches: tuple[int, int]) -> Movement:
    share = np.zeros(100)
    for start, stop in stretches:
        share[start:stop] = 1
    return Movement(share, np.ones((100, 1)), share)


USED = {10: 0.0, 20: 1.0, 30: 1.0, 40: 0.2, 60: 0.2, 70: 1.0, 80: 1.0, 90: 0.0}
"""Rests closed, opens, closes around something, lets it go, closes again."""


def test_changes_are_found_with_their_direction():
    found = hand_changes(grip(USED), SECONDS)
    assert [rises for _, rises in found] == [True, False, True, False]
    starts = [phase.start for phase, _ in found]
    assert starts == pytest.approx([10, 30, 60, 80], abs=2)


def test_a_short_rest_is_part_of_a_change_and_a_small_one_is_none():
    (change,) = hand_changes(grip({10: 0.0, 20: 0.5, 25: 0.5, 35: 1.0}), SECONDS)
    assert change[0].stop - change[0].start > 20
    assert hand_changes(grip({10: 0.0, 20: 0.15}), SECONDS) == []
    assert len(hand_changes(grip({10: 0.0, 20: 0.5, 35: 0.5, 45: 1.0}), SECONDS)) == 2


@pytest.mark.parametrize("fingers", [{0: 0.5}, {10: 0.0, 20: 0.1}, {10: 1.0, 20: 0.0}])
def test_a_change_without_the_fingers_does_not_count(fingers):
    assert hand_changes(grip({10: 0.0, 20: 1.0}, fingers), SECONDS) == []


def test_a_hand_opens_for_something_and_closes_to_rest():
    actions = hand_actions(HAND, grip(USED), moving((0, 30), (75, 100)), SECONDS)
    assert [action.closes for action in actions] == [False, True, False, True]
    assert [action.shapes for action in actions] == [True, False, False, False]
    assert [action.grasps for action in actions] == [False, True, False, False]


@pytest.mark.parametrize("movement", [None, moving(), moving((22, 28), (42, 58))])
def test_a_hand_whose_arm_rests_does_neither(movement):
    actions = hand_actions(HAND, grip(USED), movement, SECONDS)
    assert not any(action.shapes or action.relaxes for action in actions)


def test_a_hand_that_closes_once_grasps():
    (action,) = hand_actions(HAND, grip({10: 1.0, 20: 0.0}), moving((0, 100)), SECONDS)
    assert action.grasps


def test_a_limb_moves_in_a_phase_if_it_does_so_most_of_the_time():
    movement = moving((0, 10))
    assert limb_moves(movement, Phase(0, 19))
    assert not limb_moves(movement, Phase(0, 21))
