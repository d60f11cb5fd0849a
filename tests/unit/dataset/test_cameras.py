"""Which cameras there are, and which one is looked through if nobody says so."""

import contextlib
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks.dataset import cameras, dataset
from subtasks.errors import Problem
from support.small_datasets import CAMERA, WRIST, info_json, make_v2

VIDEO: dict[str, Any] = {"dtype": "video", "shape": [4, 4, 3]}
PICTURES: dict[str, Any] = {"dtype": "image", "shape": [4, 4, 3]}


def videos(*names: str) -> dict[str, dict[str, Any]]:
    return dict.fromkeys(names, VIDEO)


# In an order in which a dataset may have them, and the one to take.
REAL = {
    "aloha": (["cam_left_wrist", "cam_high", "cam_low", "cam_right_wrist"], "cam_high"),
    "lerobot": (
        [
            "observation.images.cam_left_wrist",
            "observation.images.cam_right_wrist",
            "observation.images.cam_low",
            "observation.images.cam_high",
        ],
        "observation.images.cam_low",
    ),
    "droid": (
        [
            "observation.images.wrist_image_left",
            "observation.images.exterior_image_1_left",
            "observation.images.exterior_image_2_left",
        ],
        "observation.images.exterior_image_1_left",
    ),
    "droid-1.0.1": (
        [
            "observation.images.wrist_left",
            "observation.images.exterior_1_left",
            "observation.images.exterior_2_left",
        ],
        "observation.images.exterior_1_left",
    ),
    "openpi": (["left_wrist_0_rgb", "right_wrist_0_rgb", "base_0_rgb"], "base_0_rgb"),
    "openpi-libero": (["wrist_image", "image"], "image"),
    "libero": (["eye_in_hand_rgb", "agentview_rgb"], "agentview_rgb"),
    "agibot": (
        [
            "observation.images.head_depth",
            "observation.images.hand_left",
            "observation.images.hand_right",
            "observation.images.head",
            "observation.images.back_left_fisheye",
        ],
        "observation.images.head",
    ),
    "robomind": (["camera_left_wrist", "camera_right_wrist", "camera_front"], "camera_front"),
    "so101": (["observation.images.gripper", "observation.images.side"], "observation.images.side"),
    "so100": (
        ["observation.images.laptop", "observation.images.phone"],
        "observation.images.laptop",
    ),
    "robocasa": (
        ["robot0_eye_in_hand", "robot0_agentview_left", "robot0_agentview_right"],
        "robot0_agentview_left",
    ),
    "gr00t": (
        ["observation.images.left_hand_view", "observation.images.ego_view"],
        "observation.images.ego_view",
    ),
    "overhead": (["wrist", "overhead"], "overhead"),
    "camel case": (["leftHandCamera", "wristCam1", "sceneCamera"], "sceneCamera"),
    "a handle": (["gripper_cam", "handle_view"], "handle_view"),
}
HANDS = [
    *("wrist", "wrist_1", "wrist1", "wristcam", "leftwrist", "WRIST_RGB", "rightWristImage"),
    *("hand_left", "left_hand", "eye_in_hand", "handeye", "inhand", "hand-cam", "robot0.hand"),
    *("gripper", "gripper_left_rgb", "ee_cam", "eef", "end_effector", "fingertip", "left_palm"),
]
NO_HANDS = [
    *("head", "overhead", "handle_view", "handover", "front", "top", "chest", "beehive", "see"),
    *("ego", "external", "third_person", "behind", "unwristed", "fingerboard", "secondhand"),
]


@pytest.mark.parametrize(("names", "chosen"), REAL.values(), ids=REAL)
def test_a_view_of_the_scene_is_preferred(names: list[str], chosen: str) -> None:
    assert cameras.choose_cameras(videos(*names), None) == (chosen,)


@pytest.mark.parametrize("name", HANDS)
def test_a_camera_on_a_hand(name: str) -> None:
    assert cameras.is_on_the_hand(f"observation.images.{name}")
    assert cameras.choose_cameras(videos(name, "scene"), None) == ("scene",)


@pytest.mark.parametrize("name", NO_HANDS)
def test_a_camera_that_only_sounds_like_one_on_a_hand(name: str) -> None:
    assert not cameras.is_on_the_hand(f"observation.images.{name}")


