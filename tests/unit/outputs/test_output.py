"""What every output with a column keeps to."""

import math

import pytest

from subtasks.outputs.output import LabelledEpisode
from subtasks.outputs.registry import OUTPUTS
from subtasks.segments.segment import Span


def test_values_are_one_more_than_spans() -> None:
    episode = LabelledEpisode([Span(0, 5, "a"), Span(5, 9, "b")], [0.0, math.inf])
    for name in ("response", "language_persistent"):
        assert len(OUTPUTS[name].column(None).values(episode)) == 3
    language = OUTPUTS["language_persistent"].column(None).values(episode)[0]
    assert [row["content"] for row in language] == ["a"]  # no row shows the other


@pytest.mark.parametrize("name", ["response", "language_persistent"])
def test_an_episode_without_subtasks_has_one_value(name: str) -> None:
    [value] = OUTPUTS[name].column(None).values(LabelledEpisode([], []))
    assert not value
