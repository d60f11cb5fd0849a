"""What is known of the episodes and of the robot before anything is made from them.

`check_episodes` looks for the rows of each episode in the data files, since metadata may promise
rows that do not exist or that belong to another episode: nobody should pay for labels of those. An
episode that cannot be labelled is a line in its file, and no failure of the job. `describe_robot`
finds out once a dataset what the numbers of the state are and which way its hands open.
"""


rule list_episodes:
    input:
        local(WORKFLOW / "rules/value.json.jinja"),
    output:
        PATHS.pattern(File.LISTED),
    log:
        PATHS.pattern(File.GROUP_LOG, "list_episodes"),
    localrule: True
    params:
        # In a file, because many sentences are longer than a command line may be.
        value=lambda wildcards: rule_params.listed(
            dataset_of(wildcards), wildcards.group
        ),
    message:
        "Listing the episodes {wildcards.group} of {wildcards.dataset}"
    template_engine:
        "jinja2"


rule check_episodes:
    input:
        unpack(rows_of_group),
    output:
        PATHS.pattern(File.EPISODES),
    log:
        PATHS.pattern(File.GROUP_LOG, "check_episodes"),
    localrule: True
    params:
        data=lambda wildcards, input: data_option(wildcards, input),
        tasks=lambda wildcards, input: option("--tasks", input.tasks),
        checks=lambda wildcards: rule_params.checks(dataset_of(wildcards), CONFIG),
    message:
        "Checking the rows of {wildcards.dataset} episodes {wildcards.group}"
    shell:
        """
        SUBTASKS_FAILURE={log:q}.json \
            python "$SUBTASKS_SCRIPTS"/check_episodes.py \
            --listed {input.listed:q} \
            {params.data} \
            {params.tasks} \
            {params.checks} \
            --output {output:q} \
            >{log:q} 2>&1
        """


rule describe_robot:
    input:
        robots_rows,
    output:
        PATHS.pattern(File.ROBOT),
    log:
        PATHS.pattern(File.DATASET_LOG, "describe_robot"),
    localrule: True
    params:
        features=lambda wildcards: dataset_of(wildcards).motion.to_json(),
        episodes=lambda wildcards, input: robots_episodes(wildcards, input),
        whole_files=lambda wildcards: rule_params.whole_files(dataset_of(wildcards)),
        fps=lambda wildcards: dataset_of(wildcards).fps,
    message:
        "Finding out which way the hands of {wildcards.dataset} open"
    shell:
        """
        SUBTASKS_FAILURE={log:q}.json \
            python "$SUBTASKS_SCRIPTS"/describe_robot.py \
            --features {params.features:q} \
            {params.episodes} \
            {params.whole_files} \
            --fps {params.fps} \
            --output {output:q} \
            >{log:q} 2>&1
        """
