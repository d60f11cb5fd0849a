"""Sample the frames of one episode, as one or several cameras see it, into an archive of JPEGs.

They are in a video or, one image in each row, in a column of a data file.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

from subtasks import program
from subtasks.frames.options import CameraOptions, add_arguments, between, cameras
from subtasks.frames.sampler import Layout, SampleSettings, sample_from


@dataclass(frozen=True)
class Options(CameraOptions):
    """The command line."""

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
    options = program.read_options(_parser(), Options)
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
    sample_from(cameras(options), settings, options.output)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    add_arguments(parser)
    add, count = parser.add_argument, between(int, 1)
    add("--fps", type=between(float, 1e-6), default=2.0, help="samples per second")
    add("--layout", choices=("sheet", "frame"), default="sheet")
    add("--columns", type=count, default=5, help="tiles in a row of a sheet, at most")
    add("--rows", type=count, default=4, help="rows of a sheet")
    add("--tile-width", type=count, default=224, help="pixels, never scaled up")
    add("--frame-width", type=count, default=640, help="pixels, never scaled up")
    add("--jpeg-quality", type=between(int, 1, 95), default=85, help="1 to 95")
    add("--max-frames", type=between(int, 2), help="maximum number of samples (default: all)")
    add("--output", type=Path, required=True, help="the archive to write")
    return parser


if __name__ == "__main__":
    program.run(main)
