"""Episodes that have not been sampled yet, as they typically turn out.

Everything that is assumed about them is at the top.
"""

from array import array
from collections.abc import Iterator, Sequence
from functools import lru_cache

from subtasks.frames import contact_sheets, sampling
from subtasks.frames.manifest import Image, Manifest
from subtasks.frames.sampler import SampleSettings

# Rates are those of teleoperated pick-and-place recordings.
HINTS_PER_SECOND = 1.0
HINT = "the right arm begins to move"
BYTES_PER_PIXEL = {"sheet": 0.2, "frame": 0.11}
USUAL_SIZE = (640, 480)


def manifest(length: int, fps: float, size: tuple[int, int], settings: SampleSettings) -> Manifest:
    """Return the manifest of the archive that an episode of `length` frames will have.

    `fps` are the episode's frames per second, `size` is the width and height of its video.
    """
    times = array("d", (frame / fps for frame in range(length)))
    samples = sampling.choose(times, settings.fps, settings.max_frames or length + 1)
    return Manifest(
        video="",
        codec=None,
        width=size[0],
        height=size[1],
        fps=fps,
        frames=length,
        duration=length / fps,
        sampling={**settings.requested(), "rate": samples.rate},
        images=tuple(_images([times[i] for i in samples.indices], size, settings)),
    )


def _images(
    times: Sequence[float], size: tuple[int, int], settings: SampleSettings
) -> Iterator[Image]:
    if settings.layout == "frame":
        width, height = contact_sheets.fit_to_width(*size, settings.frame_width)
        yield from (Image("", width, height, (time,)) for time in times)
        return
    tile = contact_sheets.fit_to_width(*size, settings.tile_width)
    step = settings.columns * settings.rows
    for first in range(0, len(times), step):
        tiles = tuple(times[first : first + step])
        yield Image("", *contact_sheets.sheet_size(tile, settings.columns, len(tiles)), tiles)


def blank(manifest: Manifest) -> list[tuple[Image, bytes]]:
    """Return the images of a manifest, with as many bytes as JPEGs of their size usually have."""
    each = BYTES_PER_PIXEL[manifest.sampling["layout"]]
    return [(image, _zeros(round(image.width * image.height * each))) for image in manifest.images]


@lru_cache(maxsize=64)
def _zeros(count: int) -> bytes:
    return bytes(count)


def hints(duration: float) -> list[tuple[float, str]]:
    """Return changes of the robot's motion in an episode of `duration` seconds."""
    return [(i / HINTS_PER_SECOND, HINT) for i in range(round(duration * HINTS_PER_SECOND))]
