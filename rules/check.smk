"""Which episodes a person should look at first, found without a model.

`measure_motion` measures how the robot moves, a few values a second. `check_labels` compares the
labels of a dataset with that and with one another, and gives each episode that is unlike the
others a score and a sentence. `report_labels` draws all labels for Snakemake's own report:
`snakemake --report report.html`. `snakemake check` prints what was found.
"""


rule write_faults:
    input:
        local(WORKFLOW / "rules/value.json.jinja"),
    output:
        PATHS.pattern(File.FAULTS),
    log:
        PATHS.pattern(File.DATASET_LOG, "write_faults"),
    localrule: True
    params:
        value=lambda wildcards: faults(dataset_of(wildcards)),
    message:
        "Writing which episodes of {wildcards.dataset} cannot be labelled"
    template_engine:
        "jinja2"


rule measure_motion:
    input:
        unpack(states_of_group),
    output:
        PATHS.pattern(File.MEASURED),
    log:
        PATHS.pattern(File.GROUP_LOG, "measure_motion"),
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        data=lambda wildcards, input: data_option(wildcards, input),
        whole_files=lambda wildcards: rule_params.whole_files(dataset_of(wildcards)),
        fps=lambda wildcards: dataset_of(wildcards).fps,
    message:
        "Measuring the motion of {wildcards.dataset} episodes {wildcards.group}"
    shell:
        """
        SUBTASKS_FAILURE={log:q}.json \
            python "$SUBTASKS_SCRIPTS"/measure_motion.py \
            --robot {input.robot:q} \
            --listed {input.listed:q} \
            {params.data} \
            {params.whole_files} \
            --fps {params.fps} \
            --output {output:q} \
            >{log:q} 2>&1
        """


rule check_labels:
    input:
        unpack(checked),
    output:
        PATHS.pattern(File.CHECKS),
    log:
        PATHS.pattern(File.DATASET_LOG, "check_labels"),
    benchmark:
        PATHS.pattern(File.DATASET_BENCHMARK, "check_labels")
    localrule: True
    params:
        episodes=lambda wildcards: format_ranges(dataset_of(wildcards).selected),
        listed=lambda wildcards, input: folder_option("--listed", input.listed),
        facts=lambda wildcards, input: folder_option("--facts", input.facts),
        faults=lambda wildcards, input: option("--faults", input.faults),
        subtasks=labels_option,
        measured=lambda wildcards, input: folder_option("--measured", input.measured),
        outcomes=lambda wildcards, input: outcomes_options(input),
        failures=failures_option,
        corrections=lambda wildcards: PATHS.folder(File.CORRECTION, wildcards.dataset),
        group_size=group_size(CONFIG.claude),
        fps=lambda wildcards: dataset_of(wildcards).fps,
    message:
        "Looking for labels of {wildcards.dataset} that are unlike the others"
    shell:
        """
        SUBTASKS_FAILURE={log:q}.json \
            python "$SUBTASKS_SCRIPTS"/check_labels.py \
            --episodes {params.episodes} \
            {params.listed} \
            {params.facts} \
            {params.faults} \
            {params.subtasks} \
            {params.measured} \
            {params.outcomes} \
            {params.failures} \
            --corrections {params.corrections:q} \
            --group-size {params.group_size} \
            --fps {params.fps} \
            --output {output:q} \
            >{log:q} 2>&1
        """


rule report_labels:
    input:
        unpack(seen),
        annotation=PATHS.pattern(File.ANNOTATION),
    output:
        PATHS.pattern(File.LABELS_REPORT),
    log:
        PATHS.pattern(File.DATASET_LOG, "report_labels"),
    localrule: True
    params:
        episodes=lambda wildcards: format_ranges(dataset_of(wildcards).selected),
        listed=lambda wildcards, input: folder_option("--listed", input.listed),
        facts=lambda wildcards, input: folder_option("--facts", input.facts),
        faults=lambda wildcards, input: option("--faults", input.faults),
        subtasks=labels_option,
        fps=lambda wildcards: dataset_of(wildcards).fps,
    message:
        "Drawing the labels of {wildcards.dataset} for the report"
    shell:
        """
        SUBTASKS_FAILURE={log:q}.json \
            python "$SUBTASKS_SCRIPTS"/report_labels.py \
            --dataset {wildcards.dataset:q} \
            --fps {params.fps} \
            --episodes {params.episodes} \
            {params.listed} \
            {params.facts} \
            {params.faults} \
            --checks {input.checks:q} \
            {params.subtasks} \
            --annotation {input.annotation:q} \
            --output {output:q} \
            >{log:q} 2>&1
        """


rule check:
    input:
        all_checks,
    log:
        PATHS.pattern(File.LOG, "check"),
    localrule: True
    message:
        "Which episodes to look at first"
    shell:
        """
        SUBTASKS_FAILURE={log:q}.json \
            python "$SUBTASKS_SCRIPTS"/check.py \
            --checks {input:q} \
            2> >(tee {log:q} >&2)
        """
