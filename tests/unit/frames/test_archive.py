import json
import zipfile
from dataclasses import replace

import pytest

from subtasks.errors import Problem
from subtasks.frames import archive
from subtasks.frames.manifest import Image, Manifest

IMAGES = (
    Image("sheet_000.jpg", 1120, 672, (0.0, 0.5, 1.033333)),
    Image("sheet_001.jpg", 1120, 168, (1.5,)),
)
MANIFEST = Manifest(
    video="videos/chunk-000/observation.images.top/épisode_000017.mp4",
    codec="av1",
    width=640,
    height=480,
    fps=30.0,
    frames=290,
    duration=9.666667,
    sampling={"fps": 2.0, "rate": 2.0, "layout": "sheet", "columns": 5},
    images=IMAGES,
)


def written(path, manifest=MANIFEST, jpegs=(b"one", b"two")):
    with archive.Writer(path) as writer:
        for image, jpeg in zip(manifest.images, jpegs, strict=True):
            writer.image(image, jpeg)
        writer.manifest(manifest)
    return path


def test_what_was_written_is_read(tmp_path):
    path = written(tmp_path / "a.zip")

    assert archive.read_manifest(path) == MANIFEST
    assert list(archive.read_images(path)) == list(zip(IMAGES, (b"one", b"two"), strict=True))


def test_a_failure_is_read_too(tmp_path):
    failed = replace(MANIFEST, codec=None, width=None, height=None, images=(), error="it is empty")
    path = written(tmp_path / "a.zip", failed, ())

    assert archive.read_manifest(path) == failed
    assert list(archive.read_images(path)) == []


def test_the_same_content_gives_the_same_bytes(tmp_path):
    first, second = written(tmp_path / "a.zip"), written(tmp_path / "b.zip")

    assert first.read_bytes() == second.read_bytes()


def test_it_is_an_ordinary_zip_with_stored_members(tmp_path):
    with zipfile.ZipFile(written(tmp_path / "a.zip")) as members:
        assert members.namelist() == ["sheet_000.jpg", "sheet_001.jpg", "manifest.json"]
        assert {member.compress_type for member in members.infolist()} == {zipfile.ZIP_STORED}
        assert json.loads(members.read("manifest.json"))["images"][1] == {
            "name": "sheet_001.jpg",
            "width": 1120,
            "height": 168,
            "times": [1.5],
        }


def flip_a_byte_of_an_image(data: bytes) -> bytes:
    return data.replace(b"one", b"onf", 1)


def another_manifest(data: bytes) -> bytes:
    return data.replace(b'"codec"', b'"kodec"')


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: b"no zip file",
        lambda data: data[: len(data) // 2],
        flip_a_byte_of_an_image,
        another_manifest,
    ],
)
def test_a_damaged_archive_says_which_and_what_to_do(tmp_path, damage):
    path = written(tmp_path / "a.zip")
    path.write_bytes(damage(path.read_bytes()))

    with pytest.raises(
        Problem, match=r"a\.zip is not a complete archive .* delete it and run again"
    ):
        list(archive.read_images(path))
