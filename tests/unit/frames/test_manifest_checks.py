"""A manifest is read if sampling can have written it, and refused with a clause if not."""

import contextlib
import json
import re
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks.frames import manifest_checks
from subtasks.frames.manifest import Image, Manifest

MANIFEST = Manifest(
    video="videos/a.mp4",
    codec="av1",
    width=640,
    height=480,
    fps=30,
    frames=90,
    duration=3.0,
    sampling={"fps": 2.0, "rate": 2.0, "layout": "sheet", "max_frames": None},
    images=(Image("sheet_000.jpg", 1120, 672, (0.0, 0.5, 1.0)),),
    remarks=("videos/a.mp4 ends 0.20 s before the episode",),
)


def changed(change: dict[str, Any] = {}, image: dict[str, Any] = {}) -> dict[str, Any]:  # noqa: B006
    content: dict[str, Any] = json.loads(json.dumps(asdict(MANIFEST)))
    content["images"][0] |= image
    return content | change


def test_what_was_written_is_read_as_it_was() -> None:
    read = manifest_checks.parse(changed())
    assert read == MANIFEST
    assert repr(read) == repr(MANIFEST)  # 30 stays 30 and does not become 30.0


def test_a_failure_needs_no_rate() -> None:
    content = changed({"images": [], "sampling": {}, "codec": None, "width": None, "height": None})
    assert manifest_checks.parse(content | {"error": "is empty"}).error == "is empty"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"fps": 0}, "fps in its manifest is 0"),
        ({"fps": None}, "fps in its manifest is null"),
        ({"fps": "30"}, 'fps in its manifest is "30"'),
        ({"fps": True}, "fps in its manifest is true"),
        ({"fps": float("nan")}, "fps in its manifest is NaN"),
        ({"fps": float("inf")}, "fps in its manifest is Infinity"),
        ({"frames": 0}, "frames in its manifest is 0"),
        ({"frames": 1.5}, "frames in its manifest is 1.5"),
        ({"frames": []}, "frames in its manifest is []"),
        ({"duration": -1}, "duration in its manifest is -1"),
        ({"duration": {}}, "duration in its manifest is {}"),
        ({"video": None}, "video in its manifest is null"),
        ({"video": 7}, "video in its manifest is 7"),
        ({"video": "\ud800"}, "surrogates not allowed"),
        ({"error": "\udfff"}, "surrogates not allowed"),
        ({"error": False}, "error in its manifest is false"),
        ({"codec": 4}, "codec in its manifest is 4"),
        ({"width": "640"}, 'width in its manifest is "640"'),
        ({"height": -2}, "height in its manifest is -2"),
        ({"sampling": None}, "sampling in its manifest is null"),
        ({"sampling": []}, "sampling in its manifest is []"),
        ({"sampling": {}}, "rate in its manifest is null"),
        ({"sampling": {"rate": None, "layout": "sheet"}}, "rate in its manifest is null"),
        ({"sampling": {"rate": 0, "layout": "sheet"}}, "rate in its manifest is 0"),
        ({"sampling": {"rate": 1, "layout": "film"}}, 'layout in its manifest is "film"'),
        ({"sampling": {"rate": 1, "layout": ["sheet"]}}, "sampling in its manifest is"),
        ({"images": None}, "images in its manifest is null"),
        ({"images": {}}, "images in its manifest is {}"),
        ({"images": [None]}, "an image is null and not an object"),
        ({"images": ["a.jpg"]}, "an image is"),
        ({"images": [{}]}, "an image has no height"),
        ({"remarks": "one"}, "remarks in its manifest is"),
        ({"remarks": [1]}, "a remark in its manifest is 1"),
        ({"cameras": "top"}, 'cameras in its manifest is "top"'),
        ({"borders": 1.5}, "borders in its manifest is 1.5"),
        ({"borders": ["1.5"]}, 'a border in its manifest is "1.5"'),
        ({"borders": [1.5, 2.5]}, "it does not have an image for each border"),
        ({"cameras": [None]}, "a camera in its manifest is null"),
        ({"new": 1}, 'unknown key "new"'),
    ],
)
def test_wrong_values_are_named(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=re.escape(reason)):
        manifest_checks.parse(changed(change))


@pytest.mark.parametrize(
    "key", sorted(asdict(MANIFEST).keys() - {"error", "remarks", "cameras", "borders"})
)
def test_missing_keys_are_named(key: str) -> None:
    content = changed()
    del content[key]
    with pytest.raises(ValueError, match=f"its manifest has no {key}"):
        manifest_checks.parse(content)


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        *[
            ({"name": name}, "the name of an image in its manifest is")
            for name in ("../a.jpg", "/a.jpg", "a/b.jpg", "a\\b.jpg", "", ".a", None, 3, "a\n", "é")
        ],
        ({"width": 0}, "width in its manifest is 0"),
        ({"width": 10**9}, "width in its manifest is 1000000000"),
        ({"height": 1.0}, "height in its manifest is 1.0"),
        ({"times": []}, "do not ascend"),
        ({"times": [1.0, 0.5]}, "do not ascend"),
        ({"times": ["0"]}, 'a time in its manifest is "0"'),
        ({"times": [[0]]}, "a time in its manifest is [0]"),
        ({"times": [-0.1]}, "a time in its manifest is -0.1"),
        ({"times": [float("nan")]}, "a time in its manifest is NaN"),
        ({"times": 0.5}, "times in its manifest is 0.5"),
        ({"times": None}, "times in its manifest is null"),
        ({"extra": 1}, 'unknown key "extra"'),
    ],
)
def test_wrong_images_are_named(image: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=re.escape(reason)):
        manifest_checks.parse(changed(image=image))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda values: (
        st.lists(values, max_size=3)
        | st.dictionaries(st.sampled_from([*asdict(MANIFEST), "name", "times", "rate"]), values)
    ),
    max_leaves=12,
)


@given(content=JSON, key=st.sampled_from([*asdict(MANIFEST)]), value=JSON)
def test_no_json_is_more_than_refused(content: Any, key: str, value: Any) -> None:
    for each in (content, changed({key: value})):
        with contextlib.suppress(ValueError, OverflowError):
            manifest_checks.parse(each)
