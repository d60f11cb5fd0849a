"""Subtasks from Claude: sampled frames, a batch of questions, and what was answered.

`sample_frames` keeps the images of an episode exactly as they are sent. `annotate` asks about
a batch of episodes at once, because its cost is the network: one process holds many requests
open, and every reply goes into the store under `replies` the moment it arrives. Its outcomes
file has a line for every episode of the batch: the reply, or why there is none.
`extract_subtasks` is pure and makes an episode's subtasks from its line.
"""


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
    params:
        place=lambda wildcards: plan.place(dataset_of(wildcards), episode_of(wildcards)),
        sampling=plan.sampling(config),
    message:
        "Sampling frames of {wildcards.dataset} episode {wildcards.episode}"
    shell:
        """
        python "$SUBTASKS_SCRIPTS"/sample_frames.py \
            --video {input.video:q} \
            {params.place} \
            {params.sampling} \
            --output {output:q} \
            >{log:q} 2>&1
        """


rule annotate:
    input:
        frames=lambda wildcards: [
            f"{WORK}/{wildcards.dataset}/frames/episode_{episode:06d}.zip"
            for episode in plan.batch(dataset_of(wildcards), config, wildcards.batch)
        ],
        prompt=plan.prompt_file(config, WORKFLOW),
    output:
        f"{WORK}/{{dataset}}/outcomes/{{batch}}.jsonl",
    log:
        f"{WORK}/{{dataset}}/logs/annotate/{{batch}}.log",
    benchmark:
        f"{WORK}/{{dataset}}/benchmarks/annotate/{{batch}}.tsv"
    threads: 0
    resources:
        claude_jobs=1,
        requests_in_flight=config["claude"]["requests_in_flight"],
    params:
        frames=lambda wildcards, input: str(Path(input.frames[0]).parent),
        tasks=lambda wildcards: plan.tasks(
            dataset_of(wildcards), config, wildcards.batch
        ),
        question=plan.question(config),
        # Parameters that ask for `resources` are no reason to run again, and these change no answer.
        max_retries=lambda wildcards, resources: config["claude"]["max_retries"],
        replies=lambda wildcards, resources: config["replies"],
    message:
        "Asking Claude about {wildcards.dataset} episodes {wildcards.batch}"
    shell:
        """
        python "$SUBTASKS_SCRIPTS"/annotate.py \
            --frames {params.frames:q} \
            --tasks {params.tasks:q} \
            --prompt {input.prompt:q} \
            {params.question} \
            --requests-in-flight {resources.requests_in_flight} \
            --max-retries {params.max_retries} \
            --replies {params.replies:q} \
            --output {output:q} \
            >{log:q} 2>&1
        """


rule extract_subtasks:
    input:
        outcomes=lambda wildcards: plan.outcomes_file(
            dataset_of(wildcards),
            config,
            plan.batch_name(int(wildcards.episode), config),
        ),
    output:
        f"{RESULTS}/{{dataset}}/subtasks/episode_{{episode}}.json",
    log:
        f"{WORK}/{{dataset}}/logs/extract_subtasks/episode_{{episode}}.log",
    params:
        fps=lambda wildcards: dataset_of(wildcards).fps,
        frames=lambda wildcards: episode_of(wildcards).length,
        on_error=config["on_error"],
    message:
        "Reading the subtasks of {wildcards.dataset} episode {wildcards.episode}"
    shell:
        """
        python "$SUBTASKS_SCRIPTS"/extract_subtasks.py \
            --outcomes {input.outcomes:q} \
            --dataset {wildcards.dataset:q} \
            --episode {wildcards.episode} \
            --frames {params.frames} \
            --fps {params.fps} \
            --on-error {params.on_error} \
            --output {output:q} \
            >{log:q} 2>&1
        """
