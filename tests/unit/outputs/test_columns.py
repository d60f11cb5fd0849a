"""New columns: the right label on every row, whatever the file, in little memory."""

import logging
from itertools import groupby, pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks.errors import Problem
from subtasks.outputs import columns
from subtasks.outputs.data_rows import DataRows
from subtasks.outputs.registry import OUTPUTS
from subtasks.parquet import reading
from subtasks.segments.segment import Segment
from support import data_file, opentau
from support.outputs import LATE, PICK, filled


def test_each_row_gets_the_label_of_its_frame_however_rows_lie(tmp_path: Path) -> None:
    episodes = [7] * 20 + [3] * 5 + [9] * 4
    whole = data_file.rows(episodes)
    shuffled = whole.take(pa.array([(i * 11) % 29 for i in range(29)]))
    for name, table, groups in (
        ("a", whole, [20, 5, 4]),
        ("b", whole, [29]),
        ("c", shuffled, [3, 26]),
    ):
        source = data_file.write(tmp_path / f"{name}.parquet", table, groups)
        found = filled(source, {7: PICK, 3: LATE}, ["response"])
        expected = {
            7: opentau.responses(PICK, 10, 20),
            3: ["", "", "", "reach", "reach"],
            9: [""] * 4,
        }
        for row in found.select(["episode_index", "frame_index", "response"]).to_pylist():
            assert row["response"] == expected[row["episode_index"]][row["frame_index"]]


@given(
    st.lists(st.integers(0, 3), max_size=60),
    st.dictionaries(
        st.integers(0, 3),
        st.lists(st.builds(Segment, st.floats(0, 3), st.sampled_from(["a", "b", "c"]))),
    ),
    st.lists(st.integers(0, 60), max_size=4),
)
def test_any_mixture_of_episodes_in_any_row_groups(
    tmp_path_factory, episodes, labels, cuts
) -> None:
    bounds = sorted({0, len(episodes), *(min(cut, len(episodes)) for cut in cuts)})
    sizes = [stop - start for start, stop in pairwise(bounds)]
    table = data_file.rows(episodes).select(["frame_index", "episode_index", "timestamp"])
    source = data_file.write(tmp_path_factory.getbasetemp() / "mixture.parquet", table, sizes)
    labels = {episode: found for episode, found in labels.items() if episode in episodes}
    found = filled(source, labels, ["response", "language_persistent"], fps=20)
    for episode in set(episodes):
        mine = found.filter(pc.field("episode_index") == episode)
        expected = opentau.responses(labels.get(episode, []), 20, mine.num_rows)
        assert mine["response"].to_pylist() == expected
        languages = mine["language_persistent"].to_pylist()
        assert all(language == languages[0] for language in languages)
        times = mine["timestamp"].to_pylist()
        changes = [
            i
            for i in range(len(expected))
            if expected[i] and expected[i] != (expected[i - 1] if i else "")
        ]
        begins = {(times[i], expected[i]) for i in changes}
        assert begins <= {(row["timestamp"], row["content"]) for row in languages[0]}


def test_many_rows_take_little_memory(tmp_path: Path) -> None:
    """A long run is one small block again and again, whatever its value weighs."""
    count = 200_000
    frames = pa.array(range(count), pa.int64())
    table = pa.table(
        {
            "episode_index": pa.array([0] * count),
            "frame_index": frames,
            "timestamp": frames.cast(pa.float32()),
        }
    )
    source = tmp_path / "a.parquet"
    pq.write_table(table, source, row_group_size=count)
    labels = {0: [Segment(i * 1000.0, f"subtask {i} " + "x" * 150) for i in range(200)]}
    with reading.opened(source) as file:
        wanted = [OUTPUTS[name].column(None) for name in ("response", "language_persistent")]
        _, fill_row_group = columns.fill(DataRows(file), wanted, labels.items(), 1)
        made = fill_row_group(0)
        assert [len(column) for column in made] == [count, count]
        # Laid out in full, the second would take 8 GB.
        distinct = {
            chunk.buffers()[1].address: chunk.nbytes for column in made for chunk in column.chunks
        }
        assert sum(distinct.values()) < 10_000_000


def test_rows_of_no_episode_have_no_label(tmp_path: Path, caplog) -> None:
    table = {"episode_index": [0, None, 0, None], "frame_index": [0, 1, 1, None]}
    pq.write_table(pa.table(table), tmp_path / "a.parquet")
    with caplog.at_level(logging.WARNING, "subtasks"):
        found = filled(tmp_path / "a.parquet", {0: [Segment(0, "a")]}, ["response"])
    assert found["response"].to_pylist() == ["a", "", "a", ""]
    assert "2 rows have no episode_index and get no label" in caplog.text


