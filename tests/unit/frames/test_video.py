import contextlib
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from subtasks.frames.video import Unreadable, Video
from support import render

HALF = 0.5 / render.RATE

# What is written, and what is hard about it.
RECORDINGS = {
    "lerobot's own": {"codec": "av1", "keyframes": 2, "frames": 40},
    "av1, one group": {"codec": "av1", "keyframes": 250, "frames": 40},
    "h264": {"codec": "h264", "keyframes": 12},
    "h264, no group ends": {"codec": "h264", "keyframes": 250, "b_frames": 3},
    "h264, b-frames": {"codec": "h264", "keyframes": 12, "b_frames": 3},
    "h264, b-frames in groups of two": {"codec": "h264", "keyframes": 2, "b_frames": 1},
    "h264, open groups": {
        "codec": "h264",
        "keyframes": 12,
        "b_frames": 4,
        "options": {"x264-params": "open-gop=1:b-pyramid=normal:ref=4"},
    },
    "h264, gradual refresh": {
        "frames": 120,
        "codec": "h264",
        "keyframes": 20,
        "options": {"x264-params": "intra-refresh=1"},
    },
    "h264, first pts not 0": {"codec": "h264", "b_frames": 2, "offset": 1.5},
    "h264, beginning cut off by the edit list": {
        "codec": "h264",
        "b_frames": 2,
        "offset": -0.5,
        "container": {"avoid_negative_ts": "disabled"},
    },
    "h264, cut off between b-frames": {
        "codec": "h264",
        "b_frames": 2,
        "offset": -14 / render.RATE,
        "container": {"avoid_negative_ts": "disabled"},
    },
    "h264, no edit list": {"codec": "h264", "b_frames": 2, "container": {"use_editlist": "0"}},
    "h264, fragmented": {
        "codec": "h264",
        "b_frames": 2,
        "container": {"movflags": "frag_keyframe+empty_moov"},
    },
    "h264, 4:4:4 of odd size": {"codec": "h264", "size": (131, 97), "pixels": "yuv444p"},
    "hevc": {"codec": "hevc", "keyframes": 12},
    "hevc, open groups": {"codec": "hevc", "keyframes": 12, "b_frames": 4},
    "hevc, temporal layers": {
        "codec": "hevc",
        "keyframes": 24,
        "b_frames": 4,
        "options": {
            "preset": "medium",
            "x265-params": "log-level=none:pools=none:keyint=24:temporal-layers=3",
        },
    },
    "mpeg4": {"codec": "mpeg4", "keyframes": 12},
    "mpeg4, b-frames": {"codec": "mpeg4", "keyframes": 12, "b_frames": 2},
    "matroska": {"codec": "h264", "b_frames": 2, "offset": 0.7, "suffix": "mkv"},
    "transport stream, no index": {"codec": "h264", "b_frames": 2, "offset": 0.7, "suffix": "ts"},
}


@pytest.fixture(scope="module")
def recordings(tmp_path_factory) -> dict[str, Path]:
    """Path of every recording, rendered when it is first asked for."""
    folder = tmp_path_factory.mktemp("recordings")

    class Recordings(dict):
        def __missing__(self, name: str) -> Path:
            settings = dict(RECORDINGS[name])
            suffix = settings.pop("suffix", "mp4")
            self[name] = render.video(folder / f"{len(self)}.{suffix}", **settings)
            return self[name]

    return Recordings()


def pixels(frame: av.VideoFrame) -> bytes:
    return frame.to_ndarray().tobytes()


@pytest.mark.parametrize("name", RECORDINGS)
def test_frames_are_those_of_a_plain_decode(recordings, name):
    plain = render.plain(recordings[name])
    expected = [(frame.pts, pixels(frame)) for frame in plain]

    for start, stop, step in [(0, 1000, 1), (0, 1000, 15), (7, 31, 7), (20, 21, 1), (33, 1000, 1)]:
        with Video(recordings[name]) as video:
            index = video.index(start / render.RATE - HALF, stop / render.RATE - HALF)
            got = list(video.frames(index, index.frames[::step]))

        assert [(frame.pts, pixels(frame)) for frame in got] == expected[start:stop:step]


@settings(max_examples=40)
@given(data=st.data())
def test_any_choice_of_frames_is_that_of_a_plain_decode(recordings, data):
    name = data.draw(st.sampled_from(sorted(RECORDINGS)))
    plain = render.plain(recordings[name])
    start = data.draw(st.integers(0, len(plain) - 1))
    chosen = data.draw(st.sets(st.integers(start, len(plain) - 1), min_size=1).map(sorted))

    with Video(recordings[name]) as video:
        index = video.index(start / render.RATE - HALF, 1000)
        got = list(video.frames(index, [index.frames[frame - start] for frame in chosen]))

    assert [pixels(frame) for frame in got] == [pixels(plain[frame]) for frame in chosen]


