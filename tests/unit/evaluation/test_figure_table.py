"""Figures and their ranges in a table, drawn from 0 to 1."""

import re
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from subtasks.evaluation import figure_table
from subtasks.evaluation.bootstrap import NO_FIGURE, Figure
from subtasks.evaluation.figure_table import EDGE, WIDTH, x


def test_a_range_is_a_line_and_a_figure_a_dot() -> None:
    root = ElementTree.fromstring(figure_table.interval(Figure(0.5, 0.25, 0.75)))
    [line] = [each for each in root.findall("path") if each.get("class") == "range"]
    assert line.get("d") == f"M{x(0.25):g} 7H{x(0.75):g}"
    circle = root.find("circle")
    assert circle is not None
    assert circle.get("cx") == f"{WIDTH / 2:g}"
    assert 'class="range"' not in figure_table.interval(Figure(0.5))
    assert figure_table.interval(NO_FIGURE) == ""


def test_a_row_has_the_figure_its_range_and_others() -> None:
    table = figure_table.table(
        "F1",
        [("0.5 s", Figure(0.914, 0.8, 0.97), (Figure(0.9), NO_FIGURE))],
        "<th>p</th><th>r</th>",
    )
    root = ElementTree.fromstring(table.strip())
    [_, row] = root.findall("tr")
    cells = [cell.text for cell in row.findall("td")]
    assert cells == ["0.5 s", "0.91", "0.80 to 0.97", None, "0.90", "-"]


@given(st.lists(st.floats(0, 1), min_size=3, max_size=3).map(sorted))
def test_a_dot_lies_on_its_range(values: list[float]) -> None:
    low, value, high = values
    root = ElementTree.fromstring(figure_table.interval(Figure(value, low, high)))
    [line] = [each for each in root.findall("path") if each.get("class") == "range"]
    left, right = map(float, re.findall(r"[MH]([\d.]+)", line.get("d", "")))
    circle = root.find("circle")
    assert circle is not None
    assert EDGE <= left <= float(circle.get("cx", "")) <= right <= WIDTH - EDGE
