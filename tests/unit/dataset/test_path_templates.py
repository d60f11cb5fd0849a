"""Path templates of meta/info.json give paths inside the dataset, or are refused."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from subtasks.dataset import dataset
from subtasks.dataset.path_templates import data_template, video_templates
from subtasks.errors import Problem
from support.small_datasets import info_json, make_v2


def test_templates_are_filled() -> None:
    content = {
        "data_path": "data/chunk-{episode_chunk:03d}/episode_{episode_index:06d}.parquet",
        "video_path": "videos/{video_key}/{episode_index}.mp4",
    }
    fields = ({"episode_index"}, {"episode_chunk"})
    data = data_template(content, *fields)
    videos = video_templates(content, ["cam.top", "wrist"], *fields)
    assert data(episode_chunk=1, episode_index=17) == "data/chunk-001/episode_000017.parquet"
    assert {camera: path(episode_index=17) for camera, path in videos.items()} == {
        "cam.top": "videos/cam.top/17.mp4",
        "wrist": "videos/wrist/17.mp4",
    }


def test_several_cameras_do_not_share_one_video() -> None:
    content = {"video_path": "videos/{episode_index}.mp4"}
    assert list(video_templates(content, ["top"], {"episode_index"})) == ["top"]
    with pytest.raises(Problem, match=r"must contain \{video_key\}, otherwise several cameras"):
        video_templates(content, ["top", "wrist"], {"episode_index"})


HOSTILE = [
    (info_json(data_path=None), "no data_path"),
    (info_json(data_path="/etc/passwd"), "must stay in the dataset's data folder"),
    (
        info_json(data_path="data/../../x/{episode_index}.parquet"),
        "must stay in the dataset's data folder",
    ),
    (
        info_json(data_path="data/./{episode_index}.parquet"),
        "must stay in the dataset's data folder",
    ),
    (info_json(video_path="data/{episode_index}.mp4"), "must stay in the dataset's videos folder"),
    (info_json(data_path="data/{episode_index.__class__}"), "contains an unsupported field"),
    (info_json(data_path="data/{episode_index:999999999d}"), "contains an unsupported field"),
    (info_json(data_path="data/{0}"), "contains an unsupported field"),
    (info_json(data_path="data/{episode_index!r}"), "contains an unsupported field"),
    (info_json(data_path="data/{episode_index"), "is not a valid path template"),
    (info_json(data_path="data/{{x}}/{episode_index}.parquet"), "contains {, which is special"),
    (info_json(data_path="data/[{episode_index}]*.parquet"), r"contains \*, which is special"),
    (info_json(data_path="data/{episode_index}.pq"), r"must end in \.parquet"),
    (info_json(data_path="data/all.parquet"), "must contain {episode_index}, otherwise several"),
    (
        info_json(video_path="videos/{video_key}.mp4"),
        "must contain {episode_index}, otherwise several",
    ),
    (info_json(data_path=f"data/{'x' * 201}/{{episode_index}}.parquet"), "paths that are too long"),
    (
        info_json(data_path="data/{episode_index:99}{episode_index:99d}.parquet"),
        "that are too long",
    ),
    (info_json(data_path=f"data/{'x/' * 600}{{episode_index}}.parquet"), "paths that are too long"),
]


@pytest.mark.parametrize(("content", "said"), HOSTILE)
def test_hostile_templates_are_refused_in_one_sentence(
    tmp_path: Path, content: Any, said: str
) -> None:
    root = make_v2(tmp_path / "d", content)
    with pytest.raises(Problem, match=said) as caught:
        dataset.load(root)
    assert str(root) in str(caught.value)
    assert "\n" not in str(caught.value)


@settings(max_examples=200)
@given(st.text(max_size=60) | st.text("{}[]*./:0dax", max_size=30).map("data/{}".format))
def test_no_template_escapes(text: str) -> None:
    """Whatever the template says, a path that is given out stays in the dataset's folder."""
    try:
        template = data_template({"data_path": text}, {"episode_index"})
        path = template(episode_index=7)
    except Problem:
        return
    assert path.startswith("data/")
    assert path.endswith(".parquet")
    assert ".." not in Path(path).parts
