import re
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from subtasks.drawing import time_axis
from subtasks.drawing.time_axis import WIDTH, Scale
from subtasks.review import label_bars
from subtasks.review.label_bars import TALL, THIN
from subtasks.review.overview_file import Episode
from subtasks.segments.segment import Segment

FPS = 10.0
RANKS = {"reach": 0, "grasp": 1, "<script>": 9}


def episode(number: int, length: int, *labels: tuple[float, str]) -> Episode:
    return Episode(number, "", length, tuple(Segment(time, label) for time, label in labels))


def rectangles(group: ElementTree.Element) -> list[tuple[float, float, float, float]]:
    """Left, top, width and height of what a group shows."""
    path = group.find("path")
    assert path is not None
    return [
        (float(x), float(y), float(w), float(h))
        for x, y, w, h in re.findall(r"M([\d.]+) ([\d.]+)h([\d.]+)v([\d.]+)h-", path.get("d", ""))
    ]


def groups(svg: str) -> dict[str, ElementTree.Element]:
    return {
        group.findtext("title", ""): group for group in ElementTree.fromstring(svg).findall("g")
    }


def test_a_segment_is_where_its_seconds_are_in_the_row_of_its_episode() -> None:
    episodes = [
        episode(4, 50, (0.0, "reach"), (1.0, "grasp")),
        episode(2, 100, (0.0, "grasp"), (2.5, "reach")),
    ]
    shown = time_axis.scale((each.length / FPS for each in episodes), 1 / FPS)
    assert shown == Scale(10.0)
    for rows in (TALL, THIN):
        found = groups(label_bars.bars(episodes, RANKS, shown, FPS, rows))
        top = (rows.pitch - rows.height) // 2
        second = top + rows.pitch
        assert rectangles(found["reach"]) == [
            (0, top, 0.1 * WIDTH, rows.height),
            (0.25 * WIDTH, second, 0.75 * WIDTH, rows.height),
        ]
        assert rectangles(found["grasp"]) == [
            (0.1 * WIDTH, top, 0.4 * WIDTH, rows.height),
            (0, second, 0.25 * WIDTH, rows.height),
        ]
        assert found["grasp"].get("class") == "l1"


def test_an_axis_is_not_stretched_by_one_long_episode() -> None:
    episodes = [episode(number, 50, (0.0, "reach")) for number in range(30)]
    long = episode(30, 5000, (0.0, "reach"), (400.0, "grasp"))
    shown = time_axis.scale((each.length / FPS for each in [*episodes, long]), 1 / FPS)
    assert shown.seconds == 7.5
    found = groups(label_bars.bars([long], RANKS, shown, FPS, TALL))
    assert rectangles(found["reach"]) == [(0, 3, WIDTH, 12)]
    assert "grasp" not in found
    assert "longer than is shown" in found


def test_what_has_no_labels_is_empty_and_mistakes_and_findings_are_marked() -> None:
    failed = episode(0, 50)
    wrong = Episode(1, "", 50, (Segment(0, "reach", mistake=True), Segment(1, "grasp")))
    shown = time_axis.scale((each.length / FPS for each in [failed, wrong]), 1 / FPS)
    found = groups(label_bars.bars([failed, wrong], RANKS, shown, FPS, TALL, {1: [2.5]}))
    assert rectangles(found["no labels"]) == [(0, 3, WIDTH, 12)]
    assert "the robot fails" in found
    path = found["what the checks have found"].find("path")
    assert path is not None
    assert path.get("d", "").startswith(f"M{WIDTH // 2} ")
    plain = groups(label_bars.bars([episode(1, 50, (0, "reach"))], RANKS, shown, FPS, TALL))
    assert plain.keys() == {"reach"}


numbers = st.floats(0, 1e6)


@given(
    st.lists(
        st.builds(
            Episode,
            st.integers(0, 99),
            st.just(""),
            st.integers(0, 10**7),
            st.lists(
                st.builds(
                    Segment, numbers, st.text(min_size=1, max_size=9), st.none(), st.booleans()
                ),
                max_size=5,
            ).map(lambda found: tuple(sorted(found, key=lambda each: each.time))),
        ),
        max_size=5,
    ),
    st.floats(0.1, 1000),
)
def test_whatever_the_labels_are_it_is_an_image(episodes: list[Episode], fps: float) -> None:
    ranks = {s.subtask: rank for rank, s in enumerate(s for e in episodes for s in e.labels)}
    shown = time_axis.scale((each.length / fps for each in episodes), 1 / fps)
    for rows in (TALL, THIN):
        root = ElementTree.fromstring(
            label_bars.bars(episodes, ranks, shown, fps, rows, {3: [1.0]})
        )
        for group in root.findall("g"):
            for left, top, width, height in rectangles(group):
                assert left >= 0
                assert left + width <= WIDTH + 0.11
                assert top + height <= len(episodes) * rows.pitch
    ElementTree.fromstring(time_axis.axis(shown))
