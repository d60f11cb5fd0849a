"""Sample the frames of one episode from its video into an archive of JPEGs."""

import argparse
import logging
import math
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from subtasks import files, program
from subtasks.frames import archive, contact_sheets, sampling
from subtasks.frames.manifest import Image, Manifest
from subtasks.frames.video import Index, Unreadable, Video
from subtasks.wording import counted

log = logging.getLogger("subtasks")

DIGITS = 6  # of a time in the manifest, after the point


def main() -> None:
    """Sample the episode named on the command line."""
    args = arguments()
    manifest = asked(args)
    with files.replacing(args.output) as path:
        try:
            sample(args, manifest, path)
        except Unreadable as error:
            failed = replace(manifest, error=f"{args.name} {error}")
            log.warning("%s; the archive has no images", failed.error)
            with archive.Writer(path) as writer:
                writer.manifest(failed)


def sample(args: argparse.Namespace, manifest: Manifest, path: Path) -> None:
    """Write the archive, image by image. Trouble with the video raises `Unreadable`."""
    with Video(args.video) as video, archive.Writer(path) as writer:
        log.info("%s: %s, %dx%d", args.name, video.codec, video.width, video.height)
        index, times = episode(video, args)
        samples = sampling.choose(times, args.fps, args.max_frames or len(times))
        if samples.thinned:
            log.info(
                "%g samples a second would be more than %d frames: sampled at %.6g a second",
                args.fps,
                args.max_frames,
                samples.rate,
            )
        images = []
        for picture in pictures(args, video, index, times, samples):
            name = f"{args.layout}_{len(images):03d}.jpg"
            shown = tuple(round(time, DIGITS) for time in picture.times)
            images.append(Image(name, *picture.image.size, shown))
            writer.image(images[-1], contact_sheets.jpeg(picture.image, args.jpeg_quality))
        writer.manifest(
            replace(
                manifest,
                codec=video.codec,
                width=video.width,
                height=video.height,
                sampling={**manifest.sampling, "rate": round(samples.rate, DIGITS)},
                images=tuple(images),
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


def episode(video: Video, args: argparse.Namespace) -> tuple[Index, Sequence[float]]:
    """Find the episode's frames in its video, and their times since its first frame.

    Frames up to half a frame beside the metadata's times count as being there, so that
    rounding neither loses a frame nor lets one of the neighbouring episodes in.
    """
    step = 1 / args.episode_fps
    stop = min(args.stop, args.start + args.frames * step)
    index = video.index(args.start - step / 2, stop - step / 2)
    if not index.frames:
        raise Unreadable(
            f"is {video.duration:.3f} s long, but by the metadata the episode lies"
            f" at {args.start:.3f} to {stop:.3f} s in it"
        )
    times = array("d", (video.seconds(frame - index.frames[0]) for frame in index.frames))
    # One frame less than the metadata says is a common difference of counting.
    if times[-1] < (args.frames - 1) * step - 1.5 * step:
        raise Unreadable(
            f"ends {times[-1] + step:.3f} s into the episode ({len(times)} frames), but by the"
            f" metadata it is {args.frames * step:.3f} s long ({args.frames} frames)"
        )
    return index, times


def pictures(
    args: argparse.Namespace,
    video: Video,
    index: Index,
    times: Sequence[float],
    samples: sampling.Samples,
) -> Iterator[contact_sheets.Picture]:
    """Decode the samples and lay them out, one image at a time."""
    scale = contact_sheets.Scaler(args.tile_width if args.layout == "sheet" else args.frame_width)
    images = map(scale, video.frames(index, (index.frames[sample] for sample in samples.indices)))
    shown = [times[sample] for sample in samples.indices]
    if args.layout == "frame":
        return (
            contact_sheets.Picture(image, (time,))
            for image, time in zip(images, shown, strict=True)
        )
    return contact_sheets.contact_sheets(
        images, shown, args.columns, args.rows, sampling.decimals(samples.rate)
    )


def asked(args: argparse.Namespace) -> Manifest:
    """Give the manifest as far as it is known before the video has been opened."""
    layout = ("columns", "rows", "tile_width") if args.layout == "sheet" else ("frame_width",)
    settings = ("fps", "layout", *layout, "jpeg_quality", "max_frames")
    return Manifest(
        video=args.name,
        codec=None,
        width=None,
        height=None,
        fps=args.episode_fps,
        frames=args.frames,
        duration=round(args.frames / args.episode_fps, DIGITS),
        sampling={"rate": args.fps} | {setting: getattr(args, setting) for setting in settings},
        images=(),
    )


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    count, rate, time = between(int, 1), between(float, 1e-6), between(float, 0)
    parser.add_argument("--video", type=Path, required=True, help="the video file")
    parser.add_argument("--name", required=True, help="its path inside the dataset")
    parser.add_argument("--start", type=time, required=True, help="seconds in the video")
    parser.add_argument("--stop", type=time, required=True, help="seconds in the video")
    parser.add_argument("--frames", type=count, required=True, help="length of the episode")
    parser.add_argument("--episode-fps", type=rate, required=True, help="frames a second it has")
    parser.add_argument("--fps", type=rate, default=2.0, help="samples a second")
    parser.add_argument("--layout", choices=("sheet", "frame"), default="sheet")
    parser.add_argument("--columns", type=count, default=5, help="tiles in a row of a sheet")
    parser.add_argument("--rows", type=count, default=4, help="rows of a sheet")
    parser.add_argument("--tile-width", type=count, default=224, help="pixels, never scaled up")
    parser.add_argument("--frame-width", type=count, default=640, help="pixels, never scaled up")
    parser.add_argument("--jpeg-quality", type=between(int, 1, 95), default=85, help="1 to 95")
    parser.add_argument("--max-frames", type=between(int, 2), help="samples at most; default: all")
    parser.add_argument("--output", type=Path, required=True, help="the archive to write")
    return parser.parse_args()


def between(
    kind: type[int] | type[float], least: float, most: float = math.inf
) -> Callable[[str], float]:
    """Give a reader of finite numbers from `least` to `most` for the command line."""

    def number(text: str) -> float:
        value = kind(text)
        if not math.isfinite(value) or not least <= value <= most:
            raise argparse.ArgumentTypeError(f"{text} is not a number from {least:g} to {most:g}")
        return value

    return number


if __name__ == "__main__":
    program.run(main)
