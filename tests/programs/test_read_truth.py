"""The program that reads true labels: every form says the very labels that were written."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from servers.hub import HubServer
from subtasks import episode_facts
from subtasks.dataset import dataset as datasets
from subtasks.episode_facts import EpisodeFacts
from subtasks.evaluation import truth_file
from subtasks.evaluation.truth_file import Truth
from subtasks.program import EXIT_PROBLEM
from support.many_episodes import FPS, FRAMES, render
from support.workflow import PROJECT, Workflow

LABELS = {
    0: [(0.0, "reach"), (0.7, "grasp the cup"), (1.2, "lift")],
    1: [(0.0, "reach"), (0.5, "lift")],
    2: [(0.0, 'say "hi", <b>twice</b>')],
}
OUTPUTS = ("response", "subtask_index", "language_persistent")


class Reading:
    """A folder in which read_truth.py reads true labels of three episodes."""

    def __init__(self, folder: Path, fps: float = FPS, frames: int = FRAMES) -> None:
        self.folder = folder
        self.fps = fps
        (folder / "facts").mkdir()
        self.write_facts({episode: EpisodeFacts("Tidy up.", frames) for episode in LABELS})

    def write_facts(self, facts: dict[int, EpisodeFacts]) -> None:
        episode_facts.write(self.folder / "facts/000000-000015.json", facts)

    def run(
        self,
        truth: str | Path,
        *,
        exit_code: int = 0,
        episodes: str = "0-2",
        **environment: str,
    ) -> str:
        command = [
            sys.executable,
            str(PROJECT / "scripts/read_truth.py"),
            *(f"--truth={truth}", "--dataset=demo", "--facts=facts", f"--fps={self.fps}"),
            *(f"--episodes={episodes}", "--output=truth.json"),
        ]
        finished = subprocess.run(
            command,
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert finished.returncode == exit_code, finished.stderr
        assert "Traceback" not in finished.stderr
        return finished.stderr

    @property
    def truth(self) -> Truth:
        return truth_file.read(self.folder / "truth.json")


@pytest.fixture
def reading(tmp_path: Path) -> Reading:
    return Reading(tmp_path)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A result of each version, with all outputs and with the labels above."""
    folder = tmp_path_factory.mktemp("results")
    roots = [render(folder / version, 3, version) for version in ("v2.1", "v3.0")]
    workflow = Workflow(folder / "run")
    workflow.config = {
        "datasets": [{"root": str(root)} for root in roots],
        "annotator": "kinematic",
        "output": {**dict.fromkeys(OUTPUTS, True), "segments": True},
    }
    for root in roots:
        for episode, labels in LABELS.items():
            path = workflow.path(f"corrections/{root.name}/episode_{episode:06d}.json")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps([{"time": t, "subtask": label} for t, label in labels]))
    workflow.run()
    return workflow.path("results")


def check(truth: Truth) -> None:
    found = {
        episode: [(each.start, each.label) for each in segments]
        for episode, segments in truth.episodes.items()
    }
    assert found == LABELS
    assert {segments[-1].end for segments in truth.episodes.values()} == {FRAMES / FPS}
    assert truth.notes == ()


def without_files(result: Path, folder: Path, *columns: str) -> Path:
    """Copy a result without its folder of subtasks and without some columns."""
    shutil.copytree(result, folder, ignore=shutil.ignore_patterns("subtasks", "videos"))
    info = json.loads((folder / "meta/info.json").read_text())
    for column in columns:
        del info["features"][column]
    (folder / "meta/info.json").write_text(json.dumps(info))
    return folder


@pytest.mark.snakemake
@pytest.mark.parametrize("version", ["v2.1", "v3.0"])
def test_a_result_is_read_back_by_each_of_its_outputs(
    reading: Reading, results: Path, version: str
) -> None:
    result = results / version
    reading.run(result)
    check(reading.truth)
    assert reading.truth.form == "folder of JSON files"
    for number, column in enumerate(OUTPUTS):
        root = without_files(result, reading.folder / column, *OUTPUTS[:number])
        log = reading.run(root)
        check(reading.truth)
        assert reading.truth.form == f"column {column}"
        assert f"column {column}: 3 episodes, 6 segments" in log
    root = without_files(result, reading.folder / "table", *OUTPUTS)
    reading.run(root)
    check(reading.truth)
    assert reading.truth.form == "table in Parquet"
    reading.run(root / "meta/segments.parquet")
    check(reading.truth)


@pytest.mark.parametrize("kind", ["dense_", "sparse_", ""])
def test_sarms_columns(reading: Reading, kind: str) -> None:
    root = render(reading.folder / "sarm", 3, "v3.0")
    [path] = (root / "meta/episodes").glob("*/*.parquet")
    rows = pq.read_table(path).to_pylist()
    for row in rows:
        labels = LABELS[row["episode_index"]]
        starts = [time for time, _ in labels]
        row[f"{kind}subtask_names"] = [label for _, label in labels]
        row[f"{kind}subtask_start_times"] = starts
        row[f"{kind}subtask_end_times"] = [*starts[1:], FRAMES / FPS]
    pq.write_table(pa.Table.from_pylist(rows), path)
    reading.run(root)
    check(reading.truth)
    assert reading.truth.form == f"column {kind}subtask_names of meta/episodes"


