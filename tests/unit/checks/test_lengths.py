"""Segments that are much longer or shorter than others of their label."""

from hypothesis import given
from hypothesis import strategies as st

from subtasks.checks import lengths
from subtasks.checks.labelled import Labelled
from support.checked import episode, sentences

GRASPS = [0.4, 0.8, 0.9, 1.0, 1.0, 1.1, 1.2, 0.7, 0.8, 1.0, 0.9]


def found(episodes: list[Labelled]) -> list[str]:
    known = lengths.measure(episodes)
    return [text for each in episodes for text in sentences(list(lengths.check(each, known)))]


def grasps(*more: float) -> list[Labelled]:
    return [
        episode(number, ("reach", 1.0), ("grasp", length))
        for number, length in enumerate([*GRASPS, *more])
    ]


def test_a_long_one_is_said_with_the_numbers() -> None:
    assert found(grasps()) == []
    assert found(grasps(6.1)) == ['"grasp" lasts 6.1 s, others 0.4 to 1.2 s']


def test_a_short_one_is_said_too() -> None:
    many = [episode(n, ("carry", 4.0 + n / 10), ("put", 1.0)) for n in range(20)]
    odd = episode(20, ("carry", 0.5), ("put", 1.0))
    assert found([*many, odd]) == ['"carry" lasts 0.5 s, others 4.0 to 5.9 s']


def test_others_that_are_as_odd_are_not_counted_among_the_others() -> None:
    many = [*grasps(), *grasps()]
    odd = [episode(n, ("reach", 1.0), ("grasp", 6.0 + n)) for n in range(2)]
    assert found([*many, *odd]) == [
        '"grasp" lasts 6.0 s, most others 0.4 to 1.2 s',
        '"grasp" lasts 7.0 s, most others 0.4 to 1.2 s',
    ]


def test_labels_of_which_there_are_few_are_compared_by_their_first_word() -> None:
    """Each episode has an object of its own."""
    many = [
        episode(n, ("reach", 1.0), (f"grasp cup {n}", length))
        for n, length in enumerate([*GRASPS, 9.0])
    ]
    assert found(many) == ['"grasp cup 11" lasts 9.0 s, others with "grasp" 0.4 to 1.2 s']


def test_a_first_word_that_nearly_all_labels_have_says_nothing() -> None:
    labels = [(f"the cup {n} is taken", length) for n, length in enumerate([*GRASPS, 9.0])]
    assert found([episode(n, each) for n, each in enumerate(labels)]) == []


def test_a_label_of_which_there_are_few_says_nothing() -> None:
    assert found([episode(n, ("grasp", 10.0**n)) for n in range(5)]) == []


def test_a_mistake_may_last_as_long_as_it_likes() -> None:
    failed = episode(20, ("reach", 1.0), ("grasp", 6.1), mistakes=[1])
    assert found([*grasps(), failed]) == []


def test_small_differences_are_none() -> None:
    """All of a length, and one that is two frames longer."""
    same = [episode(n, ("grasp", 0.1)) for n in range(30)]
    assert found([*same, episode(30, ("grasp", 0.3))]) == []


@given(st.lists(st.lists(st.tuples(st.sampled_from("ab"), st.floats(0, 1e5)), min_size=1)))
def test_any_lengths_can_be_checked(lasting: list[list[tuple[str, float]]]) -> None:
    episodes = [episode(number, *each) for number, each in enumerate(lasting)]
    known = lengths.measure(episodes)
    for each in episodes:
        for finding in lengths.check(each, known):
            assert 0 < finding.score <= lengths.MOST_SCORE
