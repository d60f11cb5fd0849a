"""Frames of the episodes: the images of an episode, exactly as they are sent to a model.

Where no model is asked, they are sampled for the review page alone.
"""


rule sample_frames:
    input:
        unpack(footage_of),
    output:
        PATHS.pattern(File.FRAMES),
    log:
        PATHS.pattern(File.EPISODE_LOG, "sample_frames"),
    benchmark:
        PATHS.pattern(File.EPISODE_BENCHMARK, "sample_frames")
    resources:
        hub_downloads=units_held,
        mem_mb=2000,
        runtime=10,
    params:
        footage=lambda wildcards, input: rule_params.footage(
            shown(wildcards.dataset),
            shown_episode(wildcards),
            input.footage,
            input.get("facts"),
        ),
        sampling=rule_params.sampling(CONFIG.sample),
        on_failure=no_trigger(
            lambda wildcards: remove_if_fetched(
                dataset_of(wildcards), shown_episode(wildcards).footage
            )
        ),
    message:
        "Sampling frames of {wildcards.dataset} episode {wildcards.episode}"
    shell:
        """
        SUBTASKS_FAILURE={log:q}.json \
            python "$SUBTASKS_SCRIPTS"/sample_frames.py \
            {params.footage} \
            {params.sampling} \
            --output {output:q} \
            >{log:q} 2>&1 \
            || {params.on_failure}
        """
