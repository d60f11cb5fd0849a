"""The filmstrip: which frames its tiles show, whatever the archive's layout."""

import tracemalloc
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from PIL import Image

from subtasks.frames import archive, filmstrip, grid, sampler
from subtasks.frames.contact_sheets import contact_sheets, jpeg
from subtasks.frames.filmstrip import Filmstrip
from subtasks.frames.footage import Camera
from subtasks.frames.manifest import Image as Member
from subtasks.frames.manifest import Manifest
from subtasks.frames.sampler import SampleSettings
from subtasks.frames.stretch import VideoPosition
from subtasks.frames.video_footage import VideoSource
from support import render

FPS, LENGTH = 30.0, 90
OTHER = 1000
"""Number of the first frame of the second camera, so that its frames are no frames of the first."""

SHEETS = SampleSettings(
    fps=5.0, layout="sheet", columns=5, rows=2, tile_width=112, frame_width=640, jpeg_quality=90
)
FRAMES = replace(SHEETS, layout="frame")
NUMBERS = [*range(0, LENGTH, 6), 89]
"""The frames that are sampled of an episode of `LENGTH` frames, 5 times a second."""


def sampled(
    path: Path, settings: SampleSettings, sizes: Sequence[tuple[int, int]], **options: object
) -> Path:
    """Sample an episode as cameras see it whose frames have these sizes."""
    cameras = []
    for number, size in enumerate(sizes):
        video = render.video(
            path.with_suffix(f".{number}.mp4"),
            LENGTH,
            first=OTHER * number,
            size=size,
            **(options if number == 0 else {}),
        )
        position = VideoPosition(f"videos/{number}.mp4", 0.0, LENGTH / FPS, LENGTH, FPS)
        cameras.append(Camera(f"camera {number}", VideoSource(video, position)))
    sampler.sample_from(cameras, settings, path)
    return path


