"""Results go to where training reads them, when that is asked for: no part of `all`.

`snakemake publish` brings every result to the place under `publish` in the config, and
`snakemake unpublish` makes local datasets again what they were. Both look at that place each
time, like `make install`, because others may have been there since: what they did stands in a
file that is named for the run, which no other run has made.
"""

import time

from subtasks.publish import target

RUN = time.strftime("%Y%m%d-%H%M%S")

try:
    PLACE = target.target_kind(config, DATASETS)
    # Snakemake itself learns of its targets only after the rules are read.
    target.check_targets(sys.argv, config, DATASETS)
except Problem as problem:
    raise WorkflowError(str(problem)) from None
if PLACE and IN_STORAGE:
    raise WorkflowError(
        "config: publish takes results from this machine, and these are kept in object storage"
    )


rule publish:
    input:
        told_by(f"publish_{PLACE}", DATASETS if PLACE else []),
    log:
        f"{WORK}/logs/publish.log",
    localrule: True
    params:
        otherwise=target.NOWHERE,
    message:
        "Every result is published"
    shell:
        """
        set -- {input:q}
        if [ $# = 0 ]; then
            echo {params.otherwise:q} >{log:q}
            exit 1
        fi
        cat "$@" | tee {log:q}
        """


rule publish_in_place:
    input:
        lambda wildcards: dataset_targets(dataset_of(wildcards)),
    output:
        f"{WORK}/{{dataset}}/publish_in_place/{{run}}.txt",
    log:
        f"{WORK}/{{dataset}}/logs/publish_in_place/{{run}}.log",
    localrule: True
    params:
        source=lambda wildcards: str(dataset_of(wildcards).root),
        result=lambda wildcards: f"{RESULTS}/{wildcards.dataset}",
        episodes=lambda wildcards: rule_params.published(dataset_of(wildcards)),
    message:
        "Publishing the result of {wildcards.dataset} into the dataset itself"
    shell:
        """
        SUBTASKS_FAILURE={log:q}.json \
        python "$SUBTASKS_SCRIPTS"/publish_in_place.py \
            --source {params.source:q} \
            --result {params.result:q} \
            --episodes {params.episodes} \
            --output {output:q} \
            >{log:q} 2>&1
        """


rule publish_to_hub:
    input:
        lambda wildcards: dataset_targets(dataset_of(wildcards)),
    output:
        f"{WORK}/{{dataset}}/publish_to_hub/{{run}}.txt",
    log:
        f"{WORK}/{{dataset}}/logs/publish_to_hub/{{run}}.log",
    localrule: True
    params:
        source=lambda wildcards: str(dataset_of(wildcards).root),
        result=lambda wildcards: f"{RESULTS}/{wildcards.dataset}",
        episodes=lambda wildcards: rule_params.published(dataset_of(wildcards)),
        place=lambda wildcards: target.target_options(
            config, DATASETS, wildcards.dataset
        ),
    message:
        "Publishing the result of {wildcards.dataset} on the Hub"
    shell:
        """
        SUBTASKS_FAILURE={log:q}.json \
        python "$SUBTASKS_SCRIPTS"/publish_to_hub.py \
            --source {params.source:q} \
            --result {params.result:q} \
            --episodes {params.episodes} \
            {params.place} \
            --output {output:q} \
            >{log:q} 2>&1
        """


rule unpublish:
    input:
        told_by("unpublish_in_place", target.local_datasets(DATASETS)),
    log:
        f"{WORK}/logs/unpublish.log",
    localrule: True
    params:
        otherwise=target.NONE_LOCAL,
    message:
        "Every dataset is what it was"
    shell:
        """
        set -- {input:q}
        if [ $# = 0 ]; then
            echo {params.otherwise:q} >{log:q}
            exit 1
        fi
        cat "$@" | tee {log:q}
        """


rule unpublish_in_place:
    output:
        f"{WORK}/{{dataset}}/unpublish_in_place/{{run}}.txt",
    log:
        f"{WORK}/{{dataset}}/logs/unpublish_in_place/{{run}}.log",
    localrule: True
    params:
        source=lambda wildcards: str(dataset_of(wildcards).root),
    message:
        "Taking back what was published into {wildcards.dataset}"
    shell:
        """
        SUBTASKS_FAILURE={log:q}.json \
        python "$SUBTASKS_SCRIPTS"/unpublish_in_place.py \
            --source {params.source:q} \
            --output {output:q} \
            >{log:q} 2>&1
        """