def test_real_frames_are_those_of_a_plain_decode(real_data):
    path = real_data / "g1_bottle_v3.0/videos/observation.images.cam_high/chunk-000/file-002.mp4"
    plain = {frame.pts: pixels(frame) for frame in render.plain(path)}

    with Video(path) as video:
        index = video.index(11.466666666666667 - HALF, 23.166666666666664 - HALF)
        got = {frame.pts: pixels(frame) for frame in video.frames(index, index.frames[::15])}

    assert list(index.frames) == list(plain)[344:]
    assert got == {pts: plain[pts] for pts in index.frames[::15]}


def test_the_pictures_say_that_they_are_the_right_ones(recordings):
    with Video(recordings["h264, open groups"]) as video:
        index = video.index(10 / render.RATE - HALF, 1000)
        numbers = [render.number(frame.to_image()) for frame in video.frames(index, index.frames)]

    assert numbers == list(range(10, 60))


def test_only_what_is_needed_is_decoded(recordings):
    with Video(recordings["lerobot's own"]) as video:
        index = video.index(0, 1000)
        list(video.frames(index, index.frames[::10]))
        assert video.decoded == 4  # each is a keyframe

    with Video(recordings["h264"]) as video:
        index = video.index(40 / render.RATE - HALF, 1000)
        list(video.frames(index, index.frames[:2]))
        assert video.decoded == 42 - 36  # from the keyframe before the first to the last

    with Video(recordings["h264, b-frames"]) as video:
        index = video.index(0, 1000)
        list(video.frames(index, index.frames[11::12]))
        assert video.decoded < 40  # of 60: without the b-frames that nothing depends on


def test_variable_frame_rate(tmp_path):
    times = [0, 0.1, 0.11, 0.5, 0.52, 0.9, 2.0, 2.01]
    path = render.video(tmp_path / "vfr.mp4", len(times), times=times, b_frames=2)

    with Video(path) as video:
        index = video.index(0.1, 2.005)
        found = [video.seconds(pts) for pts in index.frames]
        numbers = [render.number(frame.to_image()) for frame in video.frames(index, index.frames)]

    assert found == pytest.approx(times[1:-1], abs=1e-4)
    assert numbers == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("name", sorted(set(RECORDINGS) - {"h264, gradual refresh"}))
def test_no_frame_needs_more_than_its_group(recordings, name):
    group = RECORDINGS[name].get("keyframes", 12) + RECORDINGS[name].get("b_frames", 0) + 1
    for frame in (0, 11, 12, 25, 39):
        with Video(recordings[name]) as video:
            index = video.index(frame / render.RATE - HALF, 1000)
            list(video.frames(index, index.frames[:1]))
            assert video.decoded <= group


@pytest.mark.parametrize(
    "options",
    [
        {"codec": "av1", "keyframes": 2},
        {"b_frames": 2},
        {"b_frames": 2, "container": {"use_editlist": "0"}},
    ],
)
def test_reading_begins_at_the_episode(tmp_path, options):
    counters = Path("/proc/self/io")
    if not counters.exists():
        pytest.skip("this system does not count what a process reads (/proc/self/io)")

    def read_so_far() -> int:
        return int(counters.read_text().split("rchar: ")[1].split()[0])

    large = {"size": (256, 192), "options": {"crf": "1"}}
    path = render.video(tmp_path / "long.mp4", 400, **large, **options)
    for first in range(382, 386):  # on both sides of a keyframe
        before = read_so_far()
        with Video(path) as video:
            index = video.index(first / render.RATE - HALF, 1000)
            frames = video.frames(index, index.frames)
            assert [render.number(frame.to_image()) for frame in frames] == [*range(first, 400)]
        assert read_so_far() - before < path.stat().st_size / 2


def test_a_stretch_beyond_the_end_has_no_frames(recordings):
    with Video(recordings["h264"]) as video:
        assert list(video.index(50, 60).frames) == []
        assert video.duration == pytest.approx(2)


def test_an_edit_list_may_end_early(tmp_path):
    path = render.video(tmp_path / "cut.mp4", 60, b_frames=2)
    data = bytearray(path.read_bytes())
    duration = data.index(b"elst") + 12  # after version and number of entries
    half = int.from_bytes(data[duration : duration + 4]) // 2
    data[duration : duration + 4] = half.to_bytes(4)
    path.write_bytes(data)
    plain = [frame.pts for frame in render.plain(path)]

    with Video(path) as video:
        index = video.index(0, 1000)
        assert [frame.pts for frame in video.frames(index, index.frames)] == plain
    assert len(plain) < 40


