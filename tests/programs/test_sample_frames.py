import json
import subprocess
import sys
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import av
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

import sample_frames
from subtasks import episode_facts
from subtasks.episode_facts import EpisodeFacts
from subtasks.frames import archive
from subtasks.frames import manifest as archived
from support import render, sheets

KEY = "observation.images.top"
NAME = f"videos/chunk-000/{KEY}/episode_000017.mp4"
RATE = render.RATE
TS_PACKET, TS_VIDEO_BEGINS = 188, b"\x41\x00"  # a frame's first packet of the stream 0x100


def options(video: Path, output: Path, **changed: object) -> list[str]:
    named = {
        "start": 0.0,
        "stop": 2.0,
        "frames": 60,
        "episode_fps": float(RATE),
        "output": output,
    } | changed
    place = [str(named.pop(time)) for time in ("start", "stop")]
    return ["--camera", KEY, NAME, str(video), *place, *written(named)]


def written(named: Mapping[str, object]) -> list[str]:
    return [f"--{key.replace('_', '-')}={value}" for key, value in named.items()]


@pytest.fixture
def sample(tmp_path, monkeypatch):
    """Run the program's main on a video; gives the archive's path."""

    def run(video: Path, **changed: object) -> Path:
        output = tmp_path / "out" / f"{len(list(tmp_path.glob('out/*')))}.zip"
        monkeypatch.setattr(sys, "argv", ["sample_frames", *options(video, output, **changed)])
        sample_frames.main()
        return output

    return run


def images(path: Path) -> list[tuple[archived.Image, Image.Image]]:
    return [(image, Image.open(BytesIO(jpeg))) for image, jpeg in archive.read_images(path)]


def numbers(path: Path) -> list[int]:
    """Read the number of every frame in an archive, tile by tile."""
    found = []
    sampling = archive.read_manifest(path).sampling
    for image, picture in images(path):
        tiles = [picture]
        if sampling["layout"] == "sheet":
            tiles = sheets.tiles(picture, len(image.times), sampling["columns"])
        found += map(render.number, tiles)
    return found


def times(path: Path) -> list[float]:
    return [time for image in archive.read_manifest(path).images for time in image.times]


@pytest.fixture(scope="module")
def minute(tmp_path_factory) -> Path:
    """300 frames with B-frames and a first pts that is not 0."""
    path = tmp_path_factory.mktemp("videos") / "minute.mp4"
    return render.video(path, 300, b_frames=2, keyframes=30, offset=0.7)


@pytest.mark.parametrize("layout", ["sheet", "frame"])
def test_the_frames_are_those_of_their_times(sample, minute, layout):
    path = sample(minute, stop=10.0, frames=300, layout=layout)
    manifest = archive.read_manifest(path)

    assert numbers(path) == [*range(0, 300, 15), 299]
    assert times(path) == [round(number / RATE, 6) for number in numbers(path)]
    assert (manifest.video, manifest.codec, manifest.error) == (NAME, "h264", None)
    assert (manifest.width, manifest.height) == (128, 96)
    assert (manifest.fps, manifest.frames, manifest.duration) == (30.0, 300, 10.0)
    assert manifest.sampling["rate"] == 2
    for image, picture in images(path):
        assert picture.format == "JPEG"
        assert picture.size == (image.width, image.height)


def test_the_settings_stand_in_the_manifest(sample, minute):
    sheet = sample(minute, columns=3, rows=2, tile_width=64, jpeg_quality=70)
    frame = sample(minute, layout="frame", frame_width=64, fps=1.5, max_frames=100)

    assert archive.read_manifest(sheet).sampling == {
        "fps": 2.0,
        "rate": 2.0,
        "layout": "sheet",
        "columns": 3,
        "rows": 2,
        "tile_width": 64,
        "jpeg_quality": 70,
        "max_frames": None,
    }
    assert archive.read_manifest(frame).sampling == {
        "fps": 1.5,
        "rate": 1.5,
        "layout": "frame",
        "frame_width": 64,
        "jpeg_quality": 85,
        "max_frames": 100,
    }
    assert {picture.size for _, picture in images(sheet)} == {(198, 131)}
    assert {picture.size for _, picture in images(frame)} == {(64, 48)}


@pytest.mark.parametrize("noise", [0, 1e-9, -1e-9, 0.4 / RATE, -0.4 / RATE])
def test_neighbours_in_one_video_never_leak(sample, minute, noise):
    for first, length in [(0, 100), (100, 1), (101, 99), (200, 100)]:
        path = sample(
            minute,
            start=max(0, first / RATE + noise),
            stop=(first + length) / RATE + noise,
            frames=length,
            fps=RATE,
        )

        assert numbers(path) == list(range(first, first + length))
        assert times(path) == [round(number / RATE, 6) for number in range(length)]