def tiles(image: Path, strip: Filmstrip) -> list[Image.Image]:
    """Cut a filmstrip into its tiles."""
    size = strip.width, strip.height
    with Image.open(image) as whole:
        rows = -(-len(strip.times) // strip.columns)
        assert whole.size == (size[0] * strip.columns, size[1] * rows)
        corners = [divmod(number, strip.columns) for number in range(len(strip.times))]
        return [
            whole.crop((x * size[0], y * size[1], (x + 1) * size[0], (y + 1) * size[1]))
            for y, x in corners
        ]


def written(source: Path, output: Path) -> tuple[Filmstrip, list[Image.Image]]:
    strip = filmstrip.write(source, output)
    assert strip is not None
    return strip, tiles(output, strip)


@pytest.mark.parametrize("layout", [SHEETS, FRAMES], ids=["sheets", "frames"])
@pytest.mark.parametrize(
    "sizes",
    [
        [(128, 96)],
        [(128, 96), (128, 96)],
        [(128, 96), (96, 128)],
        [(96, 128), (192, 64), (128, 128)],
        [(320, 240), (64, 48), (64, 48), (64, 48)],
    ],
    ids=str,
)
def test_tiles_show_the_frames_of_the_first_camera(
    tmp_path: Path, layout: SampleSettings, sizes: list[tuple[int, int]]
) -> None:
    source = sampled(tmp_path / "a.zip", layout, sizes)
    strip, found = written(source, tmp_path / "a.jpg")
    assert [round(time * FPS) for time in strip.times] == NUMBERS
    assert [render.number(tile) for tile in found] == NUMBERS
    assert strip.columns == 10
    # Value by value: no column of a neighbour, of the gap between cameras or of the time above.
    for number, tile in zip(NUMBERS, found, strict=True):
        there = Image.fromarray(render.picture(number, sizes[0])).resize(tile.size)
        differences = np.abs(np.asarray(tile, int) - np.asarray(there, int))
        inner = differences[2:-2, 2:-2]
        assert inner.mean() < 12
        for side in (differences[0], differences[-1], differences[:, 0], differences[:, -1]):
            assert side.mean() < 40


@pytest.mark.parametrize("layout", [SHEETS, FRAMES], ids=["sheets", "frames"])
def test_a_video_that_lies_on_its_side_is_upright(tmp_path: Path, layout: SampleSettings) -> None:
    sizes = [(96, 128), (128, 96)]
    source = sampled(tmp_path / "a.zip", layout, sizes, rotation=90)
    manifest = archive.read_manifest(source)
    assert (manifest.width, manifest.height) == (96, 128)
    strip, found = written(source, tmp_path / "a.jpg")
    assert strip.width > strip.height
    turned = found[3].transpose(Image.Transpose.ROTATE_270)
    other = found[3].transpose(Image.Transpose.ROTATE_90)
    assert NUMBERS[3] in (render.number(turned), render.number(other))


@pytest.mark.parametrize(
    ("size", "tile"),
    [((128, 96), (96, 72)), ((96, 512), (36, 192)), ((64, 48), (64, 48)), ((640, 128), (96, 19))],
)
def test_tiles_keep_their_shape_and_are_not_enlarged(
    tmp_path: Path, size: tuple[int, int], tile: tuple[int, int]
) -> None:
    source = sampled(tmp_path / "a.zip", replace(SHEETS, columns=3, tile_width=640), [size])
    strip, _ = written(source, tmp_path / "a.jpg")
    assert (strip.width, strip.height) == tile


def test_frames_of_another_size_are_shown_whole(tmp_path: Path) -> None:
    source = tmp_path / "a.zip"
    sizes = [(128, 96), (64, 48), (256, 192)]
    members = tuple(Member(f"{n}.jpg", *size, (n / 2,)) for n, size in enumerate(sizes))
    manifest = archive.read_manifest(plain(tmp_path / "b.zip", 3, [40], 5, 4))
    with archive.Writer(source) as writer:
        for number, member in enumerate(members):
            size = member.width, member.height
            picture = Image.fromarray(render.picture(number * 30, size))
            writer.image(member, jpeg(picture, 90))
        writer.manifest(
            replace(
                manifest,
                images=members,
                sampling={"layout": "frame", "rate": 2.0, "frame_width": 640},
            )
        )
    _, found = written(source, tmp_path / "a.jpg")
    assert [render.number(tile) for tile in found] == [0, 30, 60]


def test_a_short_episode_has_a_short_row(tmp_path: Path) -> None:
    source = sampled(tmp_path / "a.zip", replace(SHEETS, fps=1.0), [(128, 96)])
    strip, found = written(source, tmp_path / "a.jpg")
    assert strip.columns == len(found) == 4
    assert [render.number(tile) for tile in found] == [0, 30, 60, 89]


def plain(path: Path, count: int, cameras: Sequence[int], columns: int, rows: int) -> Path:
    """Write an archive of sheets; each tile has a grey that tells its number, and red cameras."""
    height = 30
    width = sum(cameras) + grid.GUTTER * (len(cameras) - 1)
    columns_of = grid.columns_of((width, height), len(cameras), columns, cameras[0])
    times = [number / 2 for number in range(count)]

    def picture(number: int) -> Image.Image:
        tile = Image.new("RGB", (width, height))
        left = 0
        for place, each in enumerate(cameras):
            colour = (200, 0, 0) if place else (grey(number),) * 3
            tile.paste(Image.new("RGB", (each, height), colour), (left, 0))
            left += each + grid.GUTTER
        return tile

    found = ((time, picture(number)) for number, time in enumerate(times))
    images = []
    with archive.Writer(path) as writer:
        for number, each in enumerate(contact_sheets(found, count, columns_of, rows, 1)):
            images.append(Member(f"sheet_{number:03d}.jpg", *each.image.size, each.times))
            writer.image(images[-1], jpeg(each.image, 90))
        writer.manifest(
            Manifest(
                video="video.mp4",
                codec="h264",
                width=cameras[0],
                height=height,
                fps=30.0,
                frames=count * 15,
                duration=count / 2,
                sampling={
                    "rate": 2.0,
                    "layout": "sheet",
                    "columns": columns,
                    "rows": rows,
                    "tile_width": cameras[0],
                },
                images=tuple(images),
                cameras=tuple(f"camera {each}" for each in range(len(cameras))),
            )
        )
    return path


def grey(number: int) -> int:
    return 40 + number * 7 % 200


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    count=st.integers(1, 60),
    cameras=st.lists(st.integers(20, 700), min_size=1, max_size=4),
    columns=st.integers(1, 8),
    rows=st.integers(1, 5),
)
def test_sheets_of_any_kind_are_cut_at_the_right_places(
    tmp_path: Path, count: int, cameras: list[int], columns: int, rows: int
) -> None:
    width = sum(cameras) + grid.GUTTER * (len(cameras) - 1)
    assume(grid.sheet_size((width, 30), columns, columns * rows)[0] <= grid.MAX_IMAGE_SIDE)
    source = plain(tmp_path / "a.zip", count, cameras, columns, rows)
    strip, found = written(source, tmp_path / "a.jpg")
    assert strip.times == tuple(number / 2 for number in range(count))
    for number, tile in enumerate(found):
        shown = np.asarray(tile.resize((tile.width, 1), Image.Resampling.BOX), int)
        # The squares of a JPEG reach across edges.
        assert np.abs(shown - grey(number)).max() <= 45, number


