"""Files of datasets on the Hub: fetched one per job, and on this disk only while they are used.

`fetch_file` fetches a video when its episodes are to be sampled, and a data file when the labels
of its episodes exist. `fetch_column` fetches the columns that say whose a row is, and those with
the robot's motion, which are needed earlier; they are small, and kept. Of the cameras, only those
that are sampled are fetched. The metadata is here already: it was fetched when the workflow was
read (see subtasks.sources.hub).

How many files are on the disk is bounded by `--resources hub_downloads=N`, and without it by the
number of cores. A resource held only by the download would not bound them: a file stays until its
last consumer is done, and a scheduler with a free slot would fetch the next. So every job that
works on a fetched file holds one unit as well, and a download has a lower priority than all other
jobs. It then starts only when no job that could free a file waits for a core or a unit: every file
on the disk has a job running on it, and each of those holds a unit. Where jobs are submitted to a
cluster in job groups, one begins when the files of all its jobs have been fetched.

With two cameras a job works on two files, and could free neither before both are there. Two things
keep the bound: files are fetched in the order of their first use, camera by camera within an
episode, so that nothing is fetched for a later episode while an earlier one lacks a file; and
every job holds as many units as the largest job has files. All hold the same number, or small jobs
would use up the units that a large one waits for. Where there are fewer units than that, each job
holds them all: one job runs at a time, and the files of one episode are on the disk. In v3.0 the
files of two cameras end at different episodes, so while one is fetched slowly, those that share
episodes with it stay, which may be a few more.

Snakemake keeps the temporary inputs of a job that has failed. Where most jobs fail, as on a full
disk, whole datasets would pile up, so such a job removes its file itself (`remove_if_fetched`).
"""


rule fetch_file:
    input:
        unpack(labels_before_data),
    output:
        temp(PATHS.pattern(File.SOURCE)),
    log:
        PATHS.pattern(File.FILE_LOG, "fetch_file"),
    benchmark:
        PATHS.pattern(File.FILE_BENCHMARK, "fetch_file")
    wildcard_constraints:
        file=r"(data|videos)/.+",
    priority: lambda wildcards: -1 - FETCH_ORDER[wildcards.dataset, wildcards.file]
    localrule: True
    resources:
        hub_downloads=units_held,
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
        PATHS.pattern(File.COLUMN),
    log:
        PATHS.pattern(File.FILE_LOG, "fetch_column"),
    localrule: True
    resources:
        hub_downloads=1,
    params:
        source=lambda wildcards: str(dataset_of(wildcards).root),
        content=lambda wildcards: rule_params.content(
            dataset_of(wildcards), wildcards.file
        ),
        columns=lambda wildcards: rule_params.columns(dataset_of(wildcards), CONFIG),
    message:
        "Fetching columns of {wildcards.dataset} {wildcards.file}"
    shell:
        """
        SUBTASKS_FAILURE={log:q}.json \
            python "$SUBTASKS_SCRIPTS"/fetch_column.py \
            --source {params.source:q} \
            --path {wildcards.file:q} \
            {params.columns} \
            --output {output:q} \
            >{log:q} 2>&1
        """
