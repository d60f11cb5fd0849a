"""The program that writes the metadata of a result."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from support.hub_machine import Machine
from support.programs import fails, run
from support.workflow import PROJECT

INFO: dict[str, Any] = {
    "codebase_version": "v2.1",
    "robot_type": None,
    "fps": 29.97,
    "features": {
        "action": {"dtype": "float32", "shape": [2], "names": {"motors": ["über", "b"]}},
        "timestamp": {"dtype": "float32", "shape": [1], "names": None},
    },
    "total_videos": 0,
    "own": {"keys": [1e-9, 12345678901234567890]},
}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    root = tmp_path / "source"
    (root / "meta/episodes/chunk-000").mkdir(parents=True)
    (root / "videos/chunk-000").mkdir(parents=True)
    (root / "meta/info.json").write_text(json.dumps(INFO), encoding="utf-8")
    (root / "meta/stats.json").write_text('{"action": {"mean": [NaN]}}')
    (root / "meta/episodes/chunk-000/file-000.parquet").write_bytes(b"PAR1 and so on")
    return root


def write(source: Path, *outputs: str) -> Path:
    result = source.parent / "result"
    run("write_meta.py", "--source", source, "--result", result, "--outputs", *outputs)
    return result


def refused(source: Path, *options: str) -> str:
    result = source.parent / "refused"
    sentence = fails(
        "write_meta.py", "--source", source, "--result", result, "--outputs", "response", *options
    )
    assert not (result / "meta/info.json").exists()
    return sentence


def tree(root: Path) -> dict[str, bytes]:
    return {
        str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()
    }


def test_everything_is_copied_and_info_has_the_output(source: Path) -> None:
    result = write(source, "response")
    copied, original = tree(result / "meta"), tree(source / "meta")
    info = json.loads(copied.pop("info.json"))
    original.pop("info.json")
    assert copied == original
    response = {"dtype": "string", "shape": [1], "names": None}
    assert list(info) == [*INFO, "subtask_path"]
    assert list(info["features"].items()) == [*INFO["features"].items(), ("response", response)]
    assert {key: info[key] for key in INFO if key != "features"} == {
        key: value for key, value in INFO.items() if key != "features"
    }
    assert info["subtask_path"].format(episode_index=17) == "subtasks/episode_000017.json"
    assert "über" in (result / "meta/info.json").read_text(encoding="utf-8")


def test_real_metadata_stays(real_data: Path, tmp_path: Path) -> None:
    for version in ("v2.1", "v3.0"):
        source, result = real_data / f"g1_bottle_{version}", tmp_path / version
        run(
            "write_meta.py",
            "--source",
            source,
            "--result",
            result,
            "--outputs",
            "response",
            "segments",
        )
        copied, original = tree(result / "meta"), tree(source / "meta")
        was, now = json.loads(original.pop("info.json")), json.loads(copied.pop("info.json"))
        assert copied == original
        assert now.pop("subtask_path") == "subtasks/episode_{episode_index:06d}.json"
        assert now["features"].pop("response")
        assert now == was
        assert list(now["features"]) == list(was["features"])
        assert tree(result / "videos") == tree(source / "videos") != {}


def test_each_output_has_its_feature(source: Path) -> None:
    outputs = ("subtask_index", "language_persistent", "segments")
    info = json.loads((write(source, *outputs) / "meta/info.json").read_text())
    assert list(info) == list(INFO)
    features = {name: info["features"][name]["dtype"] for name in info["features"]}
    assert features == {
        "action": "float32",
        "timestamp": "float32",
        "subtask_index": "int64",
        "language_persistent": "language",
    }


def test_tables_of_the_outputs_are_not_overwritten_and_do_not_outlive_them(source: Path) -> None:
    numbers, table = (
        source.parent / "result/meta" / f"{name}.parquet" for name in ("subtasks", "segments")
    )
    numbers.parent.mkdir(parents=True)
    numbers.write_bytes(b"made by number_subtasks")
    table.write_bytes(b"made by write_segments")
    (source / "meta/subtasks.parquet").write_bytes(b"the source's own")
    write(source, "response", "subtask_index", "segments")
    assert numbers.read_bytes() == b"made by number_subtasks"
    assert table.read_bytes() == b"made by write_segments"
    write(source, "response")
    assert numbers.read_bytes() == b"the source's own"
    assert not table.exists()


def test_videos_are_a_link_that_follows_the_source(source: Path) -> None:
    link = write(source, "response") / "videos"
    assert link.readlink() == source / "videos"
    moved = source.rename(source.parent / "moved")
    assert write(moved, "response") / "videos" == link
    assert link.readlink() == moved / "videos"
    (moved / "videos/chunk-000").rmdir()
    (moved / "videos").rmdir()
    write(moved, "response")
    assert not link.is_symlink()


def test_videos_that_are_no_link_are_not_lost(source: Path) -> None:
    own = source.parent / "refused/videos/mine.mp4"
    own.parent.mkdir(parents=True)
    own.touch()
    assert "videos must be a link to the source's videos: move it away" in refused(source)
    assert own.exists()


def test_a_relative_source_gives_a_link_that_holds_anywhere(source: Path, monkeypatch) -> None:
    monkeypatch.chdir(source.parent)
    assert (write(Path("source"), "response") / "videos").resolve() == source.resolve() / "videos"
    assert (source.parent / "result/videos").readlink().is_absolute()


def test_a_feature_that_is_there_is_an_error_unless_told_otherwise(source: Path) -> None:
    features = {"response": {"dtype": "string", "shape": [9], "names": None}, "action": {}}
    (source / "meta/info.json").write_text(json.dumps(INFO | {"features": features}))
    assert "already has a column response: set output.overwrite: true" in refused(source)
    result = source.parent / "result"
    options = ("--outputs", "response", "--overwrite")
    run("write_meta.py", "--source", source, "--result", result, *options)
    written = json.loads((result / "meta/info.json").read_text())["features"]
    assert list(written) == ["response", "action"]
    assert written["response"]["shape"] == [1]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is not valid JSON"),
        ("[" * 100_000, "is not valid JSON"),
        ('{"features": {}, "robot_type": "\\ud800"}', "is not valid JSON"),
        ("[]", "must be a JSON object"),
        (json.dumps(INFO | {"features": []}), "must be an object of objects"),
        ("{}", "codebase_version in meta/info.json is None"),
        ('{"features": {}, "pad": "' + " " * (17 << 20) + '"}', "is too large (limit: 16 MB)"),
    ],
    ids=["empty", "deep", "surrogate", "list", "features", "nothing", "large"],
)
def test_an_info_that_cannot_be_true_is_refused(source: Path, text: str, sentence: str) -> None:
    (source / "meta/info.json").write_text(text)
    assert sentence in refused(source)


def test_links_out_of_the_dataset_are_refused(source: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    for name, target in (("meta/a.json", tmp_path / "secret"), ("meta/folder", tmp_path)):
        (source / name).symlink_to(target)
        assert f"{name} is a link out of the dataset" in refused(source)
        (source / name).unlink()
    (source / "meta/info.json").rename(tmp_path / "info.json")
    (source / "meta/info.json").symlink_to("../../info.json")
    assert "info.json is a link out of the dataset" in refused(source)
    assert not (tmp_path / "refused/meta").exists()


def test_a_link_inside_the_dataset_is_copied_as_a_file(source: Path) -> None:
    (source / "meta/copy.json").symlink_to("stats.json")
    copy = write(source, "response") / "meta/copy.json"
    assert not copy.is_symlink()
    assert copy.read_bytes() == (source / "meta/stats.json").read_bytes()


def test_a_pipe_is_refused_and_not_waited_for(source: Path) -> None:
    (source / "meta/info.json").unlink()
    os.mkfifo(source / "meta/info.json")
    assert "info.json is neither a file nor a folder" in refused(source)
    (source / "meta/info.json").unlink()
    assert "info.json: No such file" in refused(source)
    (source / "meta/loop").symlink_to("loop")
    assert "loop is a broken link" in refused(source)
    (source / "meta").rename(source / "data")
    assert "source is not a LeRobot dataset: it has no folder meta" in refused(source)


def test_a_link_to_a_folder_around_it_ends(source: Path) -> None:
    (source / "meta/around").symlink_to(".")
    assert "around is neither a file nor a folder" in refused(source)


def test_a_full_disk_is_named(source: Path, machine: Machine, tmp_path: Path) -> None:
    (source / "meta/stats.json").write_bytes(bytes(100_000))
    disk = tmp_path / "disk"
    said = machine.fails_on_a_small_disk(
        source,
        disk,
        PROJECT / "scripts/write_meta.py",
        f"--source={disk}",
        f"--result={disk / 'result'}",
        "--outputs=response",
    )
    path = disk / "result/meta/stats.json"
    assert said == f"the disk of {path} is full: free some space and run again"


def test_pointers_of_git_lfs_are_not_copied(source: Path) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"
    for name in ("stats.json", "info.json"):
        (source / "meta" / name).write_text(pointer)
        sentence = refused(source)
        assert (
            f"{name} is a Git LFS pointer and not the file itself: run `git lfs pull`" in sentence
        )


def test_videos_may_be_on_another_disk(source: Path, tmp_path: Path) -> None:
    (source / "videos").rename(tmp_path / "disk")
    (source / "videos").symlink_to(tmp_path / "disk")
    link = write(source, "response") / "videos"
    assert link.readlink() == source / "videos"
    assert (link / "chunk-000").resolve() == tmp_path / "disk/chunk-000"
