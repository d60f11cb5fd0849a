"""How good the labels are: `snakemake evaluate`, not part of `all`.

`read_truth` turns true labels of any form into one file a dataset, settled on its episodes.
`score_labels` compares the dataset's own with them (see docs/evaluation.md for what is measured),
`report_scores` draws what came of it, and `evaluate` prints it. With `evaluate.judge: true`,
`judge_labels` asks in text alone which labels mean the same. Only episodes with true labels are
labelled for it.
"""


rule read_truth:
    input:
        unpack(truth_and_episodes),
    output:
        PATHS.pattern(File.TRUTH),
    log:
        PATHS.pattern(File.DATASET_LOG, "read_truth"),
    localrule: True
    params:
        truth=lambda wildcards: TRUTHS[wildcards.dataset],
        facts=facts_folder,
        episodes=episodes_compared,
        fps=lambda wildcards: dataset_of(wildcards).fps,
    message:
        "Reading the true labels of {wildcards.dataset}"
    shell:
        """
        SUBTASKS_FAILURE={log:q}.json \
            python "$SUBTASKS_SCRIPTS"/read_truth.py \
            --truth {params.truth:q} \
            --dataset {wildcards.dataset:q} \
            --facts {params.facts:q} \
            --fps {params.fps} \
            --episodes {params.episodes} \
            --output {output:q} \
            >{log:q} 2>&1
        """


rule judge_labels:
    input:
        unpack(judged_labels),
    output:
        PATHS.pattern(File.JUDGED),
    log:
        PATHS.pattern(File.DATASET_LOG, "judge_labels"),
    threads: cores_of_waiting
    resources:
        claude_jobs=1,
        requests_in_flight=CONFIG.claude.requests_in_flight,
        mem_mb=2000,
        runtime=minutes_of_waiting,
    params:
        subtasks=labels_option,
        annotated=annotated_folder,
        facts=facts_folder,
        episodes=episodes_compared,
        fps=lambda wildcards: dataset_of(wildcards).fps,
        question=rule_params.judge_question(CONFIG),
        connection=no_trigger(
            lambda wildcards: rule_params.connection_options(CONFIG, WORKFLOW)
        ),
        polling=no_trigger(lambda wildcards: rule_params.polling_options(CONFIG.claude)),
    message:
        "Asking Claude which labels of {wildcards.dataset} mean the same as the true ones"
    shell:
        """
        SUBTASKS_FAILURE={log:q}.json \
            python "$SUBTASKS_SCRIPTS"/judge_labels.py \
            --dataset {wildcards.dataset:q} \
            --truth {input.truth:q} \
            {params.subtasks} \
            --annotated {params.annotated:q} \
            --facts {params.facts:q} \
            --fps {params.fps} \
            --episodes {params.episodes} \
            --prompt {input.prompt:q} \
            {params.question} \
            {params.connection} \
            {params.polling} \
            --requests-in-flight {resources.requests_in_flight} \
            --output {output:q} \
            >{log:q} 2>&1
        """


rule score_labels:
    input:
        unpack(scored),
    output:
        scores=local(PATHS.pattern(File.SCORES)),
        episodes=local(PATHS.pattern(File.EPISODE_SCORES)),
    log:
        PATHS.pattern(File.DATASET_LOG, "score_labels"),
    localrule: True
    params:
        subtasks=labels_option,
        annotated=annotated_folder,
        facts=facts_folder,
        episodes=episodes_compared,
        fps=lambda wildcards: dataset_of(wildcards).fps,
        judged=lambda wildcards, input: option("--judged", input.judged),
    message:
        "Comparing the labels of {wildcards.dataset} with the true ones"
    shell:
        """
        SUBTASKS_FAILURE={log:q}.json \
            python "$SUBTASKS_SCRIPTS"/score_labels.py \
            --dataset {wildcards.dataset:q} \
            --truth {input.truth:q} \
            {params.subtasks} \
            --annotated {params.annotated:q} \
            --facts {params.facts:q} \
            --fps {params.fps} \
            --episodes {params.episodes} \
            {params.judged} \
            --output {output.scores:q} \
            --episode-scores {output.episodes:q} \
            >{log:q} 2>&1
        """


rule report_scores:
    input:
        unpack(found_and_true),
        scores=local(PATHS.pattern(File.SCORES)),
        episode_scores=local(PATHS.pattern(File.EPISODE_SCORES)),
    output:
        local(PATHS.pattern(File.EVALUATION)),
    log:
        PATHS.pattern(File.DATASET_LOG, "report_scores"),
    localrule: True
    params:
        subtasks=labels_option,
        annotated=annotated_folder,
        facts=facts_folder,
        fps=lambda wildcards: dataset_of(wildcards).fps,
    message:
        "Drawing the scores of {wildcards.dataset}"
    shell:
        """
        SUBTASKS_FAILURE={log:q}.json \
            python "$SUBTASKS_SCRIPTS"/report_scores.py \
            --scores {input.scores:q} \
            --episode-scores {input.episode_scores:q} \
            --truth {input.truth:q} \
            {params.subtasks} \
            --annotated {params.annotated:q} \
            --facts {params.facts:q} \
            --fps {params.fps} \
            --output {output:q} \
            >{log:q} 2>&1
        """


rule evaluate:
    input:
        unpack(evaluated),
    log:
        PATHS.pattern(File.LOG, "evaluate"),
    localrule: True
    params:
        option="--runs" if CONFIG.evaluate.runs else "--scores",
    message:
        "How good the labels are"
    shell:
        """
        SUBTASKS_FAILURE={log:q}.json \
            python "$SUBTASKS_SCRIPTS"/evaluate.py \
            {params.option} {input.scores:q} \
            --reports {input.reports:q} \
            2> >(tee {log:q} >&2)
        """
