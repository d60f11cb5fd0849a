"""Found labels above true ones: one colour for one text, marks where a border has no partner."""

import re
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from subtasks.drawing.time_axis import Scale
from subtasks.evaluation import compared_bars
from subtasks.evaluation.compared import ComparedEpisode
from subtasks.evaluation.compared_bars import BAR, FOUND_TOP, PITCH, TRUE_TOP, WIDTH
from subtasks.evaluation.labelled import found_stretches, true_stretches
from subtasks.evaluation.truth_file import TrueSegment
from subtasks.segments.segment import Segment

FPS = 10.0
SHOWN = Scale(10.0, WIDTH)


def episode(
    number: int, found: list[tuple[float, str]], true: list[tuple[float, float, str]]
) -> ComparedEpisode:
    return ComparedEpisode(
        number,
        100,
        found_stretches([Segment(*each) for each in found], FPS, 100),
        true_stretches([TrueSegment(*each) for each in true], FPS, 100),
    )


ONE = episode(
    3,
    [(0.0, "Reach for the cup"), (4.0, "take it"), (9.0, "lift")],
    [(0.0, 4.2, "reach for a cup"), (4.2, 7.0, "grasp"), (7.0, 10.0, "lift")],
)


def groups(svg: str) -> dict[str, ElementTree.Element]:
    root = ElementTree.fromstring(svg)
    return {group.findtext("title", ""): group for group in root.findall("g")}


def path(group: ElementTree.Element) -> str:
    found = group.find("path")
    assert found is not None
    return found.get("d", "")


def test_texts_that_say_the_same_share_a_colour() -> None:
    texts = compared_bars.order([ONE])
    assert texts == {
        "reach for cup": (0, "reach for a cup"),
        "grasp": (1, "grasp"),
        "lift": (2, "lift"),
        "take it": (3, "take it"),
    }
    found = groups(compared_bars.bars([ONE], texts, SHOWN, FPS))
    assert path(found["reach for a cup"]) == (
        f"M0 {FOUND_TOP}h304v{BAR}h-304zM0 {TRUE_TOP}h319.2v{BAR}h-319.2z"
    )
    assert found["take it"].get("class") == "l3"


def test_borders_without_a_partner_are_marked_in_their_row() -> None:
    assert compared_bars.unmatched(ONE.found, ONE.true) == ([9.0], [7.0])
    texts = compared_bars.order([ONE])
    found = groups(compared_bars.bars([ONE, ONE], texts, SHOWN, FPS))
    extra = path(found["a found border with no true one within 0.5 s"])
    missed = path(found["a true border with no found one within 0.5 s"])
    assert re.findall(r"M(\S+) (\d+)", extra) == [
        ("684", str(FOUND_TOP - 1)),
        ("684", str(PITCH + FOUND_TOP - 1)),
    ]
    assert [x for x, _ in re.findall(r"M(\S+) (\d+)", missed)] == ["532", "532"]


def test_an_episode_that_is_longer_than_the_axis_is_cut() -> None:
    texts = compared_bars.order([ONE])
    assert "longer than is shown" in groups(
        compared_bars.bars([ONE], texts, Scale(6.0, WIDTH), FPS)
    )


TIMES = st.lists(st.tuples(st.floats(0, 9.9), st.text(min_size=1, max_size=9)), max_size=5)


@given(TIMES, TIMES)
def test_whatever_the_labels_are_it_is_an_image(
    found: list[tuple[float, str]], true: list[tuple[float, str]]
) -> None:
    true = sorted(true, key=lambda each: each[0])
    ends = [*(time for time, _ in true[1:]), 10.0]
    one = episode(
        0,
        sorted(found, key=lambda each: each[0]),
        [(time, end, label) for (time, label), end in zip(true, ends, strict=False)],
    )
    ElementTree.fromstring(compared_bars.bars([one], compared_bars.order([one]), SHOWN, FPS))
