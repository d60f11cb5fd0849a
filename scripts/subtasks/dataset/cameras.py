"""The cameras of a dataset: which there are, and which one shows the scene best by its name."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from subtasks.errors import Problem
from subtasks.wording import shorten, shorten_text

VIDEO, IMAGE = "video", "image"
"""The dtypes of cameras: a video file, or images in the data files."""

MOST_LISTED = 10
MAX_SIDE = 8000
"""Pixels of a frame's width or height."""

_FEATURE_KEY = re.compile(r"(?!\.+$)[\w.\-]+")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+")
# One word, also where it is written together with what usually stands beside it: "leftwristcam".
_ON_THE_HAND = re.compile(
    r"(left|right|in|eyein)?"
    r"(wrist|hand|gripper|finger|fingertip|palm|ee|eef|effector|endeffector)"
    r"(cam|camera|eye|view|image|img|rgb|left|right)?"
)
_NO_COLOURS = {"depth", "tactile", "gelsight", "mask", "masks", "segmentation", "infrared"}
_COLOURS = {"rgb", "color", "colour"}

Features = Mapping[str, Mapping[str, Any]]


def choose_cameras(features: Features, wanted: Sequence[str] | None) -> tuple[str, ...]:
    """Choose the cameras to sample: those `wanted`, else the one that is best by its name.

    Returns none if there is none to choose. Raises `Problem` if one that is wanted is no camera,
    or if a name cannot be part of a path.
    """
    known = _all(features)
    for name in wanted or ():
        if name not in known:
            raise Problem(
                f"camera {shorten_text(name)} is not a video or image feature of this dataset; "
                f"it has {listed(known) or 'none'}"
            )
    chosen = tuple(wanted) if wanted else tuple(in_colour(features)[:1])
    for name in chosen:
        if not _FEATURE_KEY.fullmatch(name):
            raise Problem(f"feature {shorten(name)} has a name that cannot be part of a path")
    return chosen


def in_colour(features: Features) -> list[str]:
    """List the cameras that show colours, those on a hand or a wrist behind all others.

    Among equals, videos come before images that are stored in the data files, in the order of
    `features`. Depth maps are none of them.
    """
    return sorted(
        (name for name in _all(features) if not _is_depth(name, features[name])),
        key=is_on_the_hand,
    )


def is_on_the_hand(name: str) -> bool:
    """Say whether a camera moves with a hand, a wrist or a gripper, by the words of its name."""
    return any(_ON_THE_HAND.fullmatch(word) for word in _words(name))


def frame_size(feature: Mapping[str, Any]) -> tuple[int, int] | None:
    """Read the width and height of a camera's frames from its feature, None if not given."""
    video, names, shape = (feature.get(key) for key in ("info", "names", "shape"))
    known = dict(video) if isinstance(video, dict) else {}
    if isinstance(names, list) and isinstance(shape, list):
        known |= {f"video.{name}": side for name, side in zip(names, shape, strict=False)}
    width, height = _side(known.get("video.width")), _side(known.get("video.height"))
    return (width, height) if width and height else None


def listed(names: Sequence[str]) -> str:
    """List names for a sentence; they come from a dataset and may be many, long and unprintable."""
    shown = [shorten_text(each if each.isprintable() else repr(each)) for each in names]
    return ", ".join(shown[:MOST_LISTED]) + ", …" * (len(shown) > MOST_LISTED)


def _all(features: Features) -> list[str]:
    """List all cameras: videos, then images that are stored in the data files."""
    return [
        name
        for dtype in (VIDEO, IMAGE)
        for name, feature in features.items()
        if feature.get("dtype") == dtype
    ]


def _words(name: str) -> list[str]:
    """Split a feature's name into words: left, wrist, rgb for `left_wrist_0_rgb`."""
    return [word.lower() for word in _WORD.findall(name)]


def _side(value: Any) -> int | None:
    return value if isinstance(value, int) and 0 < value <= MAX_SIDE else None


def _is_depth(name: str, feature: Mapping[str, Any]) -> bool:
    """Whether a camera shows something else than colours, such as depth."""
    for attributes in (feature.get("info"), feature.get("video_info"), feature):
        if isinstance(attributes, dict) and attributes.get("video.is_depth_map"):
            return True
    shape = feature.get("shape")
    # Stored images say nothing else of it: a depth map has one channel, first or last.
    has_one_channel = isinstance(shape, list) and len(shape) == 3 and 1 in (shape[0], shape[2])
    if feature.get("dtype") == IMAGE and has_one_channel:
        return True
    words = set(_words(name))
    return bool(words & _NO_COLOURS) and not words & _COLOURS
