import json
import subprocess
import sys
from pathlib import Path

from subtasks.segments import subtask_files
from subtasks.segments.segment import settle
from support import programs
from support.motion import recorded_state
from support.workflow import PROJECT


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, PROJECT / "scripts" / "segment_motion.py", *arguments]
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)


def test_both_versions_of_a_dataset_give_the_same_file(real_data: Path, tmp_path):
    _, names = recorded_state(real_data / "g1_bottle_v2.1", "episode_000001")
    common = ["--column", "observation.state", "--names", json.dumps(names), "--fps", 30]
    for version, file, rows in (
        ("v2.1", "episode_000001", (0, 421)),
        ("v3.0", "file-000", (290, 711)),
    ):
        path = real_data / f"g1_bottle_{version}" / "data" / "chunk-000" / f"{file}.parquet"
        output = tmp_path / f"{version}.json"
        result = run("--data", path, "--rows", *rows, *common, "--output", output)
        assert result.returncode == 0, result.stderr
    found = subtask_files.load(tmp_path / "v2.1.json")
    assert found == subtask_files.load(tmp_path / "v3.0.json")
    assert found[1].subtask == "reach with the right arm"
    assert found == settle(found, 30.0, 421)


def test_a_damaged_file_is_a_sentence_and_writes_nothing(tmp_path):
    (tmp_path / "file.parquet").write_bytes(b"PAR1 and no more")
    common = ["--column", "state", "--fps", 30, "--output", tmp_path / "out.json"]
    result = run("--data", tmp_path / "file.parquet", "--rows", 0, 5, *common)
    assert result.returncode == 1
    assert str(tmp_path / "file.parquet") in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "out.json").exists()


def test_an_episode_that_is_skipped_has_no_labels(tmp_path):
    (tmp_path / "file.parquet").write_bytes(b"PAR1 and no more")
    options = ["--data", tmp_path / "file.parquet", "--rows", 0, 5, "--column", "state"]
    output = tmp_path / "out.json"
    log = programs.run(
        "segment_motion.py", *options, "--fps", 30, "--on-error=skip", "--output", output
    )
    assert f"WARNING the episode has no labels: {tmp_path}" in log
    assert subtask_files.load(output) == []
