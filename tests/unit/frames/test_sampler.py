"""What is sampled, without the program around it; tests/programs/test_sample_frames.py has more."""

import io
import os
import re
from dataclasses import replace
from pathlib import Path

import av
import pytest
from PIL import Image as PillowImage
from PIL import ImageChops, ImageStat

from subtasks.errors import Problem
from subtasks.frames import archive, contact_sheets
from subtasks.frames.footage import Camera
from subtasks.frames.manifest import Manifest
from subtasks.frames.sampler import SampleSettings, sample_from
from subtasks.frames.stretch import VideoPosition
from subtasks.frames.video_footage import VideoSource
from support import render, sheets

SETTINGS = SampleSettings(
    fps=2.0,
    layout="sheet",
    columns=3,
    rows=2,
    tile_width=64,
    frame_width=96,
    jpeg_quality=80,
)
POSITION = VideoPosition("videos/a.mp4", 0.0, 3.0, 90, 30.0)


def sample(video: Path, position: VideoPosition, settings: SampleSettings, output: Path) -> None:
    sample_from([Camera("top", VideoSource(video, position))], settings, output)


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render.video(tmp_path_factory.mktemp("videos") / "a.mp4", 90, keyframes=10)


def test_only_the_settings_of_the_layout_are_recorded() -> None:
    assert SETTINGS.requested() == {
        "fps": 2.0,
        "layout": "sheet",
        "columns": 3,
        "rows": 2,
        "tile_width": 64,
        "jpeg_quality": 80,
        "max_frames": None,
    }
    assert replace(SETTINGS, layout="frame", max_frames=9).requested() == {
        "fps": 2.0,
        "layout": "frame",
        "frame_width": 96,
        "jpeg_quality": 80,
        "max_frames": 9,
    }


@pytest.mark.parametrize(
    ("layout", "images"),
    [
        ("sheet", [((0.0, 0.5, 1.0, 1.5, 2.0, 2.5), (198, 131)), ((2.966667,), (198, 64))]),
        ("frame", [((time,), (96, 72)) for time in (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 2.966667)]),
    ],
)
def test_an_episode_is_sampled_into_an_archive(
    tmp_path: Path,
    video: Path,
    layout: str,
    images: list[tuple[tuple[float, ...], tuple[int, int]]],
) -> None:
    sample(video, POSITION, replace(SETTINGS, layout=layout), tmp_path / "new" / "a.zip")

    manifest = archive.read_manifest(tmp_path / "new" / "a.zip")
    assert [(image.times, (image.width, image.height)) for image in manifest.images] == images
    assert manifest.images[0].name == f"{layout}_000.jpg"
    assert (manifest.video, manifest.codec, manifest.error) == ("videos/a.mp4", "h264", None)
    assert (manifest.fps, manifest.frames, manifest.duration) == (30.0, 90, 3.0)
    assert manifest.sampling["rate"] == 2.0


@pytest.mark.parametrize(
    ("layout", "images"),
    # Tiles of 64 and 48 pixels beside one another, both 48 high; never wider than 1568 in all.
    [("sheet", [(351, 131), (351, 64)]), ("frame", [(96 + 3 + 72, 72)] * 7)],
)
def test_two_cameras_are_sampled_into_one_archive(
    tmp_path: Path, video: Path, layout: str, images: list[tuple[int, int]]
) -> None:
    wrist = render.video(tmp_path / "wrist.mp4", 90, first=500, size=(96, 96))
    there = replace(POSITION, name="videos/wrist.mp4")
    cameras = [
        Camera("top", VideoSource(video, POSITION)),
        Camera("wrist", VideoSource(wrist, there)),
    ]
    settings = replace(SETTINGS, layout=layout)
    for name in ("a.zip", "b.zip"):
        sample_from(cameras, settings, tmp_path / name)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()

    manifest = archive.read_manifest(tmp_path / "a.zip")
    assert manifest.cameras == ("top", "wrist")
    assert (manifest.video, manifest.width, manifest.height) == ("videos/a.mp4", 128, 96)
    assert [(image.width, image.height) for image in manifest.images] == images
    shown = []
    for image, jpeg in archive.read_images(tmp_path / "a.zip"):
        with PillowImage.open(io.BytesIO(jpeg)) as picture:
            tiles = [picture.copy()]
        if layout == "sheet":
            tiles = sheets.tiles(tiles[0], len(image.times), 3)
        for tile in tiles:
            first = tile.height * 4 // 3
            parts = [(0, first), (first + 3, tile.width)]
            shown.append(
                [render.number(tile.crop((left, 0, right, tile.height))) for left, right in parts]
            )
    assert shown == [[number, 500 + number] for number in (0, 15, 30, 45, 60, 75, 89)]


