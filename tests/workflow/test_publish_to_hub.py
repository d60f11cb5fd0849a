"""From a dataset on the Hub to its result on the Hub, as a user asks for it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from servers.hub import HubServer
from support.publishing import (
    OURS,
    OUTPUTS,
    SOURCE,
    finished_workflow,
    has_the_result,
    hub_with,
)
from support.workflow import Workflow


@pytest.fixture(scope="module")
def finished(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Workflow:
    """The same dataset on this machine, with its result."""
    return finished_workflow(real_data, tmp_path_factory.mktemp("hub"))


@pytest.fixture
def hub(finished: Workflow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[HubServer]:
    with hub_with(finished.folder.parent / "bottle", tmp_path / "home", monkeypatch) as server:
        yield server


def test_the_whole_way_from_hub_to_hub(
    workflow: Workflow, hub: HubServer, finished: Workflow
) -> None:
    workflow.config = {
        "datasets": [{"repo_id": SOURCE}],
        "annotator": "kinematic",
        "output": dict.fromkeys(OUTPUTS, True),
        "publish": {"repo_id": "me/{dataset}"},
    }
    workflow.environment |= {"HF_ENDPOINT": hub.url, "HF_TOKEN": hub.token}
    workflow.environment["HF_HUB_DISABLE_XET"] = "1"
    printed = workflow.run("publish")
    repo = hub.repos[OURS]
    assert f"/datasets/{OURS}/commit/{repo.head.oid}" in printed
    assert has_the_result(repo, repo.head.oid, finished)
    assert not any(path.endswith(".mp4") for path in hub.served)
    assert workflow.jobs() == {}
    written = b"".join(p.read_bytes() for p in workflow.folder.rglob("*") if p.is_file())
    assert hub.token.encode() not in written
    assert hub.token not in printed
    shutil.rmtree(workflow.folder)


def test_unpublish_says_what_it_cannot(workflow: Workflow, hub: HubServer) -> None:
    workflow.config = {"datasets": [{"repo_id": SOURCE}], "annotator": "kinematic"}
    workflow.environment |= {"HF_ENDPOINT": hub.url, "HF_TOKEN": hub.token}
    assert "on the Hub, revert the commit" in workflow.run("unpublish", fails=True)
