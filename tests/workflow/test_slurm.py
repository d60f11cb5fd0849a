"""Whole runs on a real Slurm: its daemons, the official plugin and profiles/slurm."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from servers.claude import ClaudeServer, RealEpisodes
from servers.slurm import SlurmCluster, reason_to_skip
from support.labels import made_by_eye, responses
from support.waiting import wait_until
from support.workflow import PROJECT, Workflow, kill

EPISODES = 8
# A cluster of this size needs no patience: smaller groups, and a look at the jobs sooner.
# Without accounting there is no sacct.
HURRY = (
    f"--profile={PROJECT / 'profiles' / 'slurm'}",
    *("--group-components", "frames=4", "motion=4", "write=4"),
    "--cores=1",
    "--slurm-status-command=squeue",
    "--slurm-init-seconds-before-status-checks=4",
    "--latency-wait=10",
)


@pytest.fixture(scope="module")
def cluster() -> Iterator[SlurmCluster]:
    if reason := reason_to_skip():
        pytest.skip(reason)
    with SlurmCluster() as running:
        yield running


@pytest.fixture
def on_slurm(workflow: Workflow, cluster: SlurmCluster) -> Workflow:
    """A workflow whose snakemake finds the cluster."""
    path = f"{cluster.environment['PATH']}:{workflow.environment['PATH']}"
    workflow.environment |= cluster.environment | {"PATH": path}
    return workflow


@pytest.mark.thorough
def test_cancelled_and_killed(on_slurm: Workflow, cluster: SlurmCluster, real_data: Path) -> None:
    on_slurm.config = {
        "datasets": [{"root": str(real_data / "g1_bottle_v3.0"), "name": "bottle"}],
        "claude": {"episodes_per_job": 4, "requests_in_flight": 1},
    }
    with ClaudeServer(RealEpisodes(real_data), latency=1.0) as server:
        key_file = on_slurm.path("key")
        key_file.write_text(server.key)
        key_file.chmod(0o600)
        on_slurm.environment["ANTHROPIC_BASE_URL"] = server.url
        # A key in the environment as well must go no further than Snakemake.
        on_slurm.environment["ANTHROPIC_API_KEY"] = server.key
        refused = on_slurm.run(*HURRY, fails=True)
        assert "set ANTHROPIC_API_KEY_FILE to its path" in refused
        on_slurm.environment["ANTHROPIC_API_KEY_FILE"] = str(key_file)

        process = on_slurm.start(*HURRY)
        wait_until(lambda: len(server.answered) >= 2)
        asking = [job for job, rule in cluster.jobs().items() if rule.startswith("rule_annotate")]
        assert len(asking) == 2
        cluster.ask("scancel", asking[0])
        # The head dies; the other job goes on, and is still at it when the next run starts.
        kill(process)
        assert asking[1] in cluster.jobs()
        on_slurm.run("--unlock")
        printed = on_slurm.run(*HURRY)
        assert "bottle: 8 episodes selected, 8 annotated, 0 failed" in printed

        # Lost, if any, is the one answer that was on its way to the cancelled job.
        assert sum(server.answered.values()) <= EPISODES + 1
        assert len(server.answered) == EPISODES
        columns = responses(on_slurm.path("results", "bottle"))
        assert sorted(columns) == list(range(EPISODES))
        for episode, labels in columns.items():
            assert labels == made_by_eye(real_data, episode, len(labels))
        # Asked by a run without the cluster, which has nothing to do with where it was done.
        assert on_slurm.jobs() == {}

        written = [path for path in on_slurm.folder.rglob("*") if path.is_file()]
        written.remove(key_file)
        for path in [*written, *cluster.files()]:
            assert server.key.encode() not in path.read_bytes(), path
        assert server.key not in cluster.ask("scontrol", "show", "job", "-dd") + printed
        assert any("slurm_script" in path.name or path.name == "script" for path in cluster.files())


@pytest.mark.thorough
def test_kinematic_groups(on_slurm: Workflow, cluster: SlurmCluster, real_data: Path) -> None:
    on_slurm.config = {
        "datasets": [{"root": str(real_data / "g1_bottle_v3.0"), "name": "bottle"}],
        "annotator": "kinematic",
    }
    on_slurm.environment["ANTHROPIC_API_KEY"] = "a-key-that-nobody-needs"
    printed = on_slurm.run(*HURRY)
    assert "bottle: 8 episodes selected, 8 annotated, 0 failed" in printed
    # Eight episodes in fours, and three data files together.
    assert printed.count("Group job motion") == 2
    assert printed.count("Group job write") == 1
    assert printed.count("has been submitted with SLURM jobid") == 3
    # The profile has two minutes for the motion of each.
    jobs = cluster.ask("scontrol", "show", "job", "--oneliner").splitlines()
    motion = [job for job in jobs if "Comment=rule_motion" in job]
    assert ["TimeLimit=00:08:00" in job for job in motion] == [True, True]
    assert len(responses(on_slurm.path("results", "bottle"))) == EPISODES
    for path in cluster.files():
        assert b"a-key-that-nobody-needs" not in path.read_bytes(), path
