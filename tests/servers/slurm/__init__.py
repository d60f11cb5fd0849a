"""A Slurm cluster of one node, for tests: munged, slurmctld and slurmd of the installed Slurm.

    if reason := reason_to_skip():
        pytest.skip(reason)
    with SlurmCluster() as cluster:
        environment |= cluster.environment      # for sbatch, squeue and the others
        ...                                     # run anything that submits jobs
        assert not cluster.jobs()

It needs root and Debian's packages slurm-wlm and munge; `reason_to_skip` says what is missing.
The daemons listen on free ports and keep everything in one temporary folder, so that a Slurm in
permanent use on the machine is not touched. They do not get the environment of the test, which
may hold a key. There is no accounting: `sacct` finds no database, so Snakemake needs
`--slurm-status-command=squeue`.

`submit_detached.sh` stands in for other clusters: it is a submit command for Snakemake's generic
executor, and starts a job with neither the environment nor the working directory of the run.
"""

from servers.slurm.cluster import SlurmCluster, reason_to_skip

__all__ = ["SlurmCluster", "reason_to_skip"]
