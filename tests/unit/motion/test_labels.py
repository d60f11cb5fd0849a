import itertools
import json
import subprocess
import sys
import warnings
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from subtasks.demo import arm
from subtasks.errors import Problem
from subtasks.motion.labels import label_motion, motion_events
from subtasks.motion.limbs import Opens, limbs
from subtasks.motion.state import read_state
from subtasks.segments import subtask_files
from subtasks.segments.agreement import Agreement, compare_boundaries
from subtasks.segments.segment import Segment, settle
from support.workflow import PROJECT

SO100 = [f"{joint}.pos" for joint in ("shoulder_pan", "shoulder_lift", "elbow_flex", "gripper")]
DEMO = list(arm.JOINT_NAMES)
TWO_ARMS = [f"{side}_{name}" for side in ("left", "right") for name in DEMO]
RECORDINGS = {
    (seed, episode): arm.simulate(seed, episode) for seed in (0, 7) for episode in range(8)
}


def labels(state, names=DEMO, fps=30.0):
    return [segment.subtask for segment in label_motion(state, names, fps)]


def one_block(seed=0):
    """A simulated episode with one block, which begins without a wait."""
    return next(
        recording
        for episode in itertools.count()
        if len((recording := arm.simulate(seed, episode)).segments) == 6
    )


def at_rate(state, fps):
    times = np.arange(round(len(state) / arm.FPS * fps)) / fps
    recorded = np.arange(len(state)) / arm.FPS
    return np.stack([np.interp(times, recorded, column) for column in state.T], axis=1)


def pooled(change=lambda state: state, names=DEMO, fps=30.0, tolerance=0.5):
    """How well the demo's boundaries are found in its states after a change."""
    total = Agreement(0, 0, 0, 0.0)
    for recording in RECORDINGS.values():
        found = label_motion(change(recording.state), names, fps)
        total += compare_boundaries(found, recording.segments, tolerance)
    return total


# Features by their names


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (SO100, {"arm": [0, 1, 2], "gripper": [3]}),
        ([f"motor_{i}" for i in range(7)], {"arm": [0, 1, 2, 3, 4, 5], "gripper": [6]}),
        (["x", "y", "z", "roll", "pitch", "yaw", "gripper"], {"arm": range(6), "gripper": [6]}),
        (["joint_1", "panda_leftfinger", "panda_rightfinger"], {"arm": [0], "gripper": [1, 2]}),
        (
            ["left_waist", "left_gripper", "right_waist", "right_gripper"],
            {"left arm": [0], "left gripper": [1], "right arm": [2], "right gripper": [3]},
        ),
        (["waist", "gripper"] * 2, {"left arm": [0], "left gripper": [1], "right arm": [2]}),
        (
            [
                "kRightElbow",
                "kRightHandThumbBend",
                "kRightHandIndex",
                "kRightHandRing",
                "kWaistYaw",
            ],
            {"right arm": [0], "right hand": [1, 2, 3], "body": [4]},
        ),
        (["right_hand_x", "right_hand_y", "right_gripper"], {"right arm": [0, 1]}),
        (["elbow.pos", "gripper.pos", "x.vel", "theta.vel"], {"arm": [0], "base": [2, 3]}),
        (["elbow", "elbow_vel", "elbow_effort", "head_pan"], {"arm": [0]}),
        (["delta_x", "delta_y", "gripper"], {"arm": [0, 1], "gripper": [2]}),
        ([], {"arm": [0, 1, 2], "gripper": [3]}),
        (["too", "few"], {"arm": [0, 1, 2], "gripper": [3]}),
    ],
)
def test_limbs_are_recognised_by_name(names, found):
    width = len(names) if len(names) > 2 else 4
    columns = {}
    for limb in limbs(names, width):
        columns[limb.name] = list(limb.columns)
        if limb.hand:
            columns[limb.hand.name] = list(limb.hand.columns)
    assert columns | {name: list(some) for name, some in found.items()} == columns
    together = list(itertools.chain(*columns.values()))
    assert len(together) == len(set(together)), "a number belongs to two limbs"


