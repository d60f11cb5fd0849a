"""Subtasks from Claude: sampled frames, questions about a batch of episodes, and the answers.

`sample_frames` keeps the images of an episode exactly as they are sent. `annotate` asks about
a batch of episodes at once, because its cost is the network: one process holds many requests
open, and every reply goes into the store under `replies` the moment it arrives. Its outcomes
file has a line for every episode of the batch: the answer, or why there is none.
`extract_subtasks` is pure and makes an episode's subtasks from its line.

With `claude.api: batch`, `submit` sends the first questions of every batch as a Message Batch
before `annotate` waits for any of the dataset's. Datasets do not wait for one another: one that
cannot be submitted leaves no answers uncollected that were ordered for another. With motion
hints, `find_motion` tells when the robot's motion changes.
"""

# A job that waits for answers takes a place among those that run at once on this machine, a few
# more than there are cores. If such jobs had all places, what is answered would wait behind them.
if "claude_jobs" not in workflow.global_resources:
    workflow.register_resource("claude_jobs", 4)


ruleorder: take_correction > extract_subtasks


rule sample_frames:
    input:
        video=lambda wildcards: source(
            dataset_of(wildcards), episode_of(wildcards).video
        ),
    output:
        f"{WORK}/{{dataset}}/frames/episode_{{episode}}.zip",
    log:
        f"{WORK}/{{dataset}}/logs/sample_frames/episode_{{episode}}.log",
    benchmark:
        f"{WORK}/{{dataset}}/benchmarks/sample_frames/episode_{{episode}}.tsv"
    resources:
        hub_downloads=units_held,
        mem_mb=2000,
        runtime=10,
    params:
        place=lambda wildcards: rule_params.video_position(
            dataset_of(wildcards), episode_of(wildcards)
        ),
        sampling=rule_params.sampling(config),
        # Parameters that ask for `resources` are no reason to run again.
        otherwise=lambda wildcards, resources: otherwise_removed(
            dataset_of(wildcards), episode_of(wildcards).video
        ),
    message:
        "Sampling frames of {wildcards.dataset} episode {wildcards.episode}"
    shell:
        """
        SUBTASKS_FAILURE={log:q}.json \
        python "$SUBTASKS_SCRIPTS"/sample_frames.py \
            --video {input.video:q} \
            {params.place} \
            {params.sampling} \
            --output {output:q} \
            >{log:q} 2>&1 \
            || {params.otherwise}
        """


rule find_motion:
    input:
        data=lambda wildcards: motion_source(
            dataset_of(wildcards), episode_of(wildcards).data
        ),
    output:
        f"{WORK}/{{dataset}}/motion/episode_{{episode}}.json",
    log:
        f"{WORK}/{{dataset}}/logs/find_motion/episode_{{episode}}.log",
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        rows=lambda wildcards: rule_params.rows(episode_of(wildcards)),
        motion=lambda wildcards: rule_params.motion(dataset_of(wildcards)),
        fps=lambda wildcards: dataset_of(wildcards).fps,
        on_error=config["on_error"],
    message:
        "Finding when the motion changes in {wildcards.dataset} episode {wildcards.episode}"
    shell:
        """
        SUBTASKS_FAILURE={log:q}.json \
        python "$SUBTASKS_SCRIPTS"/find_motion.py \
            --data {input.data:q} \
            --rows {params.rows} \
            --column {params.motion[0]:q} \
            --names {params.motion[1]:q} \
            --fps {params.fps} \
            --on-error {params.on_error} \
            --output {output:q} \
            >{log:q} 2>&1
        """


rule write_tasks:
    input:
        local(WORKFLOW / "rules/value.json.jinja"),
    output:
        f"{WORK}/{{dataset}}/tasks/{{batch}}.json",
    log:
        f"{WORK}/{{dataset}}/logs/write_tasks/{{batch}}.log",
    localrule: True
    params:
        # In a file, because many sentences are longer than a command line may be.
        value=lambda wildcards: rule_params.tasks(
            dataset_of(wildcards), wildcards.batch
        ),
    message:
        "Writing down the tasks of {wildcards.dataset} episodes {wildcards.batch}"
    template_engine:
        "jinja2"


