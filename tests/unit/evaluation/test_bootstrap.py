"""The ranges of figures, and that they cover what is true of all episodes."""

import numpy as np
import pytest

from subtasks.evaluation import bootstrap, figures
from subtasks.evaluation.bootstrap import Figure
from subtasks.evaluation.figures import Median, Ratio
from support.range_coverage import Population, coverage
from support.simulated_labels import population


def ratio(*pairs: tuple[float, float], scale: figures.Scale = "share") -> Ratio:
    above, below = np.array(pairs, np.float64).T
    return Ratio(above, below, scale)


def of_ratio(each: Ratio) -> Figure:
    return bootstrap.figures({"x": each}, {}, len(each.above))["x"]


def test_one_episode_has_no_range() -> None:
    assert of_ratio(ratio((1, 2))) == Figure(0.5)
    # Nor have many of which one alone has a part in the figure.
    assert of_ratio(ratio((1, 2), (0, 0), (0, 0))) == Figure(0.5)


def test_equal_episodes_have_a_range_without_width() -> None:
    assert of_ratio(ratio((3, 3), (2, 2))) == Figure(1.0, 1.0, 1.0)
    assert of_ratio(ratio((0, 3), (0, 2))) == Figure(0.0, 0.0, 0.0)
    assert of_ratio(ratio((1, 2), (2, 4), (4, 8))) == Figure(0.5, 0.5, 0.5)


def test_what_is_not_defined_is_none() -> None:
    assert of_ratio(ratio((0, 0), (0, 0))) == Figure(None)
    empty = Median(np.empty(0), np.empty(0, np.int64))
    assert bootstrap.figures({}, {"x": empty}, 3) == {"x": Figure(None)}
    assert bootstrap.figures({"x": Ratio(np.empty(0), np.empty(0))}, {}, 0) == {"x": Figure(None)}


def test_a_range_of_few_episodes_is_that_of_students_t() -> None:
    # Of 0, 1, 2, … 9 seconds with 9 degrees of freedom: 4.5 ± 2.262 · 3.0277 / √10 = ± 2.166.
    each = of_ratio(ratio(*((value, 1) for value in range(10)), scale="signed"))
    assert each.value == 4.5
    assert each.low == pytest.approx(4.5 - 2.166, abs=0.1)
    assert each.high == pytest.approx(4.5 + 2.166, abs=0.1)


def test_ranges_of_shares_and_distances_end_where_these_do() -> None:
    each = of_ratio(ratio((10, 10), (10, 10), (0, 1)))
    assert each.low is not None
    assert each.high is not None
    assert 0 <= each.low < 0.5 < each.value < each.high <= 1
    each = of_ratio(ratio((0.0, 1), (0.0, 1), (0.3, 1), scale="distance"))
    assert each.low is not None
    assert 0 <= each.low < each.value == 0.1


def test_the_same_episodes_give_the_same_ranges() -> None:
    each = ratio((1, 2), (1, 4), (2, 3), (5, 9))
    assert of_ratio(each) == of_ratio(each)


def test_in_pieces_as_in_one(monkeypatch: pytest.MonkeyPatch) -> None:
    episodes = population(3, 30)
    given = figures.ratios(episodes), figures.medians(episodes)
    whole = bootstrap.figures(*given, 30)
    monkeypatch.setattr(bootstrap, "CHUNK", 700)
    assert bootstrap.figures(*given, 30) == whole


def test_medians_are_those_of_the_drawn_values() -> None:
    random = np.random.default_rng(5)
    values, episodes = random.normal(size=40).round(1), np.sort(random.integers(0, 9, 40))
    weights = random.integers(0, 3, (50, 9)).astype(np.float64)
    weights[0] = 0
    found = bootstrap._weighted_medians(bootstrap._sorted(Median(values, episodes)), weights)
    assert np.isnan(found[0])
    for row, each in zip(weights[1:].astype(int), found[1:], strict=True):
        assert each == pytest.approx(np.median(np.repeat(values, row[episodes])))


def test_a_labelling_is_not_better_than_itself() -> None:
    episodes = population(3, 12)
    given = figures.ratios(episodes), figures.medians(episodes)
    for each in bootstrap.differences(given, given, 12).values():
        assert each == Figure(0.0, 0.0, 0.0)


def test_a_difference_is_known_better_than_either() -> None:
    # Each is 0.1 better in every episode, however different these are.
    one = ratio((1, 10), (5, 10), (8, 10), (2, 10), (6, 10))
    other = ratio((2, 10), (6, 10), (9, 10), (3, 10), (7, 10))
    found = bootstrap.differences(({"x": one}, {}), ({"x": other}, {}), 5)["x"]
    assert found.value == pytest.approx(0.1)
    assert found.low is not None
    assert found.high is not None
    assert found.high - found.low < 0.08
    alone = of_ratio(one)
    assert alone.high is not None
    assert alone.low is not None
    assert alone.high - alone.low > 0.5


def test_figures_that_one_side_lacks_are_not_compared() -> None:
    nothing, one = ratio((0, 0), (0, 0)), ratio((1, 2), (1, 3))
    sides = ({"x": nothing, "y": one}, {}), ({"x": one}, {})
    assert bootstrap.differences(*sides, 2) == {"x": Figure(None)}


def test_ranges_cover_what_is_true_of_all_episodes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A quick look; the thorough test and tests/benchmarks/evaluation.py draw more datasets."""
    monkeypatch.setattr(bootstrap, "DRAWS", 200)
    one, other = Population(population(1, 500)), Population(population(1, 500, 0.08))
    found = coverage(one, other, episodes=20, datasets=80, seed=1)
    # Of 80 datasets, 95 % are 76 ± 2; a figure in a thousand is below 68.
    for shares in (found.single, found.paired):
        assert min(shares.values()) >= 0.85, shares


@pytest.mark.thorough
@pytest.mark.parametrize("episodes", [8, 20, 50, 100])
def test_ranges_of_1000_datasets_cover_the_truth(episodes: int) -> None:
    one, other = Population(population(1, 6_000)), Population(population(1, 6_000, 0.08))
    found = coverage(one, other, episodes, datasets=1_000, seed=episodes)
    for shares in (found.single, found.paired):
        # Medians are more erratic: of few episodes, some draws have the same one.
        assert 0.92 <= shares.pop("border_errors/median") <= 0.99
        # Another 1,000 datasets would give 0.7 % more or less.
        assert all(0.93 <= share <= 0.976 for share in shares.values()), shares
