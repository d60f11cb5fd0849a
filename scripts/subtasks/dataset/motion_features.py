"""The features that describe a robot's motion: its state, and the actions it was told to take."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from subtasks.dataset import info
from subtasks.errors import Problem
from subtasks.wording import shorten

USUAL_STATES = (
    "observation.state",
    "state",
    "states",
    "observation.states",
    "observation.states.joint.position",
    "observation.qpos",
    "observation.joint_position",
    "observation.joint_positions",
    "qpos",
    "joint_position",
    "joint_positions",
)
"""Names of the state in LeRobot, openpi, RoboCoin, AgiBot and others; the first found counts."""

USUAL_ACTIONS = (
    "action",
    "actions",
    "actions.joint.position",
    "action.joint.position",
    "observation.actions",
    "action.joint_position",
)

MAX_ROBOT_TYPE = 200
_NUMBERS = ("float", "double", "int", "uint", "bool")


@dataclass(frozen=True, slots=True)
class Feature:
    """A feature with numbers, and the names of its dimensions; there may be none."""

    key: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MotionFeatures:
    """The features of the state and of the action; several are put side by side.

    Both are empty in a dataset that has neither. `robot_type` is that of `meta/info.json`.
    """

    robot_type: str | None = None
    state: tuple[Feature, ...] = ()
    action: tuple[Feature, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.state or self.action)

    @property
    def columns(self) -> list[str]:
        """The columns of the data files that are read."""
        return list(dict.fromkeys(feature.key for feature in (*self.state, *self.action)))

    def to_json(self) -> str:
        """Return all of it as JSON, for the program that looks at the robot."""
        return json.dumps(asdict(self), ensure_ascii=False)


def find(
    content: Mapping[str, Any],
    state: Sequence[str] | None = None,
    action: Sequence[str] | None = None,
) -> MotionFeatures:
    """Find the features in the content of `meta/info.json`: those named, else the usual ones.

    Raises `Problem` for a name that is no feature with numbers.
    """
    features = content["features"]
    robot = content.get("robot_type")
    return MotionFeatures(
        robot_type=robot if isinstance(robot, str) and len(robot) <= MAX_ROBOT_TYPE else None,
        state=_features(features, "state", state, USUAL_STATES),
        action=_features(features, "action", action, USUAL_ACTIONS),
    )


def _features(
    features: Mapping[str, Mapping[str, Any]],
    what: str,
    wanted: Sequence[str] | None,
    usual: Sequence[str],
) -> tuple[Feature, ...]:
    numeric = [key for key, feature in features.items() if _has_numbers(feature)]
    if wanted is None:
        return tuple(_feature(features, key) for key in usual if key in numeric)[:1]
    for key in wanted:
        if key not in numeric:
            has = ", ".join(map(shorten, numeric)) or "none"
            raise Problem(
                f"{what}: {shorten(key)} is not a feature with numbers in meta/info.json; it has "
                f"{has}"
            )
    return tuple(_feature(features, key) for key in wanted)


def _feature(features: Mapping[str, Mapping[str, Any]], key: str) -> Feature:
    return Feature(key, tuple(info.names(features[key])))


def _has_numbers(feature: Mapping[str, Any]) -> bool:
    dtype = feature.get("dtype")
    return isinstance(dtype, str) and dtype.startswith(_NUMBERS)
