"""Files dated in the future are found and named with what to do."""

import os
import subprocess
import time
from pathlib import Path

import pytest

from subtasks.workflow import future_files

HOUR = 3600.0


def dated(path: Path, seconds: float) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    os.utime(path, (seconds, seconds))
    return path


def test_only_files_of_the_future_are_found_the_newest_first(tmp_path: Path) -> None:
    now = time.time()
    dated(tmp_path / "past", now - HOUR)
    near, far = dated(tmp_path / "near", now + 5), dated(tmp_path / "far", now + HOUR)
    paths = [tmp_path / name for name in ("past", "near", "absent", "far")]
    found = future_files.find(paths, now)
    assert list(found) == [far, near]
    assert future_files.longest_wait(found, now) == pytest.approx(HOUR, abs=1)
    assert future_files.longest_wait({}, now) == 0


@pytest.mark.parametrize("of", ["link", "target"])
def test_a_link_counts_with_its_own_time_and_that_of_its_file(tmp_path: Path, of: str) -> None:
    now = time.time()
    target = dated(tmp_path / "target", now + HOUR if of == "target" else now - HOUR)
    link = tmp_path / "link"
    link.symlink_to(target)
    seconds = now + HOUR if of == "link" else now - HOUR
    os.utime(link, (seconds, seconds), follow_symlinks=False)
    assert list(future_files.find([link], now)) == [link]


@pytest.mark.parametrize(
    "names", [["a.mp4"], ["it's $x.mp4", "b c.mp4"], [f"{i}" for i in "abcdefgh"]]
)
def test_the_sentence_has_a_command_that_mends_it(tmp_path: Path, names: list[str]) -> None:
    now = time.time()
    paths = [dated(tmp_path / "videos" / name, now + HOUR) for name in names]
    link = tmp_path / "videos/link"
    link.symlink_to(paths[0])
    os.utime(link, (now + 2 * HOUR,) * 2, follow_symlinks=False)
    found = future_files.find([*paths, link], now)
    sentence = future_files.explain(found)
    assert sentence.startswith(f"{len(names) + 1} files are dated in the future, such as {link} (")
    command = sentence.split("`")[1]
    subprocess.run(command, shell=True, check=True)
    assert future_files.find([*paths, link], time.time()) == {}


@pytest.mark.parametrize(("seconds", "date"), [(4e9, "2096-10-02"), (4e12, "after the year 9999")])
def test_a_date_is_said_however_far(seconds: float, date: str) -> None:
    sentence = future_files.explain({Path("video.mp4"): seconds})
    assert sentence.startswith(f"video.mp4 is dated in the future ({date}")
