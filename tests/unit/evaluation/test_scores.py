import random
from dataclasses import replace

from subtasks.evaluation.bootstrap import Figure
from subtasks.evaluation.scores import MOST_CONFUSIONS, compute
from support.simulated_labels import population

EPISODES = population(7, 25)


def test_what_is_said_of_a_dataset() -> None:
    scores = compute("mine", "hf://datasets/me/truth", "response", EPISODES, ["One note."])
    assert (scores.dataset, scores.origin, scores.form) == (
        *("mine", "hf://datasets/me/truth"),
        "response",
    )
    assert scores.episodes == 25
    assert scores.duration == round(sum(each.duration for each in EPISODES), 3)
    assert scores.notes == ("One note.",)
    f1 = scores.figure("borders/0.5/f1")
    matched = sum(each.matched_borders[2] for each in EPISODES)
    borders = sum(each.found_borders + each.true_borders for each in EPISODES)
    assert f1.value == round(2 * matched / borders, 6)
    assert scores.figure("judged_accuracy") == Figure(None)
    assert sum(kind.borders for kind in scores.kinds) == sum(e.true_borders for e in EPISODES)
    assert all(kind.matched <= kind.borders for kind in scores.kinds)


def test_the_order_of_episodes_changes_nothing() -> None:
    shuffled = random.Random(1).sample(EPISODES, len(EPISODES))
    assert compute("d", "", "", shuffled, ()) == compute("d", "", "", EPISODES, ())


def test_confusions_are_added_the_longest_first() -> None:
    one = replace(EPISODES[0], confusion=(("a", "b", 1.0), ("c", "c", 2.0)))
    other = replace(EPISODES[1], confusion=(("a", "b", 1.5),))
    assert compute("d", "", "", [one, other], ()).confusion == (("a", "b", 2.5), ("c", "c", 2.0))
    many = tuple(("a", f"b{number}", 1.0) for number in range(MOST_CONFUSIONS + 1))
    found = compute("d", "", "", [replace(one, confusion=many)], ()).confusion
    assert len(found) == MOST_CONFUSIONS


def test_one_episode_has_figures_without_ranges() -> None:
    scores = compute("d", "", "", EPISODES[:1], ())
    assert scores.figure("edit") == Figure(round(EPISODES[0].edit, 6))
    assert all(each.low is each.high is None for each in scores.figures.values())
