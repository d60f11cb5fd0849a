"""The labels become part of a dataset: columns in its data files, features in its metadata.

A data file is written anew as a whole, whatever number of episodes it holds; every other
column, the schema and the row groups stay what they were. The metadata is copied and tells of
the new columns; the videos are linked. Together they are a LeRobot dataset of the source's
version. Two outputs have a table of the whole dataset besides, each made by a rule of its own.
"""


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
    params:
        subtasks=lambda wildcards, input: Path(input.subtasks[0]).parent,
        episodes=lambda wildcards: parameters.episodes_in(
            dataset_of(wildcards), wildcards.file
        ),
        fps=lambda wildcards: dataset_of(wildcards).fps,
        outputs=parameters.outputs(config),
        numbers=lambda wildcards, input: numbers_option(input),
    message:
        "Writing {wildcards.dataset} {wildcards.file}"
    shell:
        """
        python "$SUBTASKS_SCRIPTS"/write_data.py \
            --source {input.data:q} \
            --subtasks {params.subtasks:q} \
            --episodes {params.episodes} \
            --fps {params.fps} \
            --outputs {params.outputs} \
            {params.numbers} \
            --output {output:q} \
            >{log:q} 2>&1
        """


rule write_meta:
    input:
        lambda wildcards: plan.meta_files(dataset_of(wildcards)),
    output:
        f"{RESULTS}/{{dataset}}/meta/info.json",
    log:
        f"{WORK}/{{dataset}}/logs/write_meta.log",
    params:
        source=lambda wildcards: str(dataset_of(wildcards).root),
        result=lambda wildcards, output: Path(output[0]).parents[1],
        outputs=parameters.outputs(config),
    message:
        "Writing {wildcards.dataset} metadata"
    shell:
        """
        python "$SUBTASKS_SCRIPTS"/write_meta.py \
            --source {params.source:q} \
            --result {params.result:q} \
            --outputs {params.outputs} \
            >{log:q} 2>&1
        """


rule number_subtasks:
    input:
        unpack(labels_of_dataset),
        existing=existing_numbers,
    output:
        f"{RESULTS}/{{dataset}}/meta/subtasks.parquet",
    log:
        f"{WORK}/{{dataset}}/logs/number_subtasks.log",
    params:
        subtasks=lambda wildcards, input: Path(input.subtasks[0]).parent,
        episodes=lambda wildcards: format_ranges(dataset_of(wildcards).episodes),
        existing=lambda wildcards, input: existing_option(input),
    message:
        "Numbering the subtasks of {wildcards.dataset}"
    shell:
        """
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
    params:
        source=lambda wildcards: str(dataset_of(wildcards).root),
        subtasks=lambda wildcards, input: Path(input.subtasks[0]).parent,
        episodes=lambda wildcards: format_ranges(dataset_of(wildcards).episodes),
    message:
        "Writing the table of {wildcards.dataset}'s segments"
    shell:
        """
        python "$SUBTASKS_SCRIPTS"/write_segments.py \
            --source {params.source:q} \
            --subtasks {params.subtasks:q} \
            --episodes {params.episodes} \
            --output {output:q} \
            >{log:q} 2>&1
        """
