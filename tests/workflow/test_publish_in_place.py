"""Publishing into local datasets, as a user asks for it."""

from pathlib import Path

from support.programs import run
from support.workflow import Workflow


def test_what_cannot_be_published_is_said_before_anything_is_made(
    workflow: Workflow, tmp_path: Path
) -> None:
    make_demo = ("--output", tmp_path / "demo", "--episodes", 2)
    run("make_demo_dataset.py", *make_demo)
    workflow.config = {"datasets": [{"root": str(tmp_path / "demo")}], "annotator": "kinematic"}
    assert "nowhere to publish to: set publish.in_place" in workflow.run(
        "publish", "--dry-run", fails=True
    )
    workflow.config["publish"] = {"in_place": True}
    assert "publish_in_place" in workflow.jobs("publish")
    workflow.config["datasets"][0]["episodes"] = [1]
    assert "demo has data files whose episodes are not selected" in workflow.run(
        "publish", "--dry-run", fails=True
    )
