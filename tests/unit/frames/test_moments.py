"""The moments of an episode, as one camera sees them and as several do."""

import io
from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from subtasks.episode_facts import EpisodeFacts
from subtasks.errors import Problem
from subtasks.frames import moments
from subtasks.frames.footage import Camera
from subtasks.frames.image_footage import ImageSource
from subtasks.frames.moments import NotShown
from subtasks.frames.stretch import VideoPosition
from subtasks.frames.video_footage import VideoSource
from support import render

FPS, LENGTH = 30.0, 90
GAP = 3
Video = Callable[..., Camera]


@pytest.fixture
def video(tmp_path: Path) -> Video:
    """Make a camera of a rendered video, each with a size of its own."""

    def make(
        name: str = "top",
        frames: int = LENGTH,
        start: float = 0.0,
        length: int = LENGTH,
        missing: float = 0.5,
        **options: object,
    ) -> Camera:
        path = render.video(tmp_path / f"{name}.mp4", frames, keyframes=10, **options)
        stop = start + length / FPS
        position = VideoPosition(
            f"videos/{name}.mp4", start, stop, length, FPS, missing_seconds=missing
        )
        return Camera(name, VideoSource(path, position))

    return make


def seen(
    cameras: Sequence[Camera], indices: Sequence[int], width: int = 128
) -> list[tuple[float, list[int]]]:
    """The times of moments, and the numbers that each camera's picture shows."""
    with moments.opened(cameras) as view:
        return [
            (round(time * FPS, 3), [render.number(part) for part in apart(image)])
            for time, image in view.tiles(indices, 2.0, width)
        ]


def apart(image: Image.Image) -> list[Image.Image]:
    """Cut pictures apart where black columns are between them."""
    black = [x for x in range(image.width) if is_black(image.crop((x, 0, x + 1, image.height)))]
    gaps = [x for x in black if {x + 1, x + 2} <= set(black) and x - 1 not in black]
    lefts, rights = [0, *(x + GAP for x in gaps)], [*gaps, image.width]
    return [
        image.crop((left, 0, right, image.height))
        for left, right in zip(lefts, rights, strict=True)
    ]


def is_black(column: Image.Image) -> bool:
    return all(high == 0 for _, high in column.getextrema())


def test_one_camera_is_shown_as_it_is(video: Video) -> None:
    with moments.opened([video()]) as view:
        assert [round(time * FPS, 3) for time in view.times] == list(range(LENGTH))
        found = list(view.tiles([0, 15, 89], 2.0, 64))
        assert [time for time, _ in found] == [view.times[n] for n in (0, 15, 89)]
        assert [image.size for _, image in found] == [(64, 48)] * 3
        assert [render.number(image) for _, image in found] == [0, 15, 89]
        assert (view.codec, view.width, view.height, view.remarks) == ("h264", 128, 96, ())
        decoded = view.decoded
        # Any moments, any number of times.
        assert [render.number(image) for _, image in view.tiles(range(40, 46), 8.0, 500)] == [
            *range(40, 46)
        ]
        assert view.decoded > decoded


def test_several_cameras_stand_side_by_side_in_order(video: Video) -> None:
    cameras = [
        video("top"),
        video("left", first=100, size=(64, 96)),
        video("right", first=200, size=(64, 48)),
    ]
    assert seen(cameras, [0, 15, 89]) == [
        (0, [0, 100, 200]),
        (15, [15, 115, 215]),
        (89, [89, 189, 289]),
    ]
    with moments.opened(cameras) as view:
        (_, image), *_ = view.tiles([0], 2.0, 128)
        assert image.size == (128 + 3 + 64 + 3 + 128, 96)
        (_, image), *_ = view.tiles([0], 2.0, 64)
        assert image.size == (64 + 3 + 32 + 3 + 64, 48)
        assert (view.width, view.height) == (128, 96)


def test_the_others_show_what_is_nearest_in_time(video: Video) -> None:
    """A camera of 10 frames a second, and one that begins a third of a second late."""
    slow = [k / 10 for k in range(30)]
    late = [(k + 10) / 30 for k in range(80)]
    cameras = [
        video("top"),
        video("slow", 30, times=slow, first=500),
        video("late", 80, times=[0.0, *late[1:]], first=300),
    ]
    assert seen(cameras, [0, 1, 2, 4, 30, 31, 89]) == [
        (0, [0, 500, 300]),
        (1, [1, 500, 300]),
        (2, [2, 501, 300]),
        (4, [4, 501, 300]),
        (30, [30, 510, 320]),
        (31, [31, 510, 321]),
        (89, [89, 529, 379]),
    ]


