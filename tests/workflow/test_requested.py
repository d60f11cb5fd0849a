"""What a user asks for is what Snakemake reads from the command line, and not a word in it."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from servers.hub import HubServer
from subtasks.publish.target import NONE_LOCAL, NOWHERE
from support.many_episodes import render
from support.workflow import Workflow

JOBS = {
    "list_episodes": 1,
    "check_episodes": 1,
    "describe_robot": 1,
    "segment_motion": 2,
    "write_data": 2,
    "write_settings": 1,
    "write_annotation": 1,
    "write_meta": 1,
}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Workflow:
    """Two tiny episodes, with no target to publish to."""
    folder = tmp_path_factory.mktemp("requested")
    render(folder / "run/data/tiny", 2)
    return Workflow(folder / "run", datasets=[{"root": "data/tiny"}], annotator="kinematic")


@pytest.mark.parametrize(
    "arguments",
    [
        ("publish",),
        ("publish", "-n"),
        ("all", "publish"),
        ("--until", "publish"),
        ("--forcerun", "publish"),
        ("publish", "--summary"),
    ],
)
def test_there_must_be_a_target_for_what_is_published(
    tiny: Workflow, arguments: Sequence[str]
) -> None:
    assert tiny.refused(*arguments) == NOWHERE
    assert not tiny.path("results").exists()


@pytest.mark.parametrize("arguments", [("--directory", "publish"), ("--profile", "publish")])
def test_a_folder_called_publish_is_no_target(tiny: Workflow, arguments: Sequence[str]) -> None:
    folder = tiny.path("publish")
    if not folder.exists():
        shutil.copytree(tiny.path("data"), folder / "data")
        (folder / "config.yaml").write_text("keep-going: true\n")
    assert tiny.jobs(*arguments) == JOBS


def test_a_value_of_the_config_is_no_target(tiny: Workflow) -> None:
    shutil.copytree(tiny.path("data/tiny"), tiny.path("publish"), dirs_exist_ok=True)
    datasets = "datasets=[{root: publish}]"
    assert tiny.jobs("--config", datasets) == JOBS


def test_a_report_needs_no_cores_and_a_folder_of_that_name_does(tiny: Workflow) -> None:
    """The default profile asks the same parser."""
    cores = [word for word in tiny.command() if word.startswith("--cores")]

    class WithoutCores(Workflow):
        def command(self, *arguments: str) -> list[str]:
            return [word for word in tiny.command(*arguments) if word not in cores]

    workflow = WithoutCores(tiny.folder, **tiny.config)
    shutil.copytree(tiny.path("data"), tiny.path("status/data"))
    assert "tiny: 2 episodes selected" in workflow.run("status")
    assert "cores have to be specified" in workflow.run("--directory", "status", fails=True)


def test_where_there_is_a_target_only_a_whole_dataset_is_published(tmp_path: Path) -> None:
    root = render(tmp_path / "tiny", 2)
    workflow = Workflow(tmp_path / "run", datasets=[{"root": str(root)}], annotator="kinematic")
    workflow.config["publish"] = {"in_place": True}
    assert workflow.jobs("publish") == {**JOBS, "publish": 1, "publish_in_place": 1}
    workflow.config["datasets"] = [{"root": str(root), "episodes": [1]}]
    sentence = workflow.refused("publish", "--dry-run")
    assert sentence.startswith("tiny has data files whose episodes are not selected, such as ")


def test_only_local_datasets_can_be_restored(workflow: Workflow, tmp_path: Path) -> None:
    root = render(tmp_path / "tiny", 2)
    workflow.config = {"datasets": [{"repo_id": "me/tiny"}], "annotator": "kinematic"}
    with HubServer() as hub:
        hub.create("me/tiny", root)
        workflow.environment |= {"HF_ENDPOINT": hub.url, "HF_TOKEN": hub.token}
        assert workflow.refused("unpublish", "-n") == NONE_LOCAL
    workflow.environment["HF_HUB_OFFLINE"] = "1"
    assert workflow.refused("unpublish") == NONE_LOCAL
    assert "unpublish_in_place" not in workflow.jobs()


def test_results_in_object_storage_are_not_published_from_here(tiny: Workflow) -> None:
    stored = ("--default-storage-provider=s3", "--default-storage-prefix=s3://robots/run")
    workflow = Workflow(tiny.folder, **tiny.config, publish={"in_place": True})
    assert workflow.refused("-n", *stored) == (
        "config: publish takes results from this machine, and these are kept in object storage"
    )