@pytest.mark.parametrize(
    ("name", "opens"),
    [
        ("gripper_open", Opens.RISING),
        ("gripper_width", Opens.RISING),
        ("gripper_closed", Opens.FALLING),
        ("GripperClosure", Opens.FALLING),
        ("gripper.pos", Opens.UNKNOWN),
    ],
)
def test_a_name_may_say_which_way_is_open(name, opens):
    (limb,) = limbs(["elbow", name], 2)
    assert limb.hand.opens is opens


def test_sixteen_unnamed_numbers_are_two_arms_and_two_are_a_point():
    assert [limb.name for limb in limbs([], 16)] == ["left arm", "right arm"]
    assert [limb.hand.columns for limb in limbs([], 14)] == [(6,), (13,)]
    assert [(limb.name, limb.hand) for limb in limbs([], 2)] == [("arm", None)]


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
    assert motion_events(rest, SO100, fps) == []


# Boundaries


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
        (lambda state: state * [1, 1, -1] + [0, 0, 100], DEMO),
        (lambda state: state * [1, 1, -1], ["shoulder", "elbow", "gripper_closed"]),
        (lambda state: state + np.random.default_rng(1).normal(size=state.shape) * 0.2, DEMO),
    ],
    ids=["radians", "unnamed", "small is open", "named closed", "noisy"],
)
def test_units_signs_names_and_noise_do_not_matter(change, names):
    assert pooled(change, names).f1 >= 0.93
    before, after = labels(one_block().state), labels(change(one_block().state), names)
    assert after[:3] == before[:3]


def test_real_boundaries_are_found(real_data: Path):
    total = Agreement(0, 0, 0, 0.0)
    for truth in sorted((real_data / "g1_bottle_gold").iterdir()):
        state, names = recorded(real_data / "g1_bottle_v2.1", truth.stem)
        found = label_motion(state, names, 30.0)
        total += compare_boundaries(found, subtask_files.load(truth), tolerance=1.0)
    assert total.truth == 46
    assert total.f1 >= 0.8


def recorded(dataset: Path, episode: str):
    info = json.loads((dataset / "meta" / "info.json").read_text())
    path = dataset / "data" / "chunk-000" / f"{episode}.parquet"
    names = info["features"]["observation.state"]["names"][0]
    return read_state(path, "observation.state", 0, 10**6), names


# Events


def test_events_tell_when_a_gripper_works():
    for recording in RECORDINGS.values():
        found = motion_events(recording.state, DEMO, 30.0)
        for verb, event in (("grasp", "begins to close"), ("release", "begins to open")):
            truth = [s.time for s in recording.segments if s.subtask.startswith(verb)]
            times = [e.time for e in found if e.what == f"the gripper {event}"]
            assert times == pytest.approx(truth, abs=0.35)
        assert found == sorted(found, key=lambda event: event.time)
    whats = [event.what for event in motion_events(one_block().state, DEMO, 30.0)]
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
        found = label_motion(state, names, fps)
        events = motion_events(state, names, fps)
    assert found[0].time == 0.0
    assert all(one.time < other.time for one, other in pairwise(found))
    assert all(one.subtask != other.subtask for one, other in pairwise(found))
    assert settle(found, fps, len(state)) == [
        Segment(round(round(one.time * fps) / fps, 6), one.subtask) for one in found
    ]
    assert all(0 <= event.time < len(state) / fps + 1 for event in events)


def test_scipy_is_neither_loaded_nor_left_broken():
    code = """
import sys
import subtasks.motion.change_points
assert not [name for name in sys.modules if name.startswith("scipy")]
from scipy.stats.mstats import rankdata
assert list(rankdata([3, 1, 2])) == [3, 1, 2]
"""
    subprocess.run([sys.executable, "-c", code], cwd=PROJECT / "scripts", check=True)


# Reading states


def table(path: Path, state: pa.Array, **more: pa.Array) -> Path:
    pq.write_table(pa.table({"state": state, **more}), path, row_group_size=10)
    return path


