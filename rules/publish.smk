"""Results go to where training reads them, when that is asked for: not part of `all`.

`snakemake publish` brings every result to the target under `publish` in the config, and
`snakemake unpublish` restores local datasets. Both look at that target each time, like
`make install`, because others may have changed it since: what they did is written to a file named
for the time the run started, which no other run has made.
"""


rule publish:
    input:
        published,
    log:
        PATHS.pattern(File.LOG, "publish"),
    localrule: True
    message:
        "Every result is published"
    shell:
        """
        cat {input:q} | tee {log:q}
        """


rule publish_in_place:
    input:
        lambda wildcards: dataset_targets(dataset_of(wildcards)),
    output:
        PATHS.pattern(File.REPORT, "publish_in_place"),
    log:
        PATHS.pattern(File.RUN_LOG, "publish_in_place"),
    localrule: True
    params:
        source=lambda wildcards: str(dataset_of(wildcards).root),
        result=lambda wildcards: f"{CONFIG.results}/{wildcards.dataset}",
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
        PATHS.pattern(File.REPORT, "publish_to_hub"),
    log:
        PATHS.pattern(File.RUN_LOG, "publish_to_hub"),
    localrule: True
    params:
        source=lambda wildcards: str(dataset_of(wildcards).root),
        result=lambda wildcards: f"{CONFIG.results}/{wildcards.dataset}",
        episodes=lambda wildcards: rule_params.published(dataset_of(wildcards)),
        target=lambda wildcards: target.target_options(
            CONFIG.publish, DATASETS, wildcards.dataset
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
            {params.target} \
            --output {output:q} \
            >{log:q} 2>&1
        """


rule unpublish:
    input:
        unpublished,
    log:
        PATHS.pattern(File.LOG, "unpublish"),
    localrule: True
    message:
        "Every dataset is restored"
    shell:
        """
        cat {input:q} | tee {log:q}
        """


rule unpublish_in_place:
    output:
        PATHS.pattern(File.REPORT, "unpublish_in_place"),
    log:
        PATHS.pattern(File.RUN_LOG, "unpublish_in_place"),
    localrule: True
    params:
        source=lambda wildcards: str(dataset_of(wildcards).root),
    message:
        "Restoring {wildcards.dataset}"
    shell:
        """
        SUBTASKS_FAILURE={log:q}.json \
            python "$SUBTASKS_SCRIPTS"/unpublish_in_place.py \
            --source {params.source:q} \
            --output {output:q} \
            >{log:q} 2>&1
        """
