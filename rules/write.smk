"""The labels become part of a dataset: columns in its data files, features in its metadata.

A data file is written anew as a whole, whatever number of episodes it holds; every other
column, the schema and the row groups stay what they were. The metadata is copied and tells of
the new columns; the videos are linked. Together they are a LeRobot dataset of the source's
version.
"""


rule write_data:
    input:
        data=lambda wildcards: source(dataset_of(wildcards), wildcards.file),
        subtasks=lambda wildcards: [
            plan.subtasks_file(dataset_of(wildcards), config, episode)
            for episode in dataset_of(wildcards).files[wildcards.file]
        ],
    output:
        f"{RESULTS}/{{dataset}}/{{file}}",
    log:
        f"{WORK}/{{dataset}}/logs/write_data/{{file}}.log",
    benchmark:
        f"{WORK}/{{dataset}}/benchmarks/write_data/{{file}}.tsv"
    params:
        subtasks=lambda wildcards, input: str(Path(input.subtasks[0]).parent),
        episodes=lambda wildcards: plan.episodes_in(
            dataset_of(wildcards), wildcards.file
        ),
        fps=lambda wildcards: dataset_of(wildcards).fps,
        outputs=plan.outputs(config),
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
        result=lambda wildcards, output: str(Path(output[0]).parents[1]),
        outputs=plan.outputs(config),
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