def test_a_camera_may_end_a_little_early(video: Video) -> None:
    cameras = [video("top"), video("wrist", 80, first=100)]
    assert seen(cameras, [60, 79, 80, 89]) == [
        (60, [60, 160]),
        (79, [79, 179]),
        (80, [80, 179]),
        (89, [89, 179]),
    ]
    with moments.opened(cameras) as view:
        assert view.remarks == (
            "videos/wrist.mp4 ends 0.33 s before the episode (2.67 of 3.00 s):"
            " the rest was not sampled",
        )


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_camera_that_cannot_be_shown_is_named(video: Video, number: int) -> None:
    cameras = [video("top"), video("left"), video("right")]
    short = video("short", 60)
    cameras[number] = short
    with (
        pytest.raises(NotShown, match=r"^videos/short\.mp4 ends 2\.000 s into the episode"),
        moments.opened(cameras),
    ):
        pass
    assert isinstance(short.source, VideoSource)
    short.source.path.write_bytes(b"")
    elsewhere = Camera("observation.images.wrist", short.source)
    cameras[number] = elsewhere
    with (
        pytest.raises(
            NotShown, match=r"^camera observation\.images\.wrist: videos/short\.mp4 is empty$"
        ),
        moments.opened(cameras),
    ):
        pass
    with (
        pytest.raises(NotShown, match=r"^videos/short\.mp4 is empty$"),
        moments.opened([elsewhere]),
    ):
        pass


def test_a_missing_file_is_an_error_of_the_system(video: Video) -> None:
    gone = video("gone")
    assert isinstance(gone.source, VideoSource)
    gone.source.path.unlink()
    with pytest.raises(FileNotFoundError), moments.opened([video("top"), gone]):
        pass


def test_a_damaged_frame_of_another_camera_is_replaced(video: Video) -> None:
    wrist = video("wrist", first=100)
    damage(wrist, 30, 30)
    cameras = [video("top"), wrist]
    with moments.opened(cameras) as view:
        found = [
            (round(time * FPS), [render.number(part) for part in apart(image)])
            for time, image in view.tiles(range(0, 90, 15), 2.0, 128)
        ]
        (remark,) = view.remarks
    assert [time for time, _ in found] == list(range(0, 90, 15))
    assert all(first == time for time, (first, _) in found)
    assert all(abs(second - 100 - time) <= 7 for time, (_, second) in found)
    assert remark.startswith("videos/wrist.mp4 has a frame at 1.000 s that cannot be decoded (")


def test_more_damage_than_may_be_missing_fails_by_name(video: Video) -> None:
    wrist = video("wrist", first=100)
    damage(wrist, 60, 89)
    with (
        pytest.raises(NotShown, match=r"^videos/wrist\.mp4 has a frame at 2\.000 s that cannot be"),
        moments.opened([video("top"), wrist]) as view,
    ):
        list(view.tiles([*range(0, 90, 15), 89], 2.0, 128))


def test_a_part_of_the_episode_may_lose_a_frame_at_its_edges(video: Video) -> None:
    """What is before and after the part is not missing from it."""
    top = video("top")
    damage(top, 60, 69)
    with moments.opened([top]) as view:
        found = [render.number(image) for _, image in view.tiles(range(52, 76, 4), 7.5, 128)]
    assert found[:2] == [52, 56]
    assert found[-2:] == [70, 72] or found[-1] == 72


def damage(camera: Camera, first: int, last: int) -> None:
    """Overwrite packets of a video."""
    import av

    assert isinstance(camera.source, VideoSource)
    path = camera.source.path
    with av.open(str(path)) as container:
        packets = [(packet.pos, packet.size) for packet in container.demux(video=0) if packet.size]
    with path.open("r+b") as file:
        for position, size in packets[first : last + 1]:
            file.seek(position)
            file.write(b"\x55" * size)


def test_a_video_and_images_stand_side_by_side(video: Video, tmp_path: Path) -> None:
    rows = []
    for number in range(LENGTH):
        buffer = io.BytesIO()
        Image.fromarray(render.picture(200 + number, (64, 64))).save(buffer, "PNG")
        rows.append(buffer.getvalue())
    pq.write_table(pa.table({"wrist": rows}), tmp_path / "data.parquet")
    position = VideoPosition("wrist", 0.0, LENGTH / FPS, LENGTH, FPS)
    facts = EpisodeFacts("", LENGTH, first=0, rows=LENGTH)
    wrist = Camera("wrist", ImageSource(tmp_path / "data.parquet", position, facts, 0))
    top = video("top")
    assert seen([top, wrist], [0, 45, 89]) == [
        (0, [0, 200]),
        (45, [45, 245]),
        (89, [89, 289]),
    ]
    assert seen([wrist, top], [0, 45]) == [(0, [200, 0]), (45, [245, 45])]


def test_pictures_that_no_model_accepts_are_refused(video: Video) -> None:
    wide = video("wide", size=(1600, 16))
    with (
        pytest.raises(NotShown, match=r"wide\.mp4 has frames of 1600x16 pixels, which at a height"),
        moments.opened([video("top"), wide]) as view,
    ):
        next(view.tiles([0], 2.0, 128))
    cameras = [video("top"), video("a", size=(640, 16)), video("b", size=(800, 16))]
    with (
        pytest.raises(Problem, match=r"3 cameras side by side are 8774x96 pixels, more than the"),
        moments.opened(cameras) as view,
    ):
        next(view.tiles([0], 2.0, 128))


def test_the_same_moments_are_the_same_bytes(video: Video) -> None:
    cameras = [video("top"), video("wrist", first=100, size=(64, 64))]
    looks = []
    for _ in range(2):
        with moments.opened(cameras) as view:
            looks.append([image.tobytes() for _, image in view.tiles([0, 7, 80], 2.0, 100)])
    assert looks[0] == looks[1]
