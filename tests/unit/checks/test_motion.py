"""Borders and changes of motion that belong together, as the dataset has them."""

from subtasks.checks import motion
from subtasks.checks.labelled import Labelled
from subtasks.checks.moments import Act, Moments
from subtasks.motion.curve_files import Change
from support.checked import episode, sentences


def moments(*, closes: float, stops: tuple[tuple[float, float], ...] = ()) -> Moments:
    changes = (Change(closes, "the gripper begins to close"), Change(closes + 3, "the arm stops"))
    return Moments(changes, (Act(closes, closes + 0.5, "the gripper closes"),), stops)


def reaching(number: int, border: float, closes: float, **more: object) -> Labelled:
    known = moments(closes=closes, **more)  # type: ignore[arg-type]
    return episode(number, ("reach", border), ("grasp", 8 - border), moments=known)


USUAL = [reaching(n, 2 + n / 10, 2.1 + n / 10) for n in range(30)]


def found(*more: Labelled) -> list[str]:
    episodes = [*USUAL, *more]
    known = motion.measure(episodes)
    return [text for each in episodes for text in sentences(list(motion.check(each, known)))]


def test_a_border_that_was_moved_is_told_from_the_motion() -> None:
    assert found() == []
    border, act = found(reaching(30, 4.0, 2.5))
    assert border == '"grasp" begins at 4.0 s, but the gripper begins to close at 2.5 s'
    assert act == 'the gripper closes at 2.5 s in the middle of "reach"'


def test_a_long_stop_in_a_segment_that_has_none_is_told() -> None:
    assert found(reaching(30, 2.0, 2.0, stops=((4.0, 6.0),))) == [
        'nothing moves from 4.0 to 6.0 s, in the middle of "grasp"'
    ]


def test_where_borders_are_not_where_motion_changes_none_is_odd() -> None:
    free = [reaching(n, 2 + n % 5, 2 + n % 3) for n in range(30)]
    known = motion.measure(free)
    assert [each for each in free if list(motion.check(each, known))] == []


def test_an_episode_whose_motion_is_unknown_has_no_such_findings() -> None:
    assert found(episode(30, ("reach", 4.0), ("grasp", 4.0))) == []


def test_mistakes_are_not_held_against_an_episode() -> None:
    known = moments(closes=2.5)
    tried = episode(30, ("reach", 4.0), ("grasp", 4.0), moments=known, mistakes=[0, 1])
    assert found(tried) == []


def test_labels_of_which_there_are_few_are_compared_by_their_first_word() -> None:
    def grasping(number: int, border: float, closes: float) -> Labelled:
        labels = (("reach", border), (f"grasp cup {number}", 8 - border))
        return episode(number, *labels, moments=moments(closes=closes))

    episodes = [grasping(n, 2 + n / 10, 2.1 + n / 10) for n in range(10)]
    odd = grasping(10, 4.0, 2.5)
    known = motion.measure([*episodes, odd])
    assert not [each for each in episodes if list(motion.check(each, known))]
    assert sentences(list(motion.check(odd, known)))[0] == (
        '"grasp cup 10" begins at 4.0 s, but the gripper begins to close at 2.5 s'
    )