def test_a_camera_that_cannot_be_read_fails_the_episode_by_name(
    tmp_path: Path, video: Path
) -> None:
    short = render.video(tmp_path / "wrist.mp4", 60)
    there = replace(POSITION, name="videos/wrist.mp4")
    cameras = [
        Camera("top", VideoSource(video, POSITION)),
        Camera("observation.images.wrist", VideoSource(short, there)),
    ]
    sample_from(cameras, SETTINGS, tmp_path / "a.zip")
    manifest = archive.read_manifest(tmp_path / "a.zip")
    assert (manifest.images, manifest.cameras) == ((), ("top", "observation.images.wrist"))
    assert manifest.error == (
        "camera observation.images.wrist: videos/wrist.mp4 ends 2.000 s into the episode"
        " (60 frames), but by the metadata it is 3.000 s long (90 frames)"
    )


def test_the_last_time_of_an_episode_is_rounded_down(tmp_path: Path, video: Path) -> None:
    """Its last frame is at 2.967 s."""
    sample(video, POSITION, SETTINGS, tmp_path / "a.zip")
    *_, (image, jpeg) = archive.read_images(tmp_path / "a.zip")
    with PillowImage.open(io.BytesIO(jpeg)) as picture:
        strip = picture.crop((0, 0, 64, 16)).convert("L")
    drawn = {}
    for text in (2.9, 3.0):
        [sheet] = contact_sheets.contact_sheets(
            [(text, PillowImage.new("RGB", (64, 48)))], 1, 1, 1, 1
        )
        likeness = ImageChops.difference(strip, sheet.image.crop((0, 0, 64, 16)).convert("L"))
        drawn[text] = ImageStat.Stat(likeness).sum[0]
    assert image.times == (2.966667,)
    assert drawn[2.9] < drawn[3.0] / 2


