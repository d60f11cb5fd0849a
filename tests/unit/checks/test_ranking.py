"""The order in which a person should look at episodes."""

import math

from hypothesis import given
from hypothesis import strategies as st

from subtasks.checks import ranking
from subtasks.checks.finding import FAILED_SCORE, Finding, Kind
from support.checked import episode, ordered

FAILED = Finding(Kind.FAILED, FAILED_SCORE, None, "no labels")


def test_what_several_checks_see_comes_first() -> None:
    episodes = [ordered(n, "reach grasp lift return") for n in range(30)]
    episodes.append(ordered(30, "reach lift return"))
    long = (("reach", 1.0), ("grasp", 9.0), ("grab", 1.0), ("return", 1.0))
    episodes.append(episode(31, *long))
    checked = ranking.check(episodes, {40: [FAILED], 41: []})
    assert [each.episode for each in checked] == [40, 31, 30]
    assert {finding.kind for finding in checked[1].findings} >= {Kind.ORDER, Kind.LENGTH, Kind.RARE}


def test_nothing_is_found_in_nothing() -> None:
    assert ranking.check([]) == []


def test_one_episode_has_nothing_to_be_compared_with() -> None:
    assert ranking.check([ordered(0, "reach grasp reach lift")]) == []


EPISODES = st.lists(
    st.lists(
        st.tuples(st.text(min_size=1, max_size=3) | st.sampled_from("ab"), st.floats(0, 1e4)),
        min_size=1,
        max_size=6,
    ),
    max_size=40,
)


@given(EPISODES, st.randoms(use_true_random=False))
def test_any_labels_are_ranked_and_the_order_of_episodes_changes_nothing(
    lasting: list[list[tuple[str, float]]], chance: object
) -> None:
    episodes = [episode(number, *each, task=each[0][0]) for number, each in enumerate(lasting)]
    checked = ranking.check(episodes)
    chance.shuffle(episodes)  # type: ignore[attr-defined]
    assert ranking.check(episodes) == checked
    scores = [each.score for each in checked]
    assert all(0 < score < math.inf for score in scores)
    assert scores == sorted(scores, reverse=True)
    assert all(finding.sentence for each in checked for finding in each.findings)
