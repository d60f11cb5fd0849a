import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from subtasks.errors import Problem
from subtasks.motion import robot as robots
from subtasks.motion.limbs import Limb
from subtasks.motion.options import MotionOptions, from_state, read_options
from subtasks.motion.robot import Robot, Source

ARM = Limb("arm", (0, 1))
STATE = Source(("state",), (2,), (0, 1), (ARM,))
ACTION = Source(("action",), (3,), (2, 0), (ARM,))
FRAMES = 30
ALL = slice(0, FRAMES)


@pytest.fixture
def command(monkeypatch):
    """Read a command line; the options given replace the usual ones."""

    def read(*, may_stop: bool = True, **changed: str) -> MotionOptions:
        usual = {"robot": "robot.json", "data": "a.parquet"}
        usual |= {"episode": "7", "fps": "30", "output": "out.json"}
        words = [
            word
            for name, value in (usual | changed).items()
            for word in (f"--{name.replace('_', '-')}", value)
        ]
        monkeypatch.setattr(sys, "argv", ["program", *words])
        return read_options("A program.", may_stop=may_stop)

    return read


def test_the_command_line_is_read(command):
    paths = [Path(name) for name in ("robot.json", "a.parquet")]
    usual = MotionOptions(*paths, 7, False, 30.0, Path("out.json"), "skip")
    assert command(on_error="skip") == usual
    assert command().on_error == "stop"
    assert command(may_stop=False).on_error == "skip"


@pytest.mark.parametrize("fps", ["0", "nan", "inf", "-1"])
def test_a_rate_that_is_none_is_refused_in_a_sentence(command, fps):
    with pytest.raises(Problem, match=r"must be a finite number above 0$"):
        command(fps=fps)


@pytest.fixture
def options(tmp_path):
    """Write the files of a command line: a robot, and the columns of episodes."""

    def write(
        robot: Robot, rows: slice = slice(0, FRAMES), on_error: str = "stop", **columns: object
    ) -> MotionOptions:
        """Episode 7 has these of the rows, and episode 8 all others."""
        robots.write(tmp_path / "robot.json", robot)
        own = range(FRAMES)[rows]
        numbers = {
            "episode_index": [7 if row in own else 8 for row in range(FRAMES)],
            "frame_index": [own.index(row) if row in own else row for row in range(FRAMES)],
        }
        pq.write_table(pa.table(columns | numbers), tmp_path / "file.parquet")
        paths = [tmp_path / name for name in ("robot.json", "file.parquet")]
        return MotionOptions(*paths, 7, False, 10.0, tmp_path / "out.json", on_error)

    return write


def seen(state: np.ndarray, limbs, fps: float) -> list[object]:
    return [state.tolist(), list(limbs), fps]


MOVING = np.linspace(0, 9, 2 * FRAMES).reshape(FRAMES, 2)
COMMANDS = np.linspace(0, 9, 3 * FRAMES).reshape(FRAMES, 3)
STILL = np.zeros((FRAMES, 2))


def test_the_state_and_its_limbs_are_handed_on(options):
    given = options(Robot((STATE, ACTION)), state=MOVING.tolist())
    assert from_state(given, seen, "nothing") == [MOVING.tolist(), [ARM], 10.0]


def test_only_the_episodes_rows_and_the_picked_numbers_are_handed_on(options):
    given = options(Robot((ACTION,)), slice(4, 10), action=COMMANDS.tolist())
    assert from_state(given, seen, "")[0] == COMMANDS[4:10][:, [2, 0]].tolist()


def test_a_state_that_stands_still_gives_way_to_an_action_that_moves(options, caplog):
    given = options(Robot((STATE, ACTION)), state=STILL.tolist(), action=COMMANDS.tolist())
    assert from_state(given, seen, "")[0] == COMMANDS[:, [2, 0]].tolist()
    assert "nothing moves in state in this episode: its motion is read from action" in caplog.text


@pytest.mark.parametrize(
    "action", [np.zeros((FRAMES, 3)).tolist(), ["text"] * FRAMES, [[1.0]] * FRAMES]
)
def test_a_state_that_stands_still_is_used_beside_an_action_that_will_not_do(options, action):
    given = options(Robot((STATE, ACTION)), state=STILL.tolist(), action=action)
    assert from_state(given, seen, "")[0] == STILL.tolist()


@pytest.mark.parametrize(
    ("robot", "rows", "state", "sentence"),
    [
        (Robot(fault="state holds text"), ALL, [0.0] * FRAMES, "^state holds text$"),
        (Robot((STATE,)), ALL, ["a"] * FRAMES, "^cannot use state in .* it holds string, not num"),
        (
            Robot((STATE,)),
            ALL,
            COMMANDS.tolist(),
            "has 3 numbers in a row of state, other episodes have 2; repair the file or exclude",
        ),
        (Robot((STATE,)), slice(0, 0), MOVING.tolist(), "has no rows of episode 7"),
        (Robot((STATE,)), slice(0, 9, 2), MOVING.tolist(), "one after the other"),
        (Robot((ACTION,)), ALL, MOVING.tolist(), "has no column action"),
    ],
)
def test_an_unusable_state_stops_or_is_skipped(options, caplog, robot, rows, state, sentence):
    with pytest.raises(Problem, match=sentence) as problem:
        from_state(options(robot, rows, state=state), seen, "nothing")
    given = options(robot, rows, "skip", state=state)
    assert from_state(given, seen, "the episode is blank") == []
    assert caplog.records[-1].message == f"the episode is blank: {problem.value}"