def test_an_unreadable_video_gives_an_archive_without_images(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").touch()
    sample(tmp_path / "a.mp4", POSITION, SETTINGS, tmp_path / "a.zip")

    manifest = archive.read_manifest(tmp_path / "a.zip")
    assert manifest.error == "videos/a.mp4 is empty"
    assert (manifest.codec, manifest.images) == (None, ())
    assert manifest.sampling == {"rate": 2.0} | SETTINGS.requested()


def test_nothing_is_written_for_a_missing_video_or_impossible_sheets(
    tmp_path: Path, video: Path
) -> None:
    with pytest.raises(FileNotFoundError):
        sample(tmp_path / "missing.mp4", POSITION, SETTINGS, tmp_path / "a.zip")
    with pytest.raises(Problem, match="smaller tile width"):
        sample(video, POSITION, replace(SETTINGS, columns=200), tmp_path / "a.zip")
    assert list(tmp_path.iterdir()) == []


def sampled(path: Path, frames: int = 90, rate: float = 30.0, **settings: object) -> Manifest:
    """Sample a video, and check that its archive can be read."""
    position = VideoPosition("videos/a.mp4", 0.0, frames / rate, frames, rate, is_alone=True)
    sample(path, position, replace(SETTINGS, **settings), path.with_suffix(".zip"))
    manifest = archive.read_manifest(path.with_suffix(".zip"))
    assert len(list(archive.read_images(path.with_suffix(".zip")))) == len(manifest.images)
    assert (manifest.error is None) == bool(manifest.images)
    return manifest


def encode(path: Path, codec: str, pixels: str, size: tuple[int, int]) -> Path:
    """Write a video of 20 frames, 10 a second, with any encoder that FFmpeg has."""
    with av.open(str(path), "w") as output:
        stream = output.add_stream(codec, rate=10)
        stream.width, stream.height = size
        stream.pix_fmt = pixels
        for number in range(20):
            frame = av.VideoFrame.from_ndarray(render.picture(number, size), format="rgb24")
            output.mux(stream.encode(frame.reformat(format=pixels)))
        output.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("name", "codec", "pixels", "size"),
    [
        ("a.mp4", "libx264", "yuv444p", (1, 1)),
        ("a.mp4", "libx264", "yuv444p", (3, 5)),
        ("a.mkv", "libx264", "yuv444p", (35, 53)),
        ("a.mp4", "libx264", "yuv420p10le", (64, 48)),
        ("a.mp4", "libx264", "yuv422p", (64, 48)),
        ("a.mp4", "libx264", "gray", (64, 48)),
        ("a.mkv", "libx264", "gray10le", (64, 48)),
        ("a.webm", "libvpx-vp9", "yuva420p", (64, 48)),
        ("a.webm", "libvpx", "yuv420p", (64, 48)),
        ("a.mp4", "libvpx-vp9", "yuv420p", (64, 48)),
        ("a.mp4", "mjpeg", "yuvj420p", (64, 48)),
        ("a.mov", "png", "rgba", (64, 48)),
        ("a.mkv", "ffv1", "gray16le", (64, 48)),
        ("a.mkv", "ffv1", "yuv444p", (64, 48)),
        ("a.mov", "prores_ks", "yuv422p10le", (64, 48)),
        ("a.mkv", "rawvideo", "yuv420p", (64, 48)),
        ("a.ts", "mpeg2video", "yuv420p", (64, 48)),
        ("a.ts", "libx264", "yuv420p", (64, 48)),
    ],
)
def test_every_usual_encoding_is_sampled(
    tmp_path: Path, name: str, codec: str, pixels: str, size: tuple[int, int]
) -> None:
    manifest = sampled(encode(tmp_path / name, codec, pixels, size), 20, 10.0)
    assert (manifest.error, manifest.remarks) == (None, ())
    assert (manifest.width, manifest.height) == size
    assert [time for image in manifest.images for time in image.times] == [0.0, 0.5, 1.0, 1.5, 1.9]


@pytest.mark.parametrize(
    ("name", "codec", "pixels"),
    [
        ("a.avi", "mpeg4", "yuv420p"),
        ("a.avi", "mjpeg", "yuvj420p"),
        ("a.flv", "libx264", "yuv420p"),
        ("a.gif", "gif", "rgb8"),
    ],
)
def test_other_containers_are_refused(tmp_path: Path, name: str, codec: str, pixels: str) -> None:
    error = sampled(encode(tmp_path / name, codec, pixels, (64, 48)), 20, 10.0).error
    assert error is not None
    assert error.startswith("videos/a.mp4 is not a whole MP4, MOV, Matroska, WebM or MPEG-TS file")


@pytest.mark.parametrize(("frames", "fps"), [(1, 30.0), (1, 1000.0), (60, 1000.0), (3, 0.5)])
def test_very_short_and_very_fast_episodes(tmp_path: Path, frames: int, fps: float) -> None:
    times = [number / fps for number in range(frames)]
    manifest = sampled(render.video(tmp_path / "a.mp4", frames, times=times), frames, fps)
    assert (manifest.error, manifest.remarks) == (None, ())
    assert manifest.images[0].times[0] == 0.0


