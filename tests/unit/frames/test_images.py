"""Foreign images: what is decoded, and that nothing worse than a clause comes of the rest."""

import contextlib
import io
from fractions import Fraction

import av
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from subtasks.frames import images
from subtasks.frames.images import DepthMap, NoImage
from support import render

SIZE = (48, 32)


def encoded(kind: str, mode: str = "RGB") -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(render.picture(5, SIZE)).convert(mode).save(buffer, kind)
    return buffer.getvalue()


SOUND = {kind: encoded(kind) for kind in images.FORMATS}


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        *(("PNG", mode) for mode in ("1", "L", "LA", "P", "RGB", "RGBA")),
        *(("JPEG", mode) for mode in ("L", "RGB", "CMYK")),
        *(("WEBP", mode) for mode in ("RGB", "RGBA")),
        *(("BMP", mode) for mode in ("1", "L", "P", "RGB")),
    ],
)
def test_every_mode_becomes_colours(kind: str, mode: str) -> None:
    name, image = images.decode(encoded(kind, mode))
    assert (name, image.mode, image.size) == (kind.lower(), "RGB", SIZE)


def test_one_channel_of_many_bits_is_depth() -> None:
    buffer = io.BytesIO()
    Image.fromarray(np.arange(1536).astype(np.uint16).reshape(32, 48)).save(buffer, "PNG")
    with pytest.raises(DepthMap):
        images.decode(buffer.getvalue())


def test_sixteen_bits_in_three_channels_are_colours() -> None:
    frame = av.VideoFrame.from_ndarray(
        render.picture(5, SIZE).astype(np.uint16) * 257, format="rgb48le"
    ).reformat(format="rgb48be")
    encoder = av.CodecContext.create("png", "w")
    encoder.width, encoder.height, encoder.pix_fmt = *SIZE, "rgb48be"
    encoder.time_base = Fraction(1)
    (packet,) = [*encoder.encode(frame), *encoder.encode(None)]
    _, image = images.decode(bytes(packet))
    assert render.number(image) == 5


@settings(max_examples=400)
@given(data=st.data(), kind=st.sampled_from(images.FORMATS))
def test_no_damage_is_more_than_a_clause(data: st.DataObject, kind: str) -> None:
    content = bytearray(SOUND[kind])
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(NoImage, DepthMap):
        _, image = images.decode(bytes(content[: data.draw(st.integers(0, len(content)))]))
        assert image.mode == "RGB"


@given(st.binary(max_size=200))
def test_anything_is_no_image(data: bytes) -> None:
    with pytest.raises(NoImage):
        images.decode(data)


@settings(max_examples=300)
@given(st.lists(st.lists(st.lists(st.integers(-1, 300) | st.none(), max_size=4), max_size=4)))
def test_any_lists_are_pixels_or_a_clause(row: list[list[list[int | None]]]) -> None:
    array = pa.array([row], pa.list_(pa.list_(pa.list_(pa.int64()))))
    with contextlib.suppress(NoImage, DepthMap):
        assert images.from_numbers(array).mode == "RGB"
