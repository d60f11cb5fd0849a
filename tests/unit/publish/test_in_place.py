"""Results published into their source, and back: at once, in pieces, and killed in between."""

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from subtasks.dataset import originals
from subtasks.errors import Problem
from subtasks.publish import in_place

DATA = [f"data/chunk-000/episode_00000{i}.parquet" for i in range(2)]
INFO, NUMBERS, TASKS = "meta/info.json", "meta/subtasks.parquet", "meta/tasks.jsonl"
LABELS = [f"subtasks/episode_00000{i}.json" for i in range(2)]
MILLISECOND = 1_000_000
STEPS = {"os." + s for s in ("chmod", "link", "mkdir", "remove", "rename", "rmdir", "utime")}


def write(root: Path, contents: dict[str, str]) -> Path:
    for path, content in contents.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content)
    return root


def look(root: Path) -> dict[str, Any]:
    """Everything that can be seen of a folder's files: content, mode and time."""
    return {
        path.relative_to(root).as_posix(): (path.read_bytes(), stat.st_mode, stat.st_mtime_ns)
        for path in sorted(root.rglob("*"))
        if path.is_file() and (stat := path.stat())
    }


def contents(root: Path) -> dict[str, str]:
    """Content of the dataset's own files."""
    return {
        path: seen[0].decode()
        for path, seen in look(root).items()
        if not path.startswith(originals.FOLDER)
    }


def wanted(result: Path) -> dict[str, Path]:
    return {path: result / path for path in look(result)}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    root = write(tmp_path / "source", dict.fromkeys([*DATA, INFO, TASKS], "as recorded"))
    write(root, {"videos/a.mp4": "film"})
    for number, path in enumerate([*DATA, INFO, TASKS]):
        os.utime(root / path, ns=(0, 1_700_000_000_123_456_789 + number * 10**9))
    (root / DATA[0]).chmod(0o440)
    return root


@pytest.fixture
def result(tmp_path: Path) -> Path:
    labelled = dict.fromkeys([*DATA, INFO, NUMBERS, *LABELS], "labelled")
    return write(tmp_path / "result", labelled | {TASKS: "as recorded"})


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """The same dataset with other labels: one data file is as recorded, a table is gone."""
    labelled = dict.fromkeys([*DATA[1:], INFO, *LABELS], "labelled anew")
    return write(tmp_path / "other", labelled | dict.fromkeys([DATA[0], TASKS], "as recorded"))


def test_there_and_back_and_there_again(source: Path, result: Path) -> None:
    before = look(source)
    for _ in range(2):
        change = in_place.publish(source, wanted(result))
        assert (change.published, change.restored) == (6, 0)
        assert contents(source) == contents(result) | {"videos/a.mp4": "film"}
        for path in [*DATA, INFO]:
            (_, mode, time), (_, was_mode, was) = look(source)[path], before[path]
            # Not the same instant: what caches by path and time has to look again.
            assert 0 < time - was < MILLISECOND
            assert mode == was_mode
            assert originals.original(source, path).read_text() == "as recorded"
        assert look(source)[TASKS] == before[TASKS]
        assert originals.added(source) == {NUMBERS, *LABELS}

        published = look(source)
        assert in_place.publish(source, wanted(result)) == in_place.Change(0, 0)
        assert look(source) == published

        assert in_place.unpublish(source).restored == 6
        assert look(source) == before
        assert sorted(path.name for path in source.iterdir()) == ["data", "meta", "videos"]
    assert in_place.unpublish(source) == in_place.Change(0, 0)


def test_other_labels_replace_the_first(source: Path, result: Path, other: Path) -> None:
    before = look(source)
    in_place.publish(source, wanted(result))
    first = look(source)
    in_place.publish(source, wanted(other))
    assert contents(source) == contents(other) | {"videos/a.mp4": "film"}
    assert look(source)[DATA[0]] == before[DATA[0]]
    # Two sets of labels, two times: a cache must not take one for the other.
    assert look(source)[DATA[1]][2] not in (first[DATA[1]][2], before[DATA[1]][2])
    assert originals.original(source, DATA[1]).read_text() == "as recorded"
    in_place.unpublish(source)
    assert look(source) == before


