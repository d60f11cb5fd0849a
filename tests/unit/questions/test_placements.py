"""Reading where an answer puts a border."""

import pytest

from subtasks.questions.placements import Placement, read_placement
from subtasks.segments.segment import Unusable


@pytest.mark.parametrize(
    ("entry", "placement"),
    [
        ({"border": 3, "time": 4.31}, Placement(3, 4.31)),
        ({"border": 3.0, "time": 4}, Placement(3, 4.0)),
        ({"border": "3", "time": "4.31"}, Placement(3, 4.31)),
        ({"border": 3, "time": "not visible"}, Placement(3, None)),
        ({"border": 3, "time": "Not visible."}, Placement(3, None)),
        ({"border": 3, "time": "not_visible"}, Placement(3, None)),
        ({"border": 3, "time": None}, Placement(3, None)),
        ({"border": 3, "time": 4.31, "why": "the thumb moves"}, Placement(3, 4.31)),
    ],
)
def test_an_entry_is_read(entry: object, placement: Placement) -> None:
    assert read_placement(entry) == placement


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (3, "3 is not an object"),
        ({"time": 1}, 'it has no "border"'),
        ({"border": 1}, 'it has no "time"'),
        ({"border": "third", "time": 1}, 'border "third" is not the number of a border'),
        ({"border": True, "time": 1}, "border true is not the number of a border"),
        ({"border": 1.5, "time": 1}, "border 1.5 is not the number of a border"),
        ({"border": float("inf"), "time": 1}, "border Infinity is not the number of a border"),
        ({"border": float("nan"), "time": 1}, "border NaN is not the number of a border"),
        ({"border": [1], "time": 1}, "border [1] is not the number of a border"),
        ({"border": "9" * 40, "time": 1}, f'border "{"9" * 40}" is not the number of a border'),
        ({"border": 1, "time": "soon"}, 'time "soon" is not a number of seconds'),
        ({"border": 1, "time": -1}, "time -1 is negative"),
        ({"border": 1, "time": float("nan")}, "time NaN is not finite"),
    ],
)
def test_what_cannot_be_meant_is_said(entry: object, reason: str) -> None:
    with pytest.raises(Unusable) as unusable:
        read_placement(entry)
    assert str(unusable.value) == reason
