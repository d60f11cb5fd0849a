"""Links of a dataset are followed inside it, and refused where they lead out of it."""

import os
import shutil
from pathlib import Path

import pytest

from subtasks.dataset.link_guard import LinkGuard
from subtasks.errors import Problem

VIDEOS = "videos/chunk-000/cam_high"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A dataset of three episodes, whose files are empty."""
    return _dataset(tmp_path / "datasets" / "good")


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder with files that belong to no dataset."""
    folder = tmp_path / "outside"
    folder.mkdir()
    for name in ("secret.json", "table.parquet"):
        (folder / name).touch()
    return folder


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    """A dataset in Hugging Face's cache: links to the blobs of its repo."""
    repo = tmp_path / "datasets--me--bottle"
    source, snapshot = _dataset(tmp_path / "source"), repo / "snapshots" / "0123abc"
    (repo / "blobs").mkdir(parents=True)
    for number, file in enumerate(sorted(p for p in source.rglob("*") if p.is_file())):
        path = snapshot / file.relative_to(source)
        path.parent.mkdir(parents=True, exist_ok=True)
        file.rename(repo / "blobs" / f"{number:040x}")
        up = "../" * len(path.relative_to(repo).parents[:-1])
        path.symlink_to(f"{up}blobs/{number:040x}")
    return snapshot


def _dataset(root: Path) -> Path:
    names = [f"episode_00000{i}" for i in range(3)]
    paths = ["meta/info.json", *(f"data/chunk-000/{name}.parquet" for name in names)]
    for path in [*paths, *(f"{VIDEOS}/{name}.mp4" for name in names)]:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()
    return root


def test_a_snapshot_consists_of_links_to_blobs_of_its_repo(snapshot: Path) -> None:
    assert list(LinkGuard(snapshot).walk("meta")) == [Path("meta/info.json")]
    assert len(LinkGuard(snapshot).files(VIDEOS)) == 3


def test_blobs_of_another_repo_are_refused(snapshot: Path, tmp_path: Path) -> None:
    (tmp_path / "blobs").mkdir()
    (tmp_path / "blobs" / "b").touch()
    (snapshot / "meta" / "notes.json").symlink_to("../../../../blobs/b")
    with pytest.raises(
        Problem, match=r"notes.json is a link out of the dataset, to .*: replace it"
    ):
        list(LinkGuard(snapshot).walk("meta"))


def test_a_result_is_a_dataset(root: Path, tmp_path: Path) -> None:
    """Its videos are a link to those of its source."""
    result = _dataset(tmp_path / "datasets" / "result")
    shutil.rmtree(result / "videos")
    (result / "videos").symlink_to(root / "videos")
    assert LinkGuard(result).files(VIDEOS) == {f"episode_00000{i}.mp4" for i in range(3)}
    assert len(list(LinkGuard(result).walk("videos"))) == 3
    # A folder of that name that is not a dataset's does not count.
    (root / "meta/info.json").unlink()
    with pytest.raises(Problem, match=r"/videos is a link out of the dataset, to .* follow_links"):
        LinkGuard(result).files(VIDEOS)
    assert len(LinkGuard(result, follow=True).files(VIDEOS)) == 3


def test_links_inside_a_dataset_are_followed(root: Path) -> None:
    (root / "data/chunk-000/copy.parquet").symlink_to("episode_000000.parquet")
    (root / "data/chunk-000/again.parquet").symlink_to("copy.parquet")
    (root / "data/chunk-001").symlink_to("chunk-000")
    (root / "data/chunk-000/gone.parquet").symlink_to("nothing.parquet")
    for folder in ("data/chunk-000", "data/chunk-001"):
        found = LinkGuard(root).files(folder)
        assert {"copy.parquet", "again.parquet", "episode_000000.parquet"} <= found
        assert "gone.parquet" not in found
    assert LinkGuard(root).files("data/chunk-002") == frozenset()


@pytest.mark.parametrize(
    "target",
    [
        "/etc/hostname",
        "/",
        "..",
        "../../..",
        "../../../outside/secret.json",
        "../chunk-000/../../..",
    ],
)
def test_no_link_leads_out(root: Path, outside: Path, target: str) -> None:
    (root / "data/chunk-000/link.parquet").symlink_to(target)
    if target == "..":
        assert "link.parquet" not in LinkGuard(root).files("data/chunk-000")
        return
    with pytest.raises(Problem, match=r"link.parquet is a link out of the dataset"):
        LinkGuard(root).files("data/chunk-000")


def test_a_chain_of_links_is_followed_to_its_end(root: Path, outside: Path) -> None:
    (root / "data/chunk-000/one.parquet").symlink_to("two.parquet")
    (root / "data/chunk-000/two.parquet").symlink_to(outside / "table.parquet")
    with pytest.raises(Problem, match="is a link out of the dataset"):
        LinkGuard(root).files("data/chunk-000")


def test_what_is_no_file_is_refused(root: Path) -> None:
    (root / "meta/loop").symlink_to("loop")
    with pytest.raises(Problem, match="loop is a broken link: remove it"):
        list(LinkGuard(root).walk("meta"))
    (root / "meta/loop").unlink()
    os.mkfifo(root / "meta/pipe")
    with pytest.raises(Problem, match="pipe is neither a file nor a folder: remove it"):
        list(LinkGuard(root).walk("meta"))
