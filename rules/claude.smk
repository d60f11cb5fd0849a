"""Subtasks from Claude: sampled frames, questions about groups of episodes, and the answers.

`annotate` asks about a group of episodes at once, because its cost is the network: one process
holds many requests open, and every reply goes into the store under `replies` the moment it arrives.
Its outcomes file has a line for every episode of the group: the answer, or why there is none.
`extract_subtasks` is pure and makes an episode's subtasks from its line.

With `claude.api: batch`, `submit` sends the first questions of every group as a Message Batch
before `annotate` waits for any of the dataset's. Datasets do not wait for one another: one that
cannot be submitted leaves no answers uncollected that were ordered for another. With motion
hints, `find_motion` finds the times at which the robot's motion changes.
"""

# A job that waits for answers is one of those that run at once on this machine, a few more than
# there are cores. If all of them waited, jobs on finished answers could not start.
limit_resource("claude_jobs", 4)


ruleorder: take_correction > extract_subtasks


rule find_motion:
    input:
        unpack(motion_of),
    output:
        PATHS.pattern(File.MOTION),
    log:
        PATHS.pattern(File.EPISODE_LOG, "find_motion"),
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        whole_file=lambda wildcards: rule_params.whole_file(dataset_of(wildcards)),
        fps=lambda wildcards: dataset_of(wildcards).fps,
    message:
        "Finding when the motion changes in {wildcards.dataset} episode {wildcards.episode}"
    shell:
        """
        SUBTASKS_FAILURE={log:q}.json \
            python "$SUBTASKS_SCRIPTS"/find_motion.py \
            --robot {input.robot:q} \
            --data {input.data:q} \
            --episode {wildcards.episode} \
            {params.whole_file} \
            --fps {params.fps} \
            --output {output:q} \
            >{log:q} 2>&1
        """


rule write_guidance:
    input:
        local(WORKFLOW / "rules/value.json.jinja"),
    output:
        PATHS.pattern(File.GUIDANCE),
    log:
        PATHS.pattern(File.DATASET_LOG, "write_guidance"),
    localrule: True
    params:
        # In a file, because a vocabulary may be longer than a command line.
        value=lambda wildcards: rule_params.guidance(limits_of(wildcards)),
    message:
        "Writing what is said about the labels of {wildcards.dataset}"
    template_engine:
        "jinja2"


rule submit:
    input:
        unpack(questions_of),
    output:
        PATHS.pattern(File.RECEIPT),
    log:
        PATHS.pattern(File.GROUP_LOG, "submit"),
    priority: 1
    # None of claude_jobs: jobs that wait may hold all of them, and one job submits at a time.
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        frames=lambda wildcards, input: Path(input.frames[0]).parent,
        prompts=lambda wildcards, input: prompt_options(input),
        question=rule_params.question(CONFIG),
        motion=lambda wildcards, input: folder_option("--motion", input.motion),
        outcomes=lambda wildcards, input: option("--outcomes", input.outcomes),
        connection=no_trigger(
            lambda wildcards: rule_params.connection_options(CONFIG, WORKFLOW)
        ),
    message:
        "Submitting questions about {wildcards.dataset} episodes {wildcards.group}"
    shell:
        """
        SUBTASKS_FAILURE={log:q}.json \
            python "$SUBTASKS_SCRIPTS"/submit.py \
            --frames {params.frames:q} \
            --episodes {input.episodes:q} \
            --guidance {input.guidance:q} \
            {params.prompts} \
            {params.question} \
            {params.motion} \
            {params.outcomes} \
            {params.connection} \
            --output {output:q} \
            >{log:q} 2>&1
        """


rule submitted:
    input:
        receipts_of_dataset,
    output:
        touch(PATHS.pattern(File.SUBMITTED)),
    localrule: True
    message:
        "All questions about {wildcards.dataset} are submitted"


rule annotate:
    input:
        unpack(questions_of),
        receipts=submission_of,
    output:
        PATHS.pattern(File.OUTCOMES),
    log:
        PATHS.pattern(File.GROUP_LOG, "annotate"),
    benchmark:
        PATHS.pattern(File.GROUP_BENCHMARK, "annotate")
    threads: cores_of_waiting
    resources:
        claude_jobs=1,
        requests_in_flight=CONFIG.claude.requests_in_flight,
        mem_mb=2000,
        runtime=minutes_of_waiting,
    params:
        frames=lambda wildcards, input: Path(input.frames[0]).parent,
        prompts=lambda wildcards, input: prompt_options(input),
        question=rule_params.question(CONFIG),
        motion=lambda wildcards, input: folder_option("--motion", input.motion),
        outcomes=lambda wildcards, input: option("--outcomes", input.outcomes),
        connection=no_trigger(
            lambda wildcards: rule_params.connection_options(CONFIG, WORKFLOW)
        ),
        polling=no_trigger(lambda wildcards: rule_params.polling_options(CONFIG.claude)),
    message:
        "Asking Claude about {wildcards.dataset} episodes {wildcards.group}"
    shell:
        """
        SUBTASKS_FAILURE={log:q}.json \
            python "$SUBTASKS_SCRIPTS"/annotate.py \
            --frames {params.frames:q} \
            --episodes {input.episodes:q} \
            --guidance {input.guidance:q} \
            {params.prompts} \
            {params.question} \
            {params.motion} \
            {params.outcomes} \
            {params.connection} \
            {params.polling} \
            --requests-in-flight {resources.requests_in_flight} \
            --output {output:q} \
            >{log:q} 2>&1
        """


rule extract_subtasks:
    input:
        unpack(answers_of),
        unified=unified_of,
    output:
        PATHS.pattern(File.SUBTASKS),
    log:
        PATHS.pattern(File.EPISODE_LOG, "extract_subtasks"),
    localrule: True
    params:
        fps=lambda wildcards: dataset_of(wildcards).fps,
        frames=lambda wildcards: episode_of(wildcards).length,
        refined=lambda wildcards, input: option("--refined", input.refined),
        vocabulary=vocabulary_option,
        entries=current(entries_of) if WORDS else "",
        on_error=CONFIG.on_error,
    message:
        "Reading the subtasks of {wildcards.dataset} episode {wildcards.episode}"
    shell:
        """
        SUBTASKS_FAILURE={log:q}.json \
            python "$SUBTASKS_SCRIPTS"/extract_subtasks.py \
            --outcomes {input.outcomes:q} \
            {params.refined} \
            --dataset {wildcards.dataset:q} \
            --episode {wildcards.episode} \
            --frames {params.frames} \
            --fps {params.fps} \
            --guidance {input.guidance:q} \
            {params.vocabulary} \
            --on-error {params.on_error} \
            --output {output:q} \
            >{log:q} 2>&1
        """


if CONFIG.labels.refines:

    include: "refine.smk"


if CONFIG.labels.unify:

    include: "unify.smk"
