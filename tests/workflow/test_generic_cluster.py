"""A whole run on a cluster that Snakemake knows nothing of, through the generic plugin.

Each job is a process with a clean environment in a folder of its own: what works here assumes
nothing but a shared file system.
"""

from pathlib import Path

import pytest

from servers.claude import ClaudeServer, RealEpisodes
from support.labels import made_by_eye, responses
from support.workflow import PROJECT, Workflow

EPISODES = 8
CLUSTER = (
    "--executor=cluster-generic",
    f"--cluster-generic-submit-cmd={PROJECT / 'tests/servers/slurm/submit_detached.sh'}",
    "--jobs=4",
    *("--groups", "sample_frames=frames", "find_motion=motion", "write_data=write"),
    *("--group-components", "frames=4", "motion=4", "write=4"),
    "--seconds-between-status-checks=1",
    # Snakemake writes the path of the key into the job scripts, and not the key.
    *("--envvars", "ANTHROPIC_API_KEY_FILE"),
)


@pytest.mark.thorough
def test_jobs_inherit_nothing(workflow: Workflow, real_data: Path) -> None:
    with ClaudeServer(RealEpisodes(real_data)) as server:
        workflow.path("key").write_text(server.key)
        workflow.environment["ANTHROPIC_API_KEY_FILE"] = str(workflow.path("key"))
        workflow.config = {
            "datasets": [{"root": str(real_data / "g1_bottle_v2.1"), "name": "bottle"}],
            "labels": {"motion_hints": True},
            "claude": {"base_url": server.url, "episodes_per_job": 4},
        }
        printed = workflow.run(*CLUSTER)
        assert sorted(server.answered.values()) == [1] * EPISODES
    # Two groups that sample, two that find the motion, two jobs that ask, two groups that write.
    assert printed.count("with external jobid") == 8
    assert "bottle: 8 episodes selected, 8 annotated, 0 failed" in printed
    columns = responses(workflow.path("results", "bottle"))
    assert sorted(columns) == list(range(EPISODES))
    for episode, labels in columns.items():
        assert labels == made_by_eye(real_data, episode, len(labels))
    assert workflow.jobs() == {}
