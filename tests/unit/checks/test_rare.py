"""Labels that only one episode has."""

from subtasks.checks import rare
from subtasks.checks.labelled import Labelled
from support.checked import episode, ordered, sentences


def found(episodes: list[Labelled]) -> list[str]:
    known = rare.measure(episodes)
    return [text for each in episodes for text in sentences(list(rare.check(each, known)))]


USUAL = [ordered(n, "reach grasp lift return") for n in range(20)]


def test_a_misspelt_label_is_named_with_the_one_that_is_meant() -> None:
    assert found(USUAL) == []
    assert found([*USUAL, ordered(20, "reach graps lift return")]) == [
        'only this episode has "graps"; others say "grasp"'
    ]
    assert found([*USUAL, ordered(20, "reach wave lift return")]) == [
        'only this episode has "wave"'
    ]


def test_an_episode_about_something_else_is_not_wrong() -> None:
    assert found([*USUAL, ordered(20, "push wave")]) == []
    assert found([*USUAL, ordered(20, "reach pull push wave return")]) == []


def test_where_labels_do_not_repeat_none_is_remarkable() -> None:
    assert found([ordered(n, f"a{n} b{n} reach") for n in range(40)]) == []


def test_where_labels_do_not_repeat_first_words_may() -> None:
    verbs = ("reach for", "grasp", "lift")
    many = [episode(n, *((f"{verb} cup {n}", 1.0) for verb in verbs)) for n in range(20)]
    odd = episode(20, ("reach for cup 20", 1.0), ("graps cup 20", 1.0), ("lift cup 20", 1.0))
    assert found(many) == []
    assert found([*many, odd]) == ['only this episode has a label with "graps"; others say "grasp"']


def test_a_few_episodes_say_nothing() -> None:
    assert found([ordered(n, "reach grasp") for n in range(3)] + [ordered(3, "reach wave")]) == []


def test_a_mistake_is_not_counted_against_an_episode() -> None:
    failed = episode(20, ("reach", 1.0), ("drop", 1.0), ("lift", 1.0), mistakes=[1])
    assert found([*USUAL, failed]) == []
