import json
from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest

from subtasks.dataset import dataset
from subtasks.demo import arm, drawing, lerobot
from support.demo import LAYOUTS, decoded, lay_out


@pytest.fixture(scope="module", params=LAYOUTS)
def laid_out(request, tmp_path_factory):
    """Seven episodes of a few frames each, in either layout."""
    return lay_out(request.param, tmp_path_factory.mktemp(request.param))


def test_the_library_reads_both_layouts(laid_out):
    read = dataset.load(laid_out)
    assert (read.fps, read.cameras) == (30, ("observation.images.top",))
    [state] = read.motion.state
    assert (state.key, state.names) == ("observation.state", tuple(arm.JOINT_NAMES))
    assert [e.length for e in read.episodes.values()] == list(range(8, 15))
    assert [e.task for e in read.episodes.values()] == [arm.simulate(0, i).task for i in range(7)]
    assert dataset.missing(read, videos=True) == {}
    first = 0
    for episode in read.episodes.values():
        columns = pq.read_table(laid_out / episode.data).slice(episode.row, episode.length)
        state = arm.simulate(0, episode.index).state
        assert columns["observation.state"].to_pylist() == state[: episode.length].tolist()
        assert columns["episode_index"].to_pylist() == [episode.index] * episode.length
        assert columns["frame_index"].to_pylist() == list(range(episode.length))
        assert columns["index"].to_pylist() == list(range(first, first + episode.length))
        [clip] = episode.clips
        start = round(clip.start * 30)
        shown = decoded(laid_out / clip.file)[start : start + episode.length]
        drawn = next(drawing.frames(arm.simulate(0, episode.index)))
        assert len(shown) == episode.length
        assert np.abs(shown[0].astype(int) - drawn).mean() < 4
        first += episode.length


def test_a_table_describes_its_features(tmp_path):
    recording = arm.simulate(0, 0)
    short = replace(
        recording,
        state=recording.state[:3],
        action=recording.action[:3],
        blocks=recording.blocks[:3],
    )
    videos = {lerobot.CAMERA: tmp_path / "a.mp4"}
    episode = lerobot.render(short, index=2, first_row=10, task_index=1, videos=videos)
    assert lerobot.tasks([episode, episode]) == [recording.task]
    table = lerobot.table(episode, list_type="List")
    assert table["index"].to_pylist() == [10, 11, 12]
    assert table["episode_index"].to_pylist() == [2] * 3
    assert table["task_index"].to_pylist() == [1] * 3
    features = json.loads(table.schema.metadata[b"huggingface"])["info"]["features"]
    assert features["action"]["_type"] == "List"
    assert features["action"]["length"] == 3
    assert features.keys() == lerobot.features().keys() - {lerobot.CAMERA}
