"""Which datasets and episodes there are, and what is wrong with them before the first job."""

import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from subtasks.errors import Problem
from subtasks.workflow import plan
from subtasks.workflow.config import Config, LabelLimits
from subtasks.workflow.plan import Plan
from support import configs
from support.many_episodes import CAMERA, render


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return render(tmp_path / "tiny", 4)


def config(*roots: Path | dict[str, Any], **sections: Any) -> Config:
    datasets = [root if isinstance(root, dict) else {"root": str(root)} for root in roots]
    return configs.read(**{"datasets": datasets, "annotator": "kinematic", **sections})


def read(settings: Config) -> Plan:
    return plan.read(settings, warn=pytest.fail)


def refused(settings: Config) -> str:
    with pytest.raises(Problem) as caught:
        read(settings)
    return str(caught.value)


# what is read ---------------------------------------------------------------------------------


def test_datasets_have_names_episodes_and_labels_of_their_own(tiny: Path) -> None:
    entry = {"root": str(tiny), "name": "mine", "episodes": "1:", "exclude": [2], "task": "wave"}
    entry["labels"] = {"vocabulary": ["reach", "grasp"]}
    found = read(config(tiny, entry, max_episodes=3, labels={"min_segment": 0.5}))
    assert list(found) == ["tiny", "mine"]
    assert [list(dataset.episodes) for dataset in found.values()] == [[0, 1, 2], [1, 3]]
    # Nobody reads a task here.
    assert {episode.task for episode in found["mine"].episodes.values()} == {""}
    assert found.labels == {
        "tiny": LabelLimits(min_segment=0.5),
        "mine": LabelLimits(min_segment=0.5, vocabulary=("reach", "grasp")),
    }


def test_its_own_number_of_episodes_goes_before_that_of_all(tiny: Path) -> None:
    found = read(config({"root": str(tiny), "max_episodes": 3}, max_episodes=1))
    assert list(found["tiny"].episodes) == [0, 1, 2]


def test_a_mixture_may_hold_a_dataset_twice(tiny: Path, tmp_path: Path) -> None:
    path = tmp_path / "mixture.json"
    datasets = [{"root": str(tiny), "episodes": [number]} for number in range(3)]
    path.write_text(json.dumps({"datasets": datasets}))
    found = read(config(mixture=str(path), labels={"max_segments": 5}))
    assert list(found) == ["tiny", "tiny-2", "tiny-3"]
    assert set(found.labels.values()) == {LabelLimits(max_segments=5)}
    assert not found.left_out


# what is wrong with a config ------------------------------------------------------------------


def test_there_must_be_a_dataset_and_an_output(tiny: Path) -> None:
    assert refused(config()) == (
        "config: datasets is empty: name at least one, - root: path/to/dataset"
    )
    assert refused(config(tiny, output={"response": False})) == (
        "config: no output is enabled: set at least one under output:, for example response: true"
    )


def test_sheets_are_neither_too_wide_nor_too_high(real_data: Path) -> None:
    def sample(**sample: Any) -> Config:
        root = real_data / "g1_bottle_v2.1"
        return config(root, annotator="claude", sample=sample)

    read(sample(sheet={"rows": 10}))
    wide = refused(sample(sheet={"columns": 12}))
    assert "has 12 columns of 224 pixels, 2721 in all; Claude accepts images of at most" in wide
    high = refused(sample(sheet={"rows": 20}))
    assert "has 20 rows of tiles of 168 pixels with their times above them, 3757 in all" in high
    assert "which are 640x480; Claude accepts images of at most 2000 pixels" in high
    read(sample(sheet={"rows": 20}, layout="frame"))


def cameras(root: Path, *names: str, size: tuple[int, int] | None = (640, 480)) -> Path:
    """Give a dataset these cameras, each with videos."""
    path = root / "meta/info.json"
    info = json.loads(path.read_text())
    known = dict(zip(("video.width", "video.height"), size, strict=True)) if size else {}
    info["features"] |= {
        name: {"dtype": "video", "shape": [480, 640, 3], "names": None, "info": known}
        for name in names
    }
    path.write_text(json.dumps(info))
    [folder] = root.glob("videos/*")
    for name in names:
        shutil.copytree(next(folder.iterdir()), folder / name, dirs_exist_ok=True)
    return root


def test_images_of_several_cameras_are_not_too_large(tiny: Path) -> None:
    names = [f"c{number}" for number in range(10)]
    cameras(tiny, *names)

    def several(count: int, **sample: Any) -> Config:
        entry = {"root": str(tiny), "camera": names[:count]}
        return config(entry, annotator="claude", sample=sample)

    assert read(several(8))["tiny"].cameras == tuple(names[:8])
    assert refused(several(10)) == (
        "config: 10 cameras side by side, with frames of "
        f"{' and '.join(['640x480'] * 10)}, make tiles of 2267 pixels of {tiny}; Claude accepts "
        "images of at most 2000: choose fewer, or set a smaller sample.sheet.tile_width"
    )
    assert read(several(3, layout="frame"))
    assert refused(several(4, layout="frame")) == (
        f"config: 4 cameras side by side, with frames of {' and '.join(['640x480'] * 4)}, make "
        f"images of 2569x480 pixels of {tiny}; Claude accepts images of at most 2000: choose "
        "fewer, or set a smaller sample.frame.width"
    )


