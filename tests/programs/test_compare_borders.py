import subprocess
import sys
from pathlib import Path

import pytest

from subtasks.files import write_text
from subtasks.segments import subtask_files
from subtasks.segments.segment import Segment
from support.workflow import PROJECT


def segments_at(*times: float) -> list[Segment]:
    return [Segment(0.0, "first"), *(Segment(time, f"from {time}") for time in times)]


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, PROJECT / "scripts" / "compare_borders.py", *arguments]
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)


def write(folder: Path, episodes: dict[int, list[Segment]]) -> Path:
    for episode, found in episodes.items():
        write_text(folder / f"episode_{episode:06d}.json", subtask_files.dump(found))
    return folder


def test_the_table_has_a_row_for_each_episode_and_one_for_all(tmp_path):
    found = write(
        tmp_path / "found", {0: segments_at(1.0), 1: segments_at(2.0), 12: [], 3: segments_at()}
    )
    truth = write(
        tmp_path / "truth", {0: segments_at(1.1), 1: segments_at(4.0), 12: segments_at(1.0, 2.0)}
    )
    (truth / "notes.txt").write_text("not an episode")
    result = run(found, truth, "--tolerance", 0.5)
    assert result.returncode == 0
    rows = [line.split() for line in result.stdout.splitlines()]
    assert ["0", "1", "1", "1", "1.00", "1.00", "1.00", "0.10", "s"] in rows
    assert ["1", "1", "1", "0", "0.00", "0.00", "0.00", "-"] in rows
    assert ["12", "2", "0", "0", "1.00", "0.00", "0.00", "-"] in rows
    assert ["all", "4", "2", "1", "0.50", "0.25", "0.33", "0.10", "s"] in rows
    assert result.stdout.splitlines()[-1].endswith("not compared: episodes 3")


@pytest.mark.parametrize("tolerance", ["-1", "nan", "inf", "soon"])
def test_a_tolerance_is_a_number_of_seconds(tmp_path, tolerance):
    result = run(tmp_path, tmp_path, f"--tolerance={tolerance}")
    assert result.returncode == 2
    assert "--tolerance" in result.stderr


def test_folders_without_a_common_episode_are_a_sentence(tmp_path):
    found = write(tmp_path / "found", {0: segments_at()})
    truth = write(tmp_path / "truth", {1: segments_at()})
    for result in (run(found, truth), run(found, tmp_path / "absent")):
        assert result.returncode == 1
        assert "Traceback" not in result.stderr
        assert str(tmp_path) in result.stderr


def test_an_episode_with_two_files_is_a_sentence(tmp_path):
    found = write(tmp_path / "found", {0: segments_at()})
    (found / "episode_0.json").write_text("[]")
    result = run(found, found)
    assert result.returncode == 1
    assert "episode_0.json and " in result.stderr
    assert "are the same episode: remove one" in result.stderr
