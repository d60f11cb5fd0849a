"""Simulated robots that pick and place: with a gripper that rests open or closed, in any units."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

FPS = 30.0


@dataclass(frozen=True, slots=True)
class Gripper:
    """What a gripper's number is when it is at rest, open, and closed around something."""

    rest: float
    open: float
    holding: float
    noise: float = 0.0


SO101 = Gripper(rest=4, open=39, holding=10, noise=0.1)
PIPER = Gripper(rest=0.001, open=0.07, holding=0.03, noise=0.0001)
RESTS_OPEN = Gripper(rest=80, open=80, holding=25, noise=0.2)
DROID = Gripper(rest=0.0, open=0.0, holding=0.7, noise=0.002)
OPENARM = Gripper(rest=-1, open=-60, holding=-20, noise=0.1)


@dataclass(frozen=True, slots=True)
class Act:
    """At `time` (seconds) the gripper begins to close or to open; which of the two is true."""

    time: float
    closes: bool


def pick_and_place(
    gripper: Gripper, seed: int = 0, joints: int = 5, objects: int = 1
) -> tuple[np.ndarray, list[Act]]:
    """Simulate an episode: (n, joints + 1), the gripper last; and what the gripper does.

    A gripper that rests closed opens while the arm reaches, and closes again on its way home.
    """
    rng = np.random.default_rng(seed)
    poses, levels, acts = [rng.normal(size=joints)], [gripper.rest], []
    times = [0.0]

    def go(seconds: float, *, to: np.ndarray | None = None, level: float | None = None) -> None:
        times.append(times[-1] + seconds)
        poses.append(poses[-1] if to is None else to)
        levels.append(levels[-1] if level is None else level)

    go(rng.uniform(0.5, 1.0))
    home = poses[0]
    for _ in range(objects):
        above = home + rng.normal(size=joints)
        if levels[-1] != gripper.open:
            acts.append(Act(times[-1] + 0.4, closes=False))
        go(0.4, to=home + 0.3 * (above - home))
        go(0.8, to=home + 0.8 * (above - home), level=gripper.open)
        go(0.6, to=above)
        go(0.3)
        acts.append(Act(times[-1], closes=True))
        go(
            rng.uniform(0.5, 0.8),
            level=gripper.holding + 0.1 * (gripper.open - gripper.rest) * rng.random(),
        )
        go(0.3)
        go(0.9, to=above + rng.normal(size=joints))
        go(1.0, to=poses[-1] + rng.normal(size=joints))
        go(0.3)
        acts.append(Act(times[-1], closes=False))
        go(0.6, level=gripper.open)
        go(0.3)
    if gripper.rest != gripper.open:
        go(0.4, to=poses[-1] + 0.3 * (home - poses[-1]))
        acts.append(Act(times[-1], closes=True))
    go(1.0, to=home, level=gripper.rest)
    go(0.5)
    frames = np.arange(round(times[-1] * FPS)) / FPS
    columns = [*np.array(poses).T, np.array(levels)]
    state = np.stack([_smooth(frames, times, column) for column in columns], axis=1)
    noise = np.full(joints + 1, 0.001)
    noise[-1] = gripper.noise
    return state + rng.normal(size=state.shape) * noise, acts


def _smooth(frames: np.ndarray, times: list[float], values: np.ndarray) -> np.ndarray:
    """Move between values as a person does, at rest at each of them (minimum jerk)."""
    at = np.clip(np.searchsorted(times, frames, side="right") - 1, 0, len(times) - 2)
    start, stop = np.array(times)[at], np.array(times)[at + 1]
    s = np.clip((frames - start) / np.maximum(stop - start, 1e-9), 0, 1)
    share = s**3 * (10 - 15 * s + 6 * s**2)
    return values[at] + (values[at + 1] - values[at]) * share


def write_dataset(
    root: Path,
    columns: Sequence[Mapping[str, object]],
    names: Mapping[str, Sequence[str] | None],
    robot_type: str | None = None,
) -> Path:
    """Write a v2.1 dataset without cameras: for each episode its columns beside LeRobot's own."""
    paths = "data/chunk-{episode_chunk:03d}/episode_{episode_index:06d}.parquet"
    kinds = {"timestamp": "float32", "frame_index": "int64", "episode_index": "int64"}
    features = {name: {"dtype": kind, "shape": [1], "names": None} for name, kind in kinds.items()}
    features |= {
        key: {"dtype": "float32", "shape": [len(own or [0])], "names": own}
        for key, own in names.items()
    }
    lengths = []
    for episode, values in enumerate(columns):
        arrays = {
            key: pa.array(value.tolist() if isinstance(value, np.ndarray) else value)
            for key, value in values.items()
        }
        frames = np.arange(len(next(iter(arrays.values()))))
        lengths.append(len(frames))
        arrays["timestamp"] = pa.array((frames / FPS).astype(np.float32))
        arrays |= {"frame_index": pa.array(frames), "episode_index": pa.array(0 * frames + episode)}
        path = root / paths.format(episode_chunk=0, episode_index=episode)
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table(arrays), path)
    info = {
        "codebase_version": "v2.1",
        "robot_type": robot_type,
        "fps": FPS,
        "chunks_size": 1000,
        "data_path": paths,
        "features": features,
    }
    rows = [
        {"episode_index": i, "tasks": ["pick the cup"], "length": length}
        for i, length in enumerate(lengths)
    ]
    (root / "meta").mkdir()
    (root / "meta/info.json").write_text(json.dumps(info))
    (root / "meta/episodes.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (root / "meta/tasks.jsonl").write_text('{"task_index": 0, "task": "pick the cup"}\n')
    return root
