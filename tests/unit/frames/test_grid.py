"""Sizes of tiles and sheets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks.frames import grid

sizes = st.tuples(st.integers(1, 2000), st.integers(1, 2000))


@pytest.mark.parametrize(
    ("size", "limit", "fitted"),
    [
        ((640, 480), 224, (224, 168)),
        ((640, 480), 640, (640, 480)),
        ((96, 96), 224, (96, 96)),  # never up
        ((1921, 1081), 224, (224, 126)),
        ((5000, 3), 224, (224, 1)),
    ],
)
def test_a_width_is_a_limit(size: tuple[int, int], limit: int, fitted: tuple[int, int]) -> None:
    assert grid.fit_to_width(*size, limit) == fitted


@pytest.mark.parametrize(
    ("size", "target", "fitted"),
    [
        ((640, 480), 168, (224, 168)),
        ((96, 96), 168, (168, 168)),  # also up
        ((1, 5000), 168, (1, 168)),
    ],
)
def test_a_height_is_reached(size: tuple[int, int], target: int, fitted: tuple[int, int]) -> None:
    assert grid.fit_to_height(*size, target) == fitted


def test_cameras_stand_side_by_side_at_the_height_of_the_first() -> None:
    assert grid.cameras_size([(640, 480)], 224) == (224, 168)
    assert grid.cameras_size([(640, 480), (640, 480)], 224) == (224 + 3 + 224, 168)
    assert grid.cameras_size([(640, 480), (96, 96), (480, 640)], 224) == (
        224 + 3 + 168 + 3 + 126,
        168,
    )


@pytest.mark.parametrize(
    ("tile", "text", "strip"),
    [((224, 168), 13, 17), ((224, 126), 12, 16), ((96, 96), 12, 16), ((640, 480), 38, 42)],
)
def test_the_strip_is_as_high_as_the_time_and_a_margin(
    tile: tuple[int, int], text: int, strip: int
) -> None:
    assert grid.text_height(tile) == text
    assert grid.strip_height(tile) == strip


@pytest.mark.parametrize(
    ("tiles", "size"),
    [(1, (1132, 185)), (5, (1132, 185)), (6, (1132, 373)), (20, (1132, 749))],
)
def test_a_sheet_is_as_wide_as_its_columns_and_as_high_as_it_needs(
    tiles: int, size: tuple[int, int]
) -> None:
    assert grid.sheet_size((224, 168), 5, tiles) == size


@pytest.mark.parametrize(
    ("cameras", "tile_width", "columns", "found"),
    [
        ([(640, 480)], 224, 5, 5),
        ([(640, 480)], 4000, 5, 5),
        ([(640, 480)] * 2, 224, 5, 3),
        ([(640, 480)] * 2, 224, 2, 2),
        ([(640, 480)] * 3, 224, 5, 2),
        ([(640, 480)] * 4, 224, 5, 1),
        ([(640, 480)] * 9, 224, 5, 1),
        # As wide as the sheet of one camera, where that is wider.
        ([(640, 480)] * 2, 320, 6, 3),
        ([(640, 480), (480, 640)], 224, 5, 4),
    ],
)
def test_as_many_columns_as_fit(
    cameras: list[tuple[int, int]], tile_width: int, columns: int, found: int
) -> None:
    tile = grid.cameras_size(cameras, tile_width)
    assert grid.columns_of(tile, len(cameras), columns, tile_width) == found


@given(st.lists(sizes, min_size=2, max_size=6), st.integers(1, 500), st.integers(1, 12))
def test_a_row_of_several_cameras_is_never_too_wide_for_more_than_one(
    cameras: list[tuple[int, int]], width: int, columns: int
) -> None:
    tile = grid.cameras_size(cameras, width)
    found = grid.columns_of(tile, len(cameras), columns, width)
    assert 1 <= found <= columns
    most = max(grid.SHARP_WIDTH, columns * width + (columns - 1) * grid.GUTTER)
    assert found == 1 or grid.sheet_size(tile, found, 1)[0] <= most
    if found < columns:
        assert grid.sheet_size(tile, found + 1, 1)[0] > most
