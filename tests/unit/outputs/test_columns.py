import json
import logging
import math
from collections.abc import Sequence
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import pandas
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks.errors import Problem
from subtasks.outputs import columns, rows, segments_table, subtask_index
from subtasks.outputs.output import Labelled
from subtasks.outputs.registry import OUTPUTS, check
from subtasks.parquet import adding_columns, reading
from subtasks.segments.segment import Segment, Span
from support import data_file, opentau

PICK = [Segment(0.0, "reach"), Segment(0.5, "grasp"), Segment(1.2, "lift")]
LATE = [Segment(0.3, "reach")]


def filled(
    source: Path,
    labels: dict[int, list[Segment]],
    names: Sequence[str],
    *,
    fps: float = 10,
    numbers: Path | None = None,
    overwrite: bool = False,
) -> pa.Table:
    """The data file with some outputs, as write_data writes it."""
    output = source.with_suffix(".out.parquet")
    wanted = [OUTPUTS[name].column(numbers) for name in names]
    with reading.opened(source) as file:
        schema, chunks = columns.fill(file, wanted, labels.items(), fps, overwrite=overwrite)
        adding_columns.add_columns(source, output, schema, chunks)
    return pq.read_table(output)


def table_of(path: Path, texts: list[str]) -> Path:
    pq.write_table(subtask_index.table(texts), path)
    return path


def subtask(text: str, time: float) -> dict[str, Any]:
    return {
        "role": "assistant",
        "content": text,
        "style": "subtask",
        "timestamp": time,
        "camera": None,
        "tool_calls": None,
    }


# Rows of a data file


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
    found = filled(source, labels, ["response", "language_persistent"], fps=20)
    for episode in set(episodes):
        mine = found.filter(pa.compute.field("episode_index") == episode)
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
        _, chunks = columns.fill(file, wanted, labels.items(), 1)
        made = chunks(0)
        assert [len(column) for column in made] == [count, count]
        # Laid out in full, the second would take 8 GB.
        distinct = {
            chunk.buffers()[1].address: chunk.nbytes for column in made for chunk in column.chunks
        }
        assert sum(distinct.values()) < 10_000_000


