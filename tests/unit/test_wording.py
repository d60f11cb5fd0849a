import json

from hypothesis import given
from hypothesis import strategies as st

from subtasks.wording import (
    MAX_LINE,
    MAX_VALUE,
    counted,
    first_line,
    one_line,
    shorten,
    shorten_json,
    shorten_text,
)


def test_things_are_counted() -> None:
    assert counted(1, "file") == "1 file"
    assert counted(0, "file") == "0 files"
    assert counted(2000, "file") == "2,000 files"


def test_a_text_is_cut_only_where_it_is_too_long() -> None:
    assert shorten_text("abcde", 5) == "abcde"
    assert shorten_text("abcdef", 5) == "abcd…"


def test_a_value_is_shown_as_python_writes_it() -> None:
    assert shorten(None) == "None"
    assert shorten("a\nb") == r"'a\nb'"
    assert len(shorten("x" * 10**6)) == MAX_VALUE


def test_a_value_is_shown_as_json() -> None:
    assert shorten_json({"a": [1, None, "b"]}) == '{"a": [1, null, "b"]}'
    assert shorten_json(float("nan")) == "NaN"
    assert shorten_json("\u202e\x1b[31m") == r'"\u202e\u001b[31m"'
    assert (
        shorten_json(
            {
                1,
            }
        )
        == '"{1}"'
    )


def test_a_json_value_of_any_size_and_depth_is_short() -> None:
    assert shorten_json("x" * 10**6) == '"' + "x" * (MAX_VALUE - 2) + "…"
    assert shorten_json([0] * 10**6).startswith("[0, 0, ")
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    assert shorten_json(deep) == "[" * (MAX_VALUE - 1) + "…"


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_a_short_json_value_is_whole(value) -> None:
    shown = shorten_json(value)
    assert len(shown) <= MAX_VALUE
    assert shown.endswith("…") or json.loads(shown) == value


def test_a_text_is_folded_into_one_line() -> None:
    assert one_line("  a\n\tb  c ") == "a b c"
    assert len(one_line("x " * 1000)) == MAX_LINE


def test_an_error_is_shown_by_its_first_line() -> None:
    assert first_line(ValueError("\nfirst\nsecond")) == "first"
    assert first_line(ValueError()) == "ValueError"
    assert first_line(ValueError("x" * 10), limit=5) == "xxxx…"