def damaged(path: Path, first: int, last: int, part: float = 0) -> None:
    """Overwrite the packets `first` to `last` of the video at `path`, from a `part` of each on."""
    with av.open(str(path)) as container:
        packets = [(packet.pos, packet.size) for packet in container.demux(video=0) if packet.size]
    with path.open("r+b") as file:
        for position, size in packets[first : last + 1]:
            file.seek(position + int(size * part))
            file.write(b"\x55" * (size - int(size * part)))


@pytest.mark.parametrize("codec", ["h264", "av1"])
@pytest.mark.parametrize("part", [0, 0.5])
def test_damage_stays_where_it_is(tmp_path, codec, part):
    path = render.video(tmp_path / "damaged.mp4", codec=codec, keyframes=10)
    damaged(path, 20, 22, part)

    with Video(path) as video:
        index = video.index(0, 1000)
        for whole in (index.frames[:20], index.frames[30:]):
            assert len(list(video.frames(index, whole))) == len(whole)
        with pytest.raises(
            Unreadable, match=r"has a frame at 0\.[67]\d\d s that cannot be decoded"
        ):
            list(video.frames(index, index.frames[20:22]))


def audio_only(path: Path) -> None:
    with av.open(str(path), "w") as output:
        stream = output.add_stream("aac", rate=16000)
        silence = np.zeros((1, 1024), dtype=np.float32)
        frame = av.AudioFrame.from_ndarray(silence, format="fltp", layout="mono")
        frame.sample_rate = 16000
        output.mux(stream.encode(frame))
        output.mux(stream.encode(None))


def too_wide(path: Path) -> None:
    with av.open(str(path), "w", format="matroska") as output:
        stream = output.add_stream("ffv1", rate=30)
        stream.width, stream.height, stream.pix_fmt = 17000, 16, "yuv420p"
        output.mux(stream.encode(av.VideoFrame(17000, 16, "yuv420p")))
        output.mux(stream.encode(None))


def unknown_codec(path: Path) -> None:
    data = render.video(path, 5).read_bytes()
    path.write_bytes(data.replace(b"avc1", b"zzz9").replace(b"avcC", b"zzzC"))


def still_without_its_index(path: Path) -> None:
    data = render.video(path).read_bytes()
    path.write_bytes(data[: len(data) // 2])


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: path.write_bytes(b""), "is empty"),
        (lambda path: path.write_text("not a video " * 100), "is not a whole MP4"),
        (
            lambda path: path.write_text(
                "version https://git-lfs.github.com/spec/v1\noid sha256:1"
            ),
            "run `git lfs pull`",
        ),
        (still_without_its_index, "is not a whole MP4"),
        (lambda path: Image.new("RGB", (64, 64)).save(path, "PNG"), "is not a whole MP4"),
        (audio_only, "has no video stream"),
        (unknown_codec, "cannot decode"),
        (too_wide, "declares frames of 17000x16 pixels"),
    ],
)
def test_what_cannot_be_read_says_why(tmp_path, make, reason):
    path = tmp_path / "episode.mp4"
    make(path)

    with pytest.raises(Unreadable, match=reason) as caught, Video(path):
        pass

    assert str(tmp_path) not in str(caught.value)


def test_a_playlist_leads_nowhere(tmp_path, recordings):
    path = tmp_path / "episode.mp4"
    path.write_text(f"ffconcat version 1.0\nfile {recordings['h264']}\n")

    with pytest.raises(Unreadable, match="is not a whole MP4"), Video(path):
        pass


def test_a_missing_file_is_an_error_of_the_system(tmp_path):
    with pytest.raises(FileNotFoundError), Video(tmp_path / "episode.mp4"):
        pass


@settings(max_examples=60)
@given(
    data=st.data(),
    name=st.sampled_from(["h264, b-frames", "lerobot's own", "mpeg4, b-frames", "matroska"]),
)
def test_no_damage_is_more_than_unreadable(recordings, tmp_path_factory, data, name):
    content = bytearray(recordings[name].read_bytes())
    for _ in range(data.draw(st.integers(1, 20))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    content = content[: data.draw(st.integers(1, len(content)))]
    path = tmp_path_factory.mktemp("damaged") / "episode.mp4"
    path.write_bytes(content)

    with contextlib.suppress(Unreadable), Video(path) as video:
        index = video.index(0, 1000)
        frames = list(video.frames(index, index.frames[::7]))
        assert [frame.pts for frame in frames] == list(index.frames[::7])
