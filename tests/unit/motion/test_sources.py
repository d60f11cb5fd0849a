import numpy as np
import pytest

from subtasks.motion.robot import Feature
from subtasks.motion.sources import Look, moving_in, source_of, with_hands
from support.robots import DROID, FPS, SO101, pick_and_place

STATES = tuple(pick_and_place(SO101, seed)[0] for seed in range(3))


def look(*states: np.ndarray, names: tuple[str, ...] = (), key: str = "state") -> Look:
    return Look((Feature(key, names),), (states[0].shape[1],), states)


def test_the_episodes_in_which_something_moves_are_counted():
    seen = look(*STATES, 0 * STATES[0])
    source, remarks = source_of(seen, None, FPS)
    assert moving_in(seen, source, FPS) == 3
    assert remarks == ()


@pytest.mark.parametrize("order", [(6, 7), (7, 6)])
def test_an_unnamed_gripper_may_have_two_fingers(order):
    state = np.concatenate([STATES[0], np.zeros((len(STATES[0]), 2))], axis=1)
    state[:, order] = 0.001 * STATES[0][:, [5, 5]] * [1, -1]
    state[:, 5] = STATES[0][:, 2]
    source, _ = source_of(look(state), None, FPS)
    assert source.limbs[0].columns == (0, 1, 2, 3, 4, 5)
    assert source.limbs[0].hand.columns == (6, 7)
    alike = state.copy()
    alike[:, 6] = alike[:, 7]
    source, _ = source_of(look(alike), None, FPS)
    assert source.limbs[0].hand.columns == (7,)


@pytest.mark.parametrize("gripper", [SO101, DROID])
@pytest.mark.parametrize("share", [0.02, 1.0])
def test_only_commands_that_return_to_zero_are_steps(gripper, share):
    states = [pick_and_place(gripper, seed, objects=2)[0] for seed in range(4)]
    steps = []
    for state in states:
        command = share * np.diff(state, axis=0, append=state[-1:])
        command[np.abs(command) < 0.005 * share] = 0
        steps.append(np.column_stack([command[:, :5], state[:, 5]]))
    assert source_of(look(*steps), None, FPS, commands=True)[0].limbs[0].speeds
    assert not source_of(look(*steps), None, FPS)[0].limbs[0].speeds
    assert not source_of(look(*states), None, FPS, commands=True)[0].limbs[0].speeds


def test_a_hand_that_moves_stays_where_it_is():
    own, other = look(*STATES), look(*STATES, key="action")
    source, theirs = (source_of(each, None, FPS)[0] for each in (own, other))
    assert with_hands(source, theirs, own, other, FPS) == (source, [])