def test_rows_of_no_episode_have_no_label(tmp_path: Path) -> None:
    table = pa.table(
        {
            "episode_index": [0, None, 0, None],
            "frame_index": [0, 1, None, None],
            "timestamp": [0.0, 0, 0, 0],
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    found = filled(tmp_path / "a.parquet", {0: [Segment(0, "a")]}, ["response"])
    assert found["response"].to_pylist() == ["a", "", "a", ""]


@pytest.mark.parametrize(
    ("name", "values", "outputs"),
    [
        ("episode_index", None, ["response"]),
        ("episode_index", ["a", "b"], ["response"]),
        ("frame_index", None, ["response"]),
        ("frame_index", [0.0, 1.0], ["response"]),
        ("timestamp", None, ["language_persistent"]),
        ("timestamp", ["a", "b"], ["language_persistent"]),
    ],
)
def test_a_column_that_is_needed_is_named(tmp_path: Path, name, values, outputs) -> None:
    table = {"episode_index": [0, 0], "frame_index": [0, 1], "timestamp": [0.0, 0.1]}
    table |= {name: values}
    pq.write_table(
        pa.table({k: v for k, v in table.items() if v is not None}), tmp_path / "a.parquet"
    )
    with pytest.raises(Problem, match=f"no column {name} of"):
        filled(tmp_path / "a.parquet", {0: LATE}, outputs)


def test_a_label_beyond_the_files_rows_is_dropped_aloud(tmp_path: Path, caplog) -> None:
    source = data_file.write(tmp_path / "a.parquet", data_file.rows([0] * 12), [12])
    with caplog.at_level(logging.WARNING, "subtasks"):
        found = filled(source, {0: PICK, 5: PICK}, ["response"])
    assert found["response"].to_pylist() == ["reach"] * 5 + ["grasp"] * 7
    assert "lift" in caplog.text
    assert "episodes 5 are selected but have no rows" in caplog.text


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


# subtask_index


def test_numbers_are_sorted_and_known_ones_stay(tmp_path: Path) -> None:
    texts = subtask_index.number({"reach", "grasp", "Lift"}, [])
    assert texts == ["", "Lift", "grasp", "reach"]
    assert subtask_index.number({"reach", "aim"}, ["reach", "grasp"]) == [
        "reach",
        "grasp",
        "",
        "aim",
    ]
    assert subtask_index.read(table_of(tmp_path / "a.parquet", texts)) == texts


def test_the_number_leads_to_the_text_as_lerobot_looks_it_up(tmp_path: Path) -> None:
    numbers = table_of(tmp_path / "subtasks.parquet", ["reach", "", "grasp", "lift"])
    source = data_file.write(tmp_path / "a.parquet", data_file.rows([0] * 15 + [1] * 5), [20])
    found = filled(source, {0: PICK}, ["response", "subtask_index"], numbers=numbers)
    subtasks = pandas.read_parquet(numbers)
    assert list(subtasks.columns) == ["subtask_index"]
    looked_up = [subtasks.iloc[number].name for number in found["subtask_index"].to_pylist()]
    assert looked_up == found["response"].to_pylist()
    assert looked_up[-1] == ""


def test_a_number_is_the_row_of_its_text(tmp_path: Path) -> None:
    """The same without pandas: a row's position, the text in the column that is its index."""
    numbers = table_of(tmp_path / "subtasks.parquet", ["reach", "", "grasp", "lift"])
    source = data_file.write(tmp_path / "a.parquet", data_file.rows([0] * 15 + [1] * 5), [20])
    found = filled(source, {0: PICK}, ["response", "subtask_index"], numbers=numbers)
    table = pq.read_table(numbers)
    [index] = json.loads(table.schema.metadata[b"pandas"])["index_columns"]
    texts = table[index].to_pylist()
    assert [texts[n] for n in found["subtask_index"].to_pylist()] == found["response"].to_pylist()
    assert table["subtask_index"].to_pylist() == [0, 1, 2, 3]
    assert found.schema.field("subtask_index").type == pa.int64()


@pytest.mark.parametrize(
    "table",
    [
        {"subtask_index": [0, 2], "subtask": ["a", "b"]},
        {"subtask_index": [1, 0], "subtask": ["a", "b"]},
        {"subtask_index": [0, 1], "subtask": ["a", "a"]},
        {"subtask_index": [0, 0], "subtask": ["a", "b"]},
        {"subtask_index": [0, None], "subtask": ["a", "b"]},
        {"subtask_index": [0.0, 1.5], "subtask": ["a", "b"]},
        {"subtask_index": [0, 1], "subtask": ["a", None]},
        {"subtask_index": [0, 1]},
        {"number": [0, 1], "subtask": ["a", "b"]},
        {"subtask_index": [0, 1], "subtask": ["a", "b"], "other": ["c", "d"]},
    ],
)
def test_a_table_lerobot_cannot_look_up_is_refused(tmp_path: Path, table) -> None:
    pq.write_table(pa.table(table), tmp_path / "subtasks.parquet")
    with pytest.raises(Problem, match=r"subtasks\.parquet .*: remove or mend it"):
        subtask_index.read(tmp_path / "subtasks.parquet")


def test_numbers_that_lack_a_text_are_told(tmp_path: Path) -> None:
    source = data_file.write(tmp_path / "a.parquet", data_file.rows([0] * 15), [15])
    numbers = table_of(tmp_path / "subtasks.parquet", ["", "reach", "grasp"])
    with pytest.raises(Problem, match="no number for 'lift'"):
        filled(source, {0: PICK}, ["subtask_index"], numbers=numbers)
    with pytest.raises(Problem, match="--numbers"):
        filled(source, {0: PICK}, ["subtask_index"])


# language_persistent


def test_language_is_the_same_on_every_frame_with_the_datas_timestamps(tmp_path: Path) -> None:
    table = data_file.rows([4] * 15 + [2] * 5)
    # As recorded, not as computed: a clock that is a little off.
    clock = pa.array([time.as_py() * 1.001 + 0.002 for time in table["timestamp"]], pa.float32())
    table = table.set_column(
        table.schema.get_field_index("timestamp"), table.schema.field("timestamp"), clock
    )
    source = data_file.write(tmp_path / "a.parquet", table, [8, 12])
    language = filled(source, {4: PICK}, ["language_persistent"])["language_persistent"]
    times = clock.to_pylist()
    expected = [subtask("reach", times[0]), subtask("grasp", times[5]), subtask("lift", times[12])]
    assert language.to_pylist() == [expected] * 15 + [[]] * 5
    assert language.type.value_type.field("timestamp").type == pa.float32()


OTHERS = [
    {"role": "user", "content": "tidy up", "style": "task_aug", "timestamp": 0.0},
    {"role": "assistant", "content": "first the cup", "style": "plan", "timestamp": 0.5},
]


def with_language(path: Path, language: pa.Array) -> Path:
    table = data_file.rows([0] * 15).append_column("language_persistent", language)
    return data_file.write(path, table, [15])


@pytest.mark.parametrize("calls", [None, [{"name": "say", "text": "hello"}]], ids=["none", "some"])
def test_other_styles_stay(tmp_path: Path, calls) -> None:
    others = [row | {"camera": None, "tool_calls": calls} for row in OTHERS]
    # As LeRobot's own annotation writes it: types inferred, null where there is no value.
    source = with_language(tmp_path / "a.parquet", pa.array([others] * 15))
    found = filled(source, {0: PICK}, ["language_persistent"])["language_persistent"].to_pylist()
    times = [pytest.approx(time) for time in (0.0, 0.5, 1.2)]
    new = [subtask(segment.subtask, time) for segment, time in zip(PICK, times, strict=True)]
    assert found == [[new[0], others[0], others[1], new[1], new[2]]] * 15


def test_subtasks_there_are_only_replaced_when_told_to(tmp_path: Path) -> None:
    others = [row | {"camera": None, "tool_calls": None} for row in OTHERS]
    once = with_language(tmp_path / "a.parquet", pa.array([[*others, subtask("old", 0.0)]] * 15))
    with pytest.raises(Problem, match="column language_persistent with subtasks already"):
        filled(once, {0: LATE}, ["language_persistent"])
    found = filled(once, {0: LATE}, ["language_persistent"], overwrite=True)
    contents = [row["content"] for row in found["language_persistent"][0].as_py()]
    assert contents == ["tidy up", "reach", "first the cup"]


@pytest.mark.parametrize(
    "language", [pa.array([[]] * 15), pa.array([None] * 15, pa.list_(pa.null()))]
)
def test_a_column_without_language_is_filled(tmp_path: Path, language) -> None:
    source = with_language(tmp_path / "a.parquet", language)
    found = filled(source, {0: LATE}, ["language_persistent"])["language_persistent"]
    assert found.to_pylist() == [[subtask("reach", pytest.approx(0.3))]] * 15


@pytest.mark.parametrize(
    "language", [pa.array(["x"] * 15), pa.array([["x"]] * 15), pa.array([[{"role": "a"}]] * 15)]
)
def test_a_column_that_is_no_language_is_named(tmp_path: Path, language) -> None:
    source = with_language(tmp_path / "a.parquet", language)
    with pytest.raises(Problem, match="column language_persistent is no list"):
        filled(source, {0: LATE}, ["language_persistent"], overwrite=True)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"timestamp": "soon"}, "timestamp of type string"),
        ({"timestamp": True}, "timestamp of type bool"),
        ({"style": 5}, "style of type int64"),
        ({"role": ["user"]}, "role of type list"),
        ({"tool_calls": "none"}, "tool_calls of type string"),
        ({"timestamp": None}, "row without a timestamp"),
        ({"timestamp": math.nan}, "row without a timestamp"),
        (None, "row without a timestamp"),
    ],
)
def test_a_row_of_language_that_is_none_is_named(tmp_path: Path, change, reason: str) -> None:
    row = OTHERS[0] | {"camera": None, "tool_calls": None}
    # Two rows, where their types agree, so that null has one.
    other = None if change is None else row | change
    language = [row, other] if "without" in reason else [other]
    source = with_language(tmp_path / "a.parquet", pa.array([language] * 15))
    with pytest.raises(Problem, match=f"column language_persistent has a {reason}"):
        filled(source, {0: LATE}, ["language_persistent"], overwrite=True)


