"""The same words for the same thing, with `labels.unify: true`.

Every episode is asked about by itself, so that a dataset has many ways to say one thing.
`unify_labels` asks once, in text alone, which of its labels mean the same, and adds what it finds
to `vocabularies/<dataset>.yaml`. That file is a person's as well: no rule has it as an output, and
what stands in it is never changed. `extract_subtasks` writes the labels that it gives.

New episodes bring new words, and those alone are asked about. An episode is read again if the
label for one of its own words has changed, and not because others have: it waits for
`unify_labels` with an `ancient` input, and has the labels of its words as a parameter.
"""

heed_jobs_behind_ancient_inputs()


rule unify_labels:
    input:
        unpack(said_of_dataset),
    output:
        PATHS.pattern(File.UNIFIED),
    log:
        PATHS.pattern(File.DATASET_LOG, "unify_labels"),
    threads: cores_of_waiting
    resources:
        claude_jobs=1,
        mem_mb=2000,
        runtime=minutes_of_waiting,
    params:
        outcomes=lambda wildcards, input: folder_option("--outcomes", input.outcomes),
        facts=lambda wildcards, input: folder_option("--facts", input.facts),
        group_size=group_size(CONFIG.claude),
        episodes=lambda wildcards: format_ranges(dataset_of(wildcards).episodes),
        fps=lambda wildcards: dataset_of(wildcards).fps,
        vocabulary=vocabulary_option,
        # Words that a person has removed are asked about again.
        unknown=current(lambda wildcards: WORDS[wildcards.dataset].unknown()),
        question=rule_params.unify_question(CONFIG),
        on_error=CONFIG.on_error,
        connection=no_trigger(
            lambda wildcards: rule_params.connection_options(CONFIG, WORKFLOW)
        ),
        polling=no_trigger(lambda wildcards: rule_params.polling_options(CONFIG.claude)),
    message:
        "Asking Claude which labels of {wildcards.dataset} mean the same"
    shell:
        """
        SUBTASKS_FAILURE={log:q}.json \
            python "$SUBTASKS_SCRIPTS"/unify_labels.py \
            --dataset {wildcards.dataset:q} \
            {params.outcomes} \
            {params.facts} \
            --group-size {params.group_size} \
            --episodes {params.episodes} \
            --fps {params.fps} \
            --guidance {input.guidance:q} \
            --prompt {input.prompt:q} \
            {params.vocabulary} \
            {params.question} \
            --on-error {params.on_error} \
            {params.connection} \
            {params.polling} \
            --output {output:q} \
            >{log:q} 2>&1
        """