@pytest.mark.parametrize(("length", "expected"), [(1, [0]), (2, [0]), (10, [0, 9]), (16, [0, 15])])
def test_short_episodes(sample, minute, length, expected):
    path = sample(minute, stop=length / RATE, frames=length)

    assert numbers(path) == expected


def test_a_long_episode_is_thinned_and_says_so(sample, minute, caplog):
    caplog.set_level("INFO")
    path = sample(minute, stop=10.0, frames=300, max_frames=14)

    assert len(times(path)) == 14
    assert times(path)[-1] == pytest.approx(299 / RATE, abs=1e-6)
    assert archive.read_manifest(path).sampling["rate"] == pytest.approx(13 / (299 / RATE))
    assert archive.read_manifest(path).sampling["fps"] == 2
    assert "sampled at 1.30435 a second" in caplog.text


def test_the_last_sample_may_be_irregular_and_time_is_variable(sample, tmp_path):
    moments = [0, 0.1, 0.52, 0.9, 1.4, 1.95]
    video = render.video(tmp_path / "vfr.mp4", len(moments), times=moments)
    path = sample(video)

    assert numbers(path) == [0, 2, 3, 4, 5]
    assert times(path) == pytest.approx([0, 0.52, 0.9, 1.4, 1.95], abs=1e-4)


def test_the_same_input_gives_the_same_bytes(sample, minute):
    assert sample(minute).read_bytes() == sample(minute).read_bytes()


def test_frames_beyond_the_metadata_are_left_out(sample, minute):
    path = sample(minute, stop=10.0, frames=47, fps=RATE)

    assert numbers(path) == list(range(47))


def test_one_frame_less_than_the_metadata_says_is_taken(sample, minute):
    path = sample(minute, stop=301 / RATE, frames=301)

    assert archive.read_manifest(path).error is None
    assert times(path)[-1] == pytest.approx(299 / RATE, abs=1e-6)


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        (
            {"stop": 12.0, "frames": 360},
            "ends 10.000 s into the episode (300 frames), but by the metadata it is 12.000 s"
            " long (360 frames)",
        ),
        (
            {"start": 8.0, "stop": 12.0, "frames": 120},
            "ends 2.000 s into the episode (60 frames), but by the metadata it is 4.000 s"
            " long (120 frames)",
        ),
        (
            # The stretch given is shorter than the episode: what follows is a neighbour's.
            {"start": 1.0, "stop": 3.0, "frames": 120},
            "ends 2.000 s into the episode (60 frames), but by the metadata it is 4.000 s"
            " long (120 frames)",
        ),
        (
            {"start": 20.0, "stop": 24.0, "frames": 120},
            "is 10.000 s long, but by the metadata the episode is at 20.000 to 24.000 s in it",
        ),
    ],
)
def test_a_video_too_short_gives_both_numbers(sample, minute, place, reason, caplog):
    path = sample(minute, **place)
    manifest = archive.read_manifest(path)

    assert manifest.error == f"{NAME} {reason}"
    assert manifest.images == ()
    assert [record.levelname for record in caplog.records if reason in record.message] == [
        "WARNING"
    ]


def test_damage_found_on_the_way_leaves_no_images(sample, tmp_path):
    video = render.video(tmp_path / "cut.mp4", container={"movflags": "faststart"})
    video.write_bytes(video.read_bytes()[:-5000])
    path = sample(video, layout="frame")

    assert list(archive.read_images(path)) == []
    assert archive.read_manifest(path).error.startswith(f"{NAME} ")


def test_a_decoder_that_gives_up_on_the_way_leaves_no_images(sample, tmp_path):
    video = render.video(tmp_path / "damaged.mp4", 60, codec="h264", keyframes=10)
    with av.open(str(video)) as container:
        packets = [(packet.pos, packet.size) for packet in container.demux(video=0) if packet.size]
    with video.open("r+b") as file:
        for position, size in packets[30:]:
            file.seek(position)
            file.write(b"\x55" * size)
    path = sample(video)

    assert list(archive.read_images(path)) == []
    error = archive.read_manifest(path).error
    assert error.startswith(f"{NAME} has a frame at 1.000 s that cannot be decoded (")


def test_a_stream_that_appears_on_the_way_is_no_error_of_ours(sample, tmp_path):
    video = render.video(tmp_path / "damaged.ts", 60)
    content = bytearray(video.read_bytes())
    starts = [
        place
        for place in range(0, len(content), TS_PACKET)
        if content[place + 1 : place + 3] == TS_VIDEO_BEGINS
    ]
    content[starts[30] + 2] = 0xCF  # of a stream that the file does not have
    video.write_bytes(content)
    path = sample(video, fps=RATE)

    assert archive.read_manifest(path).error or len(numbers(path)) == 59