def killed_at(step: int, action: Callable[[], object]) -> bool:
    """Run `action` in a process that is killed before its nth change of the disk.

    Say whether there was such a step.
    """
    process = os.fork()
    if process == 0:
        count = 0

        def hook(event: str, arguments: tuple[Any, ...]) -> None:
            nonlocal count
            written = event == "open" and (arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR)
            changes = bool(written) or event in STEPS
            count += changes
            if changes and count == step:
                os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(hook)
        action()
        os._exit(0)
    _, status = os.waitpid(process, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


@pytest.mark.parametrize("action", ["publish", "publish others", "unpublish"])
def test_killed_at_any_step(
    source: Path, result: Path, other: Path, tmp_path: Path, action: str
) -> None:
    before = look(source)
    if action != "publish":
        in_place.publish(source, wanted(result))
    do = {
        "publish": lambda root: in_place.publish(root, wanted(result)),
        "publish others": lambda root: in_place.publish(root, wanted(other)),
        "unpublish": in_place.unpublish,
    }[action]
    step, copy, back = 0, tmp_path / "copy", tmp_path / "back"
    whole = {"as recorded", "labelled", "labelled anew", "film"}
    while True:
        step += 1
        shutil.rmtree(copy, ignore_errors=True)
        # Names of one file have to stay that.
        shutil.copytree(source, copy, copy_function=os.link)
        if not killed_at(step, lambda: do(copy)):
            break
        assert set(contents(copy).values()) <= whole
        for path in [*DATA, INFO]:
            assert originals.original(copy, path).read_text() == "as recorded"
        assert not originals.added(copy) & {*DATA, INFO, TASKS}

        shutil.rmtree(back, ignore_errors=True)
        shutil.copytree(copy, back, copy_function=os.link)
        in_place.unpublish(back)
        assert look(back) == before
        in_place.publish(copy, wanted(result))
        assert contents(copy) == contents(result) | {"videos/a.mp4": "film"}
        in_place.unpublish(copy)
        assert look(copy) == before
    assert step > 10


def test_a_disk_without_second_names(source: Path, result: Path, monkeypatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    before = look(source)
    in_place.publish(source, wanted(result))
    assert contents(source) == contents(result) | {"videos/a.mp4": "film"}
    in_place.unpublish(source)
    assert look(source) == before


@pytest.mark.parametrize("path", [DATA[1], LABELS[0]])
def test_what_somebody_has_changed_since_is_not_lost(
    source: Path, result: Path, other: Path, path: str
) -> None:
    in_place.publish(source, wanted(result))
    (source / path).write_text("changed by hand")
    after = look(source)
    for act in (lambda: in_place.publish(source, wanted(other)), in_place.unpublish):
        with pytest.raises(Problem, match=f"{path} has been changed since it was published"):
            act(source) if act is in_place.unpublish else act()
        assert look(source) == after


def test_a_lost_original_is_reported(source: Path, result: Path) -> None:
    in_place.publish(source, wanted(result))
    originals.kept(source, DATA[1]).unlink()
    with pytest.raises(Problem, match=r"episode_000001.parquet is missing"):
        in_place.unpublish(source)
    with pytest.raises(Problem, match=r"episode_000001.parquet is missing"):
        in_place.publish(source, wanted(result))


def test_links_are_refused(source: Path, result: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    (source / "data").rename(outside)
    (source / "data").symlink_to(outside)
    with pytest.raises(
        Problem, match="chunk-000 is a link or not a regular file: publish into a dataset of plain"
    ):
        in_place.publish(source, wanted(result))
    assert set(contents(outside).values()) == {"as recorded"}
    (source / "data").unlink()
    outside.rename(source / "data")
    (source / DATA[1]).rename(outside)
    (source / DATA[1]).symlink_to(outside)
    with pytest.raises(Problem, match=r"episode_000001.parquet is a link"):
        in_place.publish(source, wanted(result))
    assert set(contents(source).values()) == {"as recorded", "film"}
    assert not (source / originals.FOLDER).exists()


@pytest.mark.parametrize(
    "record",
    [
        "{",
        "[]",
        '{"files": []}',
        '{"files": {"data/a": {}}}',
        '{"files": {"../a": {"replaced": false, "written": []}}}',
        '{"files": {"data/../../a": {"replaced": false, "written": []}}}',
        '{"files": {"/a": {"replaced": false, "written": []}}}',
        '{"files": {"videos/a.mp4": {"replaced": false, "written": []}}}',
        '{"files": {"data/a": {"replaced": "no", "written": [1]}}}',
    ],
)
def test_a_record_from_somebody_else(source: Path, record: str) -> None:
    """It travels with the dataset, and must not name what it likes."""
    write(source, {f"{originals.FOLDER}/published.json": record})
    before = look(source.parent)
    with pytest.raises(Problem, match=r"published.json is damaged"):
        in_place.unpublish(source)
    assert look(source.parent) == before


@pytest.mark.parametrize("name", ["published.json", f"files/{INFO}"])
@pytest.mark.parametrize("kind", ["pipe", "link", "folder"])
def test_a_backup_of_no_plain_files_is_refused(source: Path, name: str, kind: str) -> None:
    """Whoever reads from a pipe waits for ever."""
    path = source / originals.FOLDER / name
    path.parent.mkdir(parents=True)
    (source.parent / "outside").write_text(json.dumps({"files": {}}))
    match kind:
        case "pipe":
            os.mkfifo(path)
        case "link":
            path.symlink_to(source.parent / "outside")
        case "folder":
            path.mkdir()
    with pytest.raises(
        Problem, match="is a link or not a regular file, which publishing never makes"
    ):
        originals.added(source) if name == "published.json" else originals.original(source, INFO)


def test_a_record_of_any_size_is_not_read(source: Path) -> None:
    record = source / originals.FOLDER / "published.json"
    record.parent.mkdir()
    with record.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(Problem, match=r"published.json is too large \(limit: 256 MB\)"):
        originals.added(source)


def test_pipes_in_a_dataset_are_refused(source: Path, result: Path) -> None:
    (source / DATA[1]).unlink()
    os.mkfifo(source / DATA[1])
    with pytest.raises(Problem, match=r"episode_000001.parquet is a link or not a regular file"):
        in_place.publish(source, wanted(result))
    assert not (source / originals.FOLDER).exists()


def test_kept_files_are_no_links(source: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    kept = originals.kept(source, INFO)
    kept.parent.mkdir(parents=True)
    kept.symlink_to(tmp_path / "secret")
    with pytest.raises(
        Problem, match="is a link or not a regular file, which publishing never makes"
    ):
        originals.original(source, INFO)
    shutil.rmtree(source / originals.FOLDER)
    (tmp_path / "elsewhere" / "files" / "meta").mkdir(parents=True)
    (tmp_path / "elsewhere" / "files" / INFO).write_text(json.dumps({}))
    (source / originals.FOLDER).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(
        Problem, match="is a link or not a regular file, which publishing never makes"
    ):
        originals.original(source, INFO)


def test_the_datasets_library_shows_what_is_there(tmp_path: Path) -> None:
    """It has a cache of what it has read, by the files' paths and times."""
    roots = [tmp_path / name for name in ("source", "one", "two")]
    for root, labels in zip(roots, ({}, {"response": ["a"]}, {"response": ["b"]}), strict=True):
        (root / "data").mkdir(parents=True)
        pq.write_table(pa.table({"frame_index": [0], **labels}), root / "data/x.parquet")

    def read() -> list[dict[str, Any]]:
        return datasets.load_dataset(
            "parquet", data_dir=str(roots[0]), split="train", cache_dir=str(tmp_path / "cache")
        ).to_list()

    recorded = [{"frame_index": 0}]
    assert read() == recorded
    for root, label in zip(roots[1:], "ab", strict=True):
        in_place.publish(roots[0], wanted(root))
        assert read() == [{"frame_index": 0, "response": label}]
    in_place.unpublish(roots[0])
    assert read() == recorded