def test_a_long_episode_is_thinned_evenly(tmp_path: Path) -> None:
    source = plain(tmp_path / "a.zip", 1801, [40], 5, 4)
    strip, found = written(source, tmp_path / "a.jpg")
    assert len(found) == len(strip.times) == filmstrip.MAX_TILES
    assert (strip.times[0], strip.times[-1]) == (0.0, 900.0)
    steps = set(np.diff(strip.times))
    assert steps <= {1.5, 2.0}
    for time, tile in zip(strip.times, found, strict=True):
        middle = np.asarray(tile.resize((1, 1), Image.Resampling.BOX)).reshape(3)
        assert np.abs(middle.astype(int) - grey(round(time * 2))).max() <= 4


def test_the_same_archive_gives_the_same_bytes(tmp_path: Path) -> None:
    source = sampled(tmp_path / "a.zip", SHEETS, [(128, 96), (128, 96)])
    for name in ("a.jpg", "b.jpg"):
        filmstrip.write(source, tmp_path / name)
    assert (tmp_path / "a.jpg").read_bytes() == (tmp_path / "b.jpg").read_bytes()


def test_memory_does_not_grow_with_the_number_of_sheets(tmp_path: Path) -> None:
    peaks = []
    for count in (20, 200):
        source = plain(tmp_path / f"{count}.zip", count, [40], 5, 4)
        tracemalloc.start()
        filmstrip.write(source, tmp_path / "a.jpg")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + (1 << 20)


# Archives without pictures ------------------------------------------------------------------------


def is_blank(source: Path | None, output: Path) -> bool:
    strip = filmstrip.write(source, output)
    with Image.open(output) as image:
        assert image.format == "JPEG"
        return strip is None and image.size == (1, 1)


def test_an_archive_without_images_gives_one_pixel_and_the_reason(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    source = tmp_path / "a.zip"
    manifest = archive.read_manifest(plain(source, 3, [40], 5, 4))
    with archive.Writer(source) as writer:
        writer.manifest(replace(manifest, images=(), error="video.mp4 is damaged"))
    assert is_blank(source, tmp_path / "a.jpg")
    assert "video.mp4 is damaged" in caplog.text
    assert is_blank(None, tmp_path / "b.jpg")


def test_a_missing_archive_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        filmstrip.write(tmp_path / "a.zip", tmp_path / "a.jpg")


@pytest.mark.parametrize(
    "change",
    [
        {"sampling": {"layout": "sheet", "rate": 2.0}},
        {"sampling": {"layout": "frame", "rate": 2.0, "frame_width": "wide"}},
        {"sampling": {"layout": "strip", "rate": 2.0}},
        {"sampling": {"layout": "sheet", "rate": 2.0, "columns": 7, "rows": 4, "tile_width": 40}},
    ],
)
def test_an_archive_that_does_not_say_where_its_tiles_are_gives_one_pixel(
    tmp_path: Path, change: dict[str, object]
) -> None:
    source = plain(tmp_path / "a.zip", 12, [40], 5, 4)
    manifest, images = archive.read_manifest(source), list(archive.read_images(source))
    with archive.Writer(source) as writer:
        for member, data in images:
            writer.image(member, data)
        writer.manifest(replace(manifest, **change))
    assert is_blank(source, tmp_path / "a.jpg")


@pytest.mark.parametrize("data", [b"", b"\xff\xd8\xff", b"GIF89a" + bytes(20), None])
def test_an_image_that_is_damaged_or_of_another_size_gives_one_pixel(
    tmp_path: Path, data: bytes | None
) -> None:
    source = plain(tmp_path / "a.zip", 12, [40], 5, 4)
    manifest = archive.read_manifest(source)
    with archive.Writer(source) as writer:
        for member in manifest.images:
            writer.image(member, jpeg(Image.new("RGB", (9, 9)), 90) if data is None else data)
        writer.manifest(manifest)
    assert is_blank(source, tmp_path / "a.jpg")


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_damage_is_a_failure(tmp_path: Path, data: st.DataObject) -> None:
    source = plain(tmp_path / "a.zip", 7, [40, 60], 5, 4)
    content = bytearray(source.read_bytes())
    start = data.draw(st.integers(0, len(content)))
    stop = data.draw(st.integers(start, min(start + 40, len(content))))
    content[start:stop] = data.draw(st.binary(max_size=40))
    source.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    filmstrip.write(source, tmp_path / "a.jpg")
