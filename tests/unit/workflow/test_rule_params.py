"""Parameters of the rules hold all that a job's result depends on, and nothing else."""

import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from subtasks.dataset.dataset import Dataset
from subtasks.dataset.episode import Clip, Episode, RemoteFile
from subtasks.dataset.motion_features import Feature, MotionFeatures
from subtasks.workflow import rule_params
from subtasks.workflow.config import Config, LabelLimits
from support import configs
from support.workflow import PROJECT

TASKS = {3: "it's here", 16: "pick", 17: "pick", 18: "it's here", 19: "pick"}


def episode(index: int, task: str = "pick") -> Episode:
    data, video = f"data/{index // 17}.parquet", f"videos/my video {index}.mp4"
    return Episode(index, 20 + index, task, data, 5, (Clip("top", video, 0.1, 2.5),))


EPISODES = {index: episode(index, task) for index, task in TASKS.items()}
FILES = {"data/0.parquet": [3, 16], "data/1.parquet": [17, 18, 19]}
FEATURES: dict[str, dict[str, Any]] = {
    "observation.state": {"names": ["left wrist", "right wrist"]},
    "top": {"dtype": "video"},
}
STATE = (Feature("observation.state", ("left wrist", "right wrist")),)
DATASET = Dataset(
    "d",
    Path("d"),
    "v2.1",
    29.97,
    FEATURES,
    ("top",),
    20,
    EPISODES,
    FILES,
    motion=MotionFeatures(state=STATE),
)


def test_columns_that_are_fetched_first() -> None:
    features = {**FEATURES, "episode_index": {}, "frame_index": {}}
    dataset = replace(DATASET, features=features)
    asked = rule_params.columns(dataset, configs.read())
    assert asked == "--column=episode_index --column=frame_index"
    motion = configs.read(annotator="kinematic")
    assert rule_params.columns(dataset, motion) == f"{asked} --column=observation.state"


def test_what_is_looked_for_in_the_rows() -> None:
    assert rule_params.checks(DATASET, configs.read()) == "--asks --whole-files"
    newer = replace(DATASET, version="v3.0")
    assert rule_params.checks(newer, configs.read(annotator="kinematic")) == ""


def test_content_is_the_hash_of_a_remote_file() -> None:
    remote = replace(DATASET, remote={"data/0.parquet": RemoteFile("abc")})
    assert rule_params.content(remote, "data/0.parquet") == "abc"


def test_where_an_episode_is_in_its_video_is_given_without_rounding() -> None:
    clip = replace(EPISODES[3].clips[0], start=0.1 + 0.2)
    found = replace(EPISODES[3], clips=(clip,))
    assert shlex.split(rule_params.footage(DATASET, found, ["d/my video 3.mp4"])) == [
        "--frames=23",
        "--episode-fps=29.97",
        *("--camera", "top", "videos/my video 3.mp4", "d/my video 3.mp4"),
        *("0.30000000000000004", "2.5"),
        "--alone",
    ]


def test_images_in_the_data_file_are_found_by_its_rows() -> None:
    dataset = replace(DATASET, features={"top": {"dtype": "image"}})
    found = replace(EPISODES[3], clips=(Clip("top", "data/0.parquet"),))
    assert rule_params.footage(dataset, found, ["d/0.parquet"], "facts.json") == (
        "--frames=23 --episode-fps=29.97 --camera top d/0.parquet --facts=facts.json --episode=3"
        " --root=d"
    )
    remote = replace(dataset, remote={})
    assert "--root" not in rule_params.footage(remote, found, ["a"], "facts.json")


def test_each_camera_has_its_file_and_images_of_several_are_in_one() -> None:
    cameras = ("left", "top", "right")
    features = {name: {"dtype": "image"} for name in cameras} | {"top": {"dtype": "video"}}
    dataset = replace(DATASET, features=features, cameras=cameras, version="v3.0", remote={})
    clips = (Clip("left", "a.parquet"), Clip("top", "v.mp4", 1.0, 3.0), Clip("right", "a.parquet"))
    found = replace(EPISODES[3], clips=clips)
    options = shlex.split(rule_params.footage(dataset, found, ["x/a", "x/v"], "facts.json"))
    assert options == [
        *("--frames=23", "--episode-fps=29.97"),
        *("--camera", "left", "x/a"),
        *("--camera", "top", "v.mp4", "x/v", "1.0", "3.0"),
        *("--camera", "right", "x/a"),
        *("--facts=facts.json", "--episode=3"),
    ]
    alone = rule_params.footage(replace(dataset, version="v2.1"), found, ["x/a", "x/v"], "f")
    assert "--alone" in shlex.split(alone)


@pytest.mark.parametrize(
    ("sample", "options"),
    [
        (
            {},
            "--fps=2 --layout=sheet --columns=5 --rows=4 --tile-width=224 --jpeg-quality=85 "
            "--missing-seconds=0.5",
        ),
        (
            {"layout": "frame", "fps": 0.5, "window": False, "max_frames": 9},
            "--fps=0.5 --layout=frame --frame-width=640 --jpeg-quality=85 --missing-seconds=0.5 "
            "--max-frames=9",
        ),
    ],
)
def test_sampling_depends_on_its_own_layout_alone(sample: dict[str, Any], options: str) -> None:
    assert rule_params.sampling(configs.read(sample=sample).sample) == options


def test_the_episodes_of_a_group() -> None:
    assert list(rule_params.listed(DATASET, "000016-000031")) == ["16", "17", "18", "19"]
    assert rule_params.listed(DATASET, "000000-000015") == {
        "3": {"task": "it's here", "length": 23, "data": "data/0.parquet", "row": 5}
    }