def test_the_program_says_what_it_did_and_does_not_fail_for_a_bad_video(tmp_path, minute):
    program = Path(sample_frames.__file__)
    empty = tmp_path / "empty.mp4"
    empty.touch()
    reports = {}
    for video in (minute, empty, tmp_path / "missing.mp4"):
        output = tmp_path / f"{video.stem}.zip"
        reports[video.stem] = subprocess.run(
            [sys.executable, program, *options(video, output)],
            capture_output=True,
            text=True,
            check=False,
        )

    assert [report.returncode for report in reports.values()] == [0, 0, 1]
    assert "h264, 128x96" in reports["minute"].stderr
    assert "sampled 5 of 60 frames" in reports["minute"].stderr
    assert f"WARNING {NAME} is empty" in reports["empty"].stderr
    assert archive.read_manifest(tmp_path / "empty.zip").error == f"{NAME} is empty"
    assert "Traceback" not in reports["missing"].stderr
    assert "No such file" in reports["missing"].stderr
    assert not (tmp_path / "missing.zip").exists()


def test_a_path_is_a_path_whatever_stands_in_it(sample, minute, tmp_path):
    odd = tmp_path / "http:a?b=%d #é" / "concat:c|d.mp4"
    odd.parent.mkdir()
    odd.symlink_to(minute)

    assert sample(odd).read_bytes() == sample(minute).read_bytes()


def test_a_wrong_option_is_refused(sample, minute, capsys):
    for wrong in [{"fps": "nan"}, {"fps": 0}, {"jpeg_quality": 101}, {"columns": 0}]:
        with pytest.raises(SystemExit):
            sample(minute, **wrong)
        assert "is not a number from" in capsys.readouterr().err


def test_a_little_missing_at_the_end_is_a_warning(sample, minute, caplog):
    path = sample(minute, stop=10.2, frames=306)
    remark = f"{NAME} ends 0.20 s before the episode (10.00 of 10.20 s): the rest was not sampled"

    assert archive.read_manifest(path).remarks == (remark,)
    assert archive.read_manifest(path).error is None
    assert [record.message for record in caplog.records if record.levelname == "WARNING"] == [
        remark
    ]
    strict = sample(minute, stop=10.2, frames=306, missing_seconds=0.1)
    assert "ends 10.000 s into the episode" in archive.read_manifest(strict).error


def test_a_video_of_another_rate_is_a_warning(sample, minute, monkeypatch):
    shared = sample(minute, stop=4.0, frames=120)
    assert archive.read_manifest(shared).remarks == ()
    output = shared.with_name("alone.zip")
    arguments = options(minute, output, stop=4.0, frames=120)
    monkeypatch.setattr(sys, "argv", ["sample_frames", *arguments, "--alone"])
    sample_frames.main()

    (remark,) = archive.read_manifest(output).remarks
    assert remark.startswith(f"{NAME} shows 10.00 s (300 frames at 30 fps), the episode has 4.00 s")
    assert list(archive.read_images(output)) == list(archive.read_images(shared))


COLUMN = "observation.images.front"


@pytest.fixture
def image_options(tmp_path):
    """Options for images of 40 rows, of which the second half is episode 1."""
    images = []
    for number in range(40):
        buffer = BytesIO()
        Image.fromarray(render.picture(number, (128, 96))).save(buffer, "PNG")
        images.append({"bytes": buffer.getvalue(), "path": f"frame_{number:06d}.png"})
    pq.write_table(pa.table({COLUMN: images}), tmp_path / "data.parquet", row_group_size=7)
    episode_facts.write(
        tmp_path / "facts.json",
        {
            0: EpisodeFacts("pick", 20, first=0, rows=20),
            1: EpisodeFacts("pick", 20, first=20, rows=20),
            2: EpisodeFacts("pick", 20, fault="it has no rows"),
        },
    )
    return {
        "camera": (COLUMN, tmp_path / "data.parquet"),
        "facts": tmp_path / "facts.json",
        "episode": 1,
        "frames": 20,
        "episode_fps": 10.0,
        "output": tmp_path / "images.zip",
    }


def run_program(monkeypatch, named, *more):
    options = dict(named)
    camera = map(str, options.pop("camera"))
    monkeypatch.setattr(
        sys, "argv", ["sample_frames", "--camera", *camera, *more, *written(options)]
    )
    sample_frames.main()
    return named["output"]


@pytest.mark.parametrize("layout", ["sheet", "frame"])
def test_images_of_a_data_file_are_sampled_like_a_video(image_options, monkeypatch, layout):
    path = run_program(monkeypatch, image_options | {"layout": layout})
    manifest = archive.read_manifest(path)

    assert numbers(path) == [20, 25, 30, 35, 39]
    assert times(path) == [0.0, 0.5, 1.0, 1.5, 1.9]
    assert (manifest.video, manifest.codec, manifest.error) == (COLUMN, "png", None)
    assert (manifest.width, manifest.height, manifest.duration) == (128, 96, 2.0)


