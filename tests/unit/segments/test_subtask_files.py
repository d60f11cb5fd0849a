from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks.errors import Problem
from subtasks.segments.segment import Segment, clean_label, spans
from subtasks.segments.subtask_files import dump, load, load_all, on_frames

FILE = Path("corrections/mine/episode.json")

labels = st.text(max_size=8) | st.sampled_from(["reach", "grasp", "pick up  the cup"])
clean_labels = labels.map(clean_label).filter(bool)


@given(
    st.lists(
        st.builds(
            Segment,
            st.floats(0, 1e6),
            clean_labels,
            st.none() | clean_labels,
            st.booleans(),
        ),
        unique_by=lambda entry: entry.time,
    )
)
def test_a_file_is_read_as_it_was_written(tmp_path_factory, entries) -> None:
    path = tmp_path_factory.getbasetemp() / "subtasks.json"
    path.write_text(dump(entries), encoding="utf-8")
    assert load(path) == sorted(entries, key=lambda entry: entry.time)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", r"is not valid JSON: it is empty; \[\] says that there are no labels"),
        (" \n\t\n", "is not valid JSON: it is empty"),
        ("[" * 100_000, "is not valid JSON: it is nested too deeply"),
        ('{"a":' * 100_000, "is not valid JSON: it is nested too deeply"),
        ("\x00" * 50, "is not valid JSON: line 1, column 1: "),
        ("[", "is not valid JSON: line 1, column 2: "),
        ('[{"time": 0, "subtask": "a"}', "is not valid JSON: line 1, column 29: expecting ','"),
        ('[\n{"time": 0, "subtask": "a"},\n]', "remove the comma before ]"),
        ('[{"time": 0,\r\n "subtask": "a",\r\n}]', "remove the comma before }"),
        ('[{"time": 0, "subtask": "a"} {"time": 1, "subtask": "b"}]', "expecting ',' delimiter"),
        ("[{'time': 0, 'subtask': 'a'}]", "expecting property name enclosed in double quotes"),
        ('[{"time": 0, "subtask": "a}]', "line 1, column 25: unterminated string"),
        ('[{"time": 0, "subtask": "a\nb"}]', "line 1, column 27: invalid control character"),
        ('// mine\n[{"time": 0, "subtask": "a"}]', "line 1, column 1: expecting value"),
        ('[{"time": 0, "subtask": "a"}]\n[]', "line 2, column 1: extra data"),
        ("null", "must hold a JSON array"),
        ("0", "must hold a JSON array"),
        ('{"subtasks": [{"time": 0, "subtask": "a"}]}', "must hold a JSON array"),
        ('[{"time": 0, "label": "a"}]', 'entry 1: it has no "subtask"'),
        ('[{"Time": 0, "subtask": "a"}]', 'entry 1: it has no "time"'),
        ('[{"time": "0:02", "subtask": "a"}]', 'entry 1: time "0:02" is not a number of seconds'),
        ('[{"time": "2,5", "subtask": "a"}]', 'entry 1: time "2,5" is not a number of seconds'),
        ('[{"time": "", "subtask": "a"}]', 'entry 1: time "" is not a number of seconds'),
        ('[{"time": null, "subtask": "a"}]', "entry 1: time null is not a number of seconds"),
        ('[{"time": true, "subtask": "a"}]', "entry 1: time true is not a number of seconds"),
        ('[{"time": [1], "subtask": "a"}]', "entry 1: time .* is not a number of seconds"),
        ('[{"time": 1e999, "subtask": "a"}]', "entry 1: time Infinity is not finite"),
        ('[{"time": ' + "9" * 400 + ', "subtask": "a"}]', "entry 1: time Infinity is not finite"),
        ('[{"time": ' + "9" * 9000 + ', "subtask": "a"}]', "entry 1: time Infinity is not finite"),
        ('[{"time": 0, "subtask": 5}]', "entry 1: subtask 5 is not a text"),
        ('[{"time": 0, "subtask": "a", "original": 5}]', 'entry 1: "original" is 5; it must be'),
        ('[{"time": 0, "subtask": "a", "mistake": 1}]', 'entry 1: "mistake" is 1; it must be true'),
        ('[{"time": 0, "subtask": "a", "original": " a"}]', 'entry 1: "original" is " a"; it must'),
        ('[{"time": 0, "subtask": null}]', "entry 1: subtask null is not a text"),
        ('[{"time": 0, "subtask": ["a"]}]', "entry 1: subtask .* is not a text"),
        ('[{"time": 0, "time": 3, "subtask": "a"}]', '"time" is twice in one object; remove one'),
        (
            '[{"time": 2, "subtask": "a"}, {"time": 0, "subtask": "b"}, '
            '{"time": "2.0", "subtask": "c"}]',
            "entries 1 and 3: both begin at 2 s; give each a time of its own, or remove one",
        ),
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


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "cp1252", "latin-1"])
def test_a_file_in_another_encoding_is_named(tmp_path, encoding: str) -> None:
    path = tmp_path / "episode_000007.json"
    path.write_text('[{"time": 0, "subtask": "gr\u00fcn"}]', encoding=encoding)
    with pytest.raises(Problem, match=r"episode_000007\.json is not UTF-8 text: save it in that"):
        load(path)


