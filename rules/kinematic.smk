"""Subtasks without a model: an episode is cut where the robot's motion changes.

It reads the episode's state column (its actions where no state was recorded) and writes the same
JSON as the Claude rules. It needs no key and no video. It is a baseline, which sees that a hand
closes but not on what.
"""


ruleorder: take_correction > segment_motion


rule segment_motion:
    input:
        unpack(motion_of),
    output:
        PATHS.pattern(File.SUBTASKS),
    log:
        PATHS.pattern(File.EPISODE_LOG, "segment_motion"),
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        whole_file=lambda wildcards: rule_params.whole_file(dataset_of(wildcards)),
        fps=lambda wildcards: dataset_of(wildcards).fps,
        on_error=CONFIG.on_error,
    message:
        "Cutting {wildcards.dataset} episode {wildcards.episode} where its motion changes"
    shell:
        """
        SUBTASKS_FAILURE={log:q}.json \
            python "$SUBTASKS_SCRIPTS"/segment_motion.py \
            --robot {input.robot:q} \
            --data {input.data:q} \
            --episode {wildcards.episode} \
            {params.whole_file} \
            --fps {params.fps} \
            --on-error {params.on_error} \
            --output {output:q} \
            >{log:q} 2>&1
        """
