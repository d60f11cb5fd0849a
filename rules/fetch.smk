"""Files of datasets on the Hub: fetched one a job, and on this disk only while they are used.

`fetch_file` brings a video when its episodes are to be sampled, and a data file when the labels
of its episodes are there. `fetch_column` brings the one column that tells how the robot moves,
which is needed before; it is small, and kept. Other cameras are never fetched. The metadata is
here already: it was fetched when the workflow was read (see subtasks.hub).

How many files lie on the disk is bounded by `--resources hub_downloads=N`, and without it by
the number of cores. A resource that only the download held would not bound them: a file stays
until its last consumer is done, and a scheduler with a free slot would fetch the next. So
every job that works on a fetched file holds one unit as well, and a download has a lower
priority than all other jobs. It then starts only when no job that could free a file waits for a
core or a unit: every file on the disk has a job running on it, and each of those holds a unit.
Where jobs are submitted in groups, a group begins when the files of all its jobs are there.

Snakemake keeps the temporary inputs of a job that has failed. Where most jobs fail, as on a full
disk, whole datasets would collect, so such a job removes its file itself (`otherwise_removed`).
"""


rule fetch_file:
    input:
        unpack(awaited_by_file),
    output:
        temp(f"{WORK}/{{dataset}}/source/{{file}}"),
    log:
        f"{WORK}/{{dataset}}/logs/fetch_file/{{file}}.log",
    benchmark:
        f"{WORK}/{{dataset}}/benchmarks/fetch_file/{{file}}.tsv"
    wildcard_constraints:
        file=r"(data|videos)/.+",
    priority: -1
    localrule: True
    resources:
        hub_downloads=1,
    params:
        source=lambda wildcards: str(dataset_of(wildcards).root),
        content=lambda wildcards: rule_params.content(
            dataset_of(wildcards), wildcards.file
        ),
    message:
        "Fetching {wildcards.dataset} {wildcards.file}"
    shell:
        """
        SUBTASKS_FAILURE={log:q}.json \
        python "$SUBTASKS_SCRIPTS"/fetch_file.py \
            --source {params.source:q} \
            --path {wildcards.file:q} \
            --content {params.content} \
            --output {output:q} \
            >{log:q} 2>&1
        """


rule fetch_column:
    output:
        f"{WORK}/{{dataset}}/columns/{{file}}",
    log:
        f"{WORK}/{{dataset}}/logs/fetch_column/{{file}}.log",
    localrule: True
    resources:
        hub_downloads=1,
    params:
        source=lambda wildcards: str(dataset_of(wildcards).root),
        content=lambda wildcards: rule_params.content(
            dataset_of(wildcards), wildcards.file
        ),
        column=lambda wildcards: rule_params.motion(dataset_of(wildcards))[0],
    message:
        "Fetching the robot's motion in {wildcards.dataset} {wildcards.file}"
    shell:
        """
        SUBTASKS_FAILURE={log:q}.json \
        python "$SUBTASKS_SCRIPTS"/fetch_column.py \
            --source {params.source:q} \
            --path {wildcards.file:q} \
            --column {params.column:q} \
            --output {output:q} \
            >{log:q} 2>&1
        """
