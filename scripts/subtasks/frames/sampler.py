"""Sampling an episode: frames, laid out as pictures, into an archive."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Literal

from subtasks import files
from subtasks.frames import archive, contact_sheets, grid, moments, sampling
from subtasks.frames.footage import Camera
from subtasks.frames.manifest import Image, Manifest
from subtasks.frames.moments import Moments, NotShown
from subtasks.wording import counted

DIGITS = 6
"""Digits after the point of a time in the manifest."""

Layout = Literal["sheet", "frame"]

log = logging.getLogger("subtasks")


@dataclass(frozen=True, slots=True)
class SampleSettings:
    """Which frames are sampled and how they are laid out.

    `fps` is in samples per second. Layout "sheet" puts frames scaled to `tile_width` pixels into
    contact sheets of `columns` by `rows`; layout "frame" gives single images of `frame_width`
    pixels. Frames are never scaled up. `jpeg_quality` is from 1 to 95. An episode that has more
    than `max_frames` samples (at least 2) is thinned evenly; None keeps them all.
    """

    fps: float
    layout: Layout
    columns: int
    rows: int
    tile_width: int
    frame_width: int
    jpeg_quality: int
    max_frames: int | None = None

    def requested(self) -> dict[str, object]:
        """Return the settings that make a difference, under their names."""
        unused = {"frame_width"} if self.layout == "sheet" else {"columns", "rows", "tile_width"}
        return {name: value for name, value in asdict(self).items() if name not in unused}


def sample_from(cameras: Sequence[Camera], settings: SampleSettings, output: Path) -> None:
    """Sample an episode's frames, as its cameras see them, into the archive `output`.

    The first camera says at which times. Frames that cannot be decoded give an archive without
    images whose manifest says why. Images larger than a model accepts raise `Problem`, a missing
    video raises `OSError`.
    """
    manifest = unopened(cameras, {"rate": settings.fps} | settings.requested())
    with files.replacing(output) as path:
        try:
            _sample(cameras, settings, manifest, path)
        except NotShown as reason:
            log.warning("%s; the archive has no images", reason)
            with archive.Writer(path) as writer:
                writer.manifest(replace(manifest, error=str(reason)))


def _sample(
    cameras: Sequence[Camera], settings: SampleSettings, manifest: Manifest, output: Path
) -> None:
    """Write the archive image by image. Raises `NotShown` for damage found on the way."""
    with moments.opened(cameras) as view, archive.Writer(output) as writer:
        times = view.times
        samples = sampling.choose(times, settings.fps, settings.max_frames or len(times))
        if samples.thinned:
            log.info(
                "%g samples a second would be more than %d frames: sampled at %.6g a second",
                settings.fps,
                settings.max_frames,
                samples.rate,
            )
        images: list[Image] = []
        for picture in _pictures(settings, view, samples, len(cameras)):
            name = f"{settings.layout}_{len(images):03d}.jpg"
            rounded = tuple(round(time, DIGITS) for time in picture.times)
            images.append(Image(name, *picture.image.size, rounded))
            writer.image(images[-1], contact_sheets.jpeg(picture.image, settings.jpeg_quality))
        rate = round(samples.rate, DIGITS)
        found = replace(manifest, sampling={**manifest.sampling, "rate": rate})
        finish(writer, found, view, images)
        log.info(
            "sampled %d of %d frames by decoding %d, wrote %s, %d bytes",
            sum(len(image.times) for image in images),
            len(times),
            view.decoded,
            counted(len(images), "image"),
            writer.size,
        )


def finish(
    writer: archive.Writer, manifest: Manifest, view: Moments, images: Sequence[Image]
) -> None:
    """Write the manifest of images that are written, and log what a person should read."""
    for remark in view.remarks:
        log.warning("%s", remark)
    writer.manifest(
        replace(
            manifest,
            codec=view.codec,
            width=view.width,
            height=view.height,
            images=tuple(images),
            remarks=view.remarks,
        )
    )


def _pictures(
    settings: SampleSettings, view: Moments, samples: sampling.Samples, cameras: int
) -> Iterator[contact_sheets.Picture]:
    """Lay the samples out, one image at a time."""
    width = settings.tile_width if settings.layout == "sheet" else settings.frame_width
    tiles = view.tiles(samples.indices, samples.rate, width)
    if settings.layout == "frame":
        return (contact_sheets.Picture(image, (time,)) for time, image in tiles)
    if (head := next(tiles, None)) is None:
        return iter(())
    columns = grid.columns_of(head[1].size, cameras, settings.columns, settings.tile_width)
    return contact_sheets.contact_sheets(
        chain([head], tiles),
        len(samples.indices),
        columns,
        settings.rows,
        sampling.decimals(samples.rate),
    )


def unopened(cameras: Sequence[Camera], recorded: Mapping[str, object]) -> Manifest:
    """Return the manifest as far as it is known before anything is opened.

    `recorded` are the settings of sampling that make a difference, with the `rate`.
    """
    extent = cameras[0].source.extent
    return Manifest(
        video=extent.name,
        codec=None,
        width=None,
        height=None,
        fps=extent.episode_fps,
        frames=extent.frames,
        duration=round(extent.frames / extent.episode_fps, DIGITS),
        sampling=recorded,
        images=(),
        cameras=tuple(camera.name for camera in cameras),
    )
