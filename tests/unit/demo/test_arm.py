from itertools import pairwise

import numpy as np

from subtasks.demo import arm
from subtasks.segments.segment import settle

MANY = [arm.simulate(seed, episode) for seed in range(5) for episode in range(12)]


def test_episodes_last_six_to_twelve_seconds_and_some_have_two_blocks():
    assert all(6 <= recording.length / arm.FPS <= 12 for recording in MANY)
    two = [recording for recording in MANY if " and " in recording.task]
    assert 0.1 < len(two) / len(MANY) < 0.6


def test_subtasks_begin_at_zero_and_follow_one_another():
    for recording in MANY:
        times = [segment.time for segment in recording.segments]
        assert times[0] == 0.0
        assert all(0.3 < after - before < 3 for before, after in pairwise(times))
        assert recording.segments == settle(recording.segments, arm.FPS, recording.length)
        assert recording.segments[-1].subtask == "return"
        for colour in arm.COLOURS:
            labels = [s.subtask for s in recording.segments if f"the {colour} block" in s.subtask]
            assert len(labels) == (5 if f"the {colour}" in recording.task else 0)


def test_the_blocks_of_the_task_end_in_the_bin_and_no_others_move():
    for recording in MANY:
        for colour, track in zip(recording.colours, recording.blocks.swapaxes(0, 1), strict=True):
            if f"the {colour}" in recording.task:
                assert abs(track[-1, 0] - arm.BIN_X) < (arm.BIN_WIDTH - arm.BLOCK) / 2
                assert track[:, 1].max() > arm.BIN_HEIGHT + arm.BLOCK / 2, "over the rim"
            else:
                assert np.ptp(track, axis=0).max() == 0
            assert track[-1, 1] == arm.BLOCK / 2
            assert np.abs(np.diff(track, axis=0)).max() < 0.12, "nothing jumps"


def test_motors_follow_what_they_are_told():
    for recording in MANY:
        assert np.isfinite(recording.state).all()
        assert np.isfinite(recording.action).all()
        # Degrees: the lag times the speed; the gripper stops at the block.
        assert np.abs(recording.state - recording.action)[:, :2].max() < 12
        assert recording.state[:, 2].min() > arm.GRASPED - 2 > recording.action[:, 2].min()


def test_joint_angles_bring_the_tool_where_it_should_be():
    x, y = np.meshgrid(np.linspace(0.16, 0.5, 9), np.linspace(0.02, 0.27, 7))
    shoulder, elbow = arm.joints(x.ravel(), y.ravel())
    wrists = [arm.skeleton(*angles)[1] for angles in zip(shoulder, elbow, strict=True)]
    assert np.allclose(np.array(wrists), np.stack([x.ravel(), y.ravel() + arm.TOOL], axis=1))


def test_an_episode_depends_on_its_seed_and_number_alone():
    one, again, other = arm.simulate(4, 2), arm.simulate(4, 2), arm.simulate(5, 2)
    assert np.array_equal(one.state, again.state)
    assert one.segments == again.segments
    assert one.length != other.length or not np.array_equal(one.state, other.state)
