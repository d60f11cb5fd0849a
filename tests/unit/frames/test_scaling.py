"""Decoded frames as images: their size, colours and orientation."""

from functools import partial
from pathlib import Path

import av
import numpy as np
import pytest

from subtasks.frames import grid
from subtasks.frames.scaling import Scaler
from support import render


def frame(size: tuple[int, int], number: int = 5) -> av.VideoFrame:
    picture = av.VideoFrame.from_ndarray(render.picture(number, size), format="rgb24")
    return picture.reformat(format="yuv420p")


def scaler(width: int) -> Scaler:
    return Scaler(partial(grid.fit_to_width, limit=width))


@pytest.mark.parametrize("limit", [100, 640])
@pytest.mark.parametrize("size", [(640, 480), (131, 97), (480, 640)])
def test_scaling_keeps_the_picture(size: tuple[int, int], limit: int) -> None:
    image = scaler(limit)(frame(size, number=1234))

    assert image.size == grid.fit_to_width(*size, limit)
    assert render.number(image) == 1234


@pytest.mark.parametrize("height", [48, 96, 97, 300])
def test_a_picture_can_be_enlarged(height: int) -> None:
    image = Scaler(partial(grid.fit_to_height, target=height))(frame((128, 96), number=1234))

    assert image.size == grid.fit_to_height(128, 96, height)
    assert render.number(image) == 1234


def test_an_image_does_not_change_when_the_next_is_made() -> None:
    convert = scaler(64)
    images = [convert(frame((128, 96), number)) for number in range(20)]

    assert [render.number(image) for image in images] == list(range(20))


@pytest.mark.parametrize("pixels", ["yuv420p", "yuvj420p", "yuv444p", "gray"])
def test_colours_are_those_of_the_video(pixels: str) -> None:
    grey = np.repeat(np.arange(0, 256, 4, dtype=np.uint8)[None, :, None], 48, axis=0)
    source = av.VideoFrame.from_ndarray(np.repeat(grey, 3, axis=2), format="rgb24")
    image = scaler(640)(source.reformat(format=pixels))

    assert np.abs(np.asarray(image, dtype=int) - grey).max() <= 3


@pytest.mark.parametrize("turn", [0, 90, 180, -90])
def test_a_turned_video_is_upright(tmp_path: Path, turn: int) -> None:
    path = render.video(tmp_path / "turned.mp4", 3, rotation=turn, size=(96, 64))
    plain = render.plain(path)[0]
    image = scaler(640)(plain)

    expected = plain.to_image().rotate(turn, expand=True)
    assert image.size == expected.size
    # Conversions round colours differently; a picture turned otherwise is far off.
    assert np.abs(np.asarray(image, dtype=int) - np.asarray(expected, dtype=int)).mean() < 4