def test_images_and_the_same_frames_in_a_video_look_alike(
    image_options, sample, tmp_path, monkeypatch
):
    clock = [number / 10 for number in range(20)]
    video = render.video(tmp_path / "v.mp4", 20, first=20, times=clock, options={"crf": "4"})
    of_video = sample(video, frames=20, episode_fps=10.0)
    of_images = run_program(monkeypatch, image_options)

    for (one, tile), (other, like) in zip(images(of_video), images(of_images), strict=True):
        assert one == other
        difference = np.asarray(tile, dtype=int) - np.asarray(like, dtype=int)
        assert np.abs(difference).mean() < 6


def test_a_video_and_images_are_shown_side_by_side(image_options, minute, tmp_path, monkeypatch):
    """The first camera's frames say when: here those of the data file, 10 a second."""
    place = (NAME, minute, 0.0, 2.0)
    path = run_program(
        monkeypatch, image_options | {"layout": "frame"}, "--camera", KEY, *map(str, place)
    )
    manifest = archive.read_manifest(path)

    assert (manifest.video, manifest.cameras, manifest.error) == (COLUMN, (COLUMN, KEY), None)
    assert times(path) == [0.0, 0.5, 1.0, 1.5, 1.9]
    found = []
    for _, picture in images(path):
        assert picture.size == (128 + 3 + 128, 96)
        found.append(
            [render.number(picture.crop((left, 0, left + 128, 96))) for left in (0, 128 + 3)]
        )
    assert found == [[20, 0], [25, 15], [30, 30], [35, 45], [39, 57]]


def test_a_wrong_number_of_values_is_one_sentence(tmp_path, minute):
    program = Path(sample_frames.__file__)
    wrong = options(minute, tmp_path / "a.zip")
    del wrong[2]
    done = subprocess.run(
        [sys.executable, program, *wrong], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert f"--camera {KEY} has 4 values, but must have CAMERA NAME FILE START STOP" in line


def test_an_episode_known_to_be_unusable_is_not_sampled(image_options, monkeypatch):
    path = run_program(monkeypatch, image_options | {"episode": 2})
    assert archive.read_manifest(path).error == f"{COLUMN} is not sampled: it has no rows"


def test_images_that_are_files_are_read_from_the_dataset(image_options, tmp_path, monkeypatch):
    folder = tmp_path / f"dataset/images/{COLUMN}/episode_000001"
    folder.mkdir(parents=True)
    for number in range(20):
        Image.fromarray(render.picture(number, (128, 96))).save(folder / f"frame_{number:06d}.png")
    rows = [{"bytes": None, "path": f"frame_{k % 20:06d}.png"} for k in range(40)]
    kind = pa.struct({"bytes": pa.binary(), "path": pa.string()})
    pq.write_table(pa.table({COLUMN: pa.array(rows, kind)}), tmp_path / "data.parquet")
    found = run_program(monkeypatch, image_options | {"root": tmp_path / "dataset"})
    lost = run_program(monkeypatch, image_options | {"output": tmp_path / "lost.zip"})

    assert numbers(found) == [0, 5, 10, 15, 19]
    assert "only its path 'frame_000000.png' is stored" in archive.read_manifest(lost).error


def test_real_episodes_are_the_same_alone_and_in_a_shared_video(sample, real_data):
    old, new = real_data / "g1_bottle_v2.1", real_data / "g1_bottle_v3.0"
    key = "observation.images.cam_high"
    rows = pq.read_table(
        new / "meta/episodes/chunk-000/file-000.parquet",
        columns=[
            "episode_index",
            "length",
            *(
                f"videos/{key}/{column}"
                for column in ("chunk_index", "file_index", "from_timestamp", "to_timestamp")
            ),
        ],
    ).to_pylist()
    assert len(rows) == 8

    for row in rows:
        place = {column.removeprefix(f"videos/{key}/"): value for column, value in row.items()}
        name = f"episode_{place['episode_index']:06d}.mp4"
        alone = sample(
            old / "videos/chunk-000" / key / name,
            stop=place["length"] / RATE,
            frames=place["length"],
            fps=1,
        )
        shared = sample(
            new
            / f"videos/{key}/chunk-{place['chunk_index']:03d}/file-{place['file_index']:03d}.mp4",
            start=place["from_timestamp"],
            stop=place["to_timestamp"],
            frames=place["length"],
            fps=1,
        )

        assert shared.read_bytes() == alone.read_bytes()
        assert json.dumps(times(alone)[:3]) == "[0.0, 1.0, 2.0]"
        assert archive.read_manifest(alone).codec == "av1"
