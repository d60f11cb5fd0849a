"""The content of meta/info.json is checked."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks.dataset import dataset, info
from subtasks.errors import Problem
from support.small_datasets import CAMERA, JSON, SEVERAL, info_json, make_v2, read_or_refused


def test_camera(tmp_path: Path) -> None:
    root = make_v2(tmp_path / "d", info_json())
    assert dataset.load(root).camera == CAMERA
    assert dataset.load(root, camera="observation.images.depth").camera.endswith("depth")
    # Images in the data files are a camera too, but a video comes first.
    assert dataset.load(root, camera="observation.images.raw").stores_images
    for wrong in ("action", "camera9"):
        with pytest.raises(Problem, match="is not a video or image feature"):
            dataset.load(root, camera=wrong)


def test_a_name_that_no_path_can_have_only_matters_if_it_is_the_camera(tmp_path: Path) -> None:
    features = {**info_json()["features"], "../second": {"dtype": "video", "shape": [4, 4, 3]}}
    root = make_v2(tmp_path / "d", info_json(features=features))
    assert dataset.load(root).camera == CAMERA
    with pytest.raises(Problem, match="has a name that cannot be part of a path"):
        dataset.load(root, camera="../second")


def test_a_depth_map_is_not_chosen(tmp_path: Path) -> None:
    depth = {"depth": {"dtype": "image", "shape": [4, 4, 1]}}
    assert dataset.load(make_v2(tmp_path / "d", info_json(features=depth))).camera is None


@pytest.mark.parametrize("version", ["2.1", 2.1, "v2.1"])
def test_a_version_may_lack_its_v(tmp_path: Path, version: Any) -> None:
    root = make_v2(tmp_path / "d", info_json(codebase_version=version))
    assert dataset.load(root).version == "v2.1"


HOSTILE = [
    ("{", "is not valid JSON"),
    ("[]", "must be a JSON object"),
    (info_json(fps=0), "fps in meta/info.json must be between .*, not 0"),
    (info_json(fps=True), "not True"),
    (info_json(fps="30 Hz"), "not '30 Hz'"),
    (info_json(fps="1e1"), "not '1e1'"),
    (info_json(codebase_version="v1.6"), "codebase_version in meta/info.json is 'v1.6'"),
    (info_json(codebase_version=None), "codebase_version in meta/info.json is None"),
    (info_json(features=None), "features in meta/info.json must be an object of objects"),
    (info_json(chunks_size=0), "chunks_size in meta/info.json must be a positive integer, not 0"),
    (info_json(fps=1e-320), "must be between 0.001 and 1000, not 1e-320"),
    (json.dumps(info_json()).replace('"fps"', '"half": "\\ud800", "fps"'), "is not valid JSON"),
    (info_json(features={"../up": {"dtype": "video"}}), "cannot be part of a path"),
]


@pytest.mark.parametrize(("content", "said"), HOSTILE)
def test_hostile_info_is_refused_in_one_sentence(tmp_path: Path, content: Any, said: str) -> None:
    root = make_v2(tmp_path / "d", content)
    with pytest.raises(Problem, match=said) as caught:
        dataset.load(root)
    assert str(root) in str(caught.value)
    assert "\n" not in str(caught.value)


@SEVERAL
@given(st.dictionaries(st.sampled_from([*info_json(), "total_episodes"]), JSON), JSON)
def test_any_info(tmp_path: Path, changes: dict[str, Any], names: Any) -> None:
    shutil.rmtree(tmp_path / "d", ignore_errors=True)
    content = info_json(**changes)
    if isinstance(content["features"], dict):
        content["features"]["action"] = {"dtype": "float32", "names": names}
    read_or_refused(make_v2(tmp_path / "d", content))


def test_names_of_dimensions_in_any_form() -> None:
    deep: Any = "left"
    for _ in range(100_000):
        deep = [deep]
    for names, flat in [
        (["a", "b"], ["a", "b"]),
        ([["a", "b"], ["c"]], ["a", "b", "c"]),
        ({"motors": ["a", "b"], "hands": {"left": ["c"]}}, ["a", "b", "c"]),
        ({"x": 0, "y": 1}, ["x", "y"]),
        (deep, ["left"]),
        (["x" * 100] * 1000, []),
        ([""] * 100_000, []),
        (None, []),
    ]:
        assert info.names({"names": names}) == flat


@pytest.mark.parametrize(
    ("feature", "size"),
    [
        ({"info": {"video.width": 640, "video.height": 480}}, (640, 480)),
        ({"shape": [480, 640, 3], "names": ["height", "width", "channels"]}, (640, 480)),
        ({"shape": [3, 480, 640], "names": ["channels", "height", "width"]}, (640, 480)),
        ({"info": {"video.width": 640}, "shape": [480], "names": ["height"]}, (640, 480)),
        ({"shape": [480, 640, 3], "names": None}, None),
        ({"info": {"video.width": 640, "video.height": "480"}}, None),
        ({"info": {"video.width": 0, "video.height": 480}}, None),
        ({"info": {"video.width": 640, "video.height": info.MAX_SIDE + 1}}, None),
    ],
)
def test_the_size_of_frames(feature: dict[str, Any], size: tuple[int, int] | None) -> None:
    assert info.frame_size(feature) == size
