"""Errors of borders by kind, as a plot."""

from xml.etree import ElementTree

from subtasks.evaluation import error_plot
from subtasks.evaluation.bootstrap import NO_FIGURE, Figure
from subtasks.evaluation.error_plot import LEFT, MOST_KINDS, MOST_RINGS, WIDTH
from subtasks.evaluation.scores import KindOfBorder, compute
from support.simulated_labels import population

EPISODES = population(5, 8)


def kind(name: str, bias: Figure = NO_FIGURE) -> KindOfBorder:
    return KindOfBorder(name, 9, 7, bias, NO_FIGURE)


def test_errors_are_those_of_the_pairs() -> None:
    found = error_plot.errors(EPISODES)
    assert sum(map(len, found.values())) == sum(
        error is not None for each in EPISODES for error in each.border_errors
    )
    kinds = compute("d", "", "", EPISODES, ()).kinds
    assert {each.kind: len(found.get(each.kind, ())) for each in kinds} == {
        each.kind: each.matched for each in kinds
    }


def test_each_kind_is_a_row_with_rings_a_mean_and_what_is_missed() -> None:
    svg = error_plot.plot([kind("<grasp>", Figure(-0.25))], {"<grasp>": [-1.0, 0.0, 0.5]})
    root = ElementTree.fromstring(svg)
    texts = [each.text for each in root.findall("text")]
    assert "<grasp>" in texts
    assert "2 of 9" in texts
    [ring] = [each for each in root.findall("path") if each.get("class") == "ring"]
    assert ring.get("d", "").count("M") == 3
    assert ring.get("d", "").startswith(f"M{LEFT - 3} ")
    mean = root.find("g/path")
    assert mean is not None
    assert mean.get("d", "").startswith(f"M{LEFT + 0.375 * WIDTH:g} ")
    assert root.findtext("g/title") == "-0.25 s on average"


def test_a_plot_stays_small() -> None:
    kinds = [kind(f"k{number}") for number in range(MOST_KINDS + 5)]
    svg = error_plot.plot(kinds, {"k0": [0.1] * (5 * MOST_RINGS)})
    assert f">k{MOST_KINDS - 1}<" in svg
    assert f">k{MOST_KINDS}<" not in svg
    assert svg.count("a3 3 0 1 1 6 0") == MOST_RINGS
    svg = error_plot.plot(kinds, {"k0": [0.1] * (2 * MOST_RINGS - 1)})
    assert svg.count("a3 3 0 1 1 6 0") <= MOST_RINGS
