"""Image files that rows name are found in the dataset, and nowhere else."""

import os
from pathlib import Path

import pytest

from subtasks.frames import image_files
from subtasks.frames.image_files import ImageFiles
from subtasks.frames.images import NoImage

CAMERA = "observation.images.front"
FOLDER = f"images/{CAMERA}/episode_000003"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "dataset"
    (root / FOLDER).mkdir(parents=True)
    (root / FOLDER / "frame_000007.png").write_bytes(b"seven")
    (root / "other").mkdir()
    (root / "other/a.png").write_bytes(b"other")
    (tmp_path / "secret.png").write_bytes(b"secret")
    return root


def read(root: Path | None, name: str) -> bytes:
    return ImageFiles(root, CAMERA, 3).read(name)


@pytest.mark.parametrize(
    "name",
    [
        f"{FOLDER}/frame_000007.png",
        f"./{FOLDER}/frame_000007.png",
        "frame_000007.png",
        f"/home/robot/.cache/datasets/mine/{FOLDER}/frame_000007.png",
        f"C:\\Users\\robot\\{FOLDER}\\frame_000007.png",
        "elsewhere/frame_000007.png",  # by its name, in the folder of the episode
    ],
)
def test_a_file_is_found_by_its_path_or_its_name(root: Path, name: str) -> None:
    assert read(root, name) == b"seven"


def test_any_file_of_the_dataset_may_be_named(root: Path) -> None:
    assert read(root, "other/a.png") == b"other"


def test_folders_may_be_named_with_a_hyphen(root: Path) -> None:
    (root / FOLDER).rename(root / FOLDER.replace("episode_", "episode-"))
    assert read(root, "frame_000007.png") == b"seven"


@pytest.mark.parametrize(
    "name",
    [
        *("missing.png", "../secret.png", "images/../../secret.png", "other", ".", "/", "..", ""),
        *("a\0b", "x" * 5000, "/etc/passwd", f"{FOLDER}/frame_000007.png/x", "..\\secret.png"),
    ],
)
def test_nothing_else_is_read(root: Path, name: str) -> None:
    with pytest.raises(NoImage):
        read(root, name)


@pytest.mark.parametrize("target", ["../secret.png", "../../secret.png", "secret.png"])
def test_links_are_not_followed(root: Path, tmp_path: Path, target: str) -> None:
    (root / "link.png").symlink_to(tmp_path / target)
    (root / "folder").symlink_to(tmp_path)
    for name in ("link.png", "folder/secret.png"):
        with pytest.raises(NoImage, match=r"is a link|is not in the dataset"):
            read(root, name)


def test_a_dataset_that_is_a_link_itself_is_read(root: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(root)
    assert read(tmp_path / "link", "frame_000007.png") == b"seven"


def test_without_a_dataset_there_are_no_files() -> None:
    with pytest.raises(NoImage, match=r"only its path 'frame_000007\.png' is stored"):
        read(None, "frame_000007.png")


def test_a_pipe_and_a_huge_file_are_not_read(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(root / "pipe.png")
    with pytest.raises(NoImage, match="not in the dataset"):
        read(root, "pipe.png")
    monkeypatch.setattr(image_files, "MAX_BYTES", 3)
    with pytest.raises(NoImage, match="its file has 0 MB"):
        read(root, "frame_000007.png")
