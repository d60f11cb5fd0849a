"""The labels become part of a dataset: columns in its data files, features in its metadata.

A data file is written anew as a whole, whatever number of episodes it holds; every other
column, the schema and the row groups stay what they were. The metadata is copied and tells of
the new columns; the videos are linked. Together they are a LeRobot dataset of the source's
version. Two outputs have a table of the whole dataset besides, each made by a rule of its own.
Where results go to object storage, only what is some rule's output arrives there: `copy_meta`
brings the metadata that is not changed, and the videos stay with the source.
"""


rule write_lengths:
    input:
        local(WORKFLOW / "rules/value.json.jinja"),
    output:
        f"{WORK}/{{dataset}}/lengths/{{file}}.json",
    log:
        f"{WORK}/{{dataset}}/logs/write_lengths/{{file}}.log",
    localrule: True
    params:
        value=lambda wildcards: rule_params.lengths(
            dataset_of(wildcards), wildcards.file
        ),
    message:
        "Writing down the lengths of the episodes in {wildcards.dataset} {wildcards.file}"
    template_engine:
        "jinja2"


rule write_data:
    input:
        unpack(labels_of_file),
        data=lambda wildcards: source(dataset_of(wildcards), wildcards.file),
    output:
        f"{RESULTS}/{{dataset}}/{{file}}",
    log:
        f"{WORK}/{{dataset}}/logs/write_data/{{file}}.log",
    benchmark:
        f"{WORK}/{{dataset}}/benchmarks/write_data/{{file}}.tsv"
    resources:
        hub_downloads=units_held,
        mem_mb=2000,
        runtime=30,
    params:
        data=lambda wildcards, input: as_it_was(wildcards, wildcards.file, input.data),
        subtasks=lambda wildcards, input: subtasks_option(input),
        episodes=lambda wildcards, input: episodes_option(wildcards, input),
        fps=lambda wildcards: dataset_of(wildcards).fps,
        outputs=rule_params.outputs(config),
        numbers=lambda wildcards, input: numbers_option(input),
        # Parameters that ask for `resources` are no reason to run again.
        otherwise=lambda wildcards, resources: otherwise_removed(
            dataset_of(wildcards), wildcards.file
        ),
    message:
        "Writing {wildcards.dataset} {wildcards.file}"
    shell:
        """
        SUBTASKS_FAILURE={log:q}.json \
        python "$SUBTASKS_SCRIPTS"/write_data.py \
            --source {params.data:q} \
            {params.subtasks} \
            {params.episodes} \
            --fps {params.fps} \
            --outputs {params.outputs} \
            {params.numbers} \
            --output {output:q} \
            >{log:q} 2>&1 \
            || {params.otherwise}
        """


rule write_meta:
    input:
        metadata_files,
    output:
        f"{RESULTS}/{{dataset}}/meta/info.json",
    log:
        f"{WORK}/{{dataset}}/logs/write_meta.log",
    localrule: True
    params:
        source=lambda wildcards: str(dataset_of(wildcards).root),
        result=lambda wildcards, output: Path(output[0]).parents[1],
        outputs=rule_params.outputs(config),
        videos=lambda wildcards: videos_option(dataset_of(wildcards)),
    message:
        "Writing {wildcards.dataset} metadata"
    shell:
        """
        SUBTASKS_FAILURE={log:q}.json \
        python "$SUBTASKS_SCRIPTS"/write_meta.py \
            --source {params.source:q} \
            --result {params.result:q} \
            --outputs {params.outputs} \
            {params.videos} \
            >{log:q} 2>&1
        """


rule copy_meta:
    input:
        lambda wildcards: local(str(metadata(dataset_of(wildcards))[wildcards.meta])),
    output:
        f"{RESULTS}/{{dataset}}/{{meta}}",
    log:
        f"{WORK}/{{dataset}}/logs/copy_meta/{{meta}}.log",
    wildcard_constraints:
        meta=rf"(?!({'|'.join(map(re.escape, MADE))})$)meta/.+",
    localrule: True
    message:
        "Copying {wildcards.dataset} {wildcards.meta}"
    shell:
        """
        cp {input:q} {output:q} 2>{log:q}
        """


rule number_subtasks:
    input:
        unpack(labels_of_dataset),
        existing=existing_numbers,
    output:
        f"{RESULTS}/{{dataset}}/meta/subtasks.parquet",
    log:
        f"{WORK}/{{dataset}}/logs/number_subtasks.log",
    localrule: True
    params:
        subtasks=lambda wildcards, input: Path(input.subtasks[0]).parent,
        episodes=lambda wildcards: format_ranges(dataset_of(wildcards).episodes),
        existing=lambda wildcards, input: existing_option(wildcards, input),
    message:
        "Numbering the subtasks of {wildcards.dataset}"
    shell:
        """
        SUBTASKS_FAILURE={log:q}.json \
        python "$SUBTASKS_SCRIPTS"/number_subtasks.py \
            --subtasks {params.subtasks:q} \
            --episodes {params.episodes} \
            {params.existing} \
            --output {output:q} \
            >{log:q} 2>&1
        """


rule write_segments:
    input:
        unpack(labels_of_dataset),
    output:
        f"{RESULTS}/{{dataset}}/meta/segments.parquet",
    log:
        f"{WORK}/{{dataset}}/logs/write_segments.log",
    localrule: True
    params:
        source=lambda wildcards: str(dataset_of(wildcards).root),
        subtasks=lambda wildcards, input: Path(input.subtasks[0]).parent,
        episodes=lambda wildcards: format_ranges(dataset_of(wildcards).episodes),
    message:
        "Writing the table of {wildcards.dataset}'s segments"
    shell:
        """
        SUBTASKS_FAILURE={log:q}.json \
        python "$SUBTASKS_SCRIPTS"/write_segments.py \
            --source {params.source:q} \
            --subtasks {params.subtasks:q} \
            --episodes {params.episodes} \
            --output {output:q} \
            >{log:q} 2>&1
        """