def test_a_label_beyond_the_rows_is_dropped_with_a_warning(tmp_path: Path, caplog) -> None:
    source = data_file.write(tmp_path / "a.parquet", data_file.rows([0] * 12), [12])
    with caplog.at_level(logging.WARNING, "subtasks"):
        found = filled(source, {0: PICK, 5: []}, ["response"])
    assert found["response"].to_pylist() == ["reach"] * 5 + ["grasp"] * 7
    assert "lift" in caplog.text
    assert "episodes 5 are selected but have no rows" in caplog.text


def test_subtasks_end_where_metadata_and_rows_both_go(tmp_path: Path, caplog) -> None:
    """As in OpenTau: rows beyond the length in the metadata have no label."""
    source = data_file.write(tmp_path / "a.parquet", data_file.rows([0] * 8 + [1] * 4), [12])
    wanted = [OUTPUTS["response"].column(None)]
    labels = {0: [Segment(0, "reach"), Segment(0.5, "grasp")], 1: LATE}
    with caplog.at_level(logging.WARNING, "subtasks"), reading.opened(source) as file:
        _, fill_row_group = columns.fill(
            DataRows(file), wanted, labels.items(), 10, lengths={0: 6, 1: 9}
        )
        [column] = fill_row_group(0)
    assert column.to_pylist() == [*["reach"] * 5, "grasp", "", "", *[""] * 3, "reach"]
    assert "the length of episodes 0-1, such as 0: 6 and 8 frames" in caplog.text


def test_an_existing_column_is_an_error_unless_told_otherwise(tmp_path: Path) -> None:
    table = data_file.rows([0] * 15).append_column("response", pa.array(["old"] * 15))
    source = data_file.write(tmp_path / "a.parquet", table, [15])
    with pytest.raises(
        Problem, match=r"column response already has subtasks: set output\.overwrite: true"
    ):
        filled(source, {0: PICK}, ["response"])
    found = filled(source, {0: PICK}, ["response"], overwrite=True)
    assert [text for text, _ in groupby(found["response"].to_pylist())] == [
        "reach",
        "grasp",
        "lift",
    ]
    assert found.column_names.count("response") == 1


# OpenTau's rule


def written(tmp_path: Path, entries: list[tuple[float, str]], fps: float, length: int) -> list[str]:
    """What write_data gives an episode of this length."""
    frames = {"episode_index": [0] * length, "frame_index": range(length)}
    source = tmp_path / "episode.parquet"
    pq.write_table(pa.table(frames), source)
    labels = {0: [Segment(*entry) for entry in entries]}
    return filled(source, labels, ["response"], fps=fps)["response"].to_pylist()


@pytest.mark.parametrize(
    ("entries", "fps", "labels"),
    [
        ([], 10, "....."),
        ([(0.0, "a")], 10, "aaaaa"),
        ([(0.2, "a")], 10, "..aaa"),
        ([(0.3, "b"), (0.0, "a")], 10, "aaabb"),
        ([(0.0, "a"), (0.25, "b")], 10, "aabbb"),  # 2.5 rounds to the even 2
        ([(0.0, "a"), (0.35, "b")], 10, "aaaab"),  # 3.5 rounds to the even 4
        ([(0.0, "a"), (0.249, "b")], 10, "aabbb"),
        ([(0.0, "a"), (0.251, "b")], 10, "aaabb"),
        ([(0.0, "a"), (0.4, "b")], 10, "aaaab"),
        ([(0.0, "a"), (0.44, "b")], 10, "aaaab"),
        ([(0.0, "a"), (0.45, "b")], 10, "aaaab"),  # 4.5 rounds to the even 4
        ([(0.0, "a"), (0.46, "b")], 10, "aaaaa"),
        ([(0.0, "a"), (0.5, "b")], 10, "aaaaa"),
        ([(0.0, "a"), (9.0, "b"), (0.2, "c")], 10, "aaccc"),
        ([(0.5, "a")], 10, "....."),
        ([(0.0, "a"), (0.0, "b")], 10, "bbbbb"),
        ([(0.0, "a"), (0.2, "b"), (0.21, "c")], 10, "aaccc"),
    ],
)
def test_expansion_by_example(tmp_path: Path, entries, fps, labels: str) -> None:
    expected = [label.replace(".", "") for label in labels]
    assert written(tmp_path, entries, fps, 5) == expected
    assert opentau.responses([Segment(*entry) for entry in entries], fps, 5) == expected


near_frames = st.builds(
    lambda frame, fps, nudge: (frame + nudge) / fps,
    st.integers(0, 40),
    st.just(30),
    st.sampled_from([0, 0.5, -0.5, 1e-9, -1e-9, 0.499999, -0.499999, 0.500001]),
).filter(lambda time: time >= 0)


@given(st.lists(st.tuples(near_frames, st.text("abc", min_size=1)), max_size=8), st.integers(1, 35))
def test_expansion_is_opentaus(tmp_path_factory, entries, length) -> None:
    """With borders on, before and after those of frames, at the end and beyond it."""
    expected = opentau.responses([Segment(*entry) for entry in entries], 30, length)
    assert written(tmp_path_factory.getbasetemp(), entries, 30, length) == expected
