"""Checking that a manifest that was read is one that sampling can have written."""

import math
import re
from dataclasses import fields
from itertools import pairwise
from typing import Any

from subtasks.frames.manifest import Image, Manifest
from subtasks.wording import shorten_json

MAX_SIDE = 16384
"""Pixels: single frames are at most as large as those of a video."""

LAYOUTS = ("sheet", "frame", "strip")

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}")
_OPTIONAL = {"error", "remarks", "cameras", "borders"}
"""What archives of earlier versions may lack."""


def parse(content: Any) -> Manifest:
    """Make a manifest of its JSON. Raises `ValueError`, which says what is wrong in a clause."""
    known = {each.name for each in fields(Manifest)}
    found = _object(content, "its manifest", known, known - _OPTIONAL)
    images = tuple(_image(each) for each in _list(found["images"], "images"))
    sampling = found["sampling"]
    if not isinstance(sampling, dict):
        raise _wrong("sampling", sampling)
    for value in sampling.values():
        # What is recorded of the settings are single values.
        if isinstance(value, list | dict) or (
            isinstance(value, float) and not math.isfinite(value)
        ):
            raise _wrong("sampling", value)
    if images:
        _number(sampling.get("rate"), "rate", above=0)
        if sampling.get("layout") not in LAYOUTS:
            raise _wrong("layout", sampling.get("layout"))
    for side in ("width", "height"):
        if found[side] is not None:
            _whole(found[side], side)
    borders = tuple(
        _number(time, "a border") for time in _list(found.get("borders", []), "borders")
    )
    if borders and len(borders) != len(images):
        raise ValueError("it does not have an image for each border")
    return Manifest(
        video=_text(found["video"], "video"),
        codec=None if found["codec"] is None else _text(found["codec"], "codec"),
        width=found["width"],
        height=found["height"],
        fps=_number(found["fps"], "fps", above=0),
        frames=_whole(found["frames"], "frames"),
        duration=_number(found["duration"], "duration"),
        sampling=sampling,
        images=images,
        error=None if found.get("error") is None else _text(found["error"], "error"),
        remarks=tuple(
            _text(each, "a remark") for each in _list(found.get("remarks", []), "remarks")
        ),
        cameras=tuple(
            _text(each, "a camera") for each in _list(found.get("cameras", []), "cameras")
        ),
        borders=borders,
    )


def _image(content: Any) -> Image:
    names = {each.name for each in fields(Image)}
    found = _object(content, "an image", names, names)
    name = found["name"]
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise _wrong("the name of an image", name)
    for side in ("width", "height"):
        if _whole(found[side], side) > MAX_SIDE:
            raise _wrong(side, found[side])
    times = tuple(_number(time, "a time") for time in _list(found["times"], "times"))
    if not times or any(later < earlier for earlier, later in pairwise(times)):
        raise ValueError(f"the times of {name} do not ascend")
    return Image(name, found["width"], found["height"], times)


def _object(content: Any, what: str, known: set[str], needed: set[str]) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise ValueError(f"{what} is {shorten_json(content)} and not an object")
    if missing := sorted(needed - content.keys()):
        raise ValueError(f"{what} has no {missing[0]}")
    if unknown := sorted(content.keys() - known):
        raise ValueError(f"{what} has the unknown key {shorten_json(unknown[0])}")
    return content


def _list(value: Any, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise _wrong(what, value)
    return value


def _text(value: Any, what: str) -> str:
    if not isinstance(value, str):
        raise _wrong(what, value)
    # Half of a surrogate pair is valid JSON, but can neither be shown nor sent.
    value.encode()
    return value


def _whole(value: Any, what: str) -> int:
    # A Boolean is an integer to isinstance().
    if type(value) is not int or value < 1:
        raise _wrong(what, value)
    return value


def _number(value: Any, what: str, above: float | None = None) -> Any:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or value < 0 or value == above:
        raise _wrong(what, value)
    # As it is: 30 and 30.0 are different words to a model.
    return value


def _wrong(what: str, value: Any) -> ValueError:
    return ValueError(f"{what} in its manifest is {shorten_json(value)}")
