"""Sample the frames of one episode into an archive of JPEGs.

They are in a video, or, one image in each row, in a column of a data file.
"""

import argparse
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from subtasks import episode_facts, program
from subtasks.frames.footage import Source
from subtasks.frames.sampler import Layout, SampleSettings, sample_from
from subtasks.frames.stretch import MISSING_SECONDS, VideoPosition
from subtasks.frames.video_footage import VideoSource


@dataclass(frozen=True, slots=True)
class Options:
    """The command line."""

    video: Path | None
    name: str | None
    start: float | None
    stop: float | None
    alone: bool
    data: Path | None
    column: str | None
    facts: Path | None
    episode: int | None
    root: Path | None
    frames: int
    episode_fps: float
    missing_seconds: float
    fps: float
    layout: Layout
    columns: int
    rows: int
    tile_width: int
    frame_width: int
    jpeg_quality: int
    max_frames: int | None
    output: Path


def main() -> None:
    """Write the episode's archive; without images if its frames cannot be read."""
    parser = _parser()
    options = program.read_options(parser, Options)
    settings = SampleSettings(
        fps=options.fps,
        layout=options.layout,
        columns=options.columns,
        rows=options.rows,
        tile_width=options.tile_width,
        frame_width=options.frame_width,
        jpeg_quality=options.jpeg_quality,
        max_frames=options.max_frames,
    )
    source = _video(options) or _images(options)
    if source is None:
        parser.error(
            "one of these is required: --video, --name, --start and --stop, or --data, --column,"
            " --facts and --episode"
        )
    sample_from(source, settings, options.output)


def _video(options: Options) -> VideoSource | None:
    """Where a video has the episode's frames; None if the options do not say it."""
    if options.video is None or options.name is None:
        return None
    if options.start is None or options.stop is None:
        return None
    position = VideoPosition(
        options.name,
        options.start,
        options.stop,
        options.frames,
        options.episode_fps,
        is_alone=options.alone,
        missing_seconds=options.missing_seconds,
    )
    return VideoSource(options.video, position)


def _images(options: Options) -> Source | None:
    """Where a data file has the episode's frames; None if the options do not say it."""
    if options.data is None or options.column is None:
        return None
    if options.facts is None or options.episode is None:
        return None
    # Only here: the import takes longer than sampling a video.
    from subtasks.frames.image_footage import ImageSource

    position = VideoPosition(
        options.column,
        0.0,
        options.frames / options.episode_fps,
        options.frames,
        options.episode_fps,
        missing_seconds=options.missing_seconds,
    )
    facts = episode_facts.find(options.facts, options.episode)
    return ImageSource(options.data, position, facts, options.episode, options.root)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    count, rate, time = _between(int, 1), _between(float, 1e-6), _between(float, 0)
    add("--video", type=Path, help="the video file")
    add("--name", help="its path inside the dataset")
    add("--start", type=time, help="seconds in the video")
    add("--stop", type=time, help="seconds in the video")
    add("--alone", action="store_true", help="the video shows no other episode")
    add("--data", type=Path, help="the data file, for images that are stored in it")
    add("--column", help="the column with the images")
    add("--facts", type=Path, help="which rows are the episode's, as check_episodes writes it")
    add("--episode", type=_between(int, 0), help="the episode's number")
    add("--root", type=Path, help="the dataset, if rows may name image files in it")
    add("--frames", type=count, required=True, help="length of the episode")
    add("--episode-fps", type=rate, required=True, help="frames per second of the episode")
    add(
        "--missing-seconds",
        type=time,
        default=MISSING_SECONDS,
        help="seconds at the end of the episode that may be missing",
    )
    add("--fps", type=rate, default=2.0, help="samples per second")
    add("--layout", choices=("sheet", "frame"), default="sheet")
    add("--columns", type=count, default=5, help="tiles in a row of a sheet")
    add("--rows", type=count, default=4, help="rows of a sheet")
    add("--tile-width", type=count, default=224, help="pixels, never scaled up")
    add("--frame-width", type=count, default=640, help="pixels, never scaled up")
    add("--jpeg-quality", type=_between(int, 1, 95), default=85, help="1 to 95")
    add("--max-frames", type=_between(int, 2), help="maximum number of samples (default: all)")
    add("--output", type=Path, required=True, help="the archive to write")
    return parser


def _between(
    kind: type[int] | type[float], least: float, most: float = math.inf
) -> Callable[[str], float]:
    """Return a command-line type: finite numbers from `least` to `most`."""

    def number(text: str) -> float:
        value = kind(text)
        if not math.isfinite(value) or not least <= value <= most:
            raise argparse.ArgumentTypeError(f"{text} is not a number from {least:g} to {most:g}")
        return value

    return number


if __name__ == "__main__":
    program.run(main)
