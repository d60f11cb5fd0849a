import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks.files import write_text
from subtasks.segments import subtask_files
from subtasks.segments.agreement import Agreement, boundaries, compare_boundaries, match_boundaries
from subtasks.segments.segment import Segment
from support.workflow import PROJECT

times = st.lists(st.floats(0.1, 20).map(lambda time: round(time, 2)), max_size=8)
tolerances = st.floats(0, 3)


def segments_at(*times: float) -> list[Segment]:
    return [Segment(0.0, "first"), *(Segment(time, f"from {time}") for time in times)]


# Pairing


@pytest.mark.parametrize(
    ("found", "truth", "pairs"),
    [
        ([1.0, 2.0], [1.1, 2.1], [(0, 0), (1, 1)]),
        ([1.0, 1.4], [1.3], [(1, 0)]),  # the nearest, not the first
        ([1.0], [0.6, 1.2], [(0, 1)]),
        ([1.0, 1.2, 1.4], [1.25], [(1, 0)]),  # each at most once
        ([2.0, 1.0], [1.0, 2.0], [(0, 1), (1, 0)]),  # whatever the order
        ([1.0], [1.5], [(0, 0)]),  # as far apart as is allowed
        ([1.0], [1.51], []),
        ([], [1.0], []),
    ],
)
def test_the_nearest_are_paired_one_to_one(found, truth, pairs):
    assert match_boundaries(found, truth, tolerance=0.5) == pairs


def test_times_rounded_to_microseconds_are_not_torn_apart():
    assert match_boundaries([0.1 + 0.2], [0.8 + 1e-7], tolerance=0.5) == [(0, 0)]


@given(times, times, tolerances)
def test_pairs_are_within_the_tolerance_and_use_nothing_twice(found, truth, tolerance):
    pairs = match_boundaries(found, truth, tolerance)
    for side in zip(*pairs, strict=True):
        assert len(set(side)) == len(side)
    assert all(abs(found[f] - truth[t]) <= tolerance + 1e-5 for f, t in pairs)
    left_found = set(range(len(found))) - {f for f, _ in pairs}
    left_truth = set(range(len(truth))) - {t for _, t in pairs}
    assert not any(abs(found[f] - truth[t]) <= tolerance for f in left_found for t in left_truth), (
        "two that could be paired were left"
    )


@given(times, times, tolerances)
def test_found_and_truth_can_be_exchanged(found, truth, tolerance):
    one = compare_boundaries(segments_at(*found), segments_at(*truth), tolerance)
    other = compare_boundaries(segments_at(*truth), segments_at(*found), tolerance)
    assert one.matched == other.matched
    assert one.precision == other.recall
    assert one.f1 == other.f1


# Counting


def test_the_start_is_no_boundary():
    assert boundaries(segments_at(2.0, 1.0)) == [1.0, 2.0]
    nothing = compare_boundaries(segments_at(), segments_at(), tolerance=1.0)
    assert (nothing.truth, nothing.found, nothing.f1, nothing.mean_error) == (0, 0, 1.0, None)


def test_precision_recall_and_error():
    agreement = compare_boundaries(
        segments_at(1.0, 2.0, 3.0, 9.0), segments_at(1.2, 3.4), tolerance=0.5
    )
    assert (agreement.truth, agreement.found, agreement.matched) == (2, 4, 2)
    assert agreement.precision == 0.5
    assert agreement.recall == 1.0
    assert agreement.f1 == pytest.approx(2 / 3)
    assert agreement.mean_error == pytest.approx(0.3)


def test_an_episode_without_labels_finds_nothing():
    agreement = compare_boundaries([], segments_at(1.0, 2.0), tolerance=0.5)
    assert (agreement.precision, agreement.recall, agreement.f1) == (1.0, 0.0, 0.0)


def test_episodes_are_pooled_by_their_boundaries():
    whole = Agreement(truth=1, found=1, matched=1, error=0.1)
    poor = Agreement(truth=5, found=3, matched=0, error=0.0)
    assert whole + poor == Agreement(truth=6, found=4, matched=1, error=0.1)
    assert (whole + poor).f1 == 0.2


# The program


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, PROJECT / "scripts" / "compare_boundaries.py", *arguments]
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
