"""Episodes that have not been sampled yet, as they typically turn out.

Everything that is assumed about them is at the top.
"""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from subtasks.frames import grid, sampling
from subtasks.frames.grid import Size
from subtasks.frames.manifest import Image, Manifest
from subtasks.frames.sampler import SampleSettings

# Rates are those of teleoperated pick-and-place recordings.
HINTS_PER_SECOND = 1.0
HINT = "the right arm begins to move"
BYTES_PER_PIXEL = {"sheet": 0.2, "strip": 0.2, "frame": 0.11}
USUAL_SIZE = (640, 480)


def manifest(
    length: int, fps: float, cameras: Mapping[str, Size], settings: SampleSettings
) -> Manifest:
    """Return the manifest of the archive that an episode of `length` frames will have.

    `fps` are the episode's frames per second, `cameras` has the sizes of its cameras' frames.
    """
    sizes = list(cameras.values())
    times = array("d", (frame / fps for frame in range(length)))
    samples = sampling.choose(times, settings.fps, settings.max_frames or length + 1)
    return Manifest(
        video="",
        codec=None,
        width=sizes[0][0],
        height=sizes[0][1],
        fps=fps,
        frames=length,
        duration=length / fps,
        sampling={**settings.requested(), "rate": samples.rate},
        images=tuple(_images([times[i] for i in samples.indices], sizes, settings)),
        cameras=tuple(cameras),
    )


def _images(
    times: Sequence[float], sizes: Sequence[Size], settings: SampleSettings
) -> Iterator[Image]:
    if settings.layout == "frame":
        width, height = grid.cameras_size(sizes, settings.frame_width)
        yield from (Image("", width, height, (time,)) for time in times)
        return
    tile = grid.cameras_size(sizes, settings.tile_width)
    columns = grid.columns_of(tile, len(sizes), settings.columns, settings.tile_width)
    step = columns * settings.rows
    for first in range(0, len(times), step):
        tiles = tuple(times[first : first + step])
        yield Image("", *grid.sheet_size(tile, columns, len(tiles)), tiles)


def blank(images: Iterable[Image], layout: str) -> list[tuple[Image, bytes]]:
    """Return images with as many bytes as JPEGs of their size and layout usually have."""
    each = BYTES_PER_PIXEL[layout]
    return [(image, _zeros(round(image.width * image.height * each))) for image in images]


@lru_cache(maxsize=64)
def _zeros(count: int) -> bytes:
    return bytes(count)


def hints(duration: float) -> list[tuple[float, str]]:
    """Return changes of the robot's motion in an episode of `duration` seconds."""
    return [(i / HINTS_PER_SECOND, HINT) for i in range(round(duration * HINTS_PER_SECOND))]