# segments


def test_the_table_has_a_row_a_segment() -> None:
    table = segments_table.table([(3, [Span(0, 5, "a"), Span(5, 12, "b")]), (4, [])], fps=30)
    assert table.to_pylist() == [
        {
            "episode_index": 3,
            "segment_index": 0,
            "start_time": 0.0,
            "end_time": 0.166667,
            "start_frame": 0,
            "end_frame": 5,
            "subtask": "a",
        },
        {
            "episode_index": 3,
            "segment_index": 1,
            "start_time": 0.166667,
            "end_time": 0.4,
            "start_frame": 5,
            "end_frame": 12,
            "subtask": "b",
        },
    ]
    assert segments_table.table([], fps=30).schema == table.schema


# All of them


def test_an_existing_column_is_an_error_unless_told_otherwise(tmp_path: Path) -> None:
    table = data_file.rows([0] * 15).append_column("response", pa.array(["old"] * 15))
    source = data_file.write(tmp_path / "a.parquet", table, [15])
    with pytest.raises(
        Problem, match="column response with subtasks already: set output: overwrite"
    ):
        filled(source, {0: PICK}, ["response"])
    found = filled(source, {0: PICK}, ["response"], overwrite=True)
    assert [text for text, _ in groupby(found["response"].to_pylist())] == [
        "reach",
        "grasp",
        "lift",
    ]
    assert found.column_names.count("response") == 1


