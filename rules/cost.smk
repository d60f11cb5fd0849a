"""What labels cost: reckoned before anything is asked, and told beside the labels afterwards.

`snakemake estimate` prints what is still to be asked and what that will cost; it is no part of
`all`. `write_annotation` keeps with each result where its labels come from, what went wrong and
what was paid. How a budget is kept while questions are asked is the asking programs' work.
"""


rule write_config:
    input:
        local(WORKFLOW / "rules/value.json.jinja"),
    output:
        f"{WORK}/config.json",
    log:
        f"{WORK}/logs/write_config.log",
    localrule: True
    params:
        value=config,
    message:
        "Writing down the settings as they are after all files and options"
    template_engine:
        "jinja2"


rule estimate:
    input:
        f"{WORK}/config.json",
    log:
        f"{WORK}/logs/estimate.log",
    localrule: True
    message:
        "Reckoning what is still to be asked"
    shell:
        """
        SUBTASKS_FAILURE={log:q}.json \
        python "$SUBTASKS_SCRIPTS"/estimate.py \
            --config {input:q} \
            2> >(tee {log:q} >&2)
        """


rule write_annotation:
    input:
        unpack(answers_of_dataset),
    output:
        f"{RESULTS}/{{dataset}}/meta/annotation.json",
    log:
        f"{WORK}/{{dataset}}/logs/write_annotation.log",
    localrule: True
    params:
        annotator=config["annotator"],
        episodes=lambda wildcards: format_ranges(dataset_of(wildcards).episodes),
        settings=lambda wildcards: rule_params.annotation(dataset_of(wildcards), config),
        answers=lambda wildcards, input: answers_options(input),
    message:
        "Writing down where the labels of {wildcards.dataset} come from"
    shell:
        """
        SUBTASKS_FAILURE={log:q}.json \
        python "$SUBTASKS_SCRIPTS"/write_annotation.py \
            --annotator {params.annotator} \
            --episodes {params.episodes} \
            --settings {params.settings:q} \
            {params.answers} \
            --output {output:q} \
            >{log:q} 2>&1
        """
