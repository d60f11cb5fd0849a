import pytest

from subtasks.tables import format_table

ROWS = [("name", "size", "cost"), ("a", "1", "$10.00"), ("longer", "12,000", "-")]


def test_the_first_column_is_left_and_the_others_are_right() -> None:
    assert format_table(ROWS).splitlines() == [
        "name      size    cost",
        "a            1  $10.00",
        "longer  12,000       -",
    ]


def test_every_column_can_have_its_side() -> None:
    assert format_table(ROWS, align=">").splitlines()[1] == "     a       1  $10.00"
    # Nothing is written behind a row's last character.
    assert format_table(ROWS, align="<><").splitlines() == [
        "name      size  cost",
        "a            1  $10.00",
        "longer  12,000  -",
    ]


def test_lines_are_as_wide_as_the_table() -> None:
    lines = format_table(ROWS, lines_above=(1, 2)).splitlines()
    assert [number for number, line in enumerate(lines) if line == "-" * 22] == [1, 3]


def test_an_empty_first_column_keeps_its_width() -> None:
    assert format_table([("", "1"), ("", "20")], align=">").splitlines() == ["   1", "  20"]


def test_rows_of_unequal_length_are_refused() -> None:
    with pytest.raises(ValueError, match="argument 2"):
        format_table([("a", "b"), ("a",)])
