"""What the checks keep of an episode's motion."""

from subtasks.checks.moments import Act, moments_of
from subtasks.motion.curve_files import Action, Change, Curves


def test_hands_and_changes_are_kept() -> None:
    changes = (Change(1.0, "the gripper begins to close"),)
    curves = Curves(0.1, actions=(Action("gripper", 1.0, 1.4, closes=True),), changes=changes)
    found = moments_of(curves)
    assert found.changes == changes
    assert found.acts == (Act(1.0, 1.4, "the gripper closes"),)
    assert found.stops == ()


def test_a_long_stop_is_between_two_movements_of_any_limb() -> None:
    rest, move = (0.0,) * 20, (1.0,) * 5
    alone = Curves(0.1, {"arm": rest + move + rest + move + rest})
    assert moments_of(alone).stops == ((2.5, 4.5),)
    other = (0.0,) * 35 + (1.0,) * 5 + (0.0,) * 30
    both = Curves(0.1, {"arm": rest + move + rest + move + rest, "base": other})
    assert moments_of(both).stops == ()
    gripping = Curves(0.1, alone.speed, actions=(Action("gripper", 3.0, 4.0, closes=True),))
    assert moments_of(gripping).stops == ()


def test_for_which_share_of_a_time_something_moves() -> None:
    found = moments_of(Curves(0.1, {"arm": (0.0,) * 10 + (1.0,) * 10}))
    assert found.moving_share(0.0, 1.0) == 0
    assert found.moving_share(0.5, 1.5) == 0.5
    assert found.moving_share(1.0, 9.0) == 1
    assert found.moving_share(1.0, 1.2) is None
    assert moments_of(Curves(0.1)).moving_share(0.0, 9.0) is None
