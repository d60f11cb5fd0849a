"""How the demo's arm moves, as curves."""

from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from subtasks.demo import arm
from subtasks.motion.curve_files import parse
from subtasks.motion.curves import curves
from subtasks.motion.labels import motion_events
from support.motion import DEMO, limbs_in, one_block


def test_a_gripper_closes_around_a_block_and_lets_it_go() -> None:
    recording = one_block()
    limbs = limbs_in(recording.state, names=DEMO)
    found = curves(recording.state, limbs, arm.FPS)
    assert found.seconds == 0.1
    assert list(found.speed) == ["arm"]
    assert list(found.opening) == ["gripper"]
    steps = -(-recording.length // 3)
    assert len(found.speed["arm"]) == len(found.opening["gripper"]) == steps
    closes, opens = found.actions
    times = {segment.subtask.split()[0]: segment.time for segment in recording.segments}
    assert (closes.hand, closes.closes, opens.closes) == ("gripper", True, False)
    assert closes.start == pytest.approx(times["grasp"], abs=0.3)
    assert opens.start == pytest.approx(times["release"], abs=0.3)
    level = found.opening["gripper"]
    assert level[round(closes.start / 0.1) - 1] > 0.9
    assert level[round(closes.stop / 0.1) + 1] < 0.1
    # It moves about as fast as usual while it carries, and not at all while it grasps.
    speed = found.speed["arm"]
    assert max(speed) <= 1.5
    assert speed[round((closes.start + closes.stop) / 0.2)] < 0.1
    events = motion_events(recording.state, limbs, arm.FPS)
    assert [change.what for change in found.changes] == [event.what for event in events]


def test_two_frames_have_no_motion() -> None:
    state = one_block().state
    found = curves(state[:2], limbs_in(state, names=DEMO), arm.FPS)
    assert (found.speed, found.opening, found.actions, found.changes) == ({}, {}, (), ())


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=30)
@given(
    hnp.arrays(np.float64, st.tuples(st.integers(1, 60), st.just(3)), elements=st.floats(-9, 9)),
    st.sampled_from([1.0, 10.0, 24.0, 29.97, 120.0]),
)
def test_any_motion_can_be_written(state: np.ndarray, fps: float) -> None:
    found = curves(state, limbs_in(one_block().state, names=DEMO), fps)
    assert parse(asdict(found)) == found
    assert all(0 <= level <= 1 for curve in found.opening.values() for level in curve)
