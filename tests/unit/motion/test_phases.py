from itertools import pairwise

import numpy as np
import pytest

from subtasks.motion.hand_actions import Phase
from subtasks.motion.limbs import Limb
from subtasks.motion.movement import Movement
from subtasks.motion.phases import Motion, find_motion
from support.motion import DEMO, limbs_in, one_block
from support.robots import SO101, pick_and_place

FPS = 30.0


def motion_of(state: np.ndarray, names=DEMO) -> Motion:
    return find_motion(state, limbs_in(state, names=names), FPS)


def test_an_episode_of_a_few_frames_has_no_motion():
    assert find_motion(np.zeros((2, 3)), DEMO, FPS) == Motion(seconds=0.1)


def test_phases_follow_one_another_without_gaps():
    recording = one_block()
    motion = motion_of(recording.state)
    assert motion.seconds == 0.1
    assert motion.phases[0].start == 0
    assert motion.phases[-1].stop == -(-len(recording.state) // 3)
    assert all(before.stop == after.start for before, after in pairwise(motion.phases))


def test_a_hand_closes_and_then_opens():
    motion = motion_of(one_block().state)
    close, open_ = motion.actions
    assert (close.hand.name, close.closes, open_.closes) == ("gripper", True, False)
    hand, between = close.hand, (close.phase.stop + open_.phase.start) // 2
    assert motion.actions_of(hand) == [close, open_]
    assert [motion.is_open(hand, step) for step in (0, between, open_.phase.stop)] == [
        True,
        False,
        True,
    ]
    assert motion.actions_in(close.phase) == [close]
    assert motion.actions_in(Phase(0, close.phase.start)) == []
    assert [limb.name for limb in motion.moving(Phase(close.phase.stop, open_.phase.start))] == [
        "arm"
    ]


def test_a_hand_that_opens_on_its_way_is_shaped_and_cuts_nothing():
    state = one_block().state.copy()
    closing = int(np.argmax(state[:, 2] < state[0, 2] - 10))
    before = motion_of(state)
    state[:closing, 2] = np.interp(np.arange(closing), [5, 20], [15, 95])
    after = motion_of(state)
    assert [(action.closes, action.shapes) for action in after.actions] == [
        (False, True),
        (True, False),
        (False, False),
    ]
    assert after.is_open(after.actions[0].hand, 0)
    assert len(after.phases) == len(before.phases)


@pytest.mark.parametrize(
    ("names", "closes"),
    [(["elbow", "gripper_open"], False), (["elbow", "gripper_closed"], True)],
)
def test_a_name_decides_which_way_is_open(names, closes):
    level = np.interp(np.arange(90), [30, 60], [0, 1])
    state = np.stack([np.zeros(90), level], axis=1)
    [action] = motion_of(state, names).actions
    assert action.closes is closes


@pytest.mark.parametrize(
    ("moving", "steps", "moves"), [(12, 20, True), (12, 40, True), (12, 60, False), (6, 20, False)]
)
def test_a_limb_moves_in_a_phase_for_most_of_it_or_for_long_enough(moving, steps, moves):
    share = np.zeros(steps)
    share[:moving] = 1
    arm = Limb("arm", (0,))
    motion = Motion(0.1, (), {arm: Movement(share, np.ones((steps, 1)), share)})
    assert (motion.moving(Phase(0, steps)) == [arm]) is moves


@pytest.mark.parametrize("seed", range(20))
def test_a_slow_reach_is_no_rest(seed):
    """The arm pauses on its way, and goes home much faster."""
    state, _ = pick_and_place(SO101, seed)
    motion = find_motion(state, limbs_in(state), FPS)
    first = next(action for action in motion.actions if action.closes)
    before = [phase for phase in motion.phases if phase.stop <= first.phase.start + 2]
    assert any(motion.moving(phase) for phase in before)
