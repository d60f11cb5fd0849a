"""How far everything is, as far as files tell: `snakemake status` is no part of `all`.

The plan is read and folders are listed; none of the plan's jobs is thought of. So it answers at
once, whatever the size of the datasets, and also while another run is under way.
"""


rule status:
    input:
        f"{WORK}/config.json",
    log:
        f"{WORK}/logs/status.log",
    localrule: True
    message:
        "Looking how far the episodes are"
    shell:
        """
        SUBTASKS_FAILURE={log:q}.json \
        python "$SUBTASKS_SCRIPTS"/status.py \
            --config {input:q} \
            2> >(tee {log:q} >&2)
        """
