import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks.errors import Problem
from subtasks.segments.segment import Segment, clean_label
from subtasks.segments.subtask_files import dump, load, load_all

labels = st.text(max_size=8) | st.sampled_from(["reach", "grasp", "pick up  the cup"])


@given(st.lists(st.builds(Segment, st.floats(0, 1e6), labels.map(clean_label).filter(bool))))
def test_a_file_is_read_as_it_was_written(tmp_path_factory, entries) -> None:
    path = tmp_path_factory.getbasetemp() / "subtasks.json"
    path.write_text(dump(entries), encoding="utf-8")
    assert load(path) == sorted(entries, key=lambda entry: entry.time)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is not valid JSON"),
        ("[" * 100_000, "is not valid JSON"),
        ("{}", "must hold a JSON array"),
        (
            '[{"time": 0, "subtask": "a"}, 5]',
            "entry 2: 5 is not an object; an entry must be an object",
        ),
        ('[{"time": "soon", "subtask": "a"}]', 'entry 1: time "soon" is not a number'),
        ('[{"time": -1, "subtask": "a"}]', "entry 1: time -1 is negative"),
        ('[{"time": NaN, "subtask": "a"}]', "entry 1: time NaN is not finite"),
        ('[{"time": 0, "subtask": ""}]', "entry 1: subtask is an empty text"),
        ('[{"time": 0, "subtask": "a  b"}]', 'entry 1: .* write "a b" instead'),
        ('[{"time": 0, "subtask": "\\ud800"}]', "entry 1: subtask is an empty text"),
    ],
)
def test_a_mistake_by_hand_is_named(tmp_path, text: str, sentence: str) -> None:
    path = tmp_path / "episode_000007.json"
    path.write_text(text)
    with pytest.raises(Problem, match=sentence) as caught:
        load(path)
    assert "episode_000007.json" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_text_is_named(tmp_path) -> None:
    path = tmp_path / "episode_000007.json"
    path.write_bytes(b"\xff\xfe[]")
    with pytest.raises(Problem, match=r"episode_000007\.json is not valid JSON"):
        load(path)


def test_by_hand_a_list_may_be_empty_and_in_any_order(tmp_path) -> None:
    path = tmp_path / "episode.json"
    path.write_text("[]")
    assert load(path) == []
    path.write_text('[{"time": 3, "subtask": "b", "note": "sure?"}, {"time": 1.5, "subtask": "a"}]')
    assert load(path) == [Segment(1.5, "a"), Segment(3.0, "b")]


def test_files_are_found_by_the_number_of_their_episode(tmp_path) -> None:
    (tmp_path / "episode_000003.json").write_text(dump([Segment(0.0, "a")]))
    (tmp_path / "episode_000012.json").write_text(dump([]))
    assert list(load_all(tmp_path, [12, 3])) == [(12, []), (3, [Segment(0.0, "a")])]
