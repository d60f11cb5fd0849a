from dataclasses import asdict

import pytest

from subtasks.frames.manifest import Image, Manifest

MANIFEST = Manifest("a.mp4", "av1", 640, 480, 30.0, 90, 3.0, {"fps": 2.0}, ())


def test_a_manifest_is_written_in_a_fixed_order() -> None:
    """Archives of earlier versions are read, and the same input gives the same bytes."""
    assert list(asdict(MANIFEST)) == [
        *("video", "codec", "width", "height", "fps", "frames", "duration"),
        *("sampling", "images", "error", "remarks", "cameras", "borders"),
    ]
    assert list(asdict(Image("a.jpg", 2, 1, (0.5,)))) == ["name", "width", "height", "times"]


def test_a_manifest_has_no_error_or_remark_unless_it_says_so() -> None:
    assert MANIFEST.error is None
    assert MANIFEST.remarks == ()
    assert MANIFEST.cameras == ()
    with pytest.raises(AttributeError):
        MANIFEST.error = "is empty"  # type: ignore[misc]
