"""Episodes that have not been sampled and answers that have not been given, as they usually are.

Costs are reckoned from them. All that is assumed stands at the top.
"""

from array import array
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from subtasks.frames import contact_sheets, sampling
from subtasks.frames.manifest import Image, Manifest
from subtasks.workflow.config import Config

HINTS_PER_SECOND = 1.0
HINT = "the right arm begins to move"
BYTES_PER_PIXEL = {"sheet": 0.2, "frame": 0.11}
USUAL_SIZE = (640, 480)


# Episodes -------------------------------------------------------------------------------------


def settings(sample: Config) -> dict[str, Any]:
    """What the manifest of an archive says of its sampling when it is made with these settings."""
    layouts = {"sheet": sample["sheet"], "frame": {"frame_width": sample["frame"]["width"]}}
    return {
        "fps": sample["fps"],
        "layout": sample["layout"],
        "jpeg_quality": sample["jpeg_quality"],
        **layouts[sample["layout"]],
        **({} if sample["window"] else {"max_frames": sample["max_frames"]}),
    }


def manifest(length: int, fps: float, size: tuple[int, int], sample: Config) -> Manifest:
    """Manifest of the archive that an episode of `length` frames will have."""
    times = array("d", (frame / fps for frame in range(length)))
    limit = length + 1 if sample["window"] else sample["max_frames"]
    samples = sampling.choose(times, sample["fps"], limit)
    return Manifest(
        video="",
        codec=None,
        width=size[0],
        height=size[1],
        fps=fps,
        frames=length,
        duration=length / fps,
        sampling={**settings(sample), "rate": samples.rate},
        images=tuple(_images([times[i] for i in samples.indices], size, sample)),
    )


def _images(times: Sequence[float], size: tuple[int, int], sample: Config) -> Iterator[Image]:
    if sample["layout"] == "frame":
        width, height = contact_sheets.fit_to_width(*size, sample["frame"]["width"])
        yield from (Image("", width, height, (time,)) for time in times)
        return
    sheet = sample["sheet"]
    tile = contact_sheets.fit_to_width(*size, sheet["tile_width"])
    step = sheet["columns"] * sheet["rows"]
    for first in range(0, len(times), step):
        shown = tuple(times[first : first + step])
        yield Image("", *contact_sheets.sheet_size(tile, sheet["columns"], len(shown)), shown)


def blank(manifest: Manifest) -> list[tuple[Image, bytes]]:
    """Images of a manifest with as many bytes as JPEGs of their size usually have."""
    each = BYTES_PER_PIXEL[manifest.sampling["layout"]]
    return [(image, _zeros(round(image.width * image.height * each))) for image in manifest.images]


@lru_cache(maxsize=64)
def _zeros(count: int) -> bytes:
    return bytes(count)


def hints(duration: float) -> list[tuple[float, str]]:
    """Changes of the robot's motion in an episode of `duration` seconds."""
    return [(i / HINTS_PER_SECOND, HINT) for i in range(round(duration * HINTS_PER_SECOND))]
