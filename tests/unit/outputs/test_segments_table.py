"""The table of segments."""

from subtasks.outputs import segments_table
from subtasks.segments.segment import Span


def test_the_table_has_one_row_for_each_segment() -> None:
    spans = [Span(0, 5, "a", "an a"), Span(5, 12, "b")]
    table = segments_table.table([(3, spans), (4, [])], fps=30)
    assert table.to_pylist() == [
        {
            "episode_index": 3,
            "segment_index": 0,
            "start_time": 0.0,
            "end_time": 0.166667,
            "start_frame": 0,
            "end_frame": 5,
            "subtask": "a",
            "original": "an a",
        },
        {
            "episode_index": 3,
            "segment_index": 1,
            "start_time": 0.166667,
            "end_time": 0.4,
            "start_frame": 5,
            "end_frame": 12,
            "subtask": "b",
            "original": None,
        },
    ]
    assert segments_table.table([], fps=30).schema == table.schema