def damage(path: Path, first: int, last: int) -> None:
    """Overwrite packets of a video."""
    with av.open(str(path)) as container:
        packets = [(packet.pos, packet.size) for packet in container.demux(video=0) if packet.size]
    with path.open("r+b") as file:
        for position, size in packets[first : last + 1]:
            file.seek(position)
            file.write(b"\x55" * size)


@pytest.mark.parametrize("codec", ["h264", "av1", "hevc", "mpeg4"])
@pytest.mark.parametrize("keyframes", [2, 12, 250])
@pytest.mark.parametrize(
    ("first", "done"), [(89, "1 replaced"), (85, "1 replaced"), (80, "1 left")]
)
def test_damaged_packets_at_the_end_do_not_lose_the_episode(
    tmp_path: Path, codec: str, keyframes: int, first: int, done: str
) -> None:
    path = render.video(tmp_path / "a.mp4", 90, codec=codec, keyframes=keyframes)
    damage(path, first, 89)
    manifest = sampled(path)
    assert manifest.error is None
    (remark,) = manifest.remarks
    assert "has a frame at 2.967 s that cannot be decoded" in remark
    assert f"of 7 sampled frames, {done}" in remark
    shown = [time for image in manifest.images for time in image.times]
    assert shown[:6] == [0.0, 0.5, 1.0, 1.5, 2.0, 2.5]
    assert remark.endswith(f"shown up to {shown[-1] + 1 / 30:.2f} of 3.00 s")
    assert all(time < first / 30 for time in shown)


@pytest.mark.parametrize("codec", ["h264", "av1", "hevc", "mpeg4"])
@pytest.mark.parametrize(("first", "last", "keyframes"), [(30, 30, 2), (28, 33, 2), (31, 33, 12)])
def test_damage_in_the_middle_shows_a_neighbour(
    tmp_path: Path, codec: str, first: int, last: int, keyframes: int
) -> None:
    path = render.video(tmp_path / "a.mp4", 90, codec=codec, keyframes=keyframes)
    damage(path, first, last)
    manifest = sampled(path, layout="frame", fps=3.0)
    shown = [image.times[0] for image in manifest.images]
    assert manifest.error is None
    assert len(shown) == 10
    assert all(abs(time - k / 3) < 0.17 for k, time in enumerate(shown))


@pytest.mark.parametrize("cut", [0.5, 0.8])
@pytest.mark.parametrize("keyframes", [12, 250])
def test_more_damage_than_may_be_missing_names_the_frame(
    tmp_path: Path, cut: float, keyframes: int
) -> None:
    path = render.video(tmp_path / "a.mp4", 90, keyframes=keyframes)
    damage(path, int(cut * 90), 89)
    error = sampled(path).error
    assert error is not None
    assert re.fullmatch(
        r"videos/a\.mp4 has a frame at \d\.\d{3} s that cannot be decoded \(.*\)", error
    )


@pytest.mark.parametrize("bytes_lost", [30, 60])
@pytest.mark.parametrize(
    ("name", "container"),
    [
        ("a.mp4", {"movflags": "faststart"}),
        ("a.mp4", {"movflags": "frag_keyframe+empty_moov"}),
        ("a.mkv", {}),
        ("a.ts", {}),
    ],
)
def test_a_file_that_is_cut_off_a_little_is_used(
    tmp_path: Path, name: str, container: dict[str, str], bytes_lost: int
) -> None:
    path = render.video(tmp_path / name, 90, container=container)
    path.write_bytes(path.read_bytes()[:-bytes_lost])
    assert sampled(path).error is None


def test_what_is_not_a_file_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    (tmp_path / "folder.mp4").mkdir()
    for name in ("pipe.mp4", "folder.mp4"):
        assert sampled(tmp_path / name).error == "videos/a.mp4 is not a file"
