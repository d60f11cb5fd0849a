"""Sample the frames of one episode from its video into an archive of JPEGs."""

import argparse
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from subtasks import program
from subtasks.frames.sampler import Layout, SampleSettings, sample
from subtasks.frames.stretch import MISSING_SECONDS, VideoPosition


@dataclass(frozen=True, slots=True)
class Options:
    """The command line."""

    video: Path
    name: str
    start: float
    stop: float
    alone: bool
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
    """Write the episode's archive; without images if its video cannot be read."""
    options = program.read_options(_parser(), Options)
    position = VideoPosition(
        options.name,
        options.start,
        options.stop,
        options.frames,
        options.episode_fps,
        is_alone=options.alone,
        missing_seconds=options.missing_seconds,
    )
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
    sample(options.video, position, settings, options.output)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    count, rate, time = _between(int, 1), _between(float, 1e-6), _between(float, 0)
    add("--video", type=Path, required=True, help="the video file")
    add("--name", required=True, help="its path inside the dataset")
    add("--start", type=time, required=True, help="seconds in the video")
    add("--stop", type=time, required=True, help="seconds in the video")
    add("--alone", action="store_true", help="the video shows no other episode")
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
