"""The labels become part of a dataset: columns in its data files, features in its metadata.

A data file is written as a whole, however many episodes it holds; every other column, the schema
and the row groups stay what they were. The metadata is copied and describes the new columns; the
videos are linked. Together they are a LeRobot dataset of the source's version. Two outputs also
have a table of the whole dataset, each made by a rule of its own. `write_annotation` keeps with
each result where its labels come from, what went wrong and what was paid.

Where results go to object storage, only the output of some rule arrives there: `copy_meta` brings
the metadata that does not change, and the videos stay with the source.
"""


rule write_lengths:
    input:
        local(WORKFLOW / "rules/value.json.jinja"),
    output:
        PATHS.pattern(File.LENGTHS),
    log:
        PATHS.pattern(File.FILE_LOG, "write_lengths"),
    localrule: True
    params:
        value=lambda wildcards: rule_params.lengths(
            dataset_of(wildcards), wildcards.file
        ),
    message:
        "Writing the lengths of the episodes in {wildcards.dataset} {wildcards.file}"
    template_engine:
        "jinja2"


rule write_data:
    input:
        unpack(labels_of_file),
        data=lambda wildcards: source(dataset_of(wildcards), wildcards.file),
    output:
        PATHS.pattern(File.RESULT),
    log:
        PATHS.pattern(File.FILE_LOG, "write_data"),
    benchmark:
        PATHS.pattern(File.FILE_BENCHMARK, "write_data")
    resources:
        hub_downloads=units_held,
        mem_mb=2000,
        runtime=30,
    params:
        data=lambda wildcards, input: original(wildcards, wildcards.file, input.data),
        subtasks=lambda wildcards, input: folder_option("--subtasks", input.subtasks),
        episodes=lambda wildcards, input: episodes_option(wildcards, input),
        fps=lambda wildcards: dataset_of(wildcards).fps,
        outputs=rule_params.outputs(CONFIG),
        numbers=lambda wildcards, input: option("--numbers", input.numbers),
        on_failure=no_trigger(
            lambda wildcards: remove_if_fetched(
                dataset_of(wildcards), [wildcards.file]
            )
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
            || {params.on_failure}
        """


rule write_meta:
    input:
        metadata_files,
    output:
        PATHS.pattern(File.INFO),
    log:
        PATHS.pattern(File.DATASET_LOG, "write_meta"),
    localrule: True
    params:
        source=lambda wildcards: str(dataset_of(wildcards).root),
        result=lambda wildcards, output: Path(output[0]).parents[1],
        outputs=rule_params.outputs(CONFIG),
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
        lambda wildcards: local(
            str(unchanged_metadata(dataset_of(wildcards))[wildcards.meta])
        ),
    output:
        PATHS.pattern(File.METADATA),
    log:
        PATHS.pattern(File.META_LOG, "copy_meta"),
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
        PATHS.pattern(File.SUBTASKS_TABLE),
    log:
        PATHS.pattern(File.DATASET_LOG, "number_subtasks"),
    localrule: True
    params:
        subtasks=lambda wildcards, input: Path(input.subtasks[0]).parent,
        episodes=lambda wildcards: format_ranges(dataset_of(wildcards).episodes),
        existing=lambda wildcards, input: existing_option(wildcards, input),
        vocabulary=vocabulary_option,
    message:
        "Numbering the subtasks of {wildcards.dataset}"
    shell:
        """
        SUBTASKS_FAILURE={log:q}.json \
            python "$SUBTASKS_SCRIPTS"/number_subtasks.py \
            --subtasks {params.subtasks:q} \
            --episodes {params.episodes} \
            {params.existing} \
            {params.vocabulary} \
            --output {output:q} \
            >{log:q} 2>&1
        """


rule write_segments:
    input:
        unpack(labels_of_dataset),
    output:
        PATHS.pattern(File.SEGMENTS_TABLE),
    log:
        PATHS.pattern(File.DATASET_LOG, "write_segments"),
    localrule: True
    params:
        source=lambda wildcards: str(dataset_of(wildcards).root),
        subtasks=lambda wildcards, input: Path(input.subtasks[0]).parent,
        episodes=lambda wildcards: format_ranges(dataset_of(wildcards).episodes),
    message:
        "Writing the segments table of {wildcards.dataset}"
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


rule write_settings:
    input:
        local(WORKFLOW / "rules/value.json.jinja"),
    output:
        PATHS.pattern(File.SETTINGS),
    log:
        PATHS.pattern(File.DATASET_LOG, "write_settings"),
    localrule: True
    params:
        value=lambda wildcards: rule_params.settings(
            dataset_of(wildcards), limits_of(wildcards), CONFIG
        ),
    message:
        "Writing the settings of {wildcards.dataset}"
    template_engine:
        "jinja2"


rule write_annotation:
    input:
        unpack(answers_of_dataset),
        settings=PATHS.pattern(File.SETTINGS),
    output:
        PATHS.pattern(File.ANNOTATION),
    log:
        PATHS.pattern(File.DATASET_LOG, "write_annotation"),
    localrule: True
    params:
        annotator=CONFIG.annotator,
        episodes=lambda wildcards: format_ranges(dataset_of(wildcards).episodes),
        answers=lambda wildcards, input: answers_options(input),
    message:
        "Writing where the labels of {wildcards.dataset} come from"
    shell:
        """
        SUBTASKS_FAILURE={log:q}.json \
            python "$SUBTASKS_SCRIPTS"/write_annotation.py \
            --annotator {params.annotator} \
            --episodes {params.episodes} \
            --settings {input.settings:q} \
            {params.answers} \
            --output {output:q} \
            >{log:q} 2>&1
        """
