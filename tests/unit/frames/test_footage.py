"""A video and the images of a data file can be used in one another's place."""

import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from subtasks.episode_facts import EpisodeFacts
from subtasks.frames.footage import Source
from subtasks.frames.image_footage import ImageSource
from subtasks.frames.stretch import VideoPosition
from subtasks.frames.video_footage import VideoSource
from support import render

EXTENT = VideoPosition("front", 0.0, 1.0, 30, 30.0)


def png(number: int) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(render.picture(number, (128, 96))).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture(params=["video", "images"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Source:
    if request.param == "video":
        return VideoSource(render.video(tmp_path / "a.mp4", 30), EXTENT)
    pq.write_table(pa.table({"front": [png(number) for number in range(30)]}), tmp_path / "a")
    return ImageSource(tmp_path / "a", EXTENT, EpisodeFacts("", 30, first=0, rows=30), 0)


def test_both_give_the_same_frames_of_the_same_times(source: Source) -> None:
    assert source.extent == EXTENT
    with source.opened() as footage:
        assert list(footage.times) == pytest.approx([number / 30 for number in range(30)])
        for wanted in ([0, 3, 29], [12], [5, 6]):
            frames = footage.decode(wanted, thorough=False)
            assert [render.number(frame.to_image()) for frame in frames] == wanted
        assert footage.after_loss(3) > 3
        assert (footage.width, footage.height) == (128, 96)
        assert footage.codec in ("h264", "png")
        assert footage.decoded >= 6
        assert tuple(footage.remarks) == ()
