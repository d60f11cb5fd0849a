"""Frames that are stored as images in a data file, in every form that is met."""

import io
import itertools
import struct
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from subtasks.episode_facts import EpisodeFacts
from subtasks.frames.image_footage import ImageSource
from subtasks.frames.shots import Shots
from subtasks.frames.stretch import VideoPosition
from subtasks.frames.video import Unreadable
from support import render

COLUMN = "observation.images.front"
FPS, LENGTH, SIZE = 10, 8, (48, 32)
FACTS = EpisodeFacts("pick", LENGTH, first=3, rows=LENGTH)
EXTENT = VideoPosition(COLUMN, 0, LENGTH / FPS, LENGTH, FPS)
BLOCKS = range(20)  # rows of the file, of which three episodes are part


def encoded(number: int, kind: str = "PNG", mode: str = "RGB", **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(render.picture(number, SIZE)).convert(mode).save(buffer, kind, **options)
    return buffer.getvalue()


def cells(number: int, **options: Any) -> dict[str, Any]:
    return {"bytes": encoded(number, **options), "path": f"frame_{number:06d}.png"}


def written(path: Path, column: pa.Array | list[Any], **options: Any) -> Path:
    """Write a data file with a column of images between others of alike names."""
    table = {
        f"{COLUMN}.depth": pa.array([b"other"] * len(column)),
        COLUMN: column,
        "frame_index": list(range(len(column))),
    }
    pq.write_table(pa.table(table), path, **{"row_group_size": 6} | options)
    return path


def shown(path: Path, facts: EpisodeFacts = FACTS, **options: Any) -> tuple[list[int], Any]:
    """The numbers that the frames of the episode show, and the footage."""
    extent = replace(EXTENT, **options)
    with ImageSource(path, extent, facts, 1).opened() as footage:
        shots = Shots(footage, extent, range(len(footage.times)), FPS)
        numbers = [render.number(shot.frame.to_image()) for shot in shots]
        assert footage.times[:2] == pytest.approx([0, 1 / FPS])
        return numbers, footage


def pixels(kind: str) -> Callable[[int], Any]:
    def of(number: int) -> Any:
        picture = render.picture(number, SIZE)
        if kind == "channels first":
            return np.moveaxis(picture, 2, 0).tolist()
        if kind == "grey":
            return picture[:, :, 0].tolist()
        return picture.tolist()

    return of


NESTED = pa.list_(pa.list_(pa.list_(pa.uint8())))
STRUCT = pa.struct({"bytes": pa.binary(), "path": pa.string()})
FORMS: dict[str, pa.Array] = {
    "LeRobot's": pa.array([cells(n) for n in BLOCKS], STRUCT),
    "no path": pa.array([cells(n) | {"path": None} for n in BLOCKS], STRUCT),
    "bytes alone": pa.array([{"bytes": encoded(n)} for n in BLOCKS]),
    "path first": pa.array([{"path": "a.png", "bytes": encoded(n)} for n in BLOCKS]),
    "large binary": pa.array(
        [cells(n) for n in BLOCKS], pa.struct({"bytes": pa.large_binary(), "path": pa.string()})
    ),
    "binary": pa.array([encoded(n) for n in BLOCKS]),
    "large": pa.array([encoded(n) for n in BLOCKS], pa.large_binary()),
    "dictionary": pa.array([encoded(n) for n in BLOCKS]).dictionary_encode(),
    "JPEG": pa.array([cells(n, kind="JPEG", quality=95) for n in BLOCKS]),
    "WebP": pa.array([cells(n, kind="WEBP", lossless=True) for n in BLOCKS]),
    "BMP": pa.array([cells(n, kind="BMP") for n in BLOCKS]),
    "grey": pa.array([cells(n, mode="L") for n in BLOCKS]),
    "with alpha": pa.array([cells(n, mode="RGBA") for n in BLOCKS]),
    "palette": pa.array([cells(n, mode="P") for n in BLOCKS]),
    "print colours": pa.array([cells(n, kind="JPEG", mode="CMYK", quality=95) for n in BLOCKS]),
    "pixels": pa.array([pixels("")(n) for n in BLOCKS], NESTED),
    "pixels, channels first": pa.array([pixels("channels first")(n) for n in BLOCKS], NESTED),
    "pixels, grey": pa.array([pixels("grey")(n) for n in BLOCKS], pa.list_(pa.list_(pa.uint8()))),
    "pixels, 64 bits": pa.array([pixels("")(n) for n in BLOCKS]),
    "pixels, fixed lists": pa.array(
        [pixels("")(n) for n in BLOCKS],
        pa.list_(pa.list_(pa.list_(pa.uint8(), 3), SIZE[0]), SIZE[1]),
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_shows_the_episode_s_rows(tmp_path: Path, form: str) -> None:
    numbers, footage = shown(written(tmp_path / "a.parquet", FORMS[form]))

    assert numbers == list(range(3, 3 + LENGTH))
    assert (footage.width, footage.height) == SIZE
    assert footage.remarks == ()
    kinds = {"JPEG": "jpeg", "WebP": "webp", "BMP": "bmp", "print colours": "jpeg"}
    assert footage.codec == kinds.get(form, "rawvideo" if "pixels" in form else "png")


@pytest.mark.parametrize("group", [1, 2, 7, 100])
@pytest.mark.parametrize("first", [0, 5, 12])
def test_rows_are_found_whatever_the_row_groups(tmp_path: Path, group: int, first: int) -> None:
    path = written(tmp_path / "a.parquet", FORMS["LeRobot's"], row_group_size=group)
    numbers, footage = shown(path, replace(FACTS, first=first))

    assert numbers == list(range(first, first + LENGTH))
    assert footage.decoded == LENGTH


def test_images_are_upright(tmp_path: Path) -> None:
    turned = Image.fromarray(render.picture(7, SIZE)).transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6
    buffer = io.BytesIO()
    turned.save(buffer, "JPEG", quality=95, exif=exif)
    column = pa.array([{"bytes": buffer.getvalue(), "path": None}] * 20)

    assert shown(written(tmp_path / "a.parquet", column))[0] == [7] * LENGTH


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (replace(FACTS, fault="its rows are another's"), "is not sampled: its rows are another's"),
        (replace(FACTS, first=None), "does not have the rows of the episode one after the other"),
        (replace(FACTS, first=20), "has no rows of the episode"),
        (replace(FACTS, rows=0), "has no rows of the episode"),
        (replace(FACTS, first=18), "ends 0.200 s into the episode (2 frames), but by the metadata"),
    ],
)
def test_rows_that_cannot_be_used(tmp_path: Path, facts: EpisodeFacts, reason: str) -> None:
    with pytest.raises(Unreadable) as caught:
        shown(written(tmp_path / "a.parquet", FORMS["binary"]), facts)
    assert str(caught.value).startswith(reason)


def test_fewer_rows_than_frames_are_a_remark(tmp_path: Path) -> None:
    numbers, footage = shown(
        written(tmp_path / "a.parquet", FORMS["binary"]), replace(FACTS, rows=5)
    )
    assert numbers == [3, 4, 5, 6, 7]
    assert footage.remarks == (
        f"{COLUMN} ends 0.30 s before the episode (0.50 of 0.80 s): the rest was not sampled",
    )


DEPTH = np.arange(SIZE[0] * SIZE[1], dtype=np.uint16).reshape(SIZE[1], SIZE[0]) * 20


def depth_png() -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(DEPTH).save(buffer, "PNG")
    return buffer.getvalue()


def other_format(kind: str) -> bytes:
    return encoded(1, kind=kind)


def bomb(side: int) -> bytes:
    """Write a PNG that declares a square of this size and has nothing of it."""
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(100))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


