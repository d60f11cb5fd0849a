"""The features with the robot's motion are found under their usual names, or named by the user."""

from typing import Any

import pytest

from subtasks.dataset import motion_features
from subtasks.errors import Problem

NUMBERS = {"dtype": "float32", "shape": [2], "names": ["x", "gripper"]}


def content(*keys: str, **changes: Any) -> dict[str, Any]:
    return {"features": dict.fromkeys(keys, NUMBERS), **changes}


@pytest.mark.parametrize(
    ("keys", "state", "action"),
    [
        (("action", "observation.state"), ["observation.state"], ["action"]),
        (("state", "actions"), ["state"], ["actions"]),
        (("states", "actions"), ["states"], ["actions"]),
        (("observation.states.joint.position",), ["observation.states.joint.position"], []),
        (("observation.state", "state"), ["observation.state"], []),
        (("velocity",), [], []),
    ],
)
def test_usual_names(keys: tuple[str, ...], state: list[str], action: list[str]) -> None:
    found = motion_features.find(content(*keys))
    assert [feature.key for feature in found.state] == state
    assert [feature.key for feature in found.action] == action
    assert found.columns == [*state, *action]
    assert bool(found) == bool(state or action)


def test_named_features_are_put_side_by_side() -> None:
    keys = ("observation.left_arm.pos", "observation.left_gripper.pos", "action")
    found = motion_features.find(content(*keys), state=keys[:2])
    assert [feature.key for feature in found.state] == list(keys[:2])
    assert found.state[0].names == ("x", "gripper")


@pytest.mark.parametrize("dtype", ["video", "image", "string", None, 5])
def test_only_features_with_numbers_count(dtype: Any) -> None:
    features = {"observation.state": {"dtype": dtype}, "action": NUMBERS}
    found = motion_features.find({"features": features})
    assert found.state == ()
    with pytest.raises(Problem, match=r"state: 'observation.state' is not a feature with numbers"):
        motion_features.find({"features": features}, state=["observation.state"])


def test_an_unknown_name_is_told_what_there_is() -> None:
    with pytest.raises(Problem, match=r"action: 'acts' is not .*; it has 'state', 'action'"):
        motion_features.find(content("state", "action"), action=["acts"])


@pytest.mark.parametrize(("given", "kept"), [("so101", "so101"), (None, None), (5, None)])
def test_the_robots_type(given: Any, kept: str | None) -> None:
    assert motion_features.find(content("state", robot_type=given)).robot_type == kept
