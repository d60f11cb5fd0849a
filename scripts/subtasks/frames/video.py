"""Video files: open one, find the frames of a stretch of time, decode only what is needed.

A stretch is first indexed by demuxing alone, which costs about a hundredth of decoding. Wanted
frames are then decoded from the last keyframe before them up to the last packet they depend on.
Their pixels are those of a plain decode from the beginning.
"""

import math
import stat
from array import array
from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, groupby
from pathlib import Path
from types import TracebackType
from typing import Self, TypeAlias

import av
from av.packet import Packet
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from subtasks.files import LFS_POINTER

# In quotes, because the class can only be subscripted by type checkers.
VideoPacket: TypeAlias = "Packet[VideoStream]"

MAX_VIDEO_SIDE = 16384
"""Pixels of a frame's side. Memory is allocated by this and the next number; larger frames come
from damaged or hostile files."""

MAX_PIXELS = 8192 * 8192
"""Pixels of a frame."""

_CODEC_OPTIONS = {"max_pixels": str(MAX_PIXELS)}
# The format is detected from the content, whatever the file's name. Playlists and the like, which
# make FFmpeg open other files or addresses, are not videos of a dataset.
_OPTIONS = _CODEC_OPTIONS | {
    "format_whitelist": "mov,matroska,webm,mpegts",
    "protocol_whitelist": "file",
}
# Codecs in which no frame depends on one that is marked as non-reference. (In HEVC one of a higher
# temporal layer may.)
_SKIPPABLE = frozenset({"h264", "mpeg4"})


class Unreadable(Exception):
    """Why a video cannot be used, as the rest of a sentence that begins with its name."""


class LostFrame(Unreadable):
    """A frame of an otherwise usable video cannot be decoded."""


@dataclass(frozen=True, slots=True)
class Index:
    """The frames of a stretch of video, in units of the stream's time base.

    `frames` are the presentation times of the frames inside the stretch, ascending.
    `keys` are the presentation times of the keyframes to decode from, `seeks` the times
    to seek to for them; unless the file is damaged, the first key is at or before the first
    frame. `beyond` are those of the frames after the stretch, if they were asked for.
    """

    frames: Sequence[int]
    keys: Sequence[int]
    seeks: Sequence[int]
    beyond: Sequence[int] = ()


