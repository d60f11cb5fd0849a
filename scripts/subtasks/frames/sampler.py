"""Sampling an episode: frames out of its video, laid out as pictures, into an archive."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

from subtasks import files
from subtasks.frames import archive, contact_sheets, sampling
from subtasks.frames.manifest import Image, Manifest
from subtasks.frames.stretch import VideoPosition, find_frames
from subtasks.frames.video import Index, Unreadable, Video
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
    """Sample an episode's frames into the archive `output`.

    A video that cannot be decoded gives an archive without images whose manifest says why. A
    missing one raises `OSError`; sheets larger than a model accepts raise `Problem`.
    """
    manifest = _unopened(position, settings)
    with files.replacing(output) as path:
        try:
            _sample(video, position, settings, manifest, path)
        except Unreadable as error:
            failed = replace(manifest, error=f"{position.name} {error}")
            log.warning("%s; the archive has no images", failed.error)
            with archive.Writer(path) as writer:
                writer.manifest(failed)


def _sample(
    path: Path,
    position: VideoPosition,
    settings: SampleSettings,
    manifest: Manifest,
    output: Path,
) -> None:
    """Write the archive image by image. Raises `Unreadable` for damage found on the way."""
    with Video(path) as video, archive.Writer(output) as writer:
        log.info("%s: %s, %dx%d", position.name, video.codec, video.width, video.height)
        stretch = find_frames(video, position)
        index, times = stretch.index, stretch.times
        for remark in stretch.remarks:
            log.warning("%s", remark)
        samples = sampling.choose(times, settings.fps, settings.max_frames or len(times))
        if samples.thinned:
            log.info(
                "%g samples a second would be more than %d frames: sampled at %.6g a second",
                settings.fps,
                settings.max_frames,
                samples.rate,
            )
        images: list[Image] = []
        for picture in _pictures(settings, video, index, times, samples):
            name = f"{settings.layout}_{len(images):03d}.jpg"
            rounded = tuple(round(time, DIGITS) for time in picture.times)
            images.append(Image(name, *picture.image.size, rounded))
            writer.image(images[-1], contact_sheets.jpeg(picture.image, settings.jpeg_quality))
        writer.manifest(
            replace(
                manifest,
                codec=video.codec,
                width=video.width,
                height=video.height,
                sampling={**manifest.sampling, "rate": round(samples.rate, DIGITS)},
                images=tuple(images),
                remarks=stretch.remarks,
            )
        )
        log.info(
            "sampled %d of %d frames by decoding %d, wrote %s, %d bytes",
            len(samples.indices),
            len(times),
            video.decoded,
            counted(len(images), "image"),
            writer.size,
        )


def _pictures(
    settings: SampleSettings,
    video: Video,
    index: Index,
    times: Sequence[float],
    samples: sampling.Samples,
) -> Iterator[contact_sheets.Picture]:
    """Decode the samples and lay them out, one image at a time."""
    width = settings.tile_width if settings.layout == "sheet" else settings.frame_width
    wanted = (index.frames[sample] for sample in samples.indices)
    images = map(contact_sheets.Scaler(width), video.frames(index, wanted))
    sampled = [times[sample] for sample in samples.indices]
    if settings.layout == "frame":
        return (
            contact_sheets.Picture(image, (time,))
            for image, time in zip(images, sampled, strict=True)
        )
    return contact_sheets.contact_sheets(
        images, sampled, settings.columns, settings.rows, sampling.decimals(samples.rate)
    )


def _unopened(position: VideoPosition, settings: SampleSettings) -> Manifest:
    """Return the manifest as far as it is known before the video is opened."""
    return Manifest(
        video=position.name,
        codec=None,
        width=None,
        height=None,
        fps=position.episode_fps,
        frames=position.frames,
        duration=round(position.frames / position.episode_fps, DIGITS),
        sampling={"rate": settings.fps} | settings.requested(),
        images=(),
    )