def test_the_rows_of_an_episode_are_read(tmp_path):
    numbers = np.arange(75.0).reshape(25, 3)
    state = pa.FixedSizeListArray.from_arrays(numbers.ravel(), 3)
    other = pa.array([[-1.0]] * 25)
    path = table(tmp_path / "file.parquet", state, **{"state.effort": other})
    for start, stop in ((0, 25), (0, 10), (10, 20), (7, 13), (24, 25)):
        assert read_state(path, "state", start, stop).tolist() == numbers[start:stop].tolist()
    assert read_state(path, "state.effort", 3, 5).tolist() == [[-1.0], [-1.0]]


def test_a_file_that_ends_early_is_read_to_its_end(tmp_path, caplog):
    path = table(tmp_path / "file.parquet", pa.array([1, 2, 3]))
    assert read_state(path, "state", 1, 9).tolist() == [[2.0], [3.0]]
    assert "has 3 rows" in caplog.text


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (pa.array([[1.0, 2.0], [1.0, float("nan")]]), "row 1 holds the number nan"),
        (pa.array([[1.0, 2.0], [-float("inf"), 1.0]]), "row 1 holds the number -inf"),
        (pa.array([[1.0, 2.0], [1e30, 1.0]]), "row 1 holds the number 1e+30"),
        (pa.array([[1.0, 2.0], None]), "a row is missing"),
        (pa.array([[1.0, 2.0], [1.0, None]]), "a number is missing"),
        (pa.array([[1.0, 2.0], [1.0]]), "not equally long"),
        (pa.array([[], []], pa.list_(pa.float32())), "have 0 numbers"),
        (pa.array(["a", "b"]), "no numbers but string"),
        (pa.array([[True], [False]]), "no numbers but bool"),
        (pa.array([{"x": 1.0}] * 2), "no numbers but struct"),
    ],
)
def test_what_is_no_state_is_refused_in_a_sentence(tmp_path, state, reason):
    path = table(tmp_path / "file.parquet", state)
    with pytest.raises(Problem, match=f"^state in {path} is no robot's state: .*") as problem:
        read_state(path, "state", 0, 2)
    assert reason in str(problem.value)


@pytest.mark.parametrize(("column", "start"), [("absent", 0), ("state", 2)])
def test_what_is_not_there_is_refused_in_a_sentence(tmp_path, column, start):
    path = table(tmp_path / "file.parquet", pa.array([1.0, 2.0]))
    with pytest.raises(Problem, match=str(path)):
        read_state(path, column, start, start + 1)


# The program


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, PROJECT / "scripts" / "segment_motion.py", *arguments]
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)


def test_both_versions_of_a_dataset_give_the_same_file(real_data: Path, tmp_path):
    _, names = recorded(real_data / "g1_bottle_v2.1", "episode_000001")
    common = ["--column", "observation.state", "--names", json.dumps(names), "--fps", 30]
    for version, file, rows in (
        ("v2.1", "episode_000001", (0, 421)),
        ("v3.0", "file-000", (290, 711)),
    ):
        path = real_data / f"g1_bottle_{version}" / "data" / "chunk-000" / f"{file}.parquet"
        output = tmp_path / f"{version}.json"
        result = run("--data", path, "--rows", *rows, *common, "--output", output)
        assert result.returncode == 0, result.stderr
    found = subtask_files.load(tmp_path / "v2.1.json")
    assert found == subtask_files.load(tmp_path / "v3.0.json")
    assert found[1].subtask == "reach with the right arm"
    assert found == settle(found, 30.0, 421)


def test_a_damaged_file_is_a_sentence_and_writes_nothing(tmp_path):
    (tmp_path / "file.parquet").write_bytes(b"PAR1 and no more")
    common = ["--column", "state", "--fps", 30, "--output", tmp_path / "out.json"]
    result = run("--data", tmp_path / "file.parquet", "--rows", 0, 5, *common)
    assert result.returncode == 1
    assert str(tmp_path / "file.parquet") in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "out.json").exists()
