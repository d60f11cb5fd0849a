"""Orders of labels that are unlike those of the other episodes."""

import random

from hypothesis import given
from hypothesis import strategies as st

from subtasks.checks import order
from subtasks.checks.labelled import Labelled
from support.checked import episode, ordered, sentences

USUAL = "reach grasp lift place return"


def found(*orders: str, usual: int = 30) -> list[str]:
    """Check episodes with these orders among others with the usual one."""
    episodes = [ordered(n, USUAL) for n in range(usual)]
    episodes += [ordered(usual + n, labels) for n, labels in enumerate(orders)]
    known = order.measure(episodes)
    return [text for each in episodes for text in sentences(list(order.check(each, known)))]


def test_the_usual_order_is_not_odd() -> None:
    assert found() == []


def test_what_is_different_is_said() -> None:
    assert found("reach lift place return") == ['"grasp" is missing after "reach"']
    assert found("grasp lift place return") == ['"reach" is missing at the start']
    assert found("reach grasp place lift return") == [
        '"place" comes earlier or later than in others'
    ]
    assert found("reach push lift place return") == ['"push" stands where others have "grasp"']
    assert found("reach grasp lift wave place return") == ['others have no "wave" after "lift"']
    assert found("wave reach grasp lift place return") == ['others do not begin with "wave"']


def test_an_order_that_several_have_is_usual() -> None:
    assert found(*["reach grasp lift return"] * 10) == []


def test_orders_of_two_tasks_are_not_compared() -> None:
    episodes = [ordered(n, USUAL) for n in range(30)]
    episodes += [ordered(30 + n, "reach push return", task="push") for n in range(10)]
    episodes.append(ordered(40, USUAL, task="push"))
    known = order.measure(episodes)
    assert [each.episode for each in episodes if list(order.check(each, known))] == [40]


def test_where_orders_really_vary_hardly_any_is_odd() -> None:
    chance = random.Random(1)
    for count in (10, 40, 200):
        orders = [" ".join(chance.sample("abcde", 5)) for _ in range(count)]
        episodes = [ordered(n, labels) for n, labels in enumerate(orders)]
        known = order.measure(episodes)
        assert sum(bool(list(order.check(each, known))) for each in episodes) <= count / 20


def test_where_no_label_repeats_nothing_is_odd() -> None:
    episodes = [ordered(n, " ".join(f"{word}-{n}" for word in "abcd")) for n in range(40)]
    known = order.measure(episodes)
    assert [each for each in episodes if list(order.check(each, known))] == []


def test_labels_of_which_there_are_few_are_compared_by_their_first_words() -> None:
    usual = ["reach {0}", "grasp {0}", "lift {0}", "place {0}"]
    orders = [[word.format(f"cup {n}") for word in usual] for n in range(12)]
    del orders[7][1]
    lasting = [episode(n, *((label, 1.0) for label in labels)) for n, labels in enumerate(orders)]
    known = order.measure(lasting)
    found = {each.episode: sentences(list(order.check(each, known))) for each in lasting}
    assert {number: said for number, said in found.items() if said} == {
        7: ['only this episode has "lift" right after "reach"']
    }


def test_one_episode_is_not_odd() -> None:
    assert found(USUAL, usual=0) == []


LABELS = st.lists(st.sampled_from("abc"), min_size=1, max_size=6).map(" ".join)


@given(st.lists(LABELS, min_size=1, max_size=30), st.randoms(use_true_random=False))
def test_the_order_of_the_episodes_changes_nothing(orders: list[str], chance: object) -> None:
    episodes = [ordered(n, labels, task=labels[0]) for n, labels in enumerate(orders)]
    shuffled = list(episodes)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]

    def findings(some: list[Labelled]) -> dict[int, list[object]]:
        known = order.measure(some)
        return {each.episode: list(order.check(each, known)) for each in some}

    assert findings(episodes) == findings(shuffled)