@pytest.mark.parametrize(
    ("column", "reason"),
    [
        ([depth_png()] * 20, "holds depth, not colours"),
        (pa.array([DEPTH.tolist()] * 20), "holds depth, not colours"),
        (pa.array([DEPTH[:, :, None].tolist()] * 20), "holds depth, not colours"),
        (pa.array([render.picture(1, SIZE).astype(int).tolist()] * 20).cast(
            pa.list_(pa.list_(pa.list_(pa.float64())))), None),
        (pa.array([(render.picture(1, SIZE) / 255).tolist()] * 20), "whole ones from 0 to 255"),
        (pa.array([(render.picture(1, SIZE) * 100.0).tolist()] * 20), "whole ones from 0 to 255"),
        ([None] * 20, "not as images"),
        (pa.array([None] * 20, STRUCT), "its row has none"),
        (pa.array([None] * 20, pa.binary()), "its row has none"),
        (pa.array([None] * 20, NESTED), "its row has none"),
        (pa.array([{"bytes": None, "path": None}] * 20, STRUCT), "its row has none"),
        (pa.array([{"bytes": None, "path": "a.png"}] * 20, STRUCT), "only its path 'a.png'"),
        (pa.array(["a.png"] * 20), "only its path 'a.png'"),
        ([b""] * 20, "it is empty"),
        ([b"no image"] * 20, "it is no PNG, JPEG, WebP or BMP image"),
        ([b"version https://git-lfs.github.com/spec/v1\n"] * 20, "run `git lfs pull`"),
        ([other_format("GIF")] * 20, "it is no PNG"),
        ([other_format("TIFF")] * 20, "it is no PNG"),
        ([other_format("PPM")] * 20, "it is no PNG"),
        ([other_format("PDF")] * 20, "it is no PNG"),
        ([b"<svg xmlns='http://www.w3.org/2000/svg'/>"] * 20, "it is no PNG"),
        ([b"%!PS-Adobe-3.0 EPSF-3.0\n"] * 20, "it is no PNG"),
        ([encoded(1)[:-200]] * 20, "it is damaged: "),
        ([encoded(1, kind="JPEG")[:300]] * 20, "it is "),
        ([encoded(1)[:20]] * 20, "it is "),
        ([bomb(9_000)] * 20, "it declares 9000x9000 pixels"),
        ([bomb(100_000)] * 20, "it declares far more pixels than any camera has"),
        ([bomb(0)] * 20, "it is "),
        ([bomb(100)] * 20, "it is damaged: "),
        (pa.array([[[[1, 2]] * 5] * 5] * 20), "it has the shape [5, 5, 2]"),
        (pa.array([[[[1, 2, 3]] * 4, [[1, 2, 3]]]] * 20), "not equally long"),
        (pa.array([[[[1, None, 3]] * 4] * 4] * 20), "a part of it is missing"),
        (pa.array([[[None, [1, 2, 3]]]] * 20), "a part of it is missing"),
        (pa.array([[]] * 20, NESTED), "it is empty"),
        (pa.array([[1, 2, 3]] * 20), "is stored as list<element: int64>, not as images"),
        (pa.array([1.5] * 20), "is stored as double, not as images"),
        (pa.array([True] * 20), "is stored as bool, not as images"),
        (pa.array([{"a": 1}] * 20), "not as images"),
        (pa.array([[["a"]]] * 20), "not as images"),
    ],
)  # fmt: skip
def test_what_is_no_image_says_why(
    tmp_path: Path, column: pa.Array | list[Any], reason: str | None
) -> None:
    path = written(tmp_path / "a.parquet", column)
    if reason is None:
        assert shown(path)[0] == [1] * LENGTH
        return
    with pytest.raises(Unreadable) as caught:
        shown(path)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_one_damaged_image_is_replaced_or_left_out(tmp_path: Path) -> None:
    images = [encoded(n) for n in BLOCKS]
    images[5] = images[5][:-100]
    path = written(tmp_path / "a.parquet", images)

    assert shown(path)[0] == [3, 4, 6, 7, 8, 9, 10]
    with pytest.raises(Unreadable, match=r"at 0\.200 s that cannot be decoded \(it is damaged"):
        shown(path, missing_seconds=0.0)


