"""Sampling an episode: frames, laid out as pictures, into an archive."""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

from subtasks import files
from subtasks.frames import archive, contact_sheets, sampling
from subtasks.frames.footage import Extent, Source
from subtasks.frames.manifest import Image, Manifest
from subtasks.frames.shots import Shot, Shots
from subtasks.frames.stretch import VideoPosition
from subtasks.frames.video import Unreadable
from subtasks.frames.video_footage import VideoSource
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


def sample(video: Path, position: VideoPosition, settings: SampleSettings, output: Path) -> None:
    """Sample an episode's frames from its video into the archive `output`, as `sample_from` does.

    A missing video raises `OSError`.
    """
    sample_from(VideoSource(video, position), settings, output)


def sample_from(source: Source, settings: SampleSettings, output: Path) -> None:
    """Sample an episode's frames into the archive `output`.

    Frames that cannot be decoded give an archive without images whose manifest says why. Sheets
    larger than a model accepts raise `Problem`.
    """
    manifest = _unopened(source.extent, settings)
    with files.replacing(output) as path:
        try:
            _sample(source, settings, manifest, path)
        except Unreadable as error:
            failed = replace(manifest, error=f"{source.extent.name} {error}")
            log.warning("%s; the archive has no images", failed.error)
            with archive.Writer(path) as writer:
                writer.manifest(failed)


def _sample(source: Source, settings: SampleSettings, manifest: Manifest, output: Path) -> None:
    """Write the archive image by image. Raises `Unreadable` for damage found on the way."""
    with source.opened() as footage, archive.Writer(output) as writer:
        times = footage.times
        samples = sampling.choose(times, settings.fps, settings.max_frames or len(times))
        if samples.thinned:
            log.info(
                "%g samples a second would be more than %d frames: sampled at %.6g a second",
                settings.fps,
                settings.max_frames,
                samples.rate,
            )
        shots = Shots(footage, source.extent, samples.indices, samples.rate)
        images: list[Image] = []
        for picture in _pictures(settings, shots, samples):
            name = f"{settings.layout}_{len(images):03d}.jpg"
            rounded = tuple(round(time, DIGITS) for time in picture.times)
            images.append(Image(name, *picture.image.size, rounded))
            writer.image(images[-1], contact_sheets.jpeg(picture.image, settings.jpeg_quality))
        remarks = (*footage.remarks, *shots.remarks)
        for remark in remarks:
            log.warning("%s", remark)
        writer.manifest(
            replace(
                manifest,
                codec=footage.codec,
                width=footage.width,
                height=footage.height,
                sampling={**manifest.sampling, "rate": round(samples.rate, DIGITS)},
                images=tuple(images),
                remarks=remarks,
            )
        )
        log.info(
            "sampled %d of %d frames by decoding %d, wrote %s, %d bytes",
            sum(len(image.times) for image in images),
            len(times),
            footage.decoded,
            counted(len(images), "image"),
            writer.size,
        )


def _pictures(
    settings: SampleSettings, shots: Iterable[Shot], samples: sampling.Samples
) -> Iterator[contact_sheets.Picture]:
    """Lay the samples out, one image at a time."""
    width = settings.tile_width if settings.layout == "sheet" else settings.frame_width
    scaler = contact_sheets.Scaler(width)
    images = ((shot.time, scaler(shot.frame)) for shot in shots)
    if settings.layout == "frame":
        return (contact_sheets.Picture(image, (time,)) for time, image in images)
    return contact_sheets.contact_sheets(
        images,
        len(samples.indices),
        settings.columns,
        settings.rows,
        sampling.decimals(samples.rate),
    )


def _unopened(extent: Extent, settings: SampleSettings) -> Manifest:
    """Return the manifest as far as it is known before anything is opened."""
    return Manifest(
        video=extent.name,
        codec=None,
        width=None,
        height=None,
        fps=extent.episode_fps,
        frames=extent.frames,
        duration=round(extent.frames / extent.episode_fps, DIGITS),
        sampling={"rate": settings.fps} | settings.requested(),
        images=(),
    )
