"""What the review page shows: `snakemake review`, not part of `all`.

A small file and a filmstrip an episode, and an overview of each dataset. `python scripts/review.py`
serves them together with the videos, and writes what a person corrects to `corrections/`.
"""


rule review_episode:
    input:
        unpack(shown_and_measured),
    output:
        episode=PATHS.pattern(File.REVIEW),
        filmstrip=PATHS.pattern(File.FILMSTRIP),
    log:
        PATHS.pattern(File.EPISODE_LOG, "review_episode"),
    localrule: True
    params:
        frames=lambda wildcards, input: option("--frames", input.frames),
        measured=lambda wildcards, input: option("--measured", input.measured),
    message:
        "Preparing the review of {wildcards.dataset} episode {wildcards.episode}"
    shell:
        """
        SUBTASKS_FAILURE={log:q}.json \
            python "$SUBTASKS_SCRIPTS"/review_episode.py \
            {params.frames} \
            {params.measured} \
            --episode {wildcards.episode} \
            --output {output.episode:q} \
            --filmstrip {output.filmstrip:q} \
            >{log:q} 2>&1
        """


rule review_overview:
    input:
        unpack(seen),
    output:
        PATHS.pattern(File.OVERVIEW),
    log:
        PATHS.pattern(File.DATASET_LOG, "review_overview"),
    localrule: True
    params:
        episodes=lambda wildcards: format_ranges(dataset_of(wildcards).selected),
        listed=lambda wildcards, input: folder_option("--listed", input.listed),
        facts=lambda wildcards, input: folder_option("--facts", input.facts),
        faults=lambda wildcards, input: option("--faults", input.faults),
        subtasks=labels_option,
        fps=lambda wildcards: dataset_of(wildcards).fps,
    message:
        "Preparing the overview of {wildcards.dataset}"
    shell:
        """
        SUBTASKS_FAILURE={log:q}.json \
            python "$SUBTASKS_SCRIPTS"/review_overview.py \
            --dataset {wildcards.dataset:q} \
            --fps {params.fps} \
            --episodes {params.episodes} \
            {params.listed} \
            {params.facts} \
            {params.faults} \
            --checks {input.checks:q} \
            {params.subtasks} \
            --output {output:q} \
            >{log:q} 2>&1
        """


rule review:
    input:
        review_files,
    localrule: True
    message:
        "The review page has all it shows"