def test_a_question_depends_on_the_model_the_frames_and_what_the_user_says() -> None:
    plain = rule_params.question(configs.read())
    assert plain == "--model=claude-opus-4-7 --max-tokens=8192 --max-frames=600 --window"
    config = configs.read(claude={"effort": "low"}, sample={"window": False})
    assert shlex.split(rule_params.question(config)) == [
        "--model=claude-opus-4-7",
        "--max-tokens=8192",
        "--effort=low",
        "--max-frames=600",
    ]
    limits = LabelLimits(context="it's a kitchen", min_segment=0.5)
    assert rule_params.guidance(limits) == {"context": "it's a kitchen", "min_segment": 0.5}


def test_whom_to_ask_and_how_to_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert rule_params.connection_options(configs.read(), PROJECT).split() == [
        "--replies=replies",
        f"--prices={PROJECT}/config/prices.yaml",
        "--provider=anthropic",
        "--max-retries=8",
        "--max-wait=600",
    ]
    claude = {"api": "batch", "budget_usd": 0, "base_url": "http://x:1", "max_retries": 0}
    config = configs.read(replies="my replies", claude={**claude, "batch": {"poll_seconds": 0.5}})
    options = shlex.split(rule_params.connection_options(config, PROJECT))
    assert {"--replies=my replies", "--budget=0", "--base-url=http://x:1"} < {*options}
    assert rule_params.polling_options(config.claude) == "--api=batch --poll-seconds=0.5"


ASKING: dict[str, Callable[[Config], Any]] = {
    "sampling": lambda config: rule_params.sampling(config.sample),
    "question": rule_params.question,
    "guidance": lambda config: rule_params.guidance(config.labels.limits),
    "settings": lambda config: rule_params.settings(DATASET, config.labels.limits, config),
}


@pytest.mark.parametrize(
    ("sections", "changed"),
    [
        ({"sample": {"fps": 1}}, {"sampling", "settings"}),
        ({"sample": {"frame": {"width": 320}}}, set()),
        ({"sample": {"max_frames": 100}}, {"question", "settings"}),
        ({"claude": {"model": "claude-opus-4-6"}}, {"question", "settings"}),
        ({"claude": {"max_tokens": 1000}}, {"question", "settings"}),
        ({"labels": {"context": "A kitchen."}}, {"guidance", "settings"}),
        ({"labels": {"max_segments": 5}}, {"guidance", "settings"}),
        # Prompts, protocols and motion are files, which are inputs.
        ({"labels": {"motion_hints": True}}, {"settings"}),
        ({"labels": {"prompts": {"segment": "mine.md"}}}, set()),
        ({"labels": {"protocol": "events"}}, set()),
        ({"claude": {"api": "batch", "batch": {"episodes": 5}}}, set()),
        (
            {
                "claude": {
                    "requests_in_flight": 1,
                    "max_retries": 1,
                    "budget_usd": 5,
                    "base_url": "http://x",
                }
            },
            set(),
        ),
    ],
)
def test_a_changed_setting_changes_what_it_concerns(
    sections: dict[str, Any], changed: set[str]
) -> None:
    before, after = configs.read(), configs.read(**sections)
    assert {name for name, make in ASKING.items() if make(before) != make(after)} == changed


def test_the_settings_name_what_labels_come_from() -> None:
    config = configs.read(labels={"passes": ["describe", "segment"]}, sample={"layout": "frame"})
    limits = LabelLimits(vocabulary=("réach",))
    found = rule_params.settings(DATASET, limits, config)
    assert found["camera"] == "top"
    several = replace(DATASET, cameras=("top", "wrist"))
    assert rule_params.settings(several, LabelLimits(), configs.read())["camera"] == [
        "top",
        "wrist",
    ]
    assert found["labels"] == {
        "passes": ("describe", "segment"),
        "motion_hints": False,
        "vocabulary": ("réach",),
    }
    assert found["claude"] == {"model": "claude-opus-4-7", "max_tokens": 8192, "effort": None}
    assert "sheet" not in found["sample"]
    assert rule_params.settings(DATASET, limits, configs.read(annotator="kinematic")) == {}


def test_outputs_and_whether_columns_are_replaced() -> None:
    output = {"response": False, "subtask_index": True, "segments": True}
    assert rule_params.outputs(configs.read(output=output)) == "subtask_index segments"
    replacing = configs.read(output={**output, "overwrite": True})
    assert rule_params.outputs(replacing) == "subtask_index segments --overwrite"


def test_episodes_of_a_data_file_and_their_lengths() -> None:
    assert rule_params.lengths(DATASET, "data/1.parquet") == [37, 38, 39]
    assert rule_params.episodes_in(DATASET, "data/1.parquet") == (
        "--episodes=17-19 --lengths=37,38,39 --whole-file"
    )
    assert rule_params.episodes_in(DATASET, "data/1.parquet", "my lengths.json") == (
        "--episodes=17-19 '--lengths=my lengths.json' --whole-file"
    )
    newer = replace(DATASET, version="v3.0")
    assert "--whole-file" not in rule_params.episodes_in(newer, "data/1.parquet")


def test_episodes_without_a_video_are_published_as_they_are() -> None:
    """But not those whose data file is missing."""
    absent = {4: replace(episode(4), data="data/4.parquet"), 5: episode(5)}
    files = {"data/0.parquet": [3, 16], "data/1.parquet": [17, 18, 19]}
    assert rule_params.published(replace(DATASET, absent=absent, files=files)) == "3,5,16-19"
