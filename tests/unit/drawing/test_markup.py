import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks.drawing.markup import MAX_TEXT, text


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("reach for the cup", "reach for the cup"),
        ("<script>alert('x')</script>", "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;"),
        ('" onclick="x', "&quot; onclick=&quot;x"),
        ("&lt;", "&amp;lt;"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("\u202eabc\u202c", "\\u202eabc\\u202c"),
        ("a\u2066b", "a\\u2066b"),
        ("\ud83d", "\\ud83d"),
        ("\0", "\\x00"),
        (" two\n\t lines ", "two lines"),
        ("чашку взять 👩‍🚀", "чашку взять 👩‍🚀"),
    ],
)
def test_a_text_is_shown_as_it_is(value: str, shown: str) -> None:
    assert text(value) == shown


def test_a_long_text_is_cut() -> None:
    assert text("x" * 10_000) == "x" * (MAX_TEXT - 1) + "…"
    assert text("<" * 10_000, 5) == "&lt;" * 4 + "…"
    assert len(text("\u202e" * 10_000)) <= MAX_TEXT


@given(st.text(st.characters(exclude_categories=[]), max_size=400))
def test_no_text_becomes_markup_or_turns_the_writing_around(value: str) -> None:
    found = text(value)
    found.encode()
    assert not set(found) & set("<>\"'")
    assert len(html.unescape(found)) <= MAX_TEXT
    assert not any(0x202A <= ord(each) <= 0x202E or 0x2066 <= ord(each) <= 0x2069 for each in found)
    assert all(each == " " or each.isprintable() or ord(each) > 0x9F for each in found)