def test_a_camera_that_nobody_named_is_said_where_there_are_others(tiny: Path) -> None:
    def said(*entries: Path | dict[str, Any], annotator: str = "claude") -> list[str]:
        return read(config(*entries, annotator=annotator)).unnamed

    assert said(tiny) == []
    cameras(tiny, "left_wrist", "side")
    assert said(tiny, {"root": str(tiny), "name": "b", "camera": "left_wrist"}) == [
        f"Sampling the camera {CAMERA} of tiny, and not side, left_wrist (camera: names one or "
        "several)"
    ]
    assert said(tiny, annotator="kinematic") == []


def test_a_camera_of_which_files_are_missing_only_matters_if_it_is_sampled(tiny: Path) -> None:
    cameras(tiny, "wrist")
    lost = tiny / "videos/chunk-000/wrist/episode_000002.mp4"
    lost.unlink()
    both = {"root": str(tiny), "camera": [CAMERA, "wrist"]}
    assert list(read(config(tiny, annotator="claude"))["tiny"].episodes) == [0, 1, 2, 3]
    assert refused(config(both, annotator="claude")) == (
        f"{tiny} lacks 1 file of its episode 2: {lost.relative_to(tiny)}; restore them, exclude "
        "these episodes or set on_error: skip"
    )
    warned: list[str] = []
    left = plan.read(config(both, annotator="claude", on_error="skip"), warn=warned.append)
    assert list(left["tiny"].episodes) == [0, 1, 3]
    assert "videos/chunk-000/wrist/episode_000002.mp4" in warned[0]


def test_an_unknown_camera_is_one_sentence(tiny: Path) -> None:
    both = {"root": str(tiny), "camera": [CAMERA, "wrist"]}
    assert refused(config(both, annotator="claude")) == (
        f"{tiny}: camera wrist is not a video or image feature of this dataset; it has {CAMERA}"
    )


def test_only_one_provider_has_message_batches(tiny: Path) -> None:
    read(config(tiny, claude={"provider": "bedrock"}))
    assert refused(config(tiny, claude={"provider": "bedrock", "api": "batch"})) == (
        "config: claude.provider is bedrock, which has no message batches: set claude.api: live"
    )


def test_two_datasets_of_one_name_are_told_apart_by_the_user(tiny: Path) -> None:
    assert refused(config(tiny, tiny)) == (
        f"config: {tiny} and {tiny} are both called tiny: give one of them another name:"
    )


def test_a_result_is_not_written_over_its_source(tiny: Path) -> None:
    said = refused(config(tiny, results=str(tiny.parent)))
    assert "over the dataset itself: give it another name: or set another results:" in said


# what is wrong with a dataset -----------------------------------------------------------------


@pytest.mark.parametrize(("key", "what"), [("episodes", "selected"), ("exclude", "excluded")])
def test_episodes_that_do_not_exist_are_named(tiny: Path, key: str, what: str) -> None:
    said = refused(config({"root": str(tiny), key: [3, 44]}))
    assert f"episode 44 cannot be {what}: the dataset has episodes 0" in said


def test_a_selection_of_nothing_is_refused(tiny: Path) -> None:
    said = refused(config({"root": str(tiny), "exclude": [0, 1, 2, 3]}))
    assert said == f"{tiny}: none of its 4 episodes is selected"


def test_what_an_annotator_needs_must_be_there(tiny: Path) -> None:
    info = json.loads((tiny / "meta/info.json").read_text())
    video = info["features"].pop("observation.images.top")
    (tiny / "meta/info.json").write_text(json.dumps(info))
    read(config(tiny))
    assert "has no camera to sample: set annotator: kinematic" in refused(
        config(tiny, annotator="claude")
    )
    info["features"] = {"observation.images.top": video}
    (tiny / "meta/info.json").write_text(json.dumps(info))
    motion = "has no feature with the robot's state or action under a usual name"
    assert motion in refused(config(tiny))
    read(config(tiny, annotator="claude"))
    # Hints are only a help: without them, the rest is done.
    warnings: list[str] = []
    plan.read(config(tiny, annotator="claude", labels={"motion_hints": True}), warnings.append)
    assert motion in warnings[0]
    assert warnings[0].endswith("its labels are made without motion hints")


