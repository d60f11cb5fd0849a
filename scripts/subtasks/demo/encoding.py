"""Videos as LeRobot records them: AV1 with a keyframe every second frame."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

# The encoder would write a banner and warnings to standard error. It reads this when it is loaded.
os.environ.setdefault("SVT_LOG", "1")

import av
from av.video.stream import VideoStream

CODEC = "libsvtav1"
PIXEL_FORMAT = "yuv420p"
# One thread ("lp"), so that the bytes do not depend on the number of cores.
OPTIONS = {"g": "2", "crf": "30", "preset": "12", "svtav1-params": "lp=1"}


def encode(frames: Iterable[np.ndarray], path: Path, *, width: int, height: int, fps: int) -> None:
    """Write RGB frames, each (height, width, 3) uint8, to an MP4 file; both sides are even."""
    with priority_kept(), av.open(path, "w", format="mp4") as container:
        stream = container.add_stream(CODEC, rate=fps, options=OPTIONS)
        assert isinstance(stream, VideoStream), f"{CODEC} encodes videos"
        stream.width, stream.height, stream.pix_fmt = width, height, PIXEL_FORMAT
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())


@contextmanager
def priority_kept() -> Iterator[None]:
    """Give this process its scheduling back at the end of the block, where the system has such.

    Where root encodes, SVT-AV1 makes the whole process one of real time. All that it starts later
    would be so too, and could keep everything else from the processors.
    """
    if not hasattr(os, "sched_getscheduler"):
        yield
        return
    policy, parameters = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        yield
    finally:
        if os.sched_getscheduler(0) != policy:
            os.sched_setscheduler(0, policy, parameters)


def concatenate(paths: list[Path], path: Path) -> None:
    """Join videos into one file without encoding them again.

    All must come from `encode` with the same size and `fps`.
    """
    with av.open(path, "w", format="mp4") as container:
        output, end = None, 0
        for source_path in paths:
            with av.open(source_path) as source:
                stream = source.streams.video[0]
                if output is None:
                    output = container.add_stream_from_template(stream, opaque=True)
                    output.time_base = stream.time_base
                shift = end
                for packet in source.demux(stream):
                    if packet.pts is None or packet.dts is None:
                        continue
                    packet.pts += shift
                    packet.dts += shift
                    packet.stream = output
                    end = max(end, packet.pts + (packet.duration or 0))
                    container.mux(packet)
