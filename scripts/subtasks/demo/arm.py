"""A two-joint arm with a gripper that puts coloured blocks in a bin, simulated frame by frame.

The arm stands on a table, is seen from the side and moves in that plane. An episode is a list of
moves, one per subtask. The tool follows a minimum-jerk path from pose to pose and rests a moment
where a person would. The motors are told this path (the action); what they do (the state) follows
with a short lag and with encoder noise. A gripper with a block between its jaws stops at the
block's width.

Lengths are in metres, x to the right from the arm's base, y up from the table. Angles are in
degrees. The gripper's opening is from 0 (shut) to 100 (open), as LeRobot's small arms report it.
"""

from dataclasses import dataclass, replace

import numpy as np

from subtasks.segments.segment import TIME_DECIMALS, Segment

FPS = 30
JOINT_NAMES = ("shoulder.pos", "elbow.pos", "gripper.pos")
COLOURS = ("red", "green", "blue", "yellow")

# The arm and the bin.
SHOULDER = (0.0, 0.11)
UPPER_ARM = 0.30
FOREARM = 0.28
TOOL = 0.085
"""From the wrist down to the middle of what the jaws hold."""

BIN_X = 0.52
BIN_WIDTH = 0.14
BIN_HEIGHT = 0.085

# The blocks.
BLOCK = 0.045
BLOCKS_FROM, BLOCKS_TO = 0.165, 0.395
BLOCKS_APART = 0.09
"""Minimum distance of two blocks, into which the open jaws fit."""

BLOCKS_ON_TABLE = 3

# The gripper.
JAW_GAP = 0.10
"""Between the jaws when they are fully open."""

GRASPED = 100 * BLOCK / JAW_GAP
SQUEEZE = 18.0
"""How much further than the block's width a closing gripper is told to go."""

# The episode.
LIFTED = 0.21
"""Height of the tool after a lift."""

OVER_BIN = 0.165
"""Height of the tool when a block is released."""

SHORTEST = 6.3
"""Minimum seconds of an episode."""

LONGEST = (10.4, 11.7)
"""Maximum seconds of an episode, drawn from this range."""

WAIT_IS_A_SUBTASK = 0.6
"""A rest before the first move is a subtask from so many seconds on."""

TWO_BLOCKS = 0.3
"""Share of the episodes in which two blocks are put away."""

SECONDS_PER_METRE = 1.9
"""Seconds for each metre that the tool moves sideways, beyond a move's minimum duration."""

MOTOR_LAG = 0.05
"""Time constant, in seconds, with which a joint follows its command."""

ENCODER_NOISE = np.array([0.04, 0.04, 0.15])
"""Standard deviations of shoulder, elbow and gripper."""

GRAVITY = 9.81


@dataclass(frozen=True, slots=True)
class Move:
    """One subtask: where tool and gripper end up, and how long that takes in seconds.

    `block` is the one between the jaws during the move.
    """

    subtask: str
    x: float
    y: float
    gripper: float
    duration: float
    pause: float
    block: int | None = None


@dataclass(frozen=True, slots=True)
class Recording:
    """The recording of a simulated episode of `n` frames.

    `state` and `action` (n, 3, float32) have shoulder and elbow in degrees and the gripper in
    percent; `blocks` (n, blocks, 2) has the centres of the blocks.
    """

    task: str
    segments: list[Segment]
    state: np.ndarray
    action: np.ndarray
    blocks: np.ndarray
    colours: tuple[str, ...]

    @property
    def length(self) -> int:
        """The number of frames."""
        return len(self.state)


