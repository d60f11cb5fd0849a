"""Labels corrected by hand, which no annotator overwrites.

A file `corrections/<dataset>/episode_000017.json` replaces what Claude or the motion says about
that episode, for as long as it exists. An edit of the result itself lasts only until its episode
is labelled again.
"""


rule take_correction:
    input:
        local(PATHS.pattern(File.CORRECTION)),
    output:
        PATHS.pattern(File.SUBTASKS),
    log:
        PATHS.pattern(File.EPISODE_LOG, "take_correction"),
    localrule: True
    params:
        frames=lambda wildcards: episode_of(wildcards).length,
        fps=lambda wildcards: dataset_of(wildcards).fps,
    message:
        "Taking the corrected subtasks of {wildcards.dataset} episode {wildcards.episode}"
    shell:
        """
        SUBTASKS_FAILURE={log:q}.json \
            python "$SUBTASKS_SCRIPTS"/take_correction.py \
            --correction {input:q} \
            --frames {params.frames} \
            --fps {params.fps} \
            --output {output:q} \
            >{log:q} 2>&1
        """
