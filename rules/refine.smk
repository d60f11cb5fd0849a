"""A second look at every border between subtasks, with `refine` among the passes.

`sample_borders` samples an episode densely around the borders of its answer; an archive that shows
them already is kept, so that only what has moved is sampled again. `refine` asks where exactly each
border is, with the program of `annotate` and in the same way: live, or in batches that
`submit_refine` has sent. `extract_subtasks` moves the borders there.

A video of a dataset on the Hub is fetched again for it, after the answers of its episodes: kept
until then, the videos of thousands of episodes would pile up.
"""


use rule fetch_file as fetch_file_again with:
    input:
        outcomes_of_file,
    output:
        temp(PATHS.pattern(File.SOURCE_AGAIN)),
    log:
        PATHS.pattern(File.FILE_LOG, "fetch_file_again"),
    benchmark:
        PATHS.pattern(File.FILE_BENCHMARK, "fetch_file_again")
    message:
        "Fetching {wildcards.dataset} {wildcards.file} again"


rule sample_borders:
    input:
        unpack(borders_of),
    output:
        update(PATHS.pattern(File.BORDERS)),
    log:
        PATHS.pattern(File.EPISODE_LOG, "sample_borders"),
    benchmark:
        PATHS.pattern(File.EPISODE_BENCHMARK, "sample_borders")
    resources:
        hub_downloads=units_held,
        mem_mb=2000,
        runtime=10,
    params:
        footage=lambda wildcards, input: rule_params.footage(
            dataset_of(wildcards),
            episode_of(wildcards),
            input.footage,
            input.get("facts"),
        ),
        quality=CONFIG.sample.jpeg_quality,
        on_failure=no_trigger(
            lambda wildcards: remove_if_fetched(
                dataset_of(wildcards), episode_of(wildcards).footage, source_again
            )
        ),
    message:
        "Sampling the borders of {wildcards.dataset} episode {wildcards.episode}"
    shell:
        """
        SUBTASKS_FAILURE={log:q}.json \
            python "$SUBTASKS_SCRIPTS"/sample_borders.py \
            {params.footage} \
            --episode {wildcards.episode} \
            --outcomes {input.outcomes:q} \
            --guidance {input.guidance:q} \
            --jpeg-quality {params.quality} \
            --output {output:q} \
            >{log:q} 2>&1 \
            || {params.on_failure}
        """


use rule submit as submit_refine with:
    input:
        unpack(refine_questions_of),
    output:
        PATHS.pattern(File.REFINE_RECEIPT),
    log:
        PATHS.pattern(File.GROUP_LOG, "submit_refine"),
    message:
        "Submitting the borders of {wildcards.dataset} episodes {wildcards.group}"


use rule submitted as submitted_refine with:
    input:
        refine_receipts_of_dataset,
    output:
        touch(PATHS.pattern(File.REFINE_SUBMITTED)),
    message:
        "All borders of {wildcards.dataset} are submitted"


use rule annotate as refine with:
    input:
        unpack(refine_questions_of),
        receipts=refine_submission_of,
    output:
        PATHS.pattern(File.REFINED),
    log:
        PATHS.pattern(File.GROUP_LOG, "refine"),
    benchmark:
        PATHS.pattern(File.GROUP_BENCHMARK, "refine")
    message:
        "Asking Claude about the borders of {wildcards.dataset} episodes {wildcards.group}"
