"""`snakemake status`: how far the episodes are, told from the files that are there."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
import yaml

from subtasks.questions.answers import Answer
from subtasks.questions.outcome import Outcome
from subtasks.questions.windows import Window
from subtasks.store import outcome_files
from subtasks.workflow import paths, plan, status
from subtasks.workflow.config import Config
from support.many_episodes import render
from support.workflow import PROJECT, TIMEOUT_SECONDS, Workflow, kill

ANSWER = Answer((Window(0, 1, 0.0, 2.0),), ("[]",))
DEFAULT = yaml.safe_load((PROJECT / "config/config.yaml").read_text())


def config(root: Path, **changes: object) -> Config:
    places = {name: str(root.parent / name) for name in ("work", "results")}
    return {**DEFAULT, "mixture": None, "datasets": [{"root": str(root)}], **places, **changes}


def touch(path: str) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).touch()


def left(config: Config) -> dict[str, list[int]]:
    """Episodes that have not come so far, by stage."""
    (dataset,) = plan.read(config, warn=lambda _: None).values()
    return {stage.name: stage.left for stage in status.stages(dataset, config)}


def test_an_episode_is_at_the_last_stage_of_which_there_is_a_file(tmp_path: Path) -> None:
    settings = config(render(tmp_path / "tiny", 40))
    (dataset,) = plan.read(settings, warn=print).values()
    nobody, everybody = [], list(range(40))
    assert left(settings) == {
        "source there": nobody,
        "frames sampled": everybody,
        "answered": everybody,
        "labelled": everybody,
        "written": everybody,
    }
    for episode in range(10, 40):
        touch(paths.frames_file(dataset, settings, episode))
    answered = [Outcome(e, ANSWER if e != 20 else None, "refused") for e in range(16, 32)]
    outcome_files.write(Path(paths.outcomes_file(dataset, settings, "000016-000031")), answered)
    for episode in (16, 17):
        touch(paths.subtasks_file(dataset, settings, episode))
    touch(f"{settings['results']}/tiny/{dataset.episodes[17].data}")
    assert left(settings) == {
        "source there": nobody,
        "frames sampled": list(range(10)),
        "answered": [*range(16), 20, *range(32, 40)],
        "labelled": [*range(16), *range(18, 40)],
        "written": [*range(17), *range(18, 40)],
    }
    (paragraph,) = status.report({"tiny": dataset}, settings, names=True).split("\n\n")
    assert "answered               15         25 remain, 1 of them failed\n" in paragraph
    assert "    remain: 0-15,20,32-39\n    failed: 20\n" in paragraph


def test_what_is_labelled_needs_no_work_folder(tmp_path: Path) -> None:
    settings = config(render(tmp_path / "tiny", 3))
    (dataset,) = plan.read(settings, warn=print).values()
    for episode in range(3):
        touch(paths.subtasks_file(dataset, settings, episode))
    found = left(settings)
    assert found["frames sampled"] == found["answered"] == found["labelled"] == []
    assert found["written"] == [0, 1, 2]


def test_a_label_that_was_taken_away_is_to_be_written_again(tmp_path: Path) -> None:
    """A data file of v3.0 holds many episodes, and says nothing about one of them."""
    settings = config(render(tmp_path / "tiny", 120, "v3.0"), annotator="kinematic")
    (dataset,) = plan.read(settings, warn=print).values()
    for episode in dataset.episodes:
        touch(paths.subtasks_file(dataset, settings, episode))
    first, _ = dataset.files
    touch(f"{settings['results']}/tiny/{first}")
    assert left(settings)["written"] == list(range(100, 120))
    Path(paths.subtasks_file(dataset, settings, 7)).unlink()
    assert left(settings) == {
        "source there": [],
        "labelled": [7],
        "written": [7, *range(100, 120)],
    }


def test_episodes_without_their_files_remain_from_the_first_stage_on(tmp_path: Path) -> None:
    settings = config(render(tmp_path / "tiny", 5), on_error="skip")
    (tmp_path / "tiny/data/chunk-000/episode_000003.parquet").unlink()
    found = left(settings)
    assert found["source there"] == [3]
    assert found["written"] == [0, 1, 2, 3, 4]


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Workflow:
    """Twelve episodes of which the first three are finished."""
    folder = tmp_path_factory.mktemp("status")
    root = str(render(folder / "tiny", 12))
    workflow = Workflow(folder / "run", datasets=[{"root": root}], annotator="kinematic")
    workflow.run(*(f"results/tiny/data/chunk-000/episode_00000{n}.parquet" for n in range(3)))
    return workflow


def test_the_status_tells_of_no_job_and_no_summary(begun: Workflow) -> None:
    told = begun.run("status")
    rows = [line.split() for line in told.splitlines() if line.startswith("  ")]
    assert ["labelled", "3", "9", "remain"] in rows
    assert ["written", "3", "9", "remain"] in rows
    assert "remain:" not in told
    assert "segment_motion" not in told
    assert "annotated" not in told


def test_the_status_names_the_episodes_that_remain(begun: Workflow) -> None:
    told = begun.run("status", "--config", "list=true")
    assert "written                 3          9 remain\n    remain: 3-11\n" in told


def test_the_status_needs_neither_cores_nor_that_a_run_has_ended(begun: Workflow) -> None:
    under_way = begun.start()
    try:
        while not begun.path("results/tiny/subtasks/episode_000005.json").exists():
            assert under_way.poll() is None
            time.sleep(0.05)
        os.killpg(under_way.pid, signal.SIGSTOP)
        told = subprocess.run(
            [word for word in begun.command("status") if not word.startswith("--cores")],
            cwd=begun.folder,
            env=begun.environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert "tiny: 12 episodes selected" in told.stdout
        os.killpg(under_way.pid, signal.SIGCONT)
        printed, _ = under_way.communicate(timeout=TIMEOUT_SECONDS)
    finally:
        kill(under_way)
    assert under_way.returncode == 0, printed
    assert "12 annotated, 0 failed" in printed
