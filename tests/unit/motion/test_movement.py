from dataclasses import replace

import numpy as np
import pytest

from subtasks.motion.limbs import Hand, Limb, Opens
from subtasks.motion.movement import grips, movements, step_length

ARM, OTHER = Limb("left arm", (0, 1)), Limb("right arm", (2, 3))
HAND = Hand("gripper", (0,), Opens.RISING, (0,), (1.0,))
FPS = 30.0


def ramp(*stretches: tuple[float, int]) -> np.ndarray:
    """Numbers that rise by so much over so many frames, one stretch after the other."""
    return np.concatenate([np.full(frames, rise / frames) for rise, frames in stretches]).cumsum()


@pytest.mark.parametrize(("fps", "frames"), [(5, 1), (10, 1), (29.97, 3), (30, 3), (100, 10)])
def test_a_step_is_about_a_tenth_of_a_second(fps, frames):
    assert step_length(fps) == frames


@pytest.mark.parametrize("unit", [1.0, 100.0])
def test_a_limb_moves_from_rest_to_speed_in_any_unit(unit):
    joint = unit * ramp((0, 60), (1, 60), (0, 60))
    state = np.stack([joint, -joint, 0 * joint, 0 * joint], axis=1)
    found = movements(state, [ARM, OTHER], FPS)
    assert list(found) == [ARM]
    moving, direction = found[ARM].moving, found[ARM].direction
    assert moving.shape == (60,)
    assert moving[:15].max() < 0.1
    assert moving[25:35].min() > 0.9
    assert moving[45:].max() < 0.1
    assert found[ARM].speed[30] == pytest.approx(1, abs=0.05)
    assert direction[30] == pytest.approx([0.5**0.5, -(0.5**0.5)])


def test_a_limb_that_does_little_beside_its_sibling_is_idle():
    joint = ramp((1, 60))
    small = 0.1 * joint
    state = np.stack([joint, joint, small, small], axis=1)
    assert list(movements(state, [ARM, OTHER], FPS)) == [ARM]
    base = Limb("base", (2, 3))
    assert list(movements(state, [ARM, base], FPS)) == [ARM, base]


def test_speeds_are_taken_as_they_are():
    speed = np.zeros((90, 1))
    speed[30:60] = 0.3
    base = Limb("base", (0,), speeds=True)
    moving = movements(speed, [base], FPS)[base].moving
    assert moving[5] < 0.1 < 0.9 < moving[15]


def test_an_angle_that_is_wrapped_into_one_turn_does_not_jump():
    turned = np.linspace(0, 4, 120) % 6.28 - 3.14
    wrapped = (np.linspace(0, 6.2, 120) + 3) % (2 * np.pi) - np.pi
    for joint in (turned, wrapped):
        arm = Limb("arm", (0,))
        moving = movements(joint[:, None], [arm], FPS)[arm].moving
        assert moving.min() > 0.5


def test_a_hand_goes_from_its_lowest_to_its_highest_level():
    grip = grips(ramp((0, 30), (80, 30), (0, 30))[:, None], [HAND], FPS)[HAND]
    assert grip.level[0] == 0
    assert grip.level[-1] == pytest.approx(1)
    assert grip.rate[15] == pytest.approx(1, abs=0.2)
    assert grip.fingers == pytest.approx(grip.level)


def test_a_small_part_of_a_hands_range_is_not_its_whole_range():
    wide = replace(HAND, span=8.0, finger_span=8.0)
    grip = grips(ramp((0, 30), (0.5, 30), (0, 30))[:, None], [wide], FPS)[wide]
    assert grip.level[-1] == pytest.approx(0.25)


def test_fingers_are_measured_without_the_thumb():
    hand = Hand("hand", (0, 1), Opens.RISING, (0,), (0.6, 0.8), 1.4, 0.6)
    thumb = ramp((1, 60))
    grip = grips(np.stack([0 * thumb, thumb], axis=1), [hand], FPS)[hand]
    assert grip.level[-1] > 0.9
    assert grip.fingers.max() == 0


def test_noise_and_drift_are_no_movement():
    noise = np.random.default_rng(0).normal(size=(300, 4)) * 0.01
    drift = np.linspace(0, 0.01, 300)[:, None] * np.ones(4)
    for state in (noise, drift):
        assert movements(state, [ARM, OTHER], FPS) == {}
        assert grips(state, [HAND], FPS) == {}
