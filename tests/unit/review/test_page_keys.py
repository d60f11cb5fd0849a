"""The keys of the view of one episode."""

from typing import Any

import pytest

from support.page_modules import evaluate

KEYS = "KEYS, actionOf, keyOf from keys.js"


def _actions(*keys: str, **other: Any) -> list[str | None]:
    """Return what keys do; a key may have its place on the keyboard behind a blank."""
    pressed = [
        {"key": key, "code": code, "shiftKey": False, "repeat": False, **other}
        for key, code in ((each[:1], each[2:]) if each[1:2] == " " else (each, "") for each in keys)
    ]
    actions: list[str | None] = evaluate(
        KEYS,
        "keys.map(pressed => actionOf({ctrlKey: false, altKey: false, metaKey: false, ...pressed,"
        " getModifierState: (name) => name === pressed.modifier}))",
        keys=pressed,
    )
    return actions


def test_keys_do_what_the_table_says() -> None:
    keys: dict[str, str | None] = {
        " ": "play",
        "ArrowLeft": "back",
        "ArrowRight": "forward",
        "[": "borderBefore",
        "]": "borderAfter",
        ",": "moveBack",
        ".": "moveForward",
        "s": "split",
        "m": "merge",
        "e": "rename",
        "x": "mistake",
        "u": "undo",
        "t": "nextDifference",
        "Enter": "accept",
        "Escape": "leave",
        "q": None,
        "?": None,
        "Tab": None,
    }
    assert _actions(*keys) == list(keys.values())


def test_shift_makes_another_key_of_a_letter_and_caps_lock_does_not() -> None:
    shifted = ["redo", "mergeNext", "takeTrue", "secondBack"]
    assert _actions("U", "M", "T", "ArrowLeft", shiftKey=True) == shifted
    assert _actions("U", "M") == ["undo", "merge"]


def test_letters_are_found_by_their_place_where_they_are_not_latin() -> None:
    # A Latin letter counts wherever it stands: on a French keyboard "m" is elsewhere.
    assert _actions("ы KeyS", "m Semicolon", "q KeyS") == ["split", "merge", None]


def test_brackets_may_be_written_with_alt_gr() -> None:
    assert _actions("[", "]", modifier="AltGraph") == ["borderBefore", "borderAfter"]
    assert _actions("[", "]", ctrlKey=True, altKey=True) == ["borderBefore", "borderAfter"]


@pytest.mark.parametrize("modifier", ["ctrlKey", "altKey", "metaKey"])
def test_what_belongs_to_the_browser_is_left_to_it(modifier: str) -> None:
    assert _actions("s", "ArrowLeft", " ", **{modifier: True}) == [None] * 3


def test_only_what_may_be_repeated_is_when_a_key_is_held() -> None:
    once = _actions("Enter", "s", "m", "x", "e", " ", "Escape", repeat=True)
    assert set(once) == {None}
    assert _actions("ArrowRight", ".", "u", repeat=True) == ["forward", "moveForward", "undo"]


def test_every_action_has_one_sentence_and_a_key_to_show() -> None:
    lines = evaluate(KEYS, "KEYS")
    bindings = [binding for line in lines for binding in line["bindings"]]
    pairs = [(each["event"], each.get("shift", False)) for each in bindings]
    assert len(set(pairs)) == len(pairs)
    assert all(line["does"] and line["keys"] for line in lines)
    shown = evaluate(
        KEYS, "['play', 'split', 'redo', 'moveForward', 'zoomOut', 'accept'].map(keyOf)"
    )
    assert shown == ["space", "s", "U", ".", "-", "Enter"]