def test_the_first_is_taken_where_all_are_on_hands() -> None:
    assert cameras.choose_cameras(videos("right_wrist", "left_wrist"), None) == ("right_wrist",)


def test_videos_come_before_images_and_scenes_before_both() -> None:
    features = {"front": PICTURES, "top": VIDEO, "wrist": VIDEO}
    assert cameras.in_colour(features) == ["top", "front", "wrist"]
    assert cameras.choose_cameras({"front": PICTURES, "wrist": VIDEO}, None) == ("front",)


@pytest.mark.parametrize(
    ("name", "feature"),
    [
        ("top", {"dtype": "image", "shape": [4, 4, 1]}),
        ("top", {"dtype": "image", "shape": [1, 4, 4]}),
        ("top", {**VIDEO, "info": {"video.is_depth_map": True}}),
        ("top", {**VIDEO, "video_info": {"video.is_depth_map": True}}),
        ("observation.images.head_depth", VIDEO),
        ("depth_top", PICTURES),
        ("tactile_left", VIDEO),
        ("top_segmentation", VIDEO),
    ],
)
def test_what_shows_no_colours_is_only_taken_if_it_is_named(
    name: str, feature: dict[str, Any]
) -> None:
    assert cameras.choose_cameras({name: feature}, None) == ()
    assert cameras.choose_cameras({name: feature, "wrist": VIDEO}, None) == ("wrist",)
    assert cameras.choose_cameras({name: feature}, [name]) == (name,)


def test_the_colours_of_a_camera_that_also_measures_depth() -> None:
    assert cameras.in_colour(videos("depth_camera_rgb", "depth_camera")) == ["depth_camera_rgb"]


NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)


@given(st.dictionaries(NAMES, st.sampled_from([VIDEO, PICTURES, {"dtype": "float32"}])))
def test_of_any_names_one_is_chosen_and_none_on_a_hand_before_a_scene(
    features: dict[str, dict[str, Any]],
) -> None:
    found = cameras.in_colour(features)
    assert len(set(found)) == len(found)
    on_hands = [cameras.is_on_the_hand(name) for name in found]
    assert on_hands == sorted(on_hands)
    with contextlib.suppress(Problem):
        assert cameras.choose_cameras(features, None) == tuple(found[:1])


def test_cameras_that_are_named(tmp_path: Path) -> None:
    root = make_v2(tmp_path / "d", info_json())
    assert dataset.load(root).cameras == (CAMERA,)
    assert dataset.load(root, cameras=[WRIST, CAMERA]).cameras == (WRIST, CAMERA)
    assert dataset.load(root, cameras=["observation.images.raw"]).stores_images
    for wrong in ("action", "camera9"):
        said = (
            f"camera {wrong} is not a video or image feature of this dataset; it has "
            f"observation.images.depth, {WRIST}, {CAMERA}, observation.images.raw"
        )
        with pytest.raises(Problem, match=re.escape(said)):
            dataset.load(root, cameras=[CAMERA, wrong])


def test_many_and_unprintable_names_are_listed_in_one_short_line() -> None:
    names = ["top", "a\x1b[2J\nb", "x" * 5000, *(f"c{number}" for number in range(50))]
    said = cameras.listed(names)
    assert said.startswith(r"top, 'a\x1b[2J\nb', xxx")
    assert said.endswith("c6, …")
    assert said.isprintable()
    assert len(said) < 200


def test_a_name_that_no_path_can_have_only_matters_if_it_is_the_camera(tmp_path: Path) -> None:
    features = {**info_json()["features"], "../second": VIDEO}
    root = make_v2(tmp_path / "d", info_json(features=features))
    assert dataset.load(root).cameras == (CAMERA,)
    with pytest.raises(Problem, match="has a name that cannot be part of a path"):
        dataset.load(root, cameras=[CAMERA, "../second"])


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
        ({"info": {"video.width": 640, "video.height": cameras.MAX_SIDE + 1}}, None),
    ],
)
def test_the_size_of_frames(feature: dict[str, Any], size: tuple[int, int] | None) -> None:
    assert cameras.frame_size(feature) == size