@pytest.mark.parametrize(
    "data",
    [
        b'\xef\xbb\xbf[{"time": 0, "subtask": "a"}]',
        b'\xef\xbb\xbf\r\n[\r\n{"time": 0,\r\n"subtask": "a"}\r\n]\r\n\r\n',
        b'[{"time": 0, "subtask": "a"}]\r',
        b'[{"time": "0", "subtask": "a"}]',
        b'[{"time": " 0.00 ", "subtask": "a"}]',
        b'[{"time": -0.0, "subtask": "a"}]',
        b'\n\n  [{"subtask": "\\u0061", "time": 0e5}]',
        b'[{"time": 0, "subtask": "a"}, {"time": 0, "subtask": "a"}]',
    ],
)
def test_what_editors_and_people_do_is_read(tmp_path, data: bytes) -> None:
    path = tmp_path / "episode_000007.json"
    path.write_bytes(data)
    assert set(load(path)) == {Segment(0.0, "a")}


def test_a_link_is_followed_and_a_folder_is_no_file(tmp_path) -> None:
    (tmp_path / "mine.json").write_text(dump([Segment(0.0, "a")]))
    link = tmp_path / "episode_000007.json"
    link.symlink_to("mine.json")
    assert load(link) == [Segment(0.0, "a")]
    with pytest.raises(OSError, match="directory"):
        load(tmp_path)


# on frames ------------------------------------------------------------------------------------


@pytest.mark.parametrize("time", [3.96, 119 / 30, 3.99, 4.0, 4.05])
def test_the_end_of_an_episode_means_its_last_frame(time: float) -> None:
    [first, last] = on_frames(FILE, [Segment(0.01, "a"), Segment(time, "b")], 30, 120)
    assert first == Segment(0.01, "a")
    assert spans([first, last], 30, 120)[-1].stop == 120
    assert abs(last.time - time) <= 0.05 + 1 / 30


@pytest.mark.parametrize(
    ("segments", "sentence"),
    [
        (
            [(0, "a"), (4.2, "b")],
            'episode.json: "b" begins at 4.2 s, after the end of the episode at 4.00 s',
        ),
        ([(0, "a"), (1e300, "b")], '"b" begins at 1e+300 s, after the end of the episode'),
        (
            [(0, "a"), (2.0, "b"), (2.01, "c")],
            '"b" and "c" begin in the same frame, at 2 s and 2.01 s: move or remove one',
        ),
        ([(0, "a"), (3.99, "b"), (4.0, "c")], '"b" and "c" begin in the same frame'),
    ],
)
def test_what_no_frame_could_show_is_named(
    segments: list[tuple[float, str]], sentence: str
) -> None:
    with pytest.raises(Problem) as caught:
        on_frames(FILE, [Segment(*each) for each in segments], 30, 120)
    assert sentence in str(caught.value)


@given(
    st.lists(st.integers(0, 119), unique=True).map(sorted),
    st.sampled_from([1.0, 23.976, 30.0, 240.0]),
)
def test_labels_on_frames_stay_as_they_are(frames: list[int], fps: float) -> None:
    segments = [Segment(round(frame / fps, 6), f"part {frame}") for frame in frames]
    assert on_frames(FILE, segments, fps, 120) == segments


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
