import json

import numpy as np
import pytest

from subtasks.demo import statistics


def test_statistics_of_the_parts_give_those_of_the_whole():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(50, 3)) * [1, 10, 0.1]
    parts = [statistics.of_values(some) for some in (values[:7], values[7:30], values[30:])]
    whole, joined = statistics.of_values(values), statistics.combine(parts)
    assert whole.keys() == joined.keys()
    assert all(np.allclose(whole[key], joined[key]) for key in whole)


@pytest.mark.parametrize("length", [1, 7, 100, 101, 5000])
def test_the_pictures_of_an_episode_are_sampled_from_first_to_last(length):
    sampled = sorted(statistics.sampled_frames(length))
    assert len(sampled) == min(length, statistics.SAMPLED_PICTURES)
    assert (sampled[0], sampled[-1]) == (0, length - 1)


def test_pictures_are_described_per_channel_from_0_to_1():
    pictures = [np.full((8, 8, 3), (0, 51, 255), np.uint8), np.zeros((8, 8, 3), np.uint8)]
    stats = statistics.of_pictures(pictures)
    assert stats["mean"].shape == (3, 1, 1)
    assert stats["max"].ravel().tolist() == [0, 0.2, 1]
    assert stats["mean"].ravel().tolist() == pytest.approx([0, 0.1, 0.5])
    assert stats["count"].tolist() == [2]
    assert json.loads(json.dumps(statistics.plain({"a": stats})))["a"]["count"] == [2]