def test_a_truth_of_another_rate_is_compared_by_times(tmp_path: Path, results: Path) -> None:
    reading = Reading(tmp_path, fps=25, frames=50)
    reading.run(without_files(results / "v2.1", tmp_path / "other"))
    truth = reading.truth
    assert [(each.start, each.end) for each in truth.episodes[0]] == [
        (0.0, 0.7),
        (0.7, 1.2),
        (1.2, 2.0),
    ]
    assert truth.notes == (
        "the truth has 10 frames a second and demo 25: they are compared by their times",
    )


@pytest.fixture
def hub() -> Iterator[HubServer]:
    with HubServer() as server:
        yield server


@pytest.mark.server
@pytest.mark.snakemake
@pytest.mark.parametrize("version", ["v2.1", "v3.0"])
def test_a_dataset_and_a_table_on_the_hub(
    reading: Reading, results: Path, hub: HubServer, version: str
) -> None:
    root = without_files(results / version, reading.folder / "upload")
    hub.create("me/labels", root)
    environment = {"HF_ENDPOINT": hub.url, "HF_HOME": str(reading.folder / "home")}
    environment |= {"HF_TOKEN": hub.token, "TMPDIR": str(reading.folder)}
    reading.run("hf://datasets/me/labels", **environment)
    check(reading.truth)
    assert reading.truth.form == "column response"
    origin = reading.truth.origin
    assert origin.startswith("hf://datasets/me/labels at ")
    reading.run("hf://datasets/me/labels@main/meta/segments.parquet", **environment)
    check(reading.truth)
    said = reading.run("hf://datasets/me/labels/none.csv", exit_code=EXIT_PROBLEM, **environment)
    assert "me/labels at main has no file none.csv" in said
    said = reading.run("hf://datasets/me/nothing", exit_code=EXIT_PROBLEM, **environment)
    assert "me/nothing" in said
    assert hub.token not in said


def test_what_is_wrong_is_said_in_the_log_and_in_the_file(reading: Reading) -> None:
    table = reading.folder / "truth.csv"
    table.write_text("episode,start,end,label\n0,0,2,reach\n1,0.5,9,lift\n8,0,1,reach\n")
    log = reading.run(table)
    assert len(reading.truth.notes) == 3
    for note in reading.truth.notes:
        assert f"WARNING {note}" in log
    assert "table in CSV: 2 episodes, 2 segments" in log


def test_where_nothing_fits_the_program_ends_with_a_sentence(reading: Reading) -> None:
    table = reading.folder / "truth.csv"
    table.write_text("episode,start,end,label\n8,0,2,reach\n")
    said = reading.run(table, exit_code=EXIT_PROBLEM)
    assert (
        f"{table} cannot be compared with demo: it has true labels of 1 episode (8), and demo is "
        "evaluated with 3 episodes (0-2)"
    ) in said
    assert not (reading.folder / "truth.json").exists()


def test_an_episode_that_cannot_be_labelled_is_not_compared(reading: Reading) -> None:
    good = EpisodeFacts("Tidy up.", FRAMES)
    reading.write_facts({0: good, 1: EpisodeFacts("", FRAMES, fault="its rows are gone")})
    table = reading.folder / "truth.csv"
    table.write_text("episode,start,label\n0,0,reach\n1,0,reach\n")
    reading.run(table)
    assert list(reading.truth.episodes) == [0]


@pytest.mark.parametrize("version", ["v2.1", "v3.0"])
def test_the_recordings_have_the_labels_that_were_made_by_eye(
    tmp_path: Path, real_data: Path, version: str
) -> None:
    dataset = datasets.load(real_data / f"g1_bottle_{version}", samples=False)
    reading = Reading(tmp_path, fps=dataset.fps)
    lengths = {number: each.length for number, each in dataset.episodes.items()}
    reading.write_facts({number: EpisodeFacts("", length) for number, length in lengths.items()})
    gold = real_data / "g1_bottle_gold"
    reading.run(gold, episodes="0-7")
    truth = reading.truth
    assert truth.notes == ()
    assert sorted(truth.episodes) == list(range(8))
    for number, segments in truth.episodes.items():
        entries = json.loads((gold / f"episode_{number:06d}.json").read_text())
        assert [each.label for each in segments] == [each["subtask"] for each in entries]
        assert [each.start for each in segments] == [each["time"] for each in entries]
        assert segments[-1].end == pytest.approx(lengths[number] / dataset.fps, abs=1e-6)