class Video:
    """The first video stream of a file; used as a context manager.

    `codec` is FFmpeg's name for it ("av1", "h264"), `width` and `height` are in pixels, `decoded`
    is the number of frames decoded so far. Damaged or unsupported content raises `Unreadable`; a
    file that is missing or may not be read raises `OSError`.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.decoded = 0
        # Opening a pipe would wait for whoever writes into it.
        if not stat.S_ISREG(path.stat().st_mode):
            raise Unreadable("is not a file")
        with path.open("rb") as file:
            head = file.read(len(LFS_POINTER))
        if not head:
            raise Unreadable("is empty")
        if head == LFS_POINTER:
            raise Unreadable("is a Git LFS pointer and not the video itself: run `git lfs pull`")
        self._open()
        try:
            context = self._stream.codec_context
            self.codec: str = context.codec.canonical_name
            self.width: int = context.width
            self.height: int = context.height
            if self._stream.time_base is None:
                raise Unreadable("has frames without a time")
            self._tick = float(self._stream.time_base)
            self._first = self._first_pts()
        except BaseException:
            self._container.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._container.close()

    @property
    def duration(self) -> float:
        """Seconds from the first frame to the end, according to the file."""
        return self.seconds(self._stream.duration or 0)

    def seconds(self, ticks: int) -> float:
        """Convert `ticks` in units of the stream's time base."""
        return ticks * self._tick

    def time(self, pts: int) -> float:
        """Return the time of a frame in seconds from the video's first frame."""
        return self.seconds(pts - self._first)

    def index(self, start: float, stop: float, *, to_end: bool = False) -> Index:
        """Find the frames with `start` <= time < `stop`, in seconds from the first frame.

        With `to_end`, also those beyond, up to the end of the file.
        """
        first = self._first + max(0, start / self._tick)
        last = self._first + stop / self._tick
        index = self._scan(math.floor(first), first, last, to_end)
        if index.keys and index.keys[0] > first:
            # Containers seek by decoding time, which is ahead of presentation time.
            index = self._scan(index.seeks[0] - 1, first, last, to_end)
        if not index.keys or index.keys[0] > first:
            index = self._scan(None, first, last, to_end)
        if index.frames and (not index.keys or index.keys[0] > index.frames[-1]):
            raise Unreadable("does not begin with a keyframe")
        return index

    def frames(
        self, index: Index, wanted: Iterable[int], *, thorough: bool = True
    ) -> Iterator[VideoFrame]:
        """Decode the frames of `index` with the presentation times `wanted`, ascending.

        Raises `LostFrame` at one that cannot be decoded. Unless `thorough`, only decoding from its
        own keyframe is tried.
        """
        for key, group in groupby(wanted, lambda pts: bisect_right(index.keys, pts) - 1):
            pending = deque(group)
            if key < 0:
                time = self.time(pending[0])
                raise LostFrame(
                    f"has a frame at {time:.3f} s that cannot be decoded (no keyframe is before it)"
                )
            begin, seek = index.keys[key], index.seeks[key]
            reason = "it is lost or damaged"
            # Some keyframes cannot be decoded alone, and some containers seek to the wrong place:
            # then the keyframe before may help, and the beginning of the file always does.
            attempts = ((seek, begin), (seek - 1, None), (None, None))
            for attempt in attempts if thorough else attempts[:1]:
                try:
                    yield from self._decode(pending, *attempt)
                except av.FFmpegError as error:
                    reason = error.strerror or str(error)
                if not pending:
                    break
            else:
                time = self.time(pending[0])
                raise LostFrame(f"has a frame at {time:.3f} s that cannot be decoded ({reason})")

    def _open(self) -> None:
        try:
            container = av.open(f"file:{self._path}", options=_OPTIONS, metadata_errors="ignore")
        except av.FFmpegError as error:
            raise Unreadable(
                "is not a whole MP4, MOV, Matroska, WebM or MPEG-TS file"
                f" ({error.strerror or error})"
            ) from error
        try:
            # A picture that is attached, as to music, is no video.
            streams = [
                each
                for each in container.streams.video
                if Disposition.attached_pic not in each.disposition
            ]
            if not streams:
                raise Unreadable("has no video stream")
            stream = streams[0]
            context = stream.codec_context
            if context is None:
                raise Unreadable("has a codec that this installation of FFmpeg cannot decode")
            width, height = context.width, context.height
            sides = 0 < width <= MAX_VIDEO_SIDE and 0 < height <= MAX_VIDEO_SIDE
            if not sides or width * height > MAX_PIXELS:
                raise Unreadable(f"declares frames of {width}x{height} pixels")
            # Jobs run side by side, one per core: more threads would only cost more CPU time.
            context.thread_count = 1
            context.options = _CODEC_OPTIONS
        except BaseException:
            container.close()
            raise
        self._container, self._stream = container, stream

    def _packets(self, seek: int | None) -> Iterator[VideoPacket]:
        """Demux from the keyframe at or before `seek`, or from the file's beginning."""
        try:
            if seek is not None:
                self._container.seek(seek, stream=self._stream)
        except av.FFmpegError:
            seek = None
        if seek is None:
            self._container.close()
            self._open()
        yield from self._read()

    def _read(self) -> Iterator[VideoPacket]:
        try:
            # A packet without data only flushes the decoder.
            yield from (packet for packet in self._container.demux(self._stream) if packet.size)
        except (av.FFmpegError, IndexError):
            # The file is cut off, or has a packet of a stream that PyAV does not know. The caller
            # notices what is missing.
            return

    def _first_pts(self) -> int:
        """Find the presentation time of the first frame that is shown, in ticks."""
        first = None
        for packet in self._read():
            if packet.pts is None:
                raise Unreadable("has frames without a time")
            if first is not None and packet.dts is not None and packet.dts > first:
                break
            if not packet.is_discard:
                first = packet.pts if first is None else min(first, packet.pts)
        if first is None:
            raise Unreadable("has no frames")
        return first

    def _scan(self, seek: int | None, first: float, stop: float, to_end: bool) -> Index:
        """Index the frames from `first` to before `stop` (ticks), reading on from `seek`."""
        frames, keys, seeks, beyond = array("q"), array("q"), array("q"), array("q")
        for packet in self._packets(seek):
            if packet.pts is None:
                if beyond:
                    break
                raise Unreadable("has frames without a time")
            is_beyond = packet.dts is not None and packet.dts >= stop
            if is_beyond and not to_end:
                break
            if packet.is_keyframe and not is_beyond:
                keys.append(packet.pts)
                seeks.append(packet.pts if packet.dts is None else packet.dts)
            if packet.is_discard:
                continue
            if first <= packet.pts < stop:
                frames.append(packet.pts)
            elif packet.pts >= stop and to_end:
                beyond.append(packet.pts)
        return Index(_distinct(frames), keys, seeks, _distinct(beyond))

    def _decode(
        self, pending: deque[int], seek: int | None, begin: int | None
    ) -> Iterator[VideoFrame]:
        """Decode from the keyframe shown at `begin`, or from the next, until nothing is `pending`.

        Each frame that is yielded is removed from `pending`. Ends early at a lost or damaged one.
        """
        packets = self._packets(seek)
        entry = next((p for p in packets if p.is_keyframe and begin in (None, p.pts)), None)
        if entry is None:
            return
        # A keyframe that an edit list cuts off is decoded but not output.
        entered = entry.is_discard
        for frame in self._decoded(chain([entry], packets), set(pending)):
            # With gradual refresh, frames marked as keyframes are not output at once, and what is
            # output after them may differ from a plain decode.
            entered = entered or frame.pts == entry.pts
            if frame.pts is None or frame.pts < pending[0]:
                continue
            if frame.pts > pending[0] or frame.is_corrupt or not entered:
                return
            pending.popleft()
            yield frame
            if not pending:
                return

    def _decoded(self, packets: Iterable[VideoPacket], wanted: set[int]) -> Iterator[VideoFrame]:
        """Decode up to the last packet that is `wanted`, skipping what nothing depends on."""
        context = self._stream.codec_context
        unsent = set(wanted)
        for packet in packets:
            if self.codec in _SKIPPABLE:
                context.skip_frame = "DEFAULT" if packet.pts in wanted else "NONREF"
            unsent.discard(packet.pts)
            yield from self._counted(context.decode(packet))
            if not unsent:
                break
        yield from self._counted(context.decode(None))

    def _counted(self, frames: list[VideoFrame]) -> list[VideoFrame]:
        self.decoded += len(frames)
        return frames


def _distinct(times: Iterable[int]) -> Sequence[int]:
    """Sort presentation times; frames with the same one cannot be distinguished."""
    return array("q", (pts for pts, _ in groupby(sorted(times))))