def test_features_with_the_motion_can_be_named(tiny: Path) -> None:
    info = json.loads((tiny / "meta/info.json").read_text())
    features = info["features"]
    features["arm"] = features.pop("observation.state")
    features.pop("action", None)
    (tiny / "meta/info.json").write_text(json.dumps(info))
    assert "name one with state: or action:" in refused(config(tiny))
    found = read(config({"root": str(tiny), "state": "arm"}))["tiny"]
    assert found.motion.columns == ["arm"]
    said = refused(config({"root": str(tiny), "state": ["arm", "hand"]}))
    assert "state: 'hand' is not a feature with numbers in meta/info.json" in said


def test_what_the_outputs_need_is_looked_for_in_the_data(tiny: Path) -> None:
    def inside(**sections: Any) -> Plan:
        return plan.read(config(tiny, **sections), warn=pytest.fail, looks_inside=True)

    assert list(inside()) == ["tiny"]
    first, *others = sorted(tiny.rglob("*.parquet"))
    table = pq.read_table(first)
    first.write_bytes(b"")
    # That is the trouble of its episode.
    assert list(inside()) == ["tiny"]
    for path in (first, *others):
        pq.write_table(table.drop_columns(["frame_index"]), path)
    with pytest.raises(Problem, match=f"^{tiny}: data/.* frame_index"):
        inside()
    for path in (first, *others):
        pq.write_table(table.append_column("response", [["x"] * len(table)]), path)
    with pytest.raises(Problem, match="response already"):
        inside()
    assert list(inside(output={"overwrite": True})) == ["tiny"]


def test_one_unusable_row_holds_up_nobody_else(tiny: Path) -> None:
    path = tiny / "meta/episodes.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    lines[1]["length"], lines[2]["episode_index"] = 0, None
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    warnings: list[str] = []
    found = plan.read(config(tiny), warn=warnings.append)["tiny"]
    assert (list(found.episodes), list(found.faults), found.selected) == ([0, 3], [1], [0, 1, 3])
    row, episode = warnings
    assert "line 3: episode_index is None" in row
    assert row.endswith("; this row is left out")
    assert "episode 1 cannot be labelled: meta/episodes.jsonl line 2: length is 0" in episode
    warnings.clear()
    plan.read(config({"root": str(tiny), "episodes": [0, 3]}), warn=warnings.append)
    assert len(warnings) == 1


def test_files_that_are_missing_are_one_sentence_or_leave_their_episodes_out(tiny: Path) -> None:
    for episode in (1, 2):
        (tiny / f"data/chunk-000/episode_00000{episode}.parquet").unlink()
    said = refused(config(tiny))
    assert said == (
        f"{tiny} lacks 2 files of its episodes 1-2: data/chunk-000/episode_000001.parquet, "
        "data/chunk-000/episode_000002.parquet; "
        "restore them, exclude these episodes or set on_error: skip"
    )
    warnings: list[str] = []
    found = plan.read(config(tiny, on_error="skip"), warn=warnings.append)["tiny"]
    assert (list(found.episodes), list(found.absent)) == ([0, 3], [1, 2])
    assert warnings == [f"{said.partition(';')[0]}; these episodes are left out"]


def test_only_with_on_error_skip_does_a_dataset_leave_the_others_alone(
    tiny: Path, tmp_path: Path
) -> None:
    nowhere = {"root": str(tmp_path / "nowhere")}
    assert "nowhere is not a LeRobot dataset" in refused(config(tiny, nowhere))
    warnings: list[str] = []
    found = plan.read(config(tiny, nowhere, on_error="skip"), warn=warnings.append)
    assert list(found) == ["tiny"]
    assert [f"{sentence}; this dataset is left out" for sentence in found.left_out] == warnings
    assert "nowhere is not a LeRobot dataset" in refused(config(nowhere, on_error="skip"))


def test_of_a_mixture_no_dataset_stops_the_others(tiny: Path, tmp_path: Path) -> None:
    path = tmp_path / "mixture.json"
    path.write_text(json.dumps({"datasets": [{"root": "nowhere"}, {}, {"root": str(tiny)}]}))
    warnings: list[str] = []
    found = plan.read(config(mixture=str(path)), warn=warnings.append)
    assert list(found) == ["tiny"]
    assert len(found.left_out) == len(warnings) == 2


def test_videos_that_link_to_another_disk_are_named_and_can_be_allowed(
    tiny: Path, tmp_path: Path
) -> None:
    disk = tmp_path / "disk" / "footage"
    disk.parent.mkdir()
    (tiny / "videos").rename(disk)
    (tiny / "videos").symlink_to(disk)
    said = refused(config(tiny, annotator="claude"))
    assert f"{tiny}/videos is a link out of the dataset, to {disk}" in said
    assert said.endswith("set follow_links: true for the dataset to read what it leads to")
    read(config({"root": str(tiny), "follow_links": True}, annotator="claude"))
    # Who reads no videos need not follow any link.
    read(config(tiny))
