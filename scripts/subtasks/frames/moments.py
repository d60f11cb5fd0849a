"""The moments of an episode as its cameras see them, one picture with all of them side by side."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial

from PIL import Image

from subtasks.errors import Problem
from subtasks.frames import grid, sampling
from subtasks.frames.footage import Camera, Footage
from subtasks.frames.grid import MAX_IMAGE_SIDE, Size
from subtasks.frames.scaling import Fit, Scaler
from subtasks.frames.shots import Shots
from subtasks.frames.video import Unreadable


class NotShown(Exception):
    """Why a camera's frames cannot be shown, as a sentence that names the camera."""


@contextmanager
def opened(cameras: Sequence[Camera]) -> Iterator["Moments"]:
    """Open the footage of an episode's cameras, the first of which says what time it is.

    Raises `NotShown` if one of them cannot be used, `OSError` for no file.
    """
    with ExitStack() as stack:
        footage = []
        for camera in cameras:
            with _naming(camera, len(cameras)):
                footage.append(stack.enter_context(camera.source.opened()))
        yield Moments(cameras, footage)


class Moments:
    """The moments of an episode whose footage is open.

    `times` are those of the first camera's frames, in seconds since the episode's start.
    """

    def __init__(self, cameras: Sequence[Camera], footage: Sequence[Footage]) -> None:
        self._cameras = cameras
        self._footage = footage
        self._shots: list[Shots] = []
        self.times = footage[0].times

    @property
    def codec(self) -> str:
        """How the first camera's frames are encoded."""
        return self._footage[0].codec

    @property
    def width(self) -> int:
        """Pixels of the first camera's frames."""
        return self._footage[0].width

    @property
    def height(self) -> int:
        """Pixels of the first camera's frames."""
        return self._footage[0].height

    @property
    def decoded(self) -> int:
        """How many frames of all cameras have been decoded."""
        return sum(footage.decoded for footage in self._footage)

    @property
    def remarks(self) -> tuple[str, ...]:
        """Sentences about what does not fit the metadata, and what was replaced or left out."""
        found = [remark for footage in self._footage for remark in footage.remarks]
        found += [remark for shots in self._shots for remark in shots.remarks]
        return tuple(dict.fromkeys(found))

    def tiles(
        self, indices: Sequence[int], rate: float, width: int
    ) -> Iterator[tuple[float, Image.Image]]:
        """Show the moments of frames of the first camera; `indices` ascend.

        Yields the time of each and its picture: the first camera shrunk to at most `width` pixels,
        the others at its height with the frame that is nearest in time, in order. `rate` is in
        samples per second and says, as `Shots` has it, how near a neighbour must be to stand in
        for a damaged frame. Raises `NotShown` where one cannot be shown, `Problem` for pictures
        that no model accepts.
        """
        first = self._images(0, indices, partial(grid.fit_to_width, limit=width), rate)
        if len(self._cameras) == 1:
            return first
        return self._beside(first, indices, rate)

    def _beside(
        self, first: Iterator[tuple[float, Image.Image]], indices: Sequence[int], rate: float
    ) -> Iterator[tuple[float, Image.Image]]:
        others: list[_Nearest] = []
        sizes: list[Size] = []
        for time, image in first:
            if not others:
                others = self._others(indices, rate, image.height)
            images = [image, *(other.at(time) for other in others)]
            # The size of a stream's frames may change.
            sizes = sizes or [each.size for each in images]
            yield time, _side_by_side(images, sizes)
        for other in others:
            other.finish()

    def _others(self, indices: Sequence[int], rate: float, height: int) -> "list[_Nearest]":
        times = [self.times[index] for index in indices]
        found = []
        for number, footage in list(enumerate(self._footage))[1:]:
            near = sorted({sampling.nearest(footage.times, time) for time in times})
            fit = partial(_fit_to_height, target=height)
            found.append(_Nearest(self._images(number, near, fit, rate)))
        return found

    def _images(
        self, number: int, indices: Sequence[int], fit: Fit, rate: float
    ) -> Iterator[tuple[float, Image.Image]]:
        """Decode and scale frames of one camera."""
        camera = self._cameras[number]
        shots = Shots(self._footage[number], camera.source.extent, indices, rate)
        self._shots.append(shots)
        scaler = Scaler(fit)
        with _naming(camera, len(self._cameras)):
            for shot in shots:
                yield shot.time, scaler(shot.frame)


class _Nearest:
    """The image nearest to a time, of images in the order of their times."""

    def __init__(self, images: Iterator[tuple[float, Image.Image]]) -> None:
        self._images = images
        self._current = next(images)
        self._following = next(images, None)

    def at(self, time: float) -> Image.Image:
        """Return the image nearest to `time`, which must not descend from call to call."""
        while (
            self._following is not None
            and self._following[0] - time < time - self._current[0] - sampling.EPSILON
        ):
            self._current, self._following = self._following, next(self._images, None)
        return self._current[1]

    def finish(self) -> None:
        """Look at what remains, so that it is known whether too much is damaged."""
        for _ in self._images:
            pass


@contextmanager
def _naming(camera: Camera, cameras: int) -> Iterator[None]:
    """Make a sentence of what is wrong with the frames of one of several cameras."""
    name = camera.source.extent.name
    try:
        yield
    except Unreadable as error:
        is_named = cameras == 1 or camera.name in name
        where = name if is_named else f"camera {camera.name}: {name}"
        raise NotShown(f"{where} {error}") from error


def _fit_to_height(width: int, height: int, target: int) -> Size:
    """Return the size of a camera's picture beside that of the first."""
    size = grid.fit_to_height(width, height, target)
    if size[0] > MAX_IMAGE_SIDE:
        raise Unreadable(
            f"has frames of {width}x{height} pixels, which at a height of {target} are wider than"
            f" the {MAX_IMAGE_SIDE} pixels that models accept"
        )
    return size


def _side_by_side(images: Sequence[Image.Image], sizes: Sequence[Size]) -> Image.Image:
    """Put images beside one another, each with a size of its own, black between them."""
    whole = grid.beside(sizes)
    if max(whole) > MAX_IMAGE_SIDE:
        raise Problem(
            f"the pictures of {len(images)} cameras side by side are {whole[0]}x{whole[1]} pixels,"
            f" more than the {MAX_IMAGE_SIDE} that models accept: choose fewer cameras or set a"
            " smaller width"
        )
    tile = Image.new("RGB", whole)
    left = 0
    for image, size in zip(images, sizes, strict=True):
        tile.paste(image if image.size == size else image.resize(size), (left, 0))
        left += size[0] + grid.GUTTER
    return tile
