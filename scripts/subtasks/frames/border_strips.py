"""Strips of frames around the borders between an episode's subtasks, one picture for each."""

import logging
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from PIL import Image as Pillow

from subtasks import files
from subtasks.errors import Problem
from subtasks.frames import (
    archive,
    contact_sheets,
    moments,
    sampler,
    sampling,
    strip_layout,
)
from subtasks.frames.contact_sheets import Picture
from subtasks.frames.footage import Camera
from subtasks.frames.manifest import Image, Manifest
from subtasks.frames.moments import Moments, NotShown
from subtasks.frames.sampler import DIGITS
from subtasks.frames.strip_layout import COLUMNS, RATE, TILE_WIDTH
from subtasks.segments.borders import Border
from subtasks.wording import counted

log = logging.getLogger("subtasks")


def unopened(cameras: Sequence[Camera], borders: Sequence[Border], jpeg_quality: int) -> Manifest:
    """Return the manifest of an episode's strips as far as it is known before anything is opened.

    `jpeg_quality` is from 1 to 95.
    """
    recorded = {
        "rate": RATE,
        "layout": "strip",
        "tile_width": TILE_WIDTH,
        "columns": COLUMNS,
        "jpeg_quality": jpeg_quality,
    }
    manifest = sampler.unopened(cameras, recorded)
    return replace(manifest, borders=tuple(border.time for border in borders))


def is_current(path: Path, wanted: Manifest, cameras: Sequence[Camera]) -> bool:
    """Say whether the archive at `path` is what sampling would give again.

    It then has the settings and borders of the manifest that is `wanted`, and is newer than the
    files that have the cameras' frames. An archive that says why it has no images is not.
    """
    try:
        found = archive.read_manifest(path)
        made = path.stat().st_mtime_ns
        is_newer = all(camera.source.path.stat().st_mtime_ns <= made for camera in cameras)
    except (OSError, Problem):
        return False
    same = ("fps", "frames", "sampling", "cameras", "borders", "video")
    return (
        is_newer
        and found.error is None
        and all(getattr(found, name) == getattr(wanted, name) for name in same)
    )


def sample_strips(
    cameras: Sequence[Camera], borders: Sequence[Border], jpeg_quality: int, output: Path
) -> None:
    """Sample the frames around an episode's borders into the archive `output`, a strip for each.

    Frames that cannot be decoded give an archive without images whose manifest says why. Images
    larger than a model accepts raise `Problem`, a missing video raises `OSError`.
    """
    manifest = unopened(cameras, borders, jpeg_quality)
    with files.replacing(output) as path:
        try:
            _sample(cameras, borders, manifest, path)
        except NotShown as reason:
            log.warning("%s; the archive has no images", reason)
            with archive.Writer(path) as writer:
                writer.manifest(replace(manifest, error=str(reason), borders=()))


def _sample(
    cameras: Sequence[Camera], borders: Sequence[Border], manifest: Manifest, output: Path
) -> None:
    with moments.opened(cameras) as view, archive.Writer(output) as writer:
        images: list[Image] = []
        shown = strip_layout.frames(view.times, borders)
        for number, tiles in enumerate(_tiles(view, shown)):
            if not tiles:
                raise NotShown(
                    f"{manifest.video} has no frame around the border at "
                    f"{borders[number].time:.2f} s that can be decoded"
                )
            picture = strip(tiles, len(cameras))
            times = tuple(round(time, DIGITS) for time in picture.times)
            images.append(Image(f"border_{number:03d}.jpg", *picture.image.size, times))
            quality = manifest.sampling["jpeg_quality"]
            writer.image(images[-1], contact_sheets.jpeg(picture.image, quality))
        sampler.finish(writer, manifest, view, images)
        log.info(
            "sampled %s around %s by decoding %d, wrote %d bytes",
            counted(sum(len(image.times) for image in images), "frame"),
            counted(len(images), "border"),
            view.decoded,
            writer.size,
        )


def strip(tiles: Sequence[tuple[float, Pillow.Image]], cameras: int) -> Picture:
    """Lay out the tiles of one border, each with its time in seconds, in one picture."""
    size = strip_layout.fitted(tiles[0][1].size, cameras, len(tiles))
    if size != tiles[0][1].size:
        tiles = [(time, image.resize(size)) for time, image in tiles]
    columns = strip_layout.columns(size, cameras, len(tiles))
    rows = math.ceil(len(tiles) / columns)
    decimals = sampling.decimals(RATE)
    [picture] = contact_sheets.contact_sheets(tiles, len(tiles), columns, rows, decimals)
    return picture


def _tiles(
    view: Moments, shown: Sequence[Sequence[int]]
) -> Iterator[list[tuple[float, Pillow.Image]]]:
    """Yield the tiles of each border, with the seconds of each; a frame may belong to two."""
    indices = sorted({index for frames in shown for index in frames})
    remaining = iter(view.tiles(indices, RATE, TILE_WIDTH) if indices else ())
    ahead = next(remaining, None)
    kept: list[tuple[float, Pillow.Image]] = []
    for frames in shown:
        first, last = view.times[frames[0]], view.times[frames[-1]]
        while ahead is not None and ahead[0] <= last + sampling.EPSILON:
            kept.append(ahead)
            ahead = next(remaining, None)
        kept = [tile for tile in kept if tile[0] >= first - sampling.EPSILON]
        yield [tile for tile in kept if tile[0] <= last + sampling.EPSILON]
