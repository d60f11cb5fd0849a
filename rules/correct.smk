"""Labels corrected by hand, which no annotator writes over.

A file `corrections/<dataset>/episode_000017.json` takes the place of what Claude or the motion
says about that episode, for as long as it is there. An edit of the result itself lasts only
until its episode is labelled again.
"""


rule take_correction:
    input:
        local(f"{CORRECTIONS}/{{dataset}}/episode_{{episode}}.json"),
    output:
        f"{RESULTS}/{{dataset}}/subtasks/episode_{{episode}}.json",
    log:
        f"{WORK}/{{dataset}}/logs/take_correction/episode_{{episode}}.log",
    localrule: True
    message:
        "Taking the corrected subtasks of {wildcards.dataset} episode {wildcards.episode}"
    shell:
        """
        SUBTASKS_FAILURE={log:q}.json \
        python "$SUBTASKS_SCRIPTS"/take_correction.py \
            --correction {input:q} \
            --output {output:q} \
            >{log:q} 2>&1
        """
