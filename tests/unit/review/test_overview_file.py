import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from subtasks.errors import Problem
from subtasks.review import overview_file
from subtasks.review.overview_file import Episode, Overview
from subtasks.segments.segment import Segment

# Whatever can be in a file: anything but halves of surrogate pairs.
texts = st.text(max_size=30)
segments = st.builds(Segment, st.floats(0, 1e6), texts, st.none() | texts, st.booleans())
episodes = st.builds(
    Episode,
    st.integers(0, 10**6),
    texts,
    st.integers(0, 10**7),
    st.lists(segments, max_size=4).map(tuple),
    st.none() | texts,
)
overviews = st.builds(
    Overview,
    texts,
    st.floats(0.1, 1000) | st.integers(1, 120),
    st.lists(episodes, max_size=5, unique_by=lambda each: each.episode).map(
        lambda found: tuple(sorted(found, key=lambda each: each.episode))
    ),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(overviews)
def test_a_file_is_read_as_it_was_written(tmp_path: Path, overview: Overview) -> None:
    path = tmp_path / "overview.json"
    overview_file.write(path, overview)
    assert overview_file.read(path) == overview


def test_the_format_is_that_of_the_page(tmp_path: Path) -> None:
    labels = (Segment(0.0, "reach"), Segment(1.5, "grasp", "grip it", mistake=True))
    episodes = (
        Episode(17, "pick the cup", 300, labels),
        Episode(18, "", 0, (), "it has no rows"),
    )
    path = tmp_path / "overview.json"
    overview_file.write(path, Overview("demo", 30.0, episodes))
    text = path.read_text()
    assert json.loads(text) == {
        "dataset": "demo",
        "fps": 30.0,
        "episodes": [
            {
                "episode": 17,
                "task": "pick the cup",
                "length": 300,
                "labels": [[0.0, "reach", None, False], [1.5, "grasp", "grip it", True]],
                "failure": None,
            },
            {"episode": 18, "task": "", "length": 0, "labels": [], "failure": "it has no rows"},
        ],
    }
    # A line an episode, so that people can compare two files.
    assert len(text.splitlines()) == 1 + len(episodes) + 1


def test_half_a_surrogate_pair_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "overview.json"
    overview_file.write(path, Overview("demo", 30, (Episode(0, "a \ud83d b", 1, ()),)))
    assert overview_file.read(path).episodes[0].task == "a ? b"


EPISODE = {"episode": 0, "task": "", "length": 3, "labels": [], "failure": None}


@pytest.mark.parametrize(
    "content",
    [
        *([], 7, {}, {"dataset": "demo", "fps": 0, "episodes": []}),
        {"dataset": 7, "fps": 30, "episodes": []},
        {"dataset": "demo", "fps": "30", "episodes": []},
        {"dataset": "demo", "fps": True, "episodes": []},
        {"dataset": "demo", "fps": 30, "episodes": [EPISODE, EPISODE]},
        *(
            {"dataset": "demo", "fps": 30, "episodes": [EPISODE | change]}
            for change in (
                {"episode": -1},
                {"episode": "0"},
                {"length": -1},
                {"length": 1.5},
                {"task": None},
                {"failure": 3},
                {"labels": None},
                {"labels": [[0, "reach"]]},
                {"labels": [[-1, "reach", None, False]]},
                {"labels": [["0", "reach", None, False]]},
                {"labels": [[0, None, None, False]]},
                {"labels": [[0, "reach", 3, False]]},
                {"labels": [[0, "reach", None, 0]]},
            )
        ),
    ],
)
def test_a_damaged_file_is_a_sentence(tmp_path: Path, content: object) -> None:
    path = tmp_path / "overview.json"
    path.write_text(json.dumps(content))
    with pytest.raises(Problem, match="is damaged: remove it and run again"):
        overview_file.read(path)
