"""A whole run over a mixture of OpenTau's, without a model."""

import json
from pathlib import Path

from support.workflow import Workflow


def test_a_mixture_takes_the_place_of_datasets(workflow: Workflow, real_data: Path) -> None:
    entry = {"root": str(real_data / "g1_bottle_v3.0"), "repo_id": "me/bottle", "episodes": [0, 7]}
    workflow.path("mixture.json").write_text(json.dumps({"datasets": [entry]}))
    workflow.config = {"mixture": "mixture.json", "annotator": "kinematic"}
    workflow.run()
    found = sorted(p.name for p in workflow.path("results/me--bottle/subtasks").iterdir())
    assert found == ["episode_000000.json", "episode_000007.json"]
