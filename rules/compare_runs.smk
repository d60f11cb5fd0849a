"""Settings side by side, with `evaluate.runs`: how good their labels are, and what these cost.

Each run labels the same few episodes, with rules of its own that are called `run_<name>_…`, below
`evaluations/runs/<name>/`. All of them use the same `replies`, so what one of them has asked is not
paid for by another.
"""


rule write_compared:
    input:
        local(WORKFLOW / "rules/value.json.jinja"),
    output:
        PATHS.pattern(File.COMPARED),
    log:
        PATHS.pattern(File.DATASET_LOG, "write_compared"),
    localrule: True
    params:
        value=compared_runs,
    message:
        "Writing what is compared of {wildcards.dataset}"
    template_engine:
        "jinja2"


rule compare_runs:
    input:
        unpack(runs_of),
    output:
        scores=local(PATHS.pattern(File.RUNS)),
        report=local(PATHS.pattern(File.RUNS_REPORT)),
    log:
        PATHS.pattern(File.DATASET_LOG, "compare_runs"),
    localrule: True
    message:
        "Comparing {wildcards.dataset} as labelled with different settings"
    shell:
        """
        SUBTASKS_FAILURE={log:q}.json \
            python "$SUBTASKS_SCRIPTS"/compare_runs.py \
            --compared {input.compared:q} \
            --episode-scores {input.episode_scores:q} \
            --annotations {input.annotations:q} \
            --output {output.scores:q} \
            --report {output.report:q} \
            >{log:q} 2>&1
        """
