"""How far episodes are, found from the files that exist; `snakemake status`: tests/workflow."""

from pathlib import Path
from typing import Any

import pytest

from subtasks.dataset.dataset import Dataset
from subtasks.questions.answers import Answer
from subtasks.questions.outcome import Outcome
from subtasks.questions.windows import Window
from subtasks.store import outcome_files
from subtasks.workflow import plan, status
from subtasks.workflow.config import Config
from subtasks.workflow.paths import File, Paths
from support import configs
from support.many_episodes import render

ANSWER = Answer((Window(0, 1, 0.0, 2.0),), ("[]",))


class Run:
    """A dataset of tiny episodes and the files of a run over it."""

    def __init__(self, root: Path, **sections: Any) -> None:
        folders = {name: str(root.parent / name) for name in ("work", "results")}
        self.config: Config = configs.read(datasets=[{"root": str(root)}], **folders, **sections)
        self.paths = Paths.of(self.config)

    @property
    def dataset(self) -> Dataset:
        (dataset,) = plan.read(self.config, warn=lambda _: None).values()
        return dataset

    def path(self, kind: File, **wildcards: str | int) -> Path:
        return Path(self.paths.fill(kind, "tiny", **wildcards))

    def touch(self, kind: File, **wildcards: str | int) -> None:
        path = self.path(kind, **wildcards)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()

    def left(self) -> dict[str, list[int]]:
        """Episodes that have not come so far, by stage."""
        return {stage.name: stage.left for stage in status.stages(self.dataset, self.config)}


def test_an_episode_is_at_the_last_stage_of_which_there_is_a_file(tmp_path: Path) -> None:
    run = Run(render(tmp_path / "tiny", 40), status={"list": True})
    nobody, everybody = list[int](), list(range(40))
    assert run.left() == {
        "source present": nobody,
        "frames sampled": everybody,
        "answered": everybody,
        "labelled": everybody,
        "written": everybody,
        "reviewed": everybody,
    }
    for episode in range(10, 40):
        run.touch(File.FRAMES, episode=episode)
    outcomes = [Outcome(e, ANSWER if e != 20 else None, "refused") for e in range(16, 32)]
    outcome_files.write(run.path(File.OUTCOMES, group="000016-000031"), outcomes)
    for episode in (16, 17):
        run.touch(File.SUBTASKS, episode=episode)
    run.touch(File.RESULT, file=run.dataset.episodes[17].data)
    assert run.left() == {
        "source present": nobody,
        "frames sampled": list(range(10)),
        "answered": [*range(16), 20, *range(32, 40)],
        "labelled": [*range(16), *range(18, 40)],
        "written": [*range(17), *range(18, 40)],
        "reviewed": everybody,
    }
    text = status.report({"tiny": run.dataset}, run.config)
    assert text.startswith("tiny: 40 episodes selected\n")
    assert "  answered        15  25 remaining, 1 of them failed\n" in text
    assert "    remaining: 0-15,20,32-39\n    failed: 20\n" in text


def test_an_episode_with_a_correction_is_reviewed(tmp_path: Path) -> None:
    run = Run(render(tmp_path / "tiny", 4), corrections=str(tmp_path / "corrections"))
    for episode in (1, 3, 9):
        path = run.path(File.CORRECTION, episode=episode)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("[]")
    assert run.left()["reviewed"] == [0, 2]


def test_episodes_are_named_only_on_request(tmp_path: Path) -> None:
    run = Run(render(tmp_path / "tiny", 3))
    assert ":" not in status.report({"tiny": run.dataset}, run.config).partition("selected")[2]


def test_what_is_labelled_needs_no_work_folder(tmp_path: Path) -> None:
    run = Run(render(tmp_path / "tiny", 3))
    for episode in range(3):
        run.touch(File.SUBTASKS, episode=episode)
    found = run.left()
    assert found["frames sampled"] == found["answered"] == found["labelled"] == []
    assert found["written"] == [0, 1, 2]


def test_a_label_that_was_removed_is_to_be_written_again(tmp_path: Path) -> None:
    """A data file of v3.0 holds many episodes, and says nothing about one of them."""
    run = Run(render(tmp_path / "tiny", 120, "v3.0"), annotator="kinematic")
    for episode in run.dataset.episodes:
        run.touch(File.SUBTASKS, episode=episode)
    first, _ = run.dataset.files
    run.touch(File.RESULT, file=first)
    assert run.left()["written"] == list(range(100, 120))
    run.path(File.SUBTASKS, episode=7).unlink()
    assert run.left() == {
        "source present": [],
        "labelled": [7],
        "written": [7, *range(100, 120)],
        "reviewed": list(range(120)),
    }


def test_episodes_without_their_files_remain_from_the_first_stage_on(tmp_path: Path) -> None:
    run = Run(render(tmp_path / "tiny", 5), on_error="skip")
    (tmp_path / "tiny/data/chunk-000/episode_000003.parquet").unlink()
    found = run.left()
    assert found["source present"] == [3]
    assert found["written"] == [0, 1, 2, 3, 4]


def test_each_folder_is_listed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A network file system takes a thousand times longer to look for each file."""
    (tmp_path / "one.json").touch()
    listing = status.Listing()
    assert f"{tmp_path}/one.json" in listing
    (tmp_path / "two.json").touch()
    assert f"{tmp_path}/two.json" not in listing
    assert f"{tmp_path}/nowhere/one.json" not in listing