def test_a_missing_column_and_a_damaged_file(tmp_path: Path) -> None:
    path = written(tmp_path / "a.parquet", FORMS["binary"], write_page_checksum=True)
    with pytest.raises(Unreadable, match="is no column of the data file"):
        shown(path, name="observation.images.side")
    content = bytearray(path.read_bytes())
    place = content.index(FORMS["binary"][4].as_py()[-60:])
    content[place : place + 50] = b"\xff" * 50
    path.write_bytes(content)
    with pytest.raises(Unreadable, match=r"is damaged in its data file \(.*CRC"):
        shown(path)
    path.write_bytes(b"PAR1")
    with pytest.raises(Unreadable, match=r"is not sampled: .*a\.parquet cannot be read"):
        shown(path)


def test_a_row_that_claims_to_be_huge_is_not_read(tmp_path: Path) -> None:
    """One value repeated takes no room in the file."""
    values = pa.array(np.zeros(40_000_000, np.uint8))
    inner = pa.FixedSizeListArray.from_arrays(pa.FixedSizeListArray.from_arrays(values, 4), 10**7)
    path = written(tmp_path / "a.parquet", inner, compression="zstd")
    with pytest.raises(Unreadable, match="claims"):
        shown(path, replace(FACTS, first=0))


def test_rows_that_the_file_claims_and_does_not_have(tmp_path: Path) -> None:
    path = written(tmp_path / "a.parquet", FORMS["binary"], row_group_size=100)

    class Fewer:
        """A file whose row groups end early, as damaged ones do."""

        def __init__(self, file: pq.ParquetFile) -> None:
            self.metadata, self.num_row_groups = file.metadata, file.num_row_groups
            self._file = file

        def iter_batches(self, *arguments: Any, **options: Any) -> Any:
            return itertools.islice(self._file.iter_batches(*arguments, **options), 2)

    with ImageSource(path, EXTENT, FACTS, 1).opened() as footage:
        footage._file = Fewer(footage._file)
        with pytest.raises(Unreadable, match=r"there is no row 8, which it claims"):
            list(footage.decode(range(LENGTH)))
        with pytest.raises(Unreadable, match=r"there is no row 10, which it claims"):
            list(footage.decode([7]))
