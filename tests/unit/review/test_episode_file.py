import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from subtasks.errors import Problem
from subtasks.motion.curve_files import Action, Change, Curves
from subtasks.review import episode_file
from subtasks.review.episode_file import Review, Strip

MEASURED = {
    "seconds": 0.1,
    "speed": {"right arm": [0.0, 1.02, 0.5]},
    "opening": {"right gripper": [1.0, 0.5, 0.0]},
    "actions": [{"hand": "right gripper", "start": 0.1, "stop": 0.2, "closes": True}],
    "changes": [{"time": 0.1, "what": "the right gripper begins to close"}],
}
MOTION = Curves(
    0.1,
    {"right arm": (0.0, 1.02, 0.5)},
    {"right gripper": (1.0, 0.5, 0.0)},
    (Action("right gripper", 0.1, 0.2, closes=True),),
    (Change(0.1, "the right gripper begins to close"),),
)
STRIP = Strip("episode_000017.jpg", 96, 72, 10, (0.0, 0.5))

numbers = st.floats(0, 1e6)


def motions(length: int) -> st.SearchStrategy[Curves]:
    curve = st.lists(numbers, min_size=length, max_size=length).map(tuple)
    curves = st.dictionaries(st.text(max_size=8), curve, max_size=3)
    return st.builds(
        Curves,
        st.floats(0.001, 10),
        curves,
        curves,
        st.lists(st.builds(Action, st.text(), numbers, numbers, st.booleans())).map(tuple),
        st.lists(st.builds(Change, numbers, st.text())).map(tuple),
    )


sizes = st.integers(1, 500)
strips = st.builds(
    Strip, st.just("a.jpg"), sizes, sizes, sizes, st.lists(numbers, max_size=5).map(tuple)
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.builds(
        Review,
        st.none() | st.integers(0, 5).flatmap(motions),
        st.none() | st.text(),
        st.none() | strips,
    )
)
def test_a_file_is_read_as_it_was_written(tmp_path: Path, review: Review) -> None:
    path = tmp_path / "a.json"
    episode_file.write(path, review)
    assert episode_file.read(path) == review


def test_the_format_is_that_of_the_page(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    episode_file.write(path, Review(MOTION, None, STRIP))
    strip = {"file": "episode_000017.jpg", "width": 96, "height": 72, "columns": 10}
    expected = {
        "motion": MEASURED,
        "fault": None,
        "filmstrip": strip | {"times": [0.0, 0.5]},
    }
    assert json.loads(path.read_text()) == expected


def test_the_motion_is_that_of_the_episode(tmp_path: Path) -> None:
    path = tmp_path / "group.json"
    path.write_text(json.dumps({"17": MEASURED, "18": {"fault": "it has no state"}}))
    assert episode_file.measured(path, 17) == (MOTION, None)
    assert episode_file.measured(path, 18) == (None, "it has no state")
    assert episode_file.measured(path, 19) == (None, episode_file.NOT_MEASURED)


@pytest.mark.parametrize(
    "change",
    [
        {"seconds": 0},
        {"seconds": "0.1"},
        {"speed": [1]},
        {"speed": {"arm": [None]}},
        {"speed": {"arm": [True]}},
        {"opening": None},
        {"actions": [{"hand": "left", "start": 1, "stop": 2}]},
        {"actions": [{"hand": "left", "start": 1, "stop": 2, "closes": 1}]},
        {"changes": [{"time": 1, "what": 3}]},
        {"changes": [7]},
    ],
)
def test_motion_that_is_damaged_is_a_sentence(tmp_path: Path, change: dict[str, object]) -> None:
    path = tmp_path / "group.json"
    path.write_text(json.dumps({"17": MEASURED | change}))
    with pytest.raises(Problem, match="is damaged: remove it and run again"):
        episode_file.measured(path, 17)
    path.write_text(json.dumps({"motion": MEASURED | change, "fault": None, "filmstrip": None}))
    with pytest.raises(Problem, match="is damaged: remove it and run again"):
        episode_file.read(path)


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "7", "{}", '{"motion": null, "fault": null}'),
        '{"motion": NaN, "fault": null, "filmstrip": null}',
        '{"motion": null, "fault": 3, "filmstrip": null}',
        *(
            f'{{"motion": null, "fault": null, "filmstrip": {json.dumps(strip)}}}'
            for strip in (
                {},
                {"file": "../a.jpg", "width": 1, "height": 1, "columns": 1, "times": []},
                {"file": "/etc/passwd", "width": 1, "height": 1, "columns": 1, "times": []},
                {"file": "..", "width": 1, "height": 1, "columns": 1, "times": []},
                {"file": "a.jpg", "width": 0, "height": 1, "columns": 1, "times": []},
                {"file": "a.jpg", "width": 1, "height": 1, "columns": 1, "times": ["x"]},
            )
        ),
    ],
)
def test_a_damaged_file_is_a_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(Problem, match="is damaged: remove it and run again"):
        episode_file.read(path)
