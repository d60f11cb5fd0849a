"""An episode's frames that are stored as images in a data file, one in each row."""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from av.video.frame import VideoFrame
from PIL import Image

from subtasks.episode_facts import EpisodeFacts
from subtasks.errors import Problem
from subtasks.frames import images
from subtasks.frames.image_files import ImageFiles
from subtasks.frames.images import DepthMap, NoImage
from subtasks.frames.stretch import VideoPosition, missing_at_end
from subtasks.frames.video import LostFrame, Unreadable
from subtasks.parquet import reading
from subtasks.wording import first_line, shorten_text

ROWS_AT_ONCE = 4
"""Images in memory at a time, before they are decoded."""

LARGE_GROUP = 1 << 30
"""Bytes to which a row group may always unpack."""

BYTES_PER_BYTE = 50
"""Bytes to which a byte of the file may unpack: encoded images are compressed already."""


@dataclass(frozen=True, slots=True)
class ImageSource:
    """The data file at `path`, whose column `extent.name` has the episode's images.

    `facts` say which rows are those of `episode`. Rows may also name image files of the dataset
    at `root`.
    """

    path: Path
    extent: VideoPosition
    facts: EpisodeFacts
    episode: int
    root: Path | None = None

    @contextmanager
    def opened(self) -> Iterator["ImageFootage"]:
        """Open the file. Raises `Unreadable` where the episode has no images."""
        if self.facts.fault is not None:
            raise Unreadable(f"is not sampled: {self.facts.fault}")
        if self.facts.first is None:
            raise Unreadable("does not have the rows of the episode one after the other")
        files = ImageFiles(self.root, self.extent.name, self.episode)
        with ExitStack() as stack:
            try:
                file = stack.enter_context(reading.opened(self.path))
            except Problem as problem:
                raise Unreadable(f"is not sampled: {problem}") from problem
            rows = self.facts.length if self.facts.rows is None else self.facts.rows
            try:
                kind = _kind(self.path, file, self.extent.name)
            except Problem as problem:
                raise Unreadable(f"is not sampled: {problem}") from problem
            except (pa.ArrowException, UnicodeDecodeError) as error:
                raise Unreadable(f"is damaged in its data file ({first_line(error)})") from error
            count = min(rows, self.extent.frames, file.metadata.num_rows - self.facts.first)
            yield ImageFootage(file, kind, self.extent, self.facts.first, count, files)


