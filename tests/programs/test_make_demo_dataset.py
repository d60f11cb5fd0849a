import signal
import subprocess
import sys
from pathlib import Path

import pytest

from subtasks.demo import arm
from subtasks.segments import subtask_files
from support.workflow import PROJECT

PROGRAM = PROJECT / "scripts" / "make_demo_dataset.py"


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(PROGRAM), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One whole episode, as the program renders it."""
    root = tmp_path_factory.mktemp("demo") / "dataset"
    result = run("--output", root, "--episodes", 1, "--seed", 3)
    assert result.returncode == 0, result.stderr
    assert "episode 1 of 1" in result.stderr
    return root


def test_the_truth_is_beside_the_dataset(rendered: Path):
    truth = subtask_files.load(rendered / "truth" / "episode_000000.json")
    simulated = arm.simulate(3, 0)
    assert [s.subtask for s in truth] == [s.subtask for s in simulated.segments]
    assert [s.time for s in truth] == pytest.approx([s.time for s in simulated.segments])


def test_the_same_settings_give_the_same_bytes(rendered: Path, tmp_path):
    again = tmp_path / "again"
    assert run("--output", again, "--episodes", 1, "--seed", 3).returncode == 0
    files = [
        {p.relative_to(root): p.read_bytes() for p in root.rglob("*") if p.is_file()}
        for root in (rendered, again)
    ]
    assert files[0] == files[1]


def test_without_a_wrist_view_there_is_one_camera(rendered: Path):
    assert [path.name for path in rendered.glob("videos/*/*")] == ["observation.images.top"]
    assert "wrist" not in (rendered / "demo.json").read_text()


def test_what_is_there_already_is_left_alone(rendered: Path):
    before = {path: path.stat().st_mtime_ns for path in rendered.rglob("*")}
    result = run("--output", rendered, "--episodes", 1, "--seed", 3)
    assert result.returncode == 0
    assert "already" in result.stderr
    assert before == {path: path.stat().st_mtime_ns for path in rendered.rglob("*")}


@pytest.mark.parametrize(
    "options", [["--seed", 4], ["--episodes", 2], ["--version", "v3.0"], ["--wrist"]]
)
def test_a_dataset_of_other_settings_is_not_overwritten(rendered: Path, options):
    result = run(*["--output", rendered, "--episodes", 1, "--seed", 3], *options)
    assert result.returncode == 1
    assert (
        f'{rendered} holds a demo dataset with other settings, {{"version": "v2.1"' in result.stderr
    )


def test_a_foreign_folder_is_refused(tmp_path):
    (tmp_path / "precious.txt").write_text("mine")
    (tmp_path / "file").write_text("no folder")
    for output in (tmp_path, tmp_path / "file"):
        result = run("--output", output)
        assert result.returncode == 1
        assert "is not a demo dataset" in result.stderr
        assert "Traceback" not in result.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "precious.txt"]


@pytest.mark.parametrize("options", [["--episodes", 0], ["--seed", -1], ["--version", "v2.0"]])
def test_impossible_settings_are_refused(tmp_path, options):
    result = run("--output", tmp_path / "new", *options)
    assert result.returncode == 2
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_rendering_that_is_interrupted_leaves_no_half_dataset(tmp_path, how):
    command = [sys.executable, str(PROGRAM), "--output", str(tmp_path / "demo")]

    def heed() -> None:
        """Not to be deaf to Ctrl-C where the tests run in the background of a shell."""
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    pipe = subprocess.PIPE
    with subprocess.Popen(command, stderr=pipe, text=True, preexec_fn=heed) as process:
        assert "episode 1 of 12" in process.stderr.readline()
        process.send_signal(how)
        process.wait()
    left = [path.name for path in tmp_path.iterdir()]
    assert "demo" not in left
    assert how == signal.SIGKILL or left == []
