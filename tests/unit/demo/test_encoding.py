import os
import sys

import av
import numpy as np
import pytest

from subtasks.demo import arm, drawing, encoding
from support.demo import decoded


def test_a_video_is_encoded_as_lerobot_does(tmp_path):
    path, recording = tmp_path / "a.mp4", arm.simulate(3, 0)
    size = {"width": drawing.WIDTH, "height": drawing.HEIGHT}
    encoding.encode(drawing.frames(recording), path, **size, fps=arm.FPS)
    with av.open(path) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.codec.canonical_name == "av1"
        assert (stream.width, stream.height) == (drawing.WIDTH, drawing.HEIGHT)
        assert stream.codec_context.pix_fmt == "yuv420p"
        assert stream.average_rate == arm.FPS
        packets = [packet for packet in container.demux(stream) if packet.pts is not None]
        times = [float(packet.pts * stream.time_base) for packet in packets]
        assert np.allclose(times, np.arange(recording.length) / arm.FPS)
        assert [packet.is_keyframe for packet in packets[:6]] == [True, False] * 3
    for picture, drawn in zip(decoded(path), drawing.frames(recording), strict=True):
        assert np.abs(picture.astype(int) - drawn).mean() < 4


def test_videos_one_after_the_other_stay_what_they_are(tmp_path):
    pictures = list(drawing.frames(arm.simulate(0, 0)))[:14]
    paths = [tmp_path / "first.mp4", tmp_path / "second.mp4"]
    for path, some in zip(paths, (pictures[:5], pictures[5:]), strict=True):
        encoding.encode(some, path, width=drawing.WIDTH, height=drawing.HEIGHT, fps=30)
    encoding.concatenate(paths, tmp_path / "both.mp4")
    apart = decoded(paths[0]) + decoded(paths[1])
    together = decoded(tmp_path / "both.mp4")
    assert len(together) == 14
    assert all(np.array_equal(*pair) for pair in zip(apart, together, strict=True))
    with av.open(tmp_path / "both.mp4") as container:
        times = [float(f.pts * f.time_base) for f in container.decode(video=0)]
    assert np.allclose(times, np.arange(14) / 30)


@pytest.mark.skipif(sys.platform != "linux", reason="scheduling is Linux's")
def test_who_encodes_is_no_process_of_real_time_afterwards(tmp_path):
    """As root, the encoder makes it one, and with it all that it starts later."""
    before = os.sched_getscheduler(0), os.sched_getparam(0)
    pictures = list(drawing.frames(arm.simulate(0, 0)))[:3]
    encoding.encode(
        pictures, tmp_path / "a.mp4", width=drawing.WIDTH, height=drawing.HEIGHT, fps=30
    )
    assert (os.sched_getscheduler(0), os.sched_getparam(0)) == before
