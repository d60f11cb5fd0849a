import contextlib
import json
import tracemalloc
import warnings
import zipfile
from dataclasses import asdict, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

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

    refused(path)


def refused(path) -> str:
    """Expect one sentence about the archive, whichever part is read; return the reason in it."""
    reasons = set()
    for read in (archive.read_manifest, lambda path: list(archive.read_images(path))):
        try:
            read(path)
        except Problem as problem:
            sentence = str(problem)
            assert sentence.startswith(f"{path} is not a complete archive of frames (")
            assert sentence.endswith("): delete it and run again")
            assert "\n" not in sentence
            reasons.add(sentence.removeprefix(f"{path} is not a complete archive of frames "))
    assert reasons
    return max(reasons)


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_flipped_bit_is_a_sentence_or_does_no_harm(tmp_path, data):
    path = written(tmp_path / "a.zip")
    content = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(content) * 8 - 1))
    content[place // 8] ^= 1 << place % 8
    path.write_bytes(content)

    try:
        assert archive.read_manifest(path) == MANIFEST
        assert list(archive.read_images(path)) == list(zip(IMAGES, (b"one", b"two"), strict=True))
    except Problem:
        refused(path)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_damage_is_more_than_a_sentence(tmp_path, data):
    path = written(tmp_path / "a.zip")
    content = bytearray(path.read_bytes())
    start = data.draw(st.integers(0, len(content)))
    stop = data.draw(st.integers(start, min(start + 40, len(content))))
    content[start:stop] = data.draw(st.binary(max_size=40))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])

    with contextlib.suppress(Problem):
        archive.read_manifest(path)
        list(archive.read_images(path))


def zipped(path, members, **options):
    """Write a zip file of other members than ours."""
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w", **options) as file:
        warnings.simplefilter("ignore")
        for name, data in members:
            file.writestr(name, data)
    return path


JSON = json.dumps(asdict(MANIFEST))
WHOLE = [("sheet_000.jpg", b"one"), ("sheet_001.jpg", b"two"), ("manifest.json", JSON)]


@pytest.mark.parametrize(
    ("members", "options", "reason"),
    [
        (WHOLE[:2], {}, "it has no manifest"),
        ([], {}, "it has no manifest"),
        (WHOLE[1:], {}, "its images are not those of its manifest"),
        ([*WHOLE, ("sheet_002.jpg", b"")], {}, "its images are not those of its manifest"),
        ([*WHOLE, ("../../evil", b"")], {}, "its images are not those of its manifest"),
        ([*WHOLE, ("/etc/evil", b"")], {}, "its images are not those of its manifest"),
        ([WHOLE[0], *WHOLE], {}, "it has 'sheet_000.jpg' twice"),
        ([*WHOLE, WHOLE[2]], {}, "it has 'manifest.json' twice"),
        (WHOLE, {"compression": zipfile.ZIP_DEFLATED}, "is compressed"),
        (WHOLE, {"compression": zipfile.ZIP_BZIP2}, "is compressed"),
        (WHOLE, {"compression": zipfile.ZIP_LZMA}, "is compressed"),
        ([(WHOLE[0][0], bytes(3 << 20 << 1)), *WHOLE[1:]], {}, "6,291,456 bytes for 752,640"),
        ([*WHOLE[:2], ("manifest.json", b"\0" * (33 << 20))], {}, "has more than 32 MB"),
        ([*WHOLE[:2], ("manifest.json", "[" * 200_000)], {}, "recursion"),
        ([*WHOLE[:2], ("manifest.json", b"\xff\xfe\x00")], {}, "decode"),
        ([*WHOLE[:2], ("manifest.json", "")], {}, "Expecting value"),
        ([*WHOLE[:2], ("manifest.json", "1" * 5000)], {}, "digits"),
    ],
)
def test_what_sampling_does_not_write_is_refused(tmp_path, members, options, reason):
    assert reason in refused(zipped(tmp_path / "a.zip", members, **options))


def test_a_bomb_is_not_unpacked(tmp_path):
    """A gigabyte of zeros takes a megabyte; nothing of it is read."""
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in WHOLE[1:]:
            file.writestr(zipfile.ZipInfo(name), data)
        with file.open("sheet_000.jpg", "w") as member:
            for _ in range(64):
                member.write(bytes(1 << 20))
    tracemalloc.start()
    assert "is compressed" in refused(path)
    assert tracemalloc.get_traced_memory()[1] < 16 << 20
    tracemalloc.stop()


@pytest.mark.parametrize("field", ["flag_bits", "compress_type", "file_size", "compress_size"])
@pytest.mark.parametrize("value", [1, 9, 97, 0x20, 0xFFFF])
def test_odd_fields_of_members_are_refused(tmp_path, field, value):
    path = written(tmp_path / "a.zip")
    place = {"flag_bits": 8, "compress_type": 10, "compress_size": 20, "file_size": 24}[field]
    content = bytearray(path.read_bytes())
    entry = content.index(b"PK\x01\x02")
    content[entry + place : entry + place + 2] = value.to_bytes(2, "little")
    path.write_bytes(content)

    if field == "flag_bits" and value == 9:
        assert "is encrypted" in refused(path)
    refused(path)


def test_members_that_overlap_are_refused(tmp_path):
    """A hundred names for the bytes of one image would unpack to a hundred times the file."""
    path = written(tmp_path / "a.zip", replace(MANIFEST, images=IMAGES[:1]), (bytes(50_000),))
    content = path.read_bytes()
    entry, end = content.index(b"PK\x01\x02"), content.index(b"PK\x05\x06")
    first = content[entry : content.index(b"PK\x01\x02", entry + 4)]
    more = b"".join(first.replace(b"000.jpg", b"%03d.jpg" % k) for k in range(1, 100))
    tail = bytearray(content[end:])
    tail[8:12] = (101).to_bytes(2, "little") * 2
    tail[12:16] = (end - entry + len(more)).to_bytes(4, "little")
    path.write_bytes(content[:end] + more + tail)

    assert "overlap" in refused(path).casefold()


def test_archives_of_earlier_versions_are_read(tmp_path):
    fields = {k: v for k, v in asdict(MANIFEST).items() if k not in ("error", "remarks")}
    path = zipped(tmp_path / "a.zip", [*WHOLE[:2], ("manifest.json", json.dumps(fields))])

    assert archive.read_manifest(path) == MANIFEST


def test_a_missing_archive_is_an_error_of_the_system(tmp_path):
    with pytest.raises(FileNotFoundError):
        archive.read_manifest(tmp_path / "a.zip")
