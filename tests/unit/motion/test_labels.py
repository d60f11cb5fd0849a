import warnings
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from subtasks.demo import arm
from subtasks.motion.labels import label_motion, motion_events
from subtasks.segments import subtask_files
from subtasks.segments.segment import Segment, settle
from support.border_agreement import Agreement, agree
from support.motion import DEMO, limbs_in, one_block, recorded_state

SO100 = [f"{joint}.pos" for joint in ("shoulder_pan", "shoulder_lift", "elbow_flex", "gripper")]
TWO_ARMS = [f"{side}_{name}" for side in ("left", "right") for name in DEMO]
RECORDINGS = {
    (seed, episode): arm.simulate(seed, episode) for seed in (0, 7) for episode in range(8)
}


def labels(state, names=DEMO, fps=30.0):
    found = label_motion(state, limbs_in(state, names=names, fps=fps), fps)
    return [segment.subtask for segment in found]


def events(state, names=DEMO, fps=30.0):
    return motion_events(state, limbs_in(state, names=names, fps=fps), fps)


def at_rate(state, fps):
    times = np.arange(round(len(state) / arm.FPS * fps)) / fps
    recorded = np.arange(len(state)) / arm.FPS
    return np.stack([np.interp(times, recorded, column) for column in state.T], axis=1)


def pooled(change=lambda state: state, names=DEMO, fps=30.0, tolerance=0.5):
    """How well the demo's borders are found in its states after a change."""
    total = Agreement()
    states = [change(recording.state) for recording in RECORDINGS.values()]
    limbs = limbs_in(*states, names=names, fps=fps)
    for state, recording in zip(states, RECORDINGS.values(), strict=True):
        found = label_motion(state, limbs, fps)
        total += agree(found, recording.segments, tolerance)
    return total


# Labels


def test_a_block_is_reached_for_grasped_carried_and_let_go():
    assert labels(one_block().state) == [
        "reach with the arm",
        "close the gripper",
        "move the arm with the gripper closed",
        "move the arm with the gripper closed, in a new direction",
        "open the gripper",
        "move the arm with the gripper open",
    ]


def test_two_arms_are_told_apart():
    state = one_block().state
    idle = np.repeat(state[:1], len(state), axis=0)
    left = labels(np.concatenate([state, idle], axis=1), TWO_ARMS)
    assert left[:2] == ["reach with the left arm", "close the left gripper"]
    assert not any("right" in label for label in left)
    both = labels(np.concatenate([state, state], axis=1), TWO_ARMS)
    assert both[:3] == [
        "reach with both arms",
        "close both grippers",
        "move both arms with the grippers closed",
    ]
    turns = labels(np.block([[state, idle], [idle[:, :3] * 0 + state[-1], state]]), TWO_ARMS)
    assert turns.index("open the left gripper") < turns.index("reach with the right arm")


def test_a_base_moves_by_its_speeds():
    state = np.zeros((300, 3))
    state[100:200, 1] = 0.3
    assert labels(state, ["gripper.pos", "x.vel", "theta.vel"]) == [
        "hold still",
        "move the base",
        "hold still",
    ]


def test_a_hand_that_opens_on_its_way_is_only_shaped():
    state = one_block().state.copy()
    closing = int(np.argmax(state[:, 2] < state[0, 2] - 10))
    state[:closing, 2] = np.interp(np.arange(closing), [5, 20], [15, 95])
    assert labels(state)[:2] == ["reach with the arm", "close the gripper"]


@pytest.mark.parametrize("fps", [5.0, 29.97, 100.0])
@pytest.mark.parametrize("frames", [1, 2, 3, 4, 30, 500])
def test_what_rests_holds_still(frames, fps):
    rng = np.random.default_rng(0)
    rest = np.full((frames, 4), 80.0)
    assert labels(rest, SO100, fps) == ["hold still"]
    assert labels(rest + 0.1 * rng.normal(size=rest.shape), SO100, fps) == ["hold still"]
    assert events(rest, SO100, fps) == []


# Borders


def test_the_demo_is_cut_where_its_subtasks_begin():
    agreement = pooled()
    assert agreement.f1 >= 0.95
    assert agreement.mean_error < 0.2


@pytest.mark.parametrize("fps", [5, 10, 15, 24, 60, 100])
def test_the_rate_of_recording_does_not_matter(fps):
    assert pooled(lambda state: at_rate(state, fps), fps=fps).f1 >= 0.95


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (lambda state: state * [np.pi / 180, np.pi / 180, 0.01], DEMO),
        (lambda state: state, []),
        (lambda state: state * [1, 1, -1] + [0, 0, 100], ["shoulder", "elbow", "gripper"]),
        (lambda state: state * [1, 1, -1], ["shoulder", "elbow", "gripper_closed"]),
        (lambda state: state + np.random.default_rng(1).normal(size=state.shape) * 0.2, DEMO),
    ],
    ids=["radians", "unnamed", "small is open", "named closed", "noisy"],
)
def test_units_signs_names_and_noise_do_not_matter(change, names):
    assert pooled(change, names).f1 >= 0.93
    before, after = labels(one_block().state), labels(change(one_block().state), names)
    assert after[:3] == before[:3]


def test_real_borders_are_found(real_data: Path):
    total = Agreement()
    truths = sorted((real_data / "g1_bottle_gold").iterdir())
    read = [recorded_state(real_data / "g1_bottle_v2.1", truth.stem) for truth in truths]
    limbs = limbs_in(*(state for state, _ in read), names=read[0][1], robot_type="G1_Inspire")
    for truth, (state, _) in zip(truths, read, strict=True):
        found = label_motion(state, limbs, 30.0)
        total += agree(found, subtask_files.load(truth), tolerance=1.0)
    assert total.truth == 46
    assert total.f1 >= 0.87


# Events


def test_events_say_when_a_gripper_closes_and_opens():
    for recording in RECORDINGS.values():
        found = events(recording.state)
        for verb, event in (("grasp", "begins to close"), ("release", "begins to open")):
            truth = [s.time for s in recording.segments if s.subtask.startswith(verb)]
            times = [e.time for e in found if e.what == f"the gripper {event}"]
            assert times == pytest.approx(truth, abs=0.35)
        assert found == sorted(found, key=lambda event: event.time)
    whats = [event.what for event in events(one_block().state)]
    assert whats == [
        "the gripper begins to close",
        "the arm stops",
        "the gripper is closed",
        "the arm sets off",
        "the arm turns",
        "the gripper begins to open",
        "the arm stops",
        "the gripper is open",
        "the arm sets off",
    ]


# Whatever comes


@settings(max_examples=60)
@given(
    state=hnp.arrays(
        np.float32,
        st.tuples(st.integers(1, 80), st.integers(1, 16)),
        elements=st.floats(-1e6, 1e6, width=32) | st.sampled_from([0.0, 1.0, 3.14]),
    ),
    fps=st.sampled_from([5.0, 12.5, 29.97, 30.0, 100.0]),
    names=st.sampled_from([[], SO100, TWO_ARMS]),
)
def test_any_state_gives_segments(state, fps, names):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        limbs = limbs_in(state.astype(float), names=names, fps=fps)
        found = label_motion(state, limbs, fps)
        times = [event.time for event in motion_events(state, limbs, fps)]
    assert found[0].time == 0.0
    assert all(one.time < other.time for one, other in pairwise(found))
    assert all(one.subtask != other.subtask for one, other in pairwise(found))
    assert settle(found, fps, len(state)) == [
        Segment(round(round(one.time * fps) / fps, 6), one.subtask) for one in found
    ]
    assert all(0 <= time < len(state) / fps + 1 for time in times)