def test_a_dataset_with_a_column_that_would_be_replaced_is_told_before_anything_runs() -> None:
    check({"action", "language_persistent", "response"}, ["subtask_index", "language_persistent"])
    with pytest.raises(Problem, match="column response already"):
        check({"action", "response"}, ["language_persistent", "response"])
    # The table of segments is no column, whatever a feature is called.
    check({"action", "segments"}, ["response", "segments"])


def test_values_are_one_more_than_spans() -> None:
    episode = Labelled([Span(0, 5, "a"), Span(5, 9, "b")], [0.0, math.inf])
    for name in ("response", "language_persistent"):
        assert len(OUTPUTS[name].column(None).values(episode)) == 3
    language = OUTPUTS["language_persistent"].column(None).values(episode)[0]
    assert [row["content"] for row in language] == ["a"]  # no row shows the other


def test_outputs_are_chosen_by_their_names() -> None:
    assert {name: output.name for name, output in OUTPUTS.items()} == {n: n for n in OUTPUTS}
    for name, output in OUTPUTS.items():
        assert (output.column is None) == (output.feature is None)
        assert (output.table or "meta/").startswith("meta/")
        if output.column is not None and name != "subtask_index":
            assert output.column(None).name == name


def test_lengths_come_from_the_rows(tmp_path: Path) -> None:
    source = data_file.write(
        tmp_path / "a.parquet", data_file.rows([5] * 7 + [1] * 3 + [5] * 2), [12]
    )
    with reading.opened(source) as file:
        assert rows.lengths(file) == {1: 3, 5: 9}
