"""Which columns are used, and what is said about it. Names and directions have their own tests."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from subtasks.motion.description import Place, describe
from subtasks.motion.robot import Feature
from support.robots import FPS, SO101, pick_and_place

NAMES = ("shoulder.pos", "elbow.pos", "wrist_1.pos", "wrist_2.pos", "wrist_3.pos", "gripper.pos")
STATE, ACTION = Feature("observation.state", NAMES), Feature("action", NAMES)


def good(seed: int = 0) -> np.ndarray:
    return pick_and_place(SO101, seed)[0]


def place(folder: Path, episode: int, **columns: object) -> Place:
    """An episode whose data file has these columns."""
    path = folder / f"{episode}.parquet"
    arrays = {
        name: value if isinstance(value, pa.Array) else pa.array(np.asarray(value).tolist())
        for name, value in columns.items()
    }
    table = pa.table({"observation.state" if n == "state" else n: a for n, a in arrays.items()})
    pq.write_table(table.append_column("frame_index", [list(range(table.num_rows))]), path)
    return Place(episode, path, whole_file=True)


def placeholder(state: np.ndarray, kind: str) -> pa.Array:
    rng = np.random.default_rng(0)
    frames = len(state)
    match kind:
        case "zeros":
            return pa.array(np.zeros_like(state).tolist())
        case "constant":
            return pa.array(np.tile(state[:1], (frames, 1)).tolist())
        case "noise":
            return pa.array((0.0005 * rng.normal(size=state.shape)).tolist())
        case "NaN":
            return pa.array(np.full_like(state, np.nan).tolist())
        case "one NaN":
            state = state.copy()
            state[3, 2] = np.nan
            return pa.array(state.tolist())
        case "infinite":
            return pa.array(np.full_like(state, np.inf).tolist())
        case "text":
            return pa.array([str(row.tolist()) for row in state])
        case "no numbers":
            return pa.array([[]] * frames, pa.list_(pa.float32()))
        case "unequal lengths":
            return pa.array([row[: 1 + i % 5].tolist() for i, row in enumerate(state)])
        case "empty cells":
            return pa.array([None] * frames, pa.list_(pa.float32()))
        case _:
            return pa.array([{"x": 1.0}] * frames)


STILL = ("zeros", "constant", "noise")
UNUSABLE = (
    *("NaN", "one NaN", "infinite", "text", "no numbers", "unequal lengths", "empty cells"),
    "structs",
)


def test_the_state_is_used_if_it_moves(tmp_path):
    places = [place(tmp_path, i, state=good(i), action=good(i)) for i in range(3)]
    robot = describe("so101", [STATE], [ACTION], places, FPS)
    assert (robot.fault, robot.remarks) == (None, ())
    assert [source.keys for source in robot.sources] == [("observation.state",), ("action",)]
    assert [limb.name for limb in robot.sources[0].limbs] == ["arm"]


@pytest.mark.parametrize("kind", STILL)
def test_a_state_that_stands_still_gives_way_to_the_action(tmp_path, kind):
    places = [
        place(tmp_path, i, state=placeholder(good(i), kind), action=good(i)) for i in range(3)
    ]
    robot = describe(None, [STATE], [ACTION], places, FPS)
    assert robot.fault is None
    assert robot.sources[0].keys == ("action",)
    assert robot.remarks == (
        "observation.state stands still in the 3 episodes looked at: the robot's motion is read "
        "from action",
    )


@pytest.mark.parametrize("kind", UNUSABLE)
def test_a_state_that_cannot_be_used_gives_way_to_the_action(tmp_path, kind):
    places = [place(tmp_path, 0, state=placeholder(good(), kind), action=good())]
    robot = describe(None, [STATE], [ACTION], places, FPS)
    assert robot.sources[0].keys == ("action",)
    (remark,) = robot.remarks
    assert remark.startswith("observation.state cannot be used (cannot use observation.state in ")
    assert remark.endswith(": the robot's motion is read from action")


@pytest.mark.parametrize("kind", UNUSABLE)
def test_a_robot_without_a_usable_column_has_a_fault(tmp_path, kind):
    wrong = placeholder(good(), kind)
    for action in ([], [ACTION]):
        places = [place(tmp_path, 0, state=wrong, action=wrong)]
        robot = describe(None, [STATE], action, places, FPS)
        assert robot.fault is not None
        assert robot.fault.startswith(
            "the robot's motion is unknown, because observation.state cannot be used in the "
            "episode looked at: cannot use observation.state in "
        )
        assert robot.sources == ()


def test_a_robot_whose_files_lack_the_column_or_are_damaged_has_a_fault(tmp_path):
    places = [place(tmp_path, 0, other=good())]
    assert "has no column observation.state" in str(describe(None, [STATE], [], places, FPS).fault)
    places[0].data.write_bytes(b"PAR1 and no more")
    assert "cannot be read as Parquet" in str(describe(None, [STATE], [], places, FPS).fault)


def test_a_fault_of_several_episodes_does_not_name_one_as_all(tmp_path):
    places = [place(tmp_path, i, state=placeholder(good(), "text")) for i in range(3)]
    fault = describe(None, [STATE], [], places, FPS).fault
    assert "cannot be used in any of the 3 episodes looked at: cannot use" in str(fault)


def test_a_dataset_without_features_or_episodes_has_a_fault():
    assert "no feature" in str(describe(None, [], [], [], FPS).fault)
    assert "no episode" in str(describe(None, [STATE], [ACTION], [], FPS).fault)


def test_the_action_alone_will_do(tmp_path):
    robot = describe(None, [], [ACTION], [place(tmp_path, 0, action=good())], FPS)
    assert (robot.fault, robot.remarks) == (None, ())
    assert robot.sources[0].keys == ("action",)


@pytest.mark.parametrize("kind", [*STILL, *UNUSABLE])
def test_one_bad_episode_is_its_own_trouble(tmp_path, kind):
    places = [place(tmp_path, i, state=good(i), action=good(i)) for i in range(2)]
    places += [place(tmp_path, 2, state=placeholder(good(), kind), action=good())]
    robot = describe(None, [STATE], [ACTION], places, FPS)
    assert robot.fault is None
    assert robot.sources[0].keys == ("observation.state",)
    (remark,) = robot.remarks
    if kind in STILL:
        assert remark == (
            "nothing moves in observation.state in 1 of the 3 episodes looked at: where it moves "
            "in action, that is used"
        )
    else:
        assert remark.startswith(
            "the motion of 1 of the 3 episodes looked at is unknown, first of episode 2: cannot use"
        )


def test_an_episode_of_another_width_does_not_count(tmp_path):
    places = [place(tmp_path, i, state=good(i)) for i in range(2)]
    places.insert(0, place(tmp_path, 2, state=good()[:, :4]))
    robot = describe(None, [STATE], [], places, FPS)
    assert robot.sources[0].widths == (6,)
    assert robot.remarks == (
        "the motion of 1 of the 3 episodes looked at is unknown, first of episode 2: "
        f"{places[0].data} has rows of another length",
    )


def test_a_robot_that_never_moves_is_said_to(tmp_path):
    still = placeholder(good(), "zeros")
    for columns in ({"state": still}, {"state": still, "action": still}):
        action = [ACTION] if "action" in columns else []
        robot = describe(None, [STATE], action, [place(tmp_path, 0, **columns)], FPS)
        assert robot.fault is None
        assert robot.remarks == ("nothing moves in observation.state in the 1 episode looked at",)


@pytest.mark.parametrize("lost", ["still", "absent"])
def test_a_gripper_that_only_the_action_has_is_read_there(tmp_path, lost):
    names = NAMES if lost == "still" else NAMES[:5]
    places = []
    for i in range(2):
        state = good(i)
        state[:, 5] = 0
        places.append(place(tmp_path, i, state=state[:, : len(names)], action=good(i)))
    robot = describe(None, [Feature(STATE.key, names)], [ACTION], places, FPS)
    (source, _) = robot.sources
    assert source.keys == ("observation.state", "action")
    assert source.picks[-1] == len(names) + 5
    assert source.limbs[0].columns == (0, 1, 2, 3, 4)
    assert source.limbs[0].hand.columns == (len(names),)
    why = {"still": "never moves", "absent": "is not there"}[lost]
    assert robot.remarks == (f"the gripper {why} in observation.state: it is read from action",)


def steps(state: np.ndarray) -> np.ndarray:
    """The commands of a joystick that would move the arm so: nothing while it rests."""
    found = np.diff(state, axis=0, append=state[-1:])
    found[np.abs(found) < 0.005] = 0
    found[:, -1] = np.where(state[:, -1] > 25, -1, 1)
    return found


@pytest.mark.parametrize("names", [(), (*"xyzab", "gripper")])
def test_commands_that_are_steps_are_speeds(tmp_path, names):
    quiet = [pick_and_place(SO101, seed)[0] for seed in range(4)]
    places = [place(tmp_path, i, action=steps(state)) for i, state in enumerate(quiet)]
    robot = describe(None, [], [Feature("action", names)], places, FPS)
    assert robot.sources[0].limbs[0].speeds
    places = [place(tmp_path, i, action=state) for i, state in enumerate(quiet)]
    robot = describe(None, [], [Feature("action", names)], places, FPS)
    assert not robot.sources[0].limbs[0].speeds


def test_several_columns_are_put_side_by_side(tmp_path):
    joints, gripper = Feature("state.joints"), Feature("state.gripper.pos")
    state = good()
    places = [
        place(tmp_path, 0, **{"state.joints": state[:, :5], "state.gripper.pos": state[:, 5]})
    ]
    (source,) = describe(None, [joints, gripper], [], places, FPS).sources
    assert source.keys == ("state.joints", "state.gripper.pos")
    assert source.widths == (5, 1)
    assert source.limbs[0].hand.columns == (5,)
