"""A person's labels are saved whole or not at all, and by one at a time."""

import fcntl
import os
import threading
import time
from pathlib import Path

import pytest

from subtasks.errors import Problem
from subtasks.review import present, saving
from subtasks.review.present import Files
from subtasks.review.refusals import Refusal
from subtasks.review.saving import Folder
from subtasks.segments import subtask_files
from subtasks.segments.segment import Segment

MINE, THEIRS = [Segment(0.0, "mine")], [Segment(0.0, "theirs", "their words")]


@pytest.fixture
def files(tmp_path: Path) -> Files:
    folder = tmp_path / "corrections" / "demo"
    name = "episode_000000.json"
    result = tmp_path / name
    result.write_text(subtask_files.dump(THEIRS))
    return Files(result, folder / name, folder / "annotated" / name)


def save(files: Files, segments: list[Segment]) -> None:
    saving.save(files, present.read(files, 10, 20, None), segments)


def test_what_the_annotator_said_is_kept_once(files: Files) -> None:
    save(files, MINE)
    assert subtask_files.load(files.correction) == MINE
    assert subtask_files.load(files.annotated) == THEIRS
    files.result.write_text(subtask_files.dump(MINE))
    save(files, [Segment(0.0, "again")])
    assert subtask_files.load(files.annotated) == THEIRS


def test_what_was_written_by_hand_gets_no_copy(files: Files) -> None:
    files.correction.parent.mkdir(parents=True)
    files.correction.write_text(subtask_files.dump(MINE))
    save(files, THEIRS)
    assert not files.annotated.exists()


def test_a_damaged_correction_is_not_written_over(files: Files) -> None:
    files.correction.parent.mkdir(parents=True)
    files.correction.write_text("[{")
    with pytest.raises(Refusal, match="mend or remove that file first") as refused:
        save(files, MINE)
    assert refused.value.status == 409
    assert files.correction.read_text() == "[{"
    saving.remove(files)
    save(files, MINE)
    assert subtask_files.load(files.correction) == MINE


def test_the_copy_comes_before_the_correction(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = []
    replace = Path.replace

    def recorded(self: Path, target: Path) -> Path:
        written.append(target)
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", recorded)
    save(files, MINE)
    assert written == [files.annotated, files.correction]


def test_removing_leaves_nothing_where_the_result_is_the_annotators(files: Files) -> None:
    save(files, MINE)
    saving.remove(files)
    assert not files.annotated.exists()
    files.result.unlink()
    save(files, MINE)
    saving.remove(files)
    assert not list(files.annotated.parent.iterdir())


def test_removing_leaves_a_copy_newer_than_a_result_that_is_the_corrections(files: Files) -> None:
    save(files, MINE)
    os.utime(files.annotated, (1, 1))
    files.result.write_text(subtask_files.dump(MINE))
    saving.remove(files)
    assert not files.correction.exists()
    assert files.annotated.stat().st_mtime > files.result.stat().st_mtime - 1
    saving.remove(files)


def test_one_writes_at_a_time(tmp_path: Path) -> None:
    folders = [Folder(tmp_path / "corrections", "demo") for _ in range(2)]
    inside, most = [], []

    def work(folder: Folder) -> None:
        for _ in range(5):
            with folder.writing():
                inside.append(1)
                most.append(len(inside))
                time.sleep(0.001)
                inside.pop()

    threads = [threading.Thread(target=work, args=(folders[n % 2],)) for n in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert most == [1] * 30


def test_nobody_waits_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saving, "WAIT_SECONDS", 0.05)
    folder = Folder(tmp_path / "corrections", "demo")
    with folder.writing(), pytest.raises(Refusal) as refused, folder.writing():
        pass
    assert refused.value.status == 503
    with (folder.path / saving.LOCK).open() as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(Refusal, match="try again"), folder.writing():
            pass
    with folder.writing():
        pass


def test_without_locks_one_process_still_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: object) -> None:
        raise OSError(saving._NO_LOCKS[0], "no locks")

    monkeypatch.setattr(fcntl, "flock", none)
    with Folder(tmp_path / "corrections", "demo").writing():
        pass


@pytest.mark.parametrize("name", ["demo", "demo/annotated"])
def test_a_folder_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    link = tmp_path / "corrections" / name
    link.parent.mkdir(parents=True)
    link.symlink_to(elsewhere)
    with (
        pytest.raises(Problem, match="is a link"),
        Folder(tmp_path / "corrections", "demo").writing(),
    ):
        pass
    assert not [each for each in elsewhere.iterdir() if each.name != "annotated"]


def test_the_folder_of_all_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "corrections").symlink_to(tmp_path / "elsewhere")
    with Folder(tmp_path / "corrections", "demo").writing():
        pass
    assert (tmp_path / "elsewhere" / "demo").is_dir()


def test_a_lock_that_is_a_link_is_not_opened(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "corrections", "demo")
    folder.path.mkdir(parents=True)
    (folder.path / saving.LOCK).symlink_to(tmp_path / "made")
    with pytest.raises(OSError, match=r"loop|symbolic"), folder.writing():
        pass
    assert not (tmp_path / "made").exists()


def test_what_killed_processes_left_is_removed(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "corrections", "demo")
    annotated = folder.path / "annotated"
    annotated.mkdir(parents=True)
    left = [each / ".episode_000000.json.abcdefgh.tmp" for each in (folder.path, annotated)]
    kept = [folder.path / "episode_000000.json", folder.path / ".mine.tmp"]
    for path in (*left, *kept):
        path.write_text("x")
    used = folder.path / ".episode_000001.json.abcdefgh.tmp"
    with used.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        folder.remove_left_overs()
    assert sorted(folder.path.glob("**/*")) == sorted([*kept, used, annotated])
