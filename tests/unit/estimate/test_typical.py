"""An episode that has not been sampled is taken for one that looks like the sampled ones."""

import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks.dataset import cameras, dataset
from subtasks.estimate import typical
from subtasks.frames import archive, grid
from subtasks.frames.footage import Camera
from subtasks.frames.sampler import sample_from
from subtasks.frames.stretch import VideoPosition
from subtasks.frames.video_footage import VideoSource
from subtasks.workflow import rule_params
from support import configs, programs, render

CAMERA = "observation.images.top"
SIZE = (640, 480)
SHEETS = configs.read().sample.settings()


@pytest.mark.parametrize(
    "sample", [{}, {"layout": "frame", "fps": 1}, {"max_frames": 9, "window": False}]
)
@pytest.mark.parametrize("version", ["v2.1", "v3.0"])
def test_a_typical_archive_has_the_images_of_the_real_one(
    real_data: Path, tmp_path: Path, version: str, sample: dict[str, Any]
) -> None:
    configured = configs.read(sample=sample).sample
    settings = configured.settings()
    source = dataset.load(real_data / f"g1_bottle_{version}", episodes=[1, 3])
    sizes = {name: cameras.frame_size(source.features[name]) for name in source.cameras}
    assert None not in sizes.values()
    for episode in source.episodes.values():
        path = tmp_path / f"{episode.id}.zip"
        footage = [source.root / path for path in episode.footage]
        programs.run(
            "sample_frames.py",
            *shlex.split(rule_params.footage(source, episode, footage)),
            *shlex.split(rule_params.sampling(configured)),
            *("--output", path),
        )
        real = archive.read_manifest(path)
        likely = typical.manifest(episode.length, source.fps, sizes, settings)
        assert [(i.width, i.height) for i in likely.images] == [
            (i.width, i.height) for i in real.images
        ]
        times = [
            [time for image in manifest.images for time in image.times]
            for manifest in (likely, real)
        ]
        assert times[0] == pytest.approx(times[1], abs=0.01)
        assert likely.sampling["rate"] == pytest.approx(real.sampling["rate"], rel=0.01)
        wanted = settings.requested()
        assert {key: real.sampling[key] for key in wanted} == wanted
        # Bytes decide where long episodes are cut; a third more or less moves a cut a little.
        for (_, blank), (_, jpeg) in zip(
            typical.blank(likely.images, likely.sampling["layout"]),
            archive.read_images(path),
            strict=True,
        ):
            assert 0.5 * len(jpeg) < len(blank) < 2 * len(jpeg)


def test_the_last_sheet_has_only_the_rows_it_needs() -> None:
    """At two frames a second, 25 samples: a sheet of twenty and one of five."""
    found = typical.manifest(121, 10, {CAMERA: SIZE}, SHEETS)
    tile = grid.fit_to_width(*SIZE, 224)
    sizes = [grid.sheet_size(tile, 5, count) for count in (20, 5)]
    assert [(image.width, image.height) for image in found.images] == sizes
    assert [len(image.times) for image in found.images] == [20, 5]
    assert (found.frames, found.duration, found.fps) == (121, 12.1, 10)


@pytest.mark.parametrize("layout", ["sheet", "frame"])
@pytest.mark.parametrize(
    "cameras",
    [[(128, 96)], [(128, 96), (96, 96)], [(64, 96), (128, 48), (96, 96)], [(640, 16)] * 3],
)
@pytest.mark.parametrize("tile_width", [100, 200, 500])
def test_the_images_of_several_cameras_are_those_that_are_sampled(
    tmp_path: Path, layout: Any, cameras: list[tuple[int, int]], tile_width: int
) -> None:
    settings = replace(SHEETS, layout=layout, tile_width=tile_width, frame_width=tile_width, rows=2)
    sources = []
    for number, size in enumerate(cameras):
        video = render.video(tmp_path / f"{number}.mp4", 90, codec="mpeg4", size=size)
        position = VideoPosition(video.name, 0.0, 3.0, 90, 30.0)
        sources.append(Camera(video.stem, VideoSource(video, position)))
    sample_from(sources, settings, tmp_path / "a.zip")
    real = archive.read_manifest(tmp_path / "a.zip")
    sizes = {source.name: size for source, size in zip(sources, cameras, strict=True)}
    likely = typical.manifest(90, 30.0, sizes, settings)
    assert likely.cameras == real.cameras == tuple(sizes)
    assert [(i.width, i.height, len(i.times)) for i in likely.images] == [
        (i.width, i.height, len(i.times)) for i in real.images
    ]


@pytest.mark.parametrize(("size", "width"), [((1280, 720), 640), ((320, 240), 320)])
def test_single_frames_are_never_scaled_up(size: tuple[int, int], width: int) -> None:
    settings = replace(SHEETS, layout="frame", frame_width=640)
    images = typical.manifest(20, 10, {CAMERA: size}, settings).images
    assert {image.width for image in images} == {width}
    assert {len(image.times) for image in images} == {1}


@given(
    length=st.integers(1, 3000),
    fps=st.sampled_from([5.0, 29.97, 50.0]),
    most=st.none() | st.integers(2, 50),
)
def test_no_more_frames_than_allowed_and_at_least_one(
    length: int, fps: float, most: int | None
) -> None:
    settings = replace(SHEETS, max_frames=most)
    found = typical.manifest(length, fps, {CAMERA: SIZE}, settings)
    times = [time for image in found.images for time in image.times]
    assert 1 <= len(times) <= (most or length)
    assert times == sorted(times)
    assert times[-1] < length / fps


def test_the_robot_does_something_about_once_a_second() -> None:
    found = typical.hints(4.4)
    assert [time for time, _ in found] == [0, 1, 2, 3]
    assert {what for _, what in found} == {typical.HINT}
    assert typical.hints(0.1) == []