def joints(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the shoulder and elbow angles (degrees) that bring the tool to (x, y), elbow up."""
    dx, dy = x - SHOULDER[0], y + TOOL - SHOULDER[1]
    reach = np.hypot(dx, dy)
    inner = (UPPER_ARM**2 + reach**2 - FOREARM**2) / (2 * UPPER_ARM * reach)
    bend = (reach**2 - UPPER_ARM**2 - FOREARM**2) / (2 * UPPER_ARM * FOREARM)
    shoulder = np.arctan2(dy, dx) + np.arccos(inner)
    return np.degrees(shoulder), np.degrees(-np.arccos(bend))


def skeleton(shoulder: float, elbow: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return where elbow and wrist are at these angles (degrees)."""
    first, second = np.radians(shoulder), np.radians(shoulder + elbow)
    at_elbow = (
        SHOULDER[0] + UPPER_ARM * float(np.cos(first)),
        SHOULDER[1] + UPPER_ARM * float(np.sin(first)),
    )
    at_wrist = (
        at_elbow[0] + FOREARM * float(np.cos(second)),
        at_elbow[1] + FOREARM * float(np.sin(second)),
    )
    return at_elbow, at_wrist


def simulate(seed: int, episode: int) -> Recording:
    """Simulate one episode; the same `seed` and `episode` give the same recording.

    It does not depend on the number of episodes.
    """
    rng = np.random.default_rng([seed, episode])
    colours = tuple(str(c) for c in rng.permutation(COLOURS)[:BLOCKS_ON_TABLE])
    positions = _positions(rng)
    wanted = rng.permutation(BLOCKS_ON_TABLE)[: 2 if rng.random() < TWO_BLOCKS else 1]
    home = (float(rng.uniform(0.15, 0.22)), float(rng.uniform(0.22, 0.27)))
    wide = float(rng.uniform(85, 98))
    wait = float(rng.uniform(0.8, 1.3) if rng.random() < 0.5 else rng.uniform(0.1, 0.25))

    moves = _moves(rng, colours, positions, wanted, home, wide)
    moves = _at_pace(moves, wait, longest=float(rng.uniform(*LONGEST)))
    path, segments, holding = _path(wait, moves, home, wide)
    shoulder, elbow = joints(path[:, 0], path[:, 1])
    action = np.stack([shoulder, elbow, path[:, 2]], axis=1)
    actual, carried = _follow(action, holding)
    return Recording(
        task=_task([colours[w] for w in wanted]),
        segments=segments,
        state=(actual + rng.normal(size=actual.shape) * ENCODER_NOISE).astype(np.float32),
        action=action.astype(np.float32),
        blocks=_blocks(positions, actual, carried),
        colours=colours,
    )


def _positions(rng: np.random.Generator) -> np.ndarray:
    slack = BLOCKS_TO - BLOCKS_FROM - BLOCKS_APART * (BLOCKS_ON_TABLE - 1)
    shifts = np.sort(rng.uniform(0, slack, BLOCKS_ON_TABLE))
    return BLOCKS_FROM + BLOCKS_APART * np.arange(BLOCKS_ON_TABLE) + shifts


def _task(colours: list[str]) -> str:
    blocks = "block" if len(colours) == 1 else "blocks"
    return f"put the {' and the '.join(colours)} {blocks} in the bin"


def _moves(
    rng: np.random.Generator,
    colours: tuple[str, ...],
    positions: np.ndarray,
    wanted: np.ndarray,
    home: tuple[float, float],
    wide: float,
) -> list[Move]:
    """Plan the moves that put the `wanted` blocks in the bin, one after the other."""
    shut = GRASPED - SQUEEZE
    plan: list[tuple[str, float, float, float, float, int | None]] = []
    for block in wanted.tolist():
        name, there = f"the {colours[block]} block", float(positions[block])
        over = BIN_X + float(rng.uniform(-0.02, 0.02))
        plan += [
            (f"reach toward {name}", there, BLOCK / 2, wide, 0.9, None),
            (f"grasp {name}", there, BLOCK / 2, shut, 0.45, block),
            (f"lift {name}", there, LIFTED, shut, 0.65, block),
            (f"carry {name} to the bin", over, OVER_BIN, shut, 0.8, block),
            (f"release {name}", over, OVER_BIN, wide, 0.5, None),
        ]
    plan.append(("return", *home, wide, 1.0, None))

    moves, x = [], home[0]
    for subtask, to_x, to_y, gripper, least, block in plan:
        duration = least + SECONDS_PER_METRE * abs(to_x - x) + float(rng.uniform(0, 0.25))
        pause = float(rng.uniform(0.03, 0.25))
        moves.append(Move(subtask, to_x, to_y, gripper, duration, pause, block))
        x = to_x
    return moves


def _at_pace(moves: list[Move], wait: float, longest: float) -> list[Move]:
    """Make the moves faster or slower if the episode would be too long or too short."""
    total = wait + sum(move.duration + move.pause for move in moves)
    pace = (min(max(total, SHORTEST), longest) - wait) / (total - wait)
    return [replace(m, duration=m.duration * pace, pause=m.pause * pace) for m in moves]


def _path(
    wait: float, moves: list[Move], home: tuple[float, float], wide: float
) -> tuple[np.ndarray, list[Segment], list[int | None]]:
    """Return the commanded path (n, 3) of tool and gripper, its subtasks, and the held block."""
    start = np.array([*home, wide])
    pieces = [np.repeat(start[None], round(wait * FPS), axis=0)]
    holding: list[int | None] = [None] * len(pieces[0])
    segments = [Segment(0.0, "hold still")] if wait >= WAIT_IS_A_SUBTASK else []
    for move in moves:
        frames = round((move.duration + move.pause) * FPS)
        begins = round(len(holding) / FPS, TIME_DECIMALS) if segments else 0.0
        segments.append(Segment(begins, move.subtask))
        end = np.array([move.x, move.y, move.gripper])
        pieces.append(start + (end - start) * _progress(frames, move, down=end[1] < start[1]))
        holding += [move.block] * frames
        start = end
    return np.concatenate(pieces), segments, holding


def _progress(frames: int, move: Move, *, down: bool) -> np.ndarray:
    """Return how much of a move is done, (frames, 3) from 0 to 1 for x, y and gripper.

    The tool descends late and rises early, so that it clears the other blocks and the bin's rim.
    """
    t = np.arange(1, frames + 1) / FPS / move.duration
    early, late = _minimum_jerk(t / 0.8), _minimum_jerk((t - 0.2) / 0.8)
    x, y = (early, late) if down else (late, early)
    return np.stack([x, y, _minimum_jerk(t)], axis=1)


def _minimum_jerk(t: np.ndarray) -> np.ndarray:
    t = np.clip(t, 0, 1)
    share: np.ndarray = t**3 * (10 - 15 * t + 6 * t**2)
    return share


def _follow(action: np.ndarray, holding: list[int | None]) -> tuple[np.ndarray, list[int | None]]:
    """Return what the motors do when told `action`, and the block that is carried in each frame.

    Joints lag behind. Jaws that close on a block stop at its width, and hold it until they are
    told to open wider.
    """
    share = 1 - np.exp(-1 / FPS / MOTOR_LAG)
    actual = np.empty_like(action)
    actual[0] = action[0]
    carried: list[int | None] = [None] * len(action)
    between: int | None = None
    for i in range(1, len(action)):
        actual[i] = actual[i - 1] + share * (action[i] - actual[i - 1])
        if holding[i] is not None:
            between = holding[i]
        if between is not None and actual[i, 2] <= GRASPED:
            actual[i, 2] = GRASPED
            carried[i] = between
        elif holding[i] is None:
            between = None
    return actual, carried


def _blocks(positions: np.ndarray, actual: np.ndarray, carried: list[int | None]) -> np.ndarray:
    """Track the blocks' centres (n, blocks, 2): on the table, carried by the tool, or falling."""
    centres = np.stack([positions, np.full(len(positions), BLOCK / 2)], axis=1)
    speed = np.zeros(len(positions))
    track = np.empty((len(actual), *centres.shape))
    for i, (shoulder, elbow, _) in enumerate(actual):
        for block in range(len(positions)):
            if carried[i] == block:
                x, y = skeleton(shoulder, elbow)[1]
                centres[block] = x, y - TOOL
                speed[block] = 0.0
            elif centres[block, 1] > BLOCK / 2:
                speed[block] += GRAVITY / FPS
                centres[block, 1] = max(BLOCK / 2, centres[block, 1] - speed[block] / FPS)
        track[i] = centres
    return track