class ImageFootage:
    """The images of `count` rows of an open data file, as `footage.Footage` describes it.

    `kind` is the type of their column.
    """

    def __init__(
        self,
        file: pq.ParquetFile,
        kind: pa.DataType,
        extent: VideoPosition,
        first: int,
        count: int,
        files: ImageFiles,
    ) -> None:
        self._file, self._column, self._first, self._files = file, extent.name, first, files
        self._kind = kind
        if count < 1:
            raise Unreadable("has no rows of the episode")
        self.remarks: Sequence[str] = missing_at_end(extent, count / extent.episode_fps, count)
        self.times: Sequence[float] = array("d", (k / extent.episode_fps for k in range(count)))
        self.codec, self.width, self.height = "", 0, 0
        self.decoded = 0

    def decode(self, wanted: Iterable[int], *, thorough: bool = True) -> Iterator[VideoFrame]:
        """Decode the images of rows of the episode, ascending.

        Raises `LostFrame` at one that cannot be decoded. There is but one way to try, however
        `thorough`.
        """
        for number, row in self._rows(wanted):
            try:
                codec, image = self._image(row)
            except NoImage as reason:
                raise LostFrame(
                    f"has a frame at {self.times[number]:.3f} s that cannot be decoded ({reason})"
                ) from None
            except DepthMap:
                raise Unreadable(
                    "holds depth, not colours, which no model can see: choose another camera"
                ) from None
            if not self.codec:
                self.codec, (self.width, self.height) = codec, image.size
            self.decoded += 1
            yield VideoFrame.from_ndarray(np.asarray(image), format="rgb24")

    def after_loss(self, lost: int) -> int:
        """Return the number of the first frame that does not depend on the lost one."""
        return lost + 1

    def _rows(self, wanted: Iterable[int]) -> Iterator[tuple[int, pa.Array]]:
        """Yield wanted rows, each as an array of one value; others are read, but not kept."""
        rows = [self._first + number for number in wanted]
        position, start = 0, 0
        for group in range(self._file.num_row_groups):
            end = start + self._file.metadata.row_group(group).num_rows
            if position < len(rows) and rows[position] < end:
                row = start
                for batch in self._batches(group):
                    while position < len(rows) and rows[position] < row + len(batch):
                        yield rows[position] - self._first, batch.slice(rows[position] - row, 1)
                        position += 1
                    row += len(batch)
                    if position == len(rows) or rows[position] >= end:
                        break
            start = end
        if position < len(rows):
            raise Unreadable(
                f"is damaged in its data file (there is no row {rows[position]}, which it claims)"
            )

    def _batches(self, group: int) -> Iterator[pa.Array]:
        try:
            for batch in self._file.iter_batches(
                ROWS_AT_ONCE, row_groups=[group], columns=[self._column], use_threads=False
            ):
                # By name: columns are chosen by prefix, which others may have too.
                yield images.plain(batch.column(self._column))
        except (pa.ArrowException, UnicodeDecodeError) as error:
            raise Unreadable(f"is damaged in its data file ({first_line(error)})") from error
        except OSError as error:
            if error.errno is not None:
                raise
            raise Unreadable(f"is damaged in its data file ({first_line(error)})") from error

    def _image(self, row: pa.Array) -> tuple[str, Image.Image]:
        """Decode the image of one row. Raises `NoImage` and `DepthMap`."""
        if row.null_count:
            raise NoImage("its row has none")
        if images.is_list(self._kind):
            return "rawvideo", images.from_numbers(row)
        value = row[0].as_py()
        data, name = value, None
        if isinstance(value, dict):
            data, name = value.get("bytes"), value.get("path")
        elif isinstance(value, str):
            data, name = None, value
        if data is None:
            if not isinstance(name, str):
                raise NoImage("its row has none")
            data = self._files.read(name)
        return images.decode(data)


def _kind(path: Path, file: pq.ParquetFile, column: str) -> pa.DataType:
    """Return the type of a column of images. Raises `Unreadable` for any other."""
    schema = file.schema_arrow
    if column not in schema.names:
        raise Unreadable("is no column of the data file")
    kind = _storage(schema.field(column).type)
    is_image = _is_binary(kind) or _is_text(kind)
    if pa.types.is_struct(kind):
        parts = {part.name: _storage(part.type) for part in kind}
        is_image = _is_binary(parts.get("bytes")) or _is_text(parts.get("path"))
    elif images.is_list(kind):
        value, depth = kind, 0
        while images.is_list(value):
            value, depth = _storage(value.value_type), depth + 1
        is_number = pa.types.is_integer(value) or pa.types.is_floating(value)
        is_image = depth in (2, 3) and is_number
        reading.check_values(path, file, [column], path.stat().st_size)
    if not is_image:
        raise Unreadable(f"is stored as {shorten_text(str(kind))}, not as images")
    _check_sizes(path, file)
    return kind


def _check_sizes(path: Path, file: pq.ParquetFile) -> None:
    """Raise `Unreadable` if the file claims to unpack to more than images can."""
    # By row groups: asking for a damaged column's own size can abort the process.
    for group in map(file.metadata.row_group, range(file.num_row_groups)):
        size = group.total_byte_size
        if size > max(LARGE_GROUP, path.stat().st_size * BYTES_PER_BYTE):
            raise Unreadable(f"claims to unpack to {size >> 20:,} MB: its file is damaged")


def _storage(kind: pa.DataType) -> pa.DataType:
    if isinstance(kind, pa.BaseExtensionType):
        kind = kind.storage_type
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _is_binary(kind: pa.DataType | None) -> bool:
    return kind is not None and bool(
        pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_binary_view(kind)
        or pa.types.is_fixed_size_binary(kind)
    )


def _is_text(kind: pa.DataType | None) -> bool:
    return kind is not None and bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    )