rule submit:
    input:
        unpack(questions_of),
    output:
        f"{WORK}/{{dataset}}/receipts/{{batch}}.json",
    log:
        f"{WORK}/{{dataset}}/logs/submit/{{batch}}.log",
    priority: 1
    # None of claude_jobs: jobs that wait may hold all of them, and one job submits at a time.
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        frames=lambda wildcards, input: Path(input.frames[0]).parent,
        prompts=lambda wildcards, input: prompt_options(input),
        question=lambda wildcards: rule_params.question(dataset_of(wildcards), config),
        motion=lambda wildcards, input: motion_option(input),
        # Parameters that ask for `resources` are no reason to run again; these change no answer.
        access=lambda wildcards, resources: rule_params.connection_options(
            config, WORKFLOW
        ),
    message:
        "Submitting questions about {wildcards.dataset} episodes {wildcards.batch}"
    shell:
        """
        SUBTASKS_FAILURE={log:q}.json \
        python "$SUBTASKS_SCRIPTS"/submit.py \
            --frames {params.frames:q} \
            --tasks {input.tasks:q} \
            {params.prompts} \
            {params.question} \
            {params.motion} \
            {params.access} \
            --output {output:q} \
            >{log:q} 2>&1
        """


rule submitted:
    input:
        receipts_of_dataset,
    output:
        touch(f"{WORK}/{{dataset}}/submitted"),
    localrule: True
    message:
        "All questions about {wildcards.dataset} are submitted"


rule annotate:
    input:
        unpack(questions_of),
        receipts=submission_of,
    output:
        f"{WORK}/{{dataset}}/outcomes/{{batch}}.jsonl",
    log:
        f"{WORK}/{{dataset}}/logs/annotate/{{batch}}.log",
    benchmark:
        f"{WORK}/{{dataset}}/benchmarks/annotate/{{batch}}.tsv"
    threads: cores_of_waiting
    resources:
        claude_jobs=1,
        requests_in_flight=config["claude"]["requests_in_flight"],
        mem_mb=2000,
        runtime=minutes_of_waiting,
    params:
        frames=lambda wildcards, input: Path(input.frames[0]).parent,
        prompts=lambda wildcards, input: prompt_options(input),
        question=lambda wildcards: rule_params.question(dataset_of(wildcards), config),
        motion=lambda wildcards, input: motion_option(input),
        access=lambda wildcards, resources: rule_params.connection_options(
            config, WORKFLOW
        ),
        waiting=lambda wildcards, resources: rule_params.polling_options(config),
    message:
        "Asking Claude about {wildcards.dataset} episodes {wildcards.batch}"
    shell:
        """
        SUBTASKS_FAILURE={log:q}.json \
        python "$SUBTASKS_SCRIPTS"/annotate.py \
            --frames {params.frames:q} \
            --tasks {input.tasks:q} \
            {params.prompts} \
            {params.question} \
            {params.motion} \
            {params.access} \
            {params.waiting} \
            --requests-in-flight {resources.requests_in_flight} \
            --output {output:q} \
            >{log:q} 2>&1
        """


rule extract_subtasks:
    input:
        unpack(answers_of),
    output:
        f"{RESULTS}/{{dataset}}/subtasks/episode_{{episode}}.json",
    log:
        f"{WORK}/{{dataset}}/logs/extract_subtasks/episode_{{episode}}.log",
    localrule: True
    params:
        fps=lambda wildcards: dataset_of(wildcards).fps,
        frames=lambda wildcards: episode_of(wildcards).length,
        rules=lambda wildcards: rule_params.answer_checks(dataset_of(wildcards), config),
        motion=lambda wildcards, input: motion_option(input),
        on_error=config["on_error"],
    message:
        "Reading the subtasks of {wildcards.dataset} episode {wildcards.episode}"
    shell:
        """
        SUBTASKS_FAILURE={log:q}.json \
        python "$SUBTASKS_SCRIPTS"/extract_subtasks.py \
            --outcomes {input.outcomes:q} \
            --dataset {wildcards.dataset:q} \
            --episode {wildcards.episode} \
            --frames {params.frames} \
            --fps {params.fps} \
            {params.rules} \
            {params.motion} \
            --on-error {params.on_error} \
            --output {output:q} \
            >{log:q} 2>&1
        """
