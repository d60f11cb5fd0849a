"""A result to publish to the Hub, and what a repo has afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from servers.hub import HubServer, Repo
from support.recordings import cut
from support.workflow import Workflow

VERSION = "g1_bottle_v2.1"
SOURCE, OURS = "lab/bottle", "me/bottle"
OUTPUTS = ["response", "subtask_index"]
LABELS = {f"subtasks/episode_00000{i}.json" for i in range(3)}
CHANGED = LABELS | {
    *(f"data/chunk-000/episode_00000{i}.parquet" for i in range(3)),
    *("meta/info.json", "meta/annotation.json", "meta/subtasks.parquet"),
}


def finished_workflow(real_data: Path, folder: Path) -> Workflow:
    """Make a dataset and its result by a run of the workflow."""
    cut(real_data / VERSION, folder / "bottle")
    (folder / "bottle" / "README.md").write_text("A bottle.\n")
    (folder / "bottle" / ".hidden").write_text("mine")
    workflow = Workflow(folder / "run", datasets=[{"root": str(folder / "bottle")}])
    workflow.config |= {"annotator": "kinematic", "output": dict.fromkeys(OUTPUTS, True)}
    workflow.run()
    workflow.environment["HF_HUB_DISABLE_XET"] = "1"
    return workflow


@contextmanager
def hub_with(source: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    """Start a Hub that has the dataset as `SOURCE`, and name it in the environment."""
    with HubServer(page_size=5) as server:
        repo = server.create(SOURCE, source)
        repo.tags["v2.1"] = repo.refs["main"]
        variables = {"HF_ENDPOINT": server.url, "HF_TOKEN": server.token, "HF_HUB_DISABLE_XET": "1"}
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("HF_HOME", str(home))
        yield server


def has_the_result(repo: Repo, revision: str, finished: Workflow) -> bool:
    """Say whether a commit has the files of the result as they are on this machine."""
    files = repo.commits[revision].files
    result = finished.path("results/bottle")
    return all(files[path].content == (result / path).read_bytes() for path in CHANGED)
