"""Images of unknown origin, decoded with bounds: encoded ones, and plain numbers of pixels."""

import struct
import warnings
import zlib
from io import BytesIO

import numpy as np
import pyarrow as pa
from PIL import Image, ImageOps, UnidentifiedImageError

from subtasks.files import LFS_POINTER
from subtasks.frames.video import MAX_PIXELS, MAX_VIDEO_SIDE
from subtasks.wording import first_line

FORMATS = ("PNG", "JPEG", "WEBP", "BMP")

MAX_BYTES = 64 << 20
"""Bytes of an encoded image."""

COLOUR_CHANNELS = (1, 3, 4)
"""Grey, colour, and colour with an alpha channel, which is not used."""

MAX_NUMBERS = 5000 * 5000
"""Numbers of an image that is stored as such, which take much more memory than its pixels."""

# Those of depth maps: 16 bits, 32 bits, floats.
_DEPTH_MODES = ("I", "F")


class NoImage(Exception):
    """Why there is no image, as a clause."""


class DepthMap(Exception):
    """An image holds distances and not colours."""


def decode(data: bytes) -> tuple[str, Image.Image]:
    """Decode an image; returns its format, as "png", and the image in RGB and upright.

    Raises `NoImage` for anything else than a whole image of `FORMATS`, `DepthMap` for one of a
    single channel with more than 8 bits.
    """
    if not data:
        raise NoImage("it is empty")
    if data.startswith(LFS_POINTER):
        raise NoImage("it is a Git LFS pointer: run `git lfs pull`")
    if len(data) > MAX_BYTES:
        raise NoImage(f"it has {len(data) >> 20} MB")
    try:
        # Pillow warns of large images and of odd metadata; what matters is checked here.
        with (
            warnings.catch_warnings(action="ignore"),
            Image.open(BytesIO(data), formats=FORMATS) as image,
        ):
            check_size(*image.size)
            kind = (image.format or "").lower()
            if image.mode.split(";")[0] in _DEPTH_MODES:
                raise DepthMap
            # As Hugging Face's datasets do, from which policies read.
            return kind, ImageOps.exif_transpose(image).convert("RGB")
    except UnidentifiedImageError:
        raise NoImage("it is no PNG, JPEG, WebP or BMP image") from None
    except Image.DecompressionBombError:
        raise NoImage("it declares far more pixels than any camera has") from None
    # What Pillow raises for damaged files, and the parsers below it.
    except (
        *(OSError, SyntaxError, ValueError, LookupError, TypeError, EOFError),
        *(ArithmeticError, MemoryError, struct.error, zlib.error),
    ) as error:
        raise NoImage(f"it is damaged: {first_line(error)}") from None


def check_size(width: int, height: int) -> None:
    """Raise `NoImage` for an absurd size."""
    sides = 0 < width <= MAX_VIDEO_SIDE and 0 < height <= MAX_VIDEO_SIDE
    if not sides or width * height > MAX_PIXELS:
        raise NoImage(f"it declares {width}x{height} pixels")


def from_numbers(row: pa.Array) -> Image.Image:
    """Make an image of one row of nested lists: height, width, channels, or channels first.

    Raises `NoImage` if they do not have that shape or are not whole numbers from 0 to 255,
    `DepthMap` for one channel of larger numbers.
    """
    shape = []
    array = plain(row)
    while is_list(array.type):
        if array.null_count:
            raise NoImage("a part of it is missing")
        lengths = np.unique(array.value_lengths().to_numpy(zero_copy_only=False))
        if not len(lengths):
            raise NoImage("it is empty")
        if len(lengths) > 1:
            raise NoImage("its rows of pixels are not equally long")
        shape.append(int(lengths[0]))
        array = plain(array.flatten())
        if len(array) > MAX_NUMBERS:
            raise NoImage(f"it has {len(array):,} numbers")
    if array.null_count:
        raise NoImage("a part of it is missing")
    numbers = array.to_numpy(zero_copy_only=False).reshape(shape)
    if numbers.ndim == 2:
        numbers = numbers[:, :, None]
    if numbers.ndim != 3 or not numbers.size:
        raise NoImage(f"it has the shape {shape}")
    if numbers.shape[2] not in COLOUR_CHANNELS:
        numbers = np.moveaxis(numbers, 0, 2)
    height, width, channels = numbers.shape
    if channels not in COLOUR_CHANNELS:
        raise NoImage(f"it has the shape {shape}")
    check_size(width, height)
    if not ((numbers >= 0) & (numbers <= 255) & (numbers == np.floor(numbers))).all():
        if channels == 1:
            raise DepthMap
        raise NoImage("its numbers are not whole ones from 0 to 255")
    pixels = np.ascontiguousarray(numbers[:, :, :3].astype(np.uint8))
    return Image.fromarray(pixels.squeeze(2) if channels == 1 else pixels).convert("RGB")


def is_list(kind: pa.DataType) -> bool:
    """Say whether a type is one of Arrow's lists."""
    return bool(
        pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    )


def plain(array: pa.Array) -> pa.Array:
    """Return the values of an array that are stored in another form."""
    if isinstance(array, pa.ExtensionArray):
        array = array.storage
    if isinstance(array, pa.DictionaryArray):
        array = array.dictionary_decode()
    return array
