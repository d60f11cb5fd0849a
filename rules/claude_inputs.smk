"""What the rules that ask Claude take, and those that tell what the answers cost."""


def cores_of_waiting(wildcards):
    """No core, except where a scheduler gives no job without one."""
    return 0 if workflow.local_exec else 1


def minutes_of_waiting(wildcards):
    """Time limit of a job that waits for answers; what it has when it is ended is not lost."""
    return 1500 if config["claude"]["api"] == "batch" else 120


def questions_of(wildcards):
    """Frames, tasks, prompts and whatever else makes the questions about a batch."""
    dataset = dataset_of(wildcards)
    episodes = groups.episodes_of(dataset, wildcards.batch)
    return {
        "frames": [paths.frames_file(dataset, config, e) for e in episodes],
        "motion": [
            paths.motion_file(dataset, config, e)
            for e in episodes
            if config["claude"]["motion_hints"]
        ],
        "tasks": f"{WORK}/{dataset.name}/tasks/{wildcards.batch}.json",
        **prompts(),
    }


def prompt_options(input):
    """Each pass with its prompt."""
    return " ".join(
        f"--prompt {name} {shlex.quote(str(input[name]))}"
        for name in config["claude"]["passes"]
    )


def motion_option(input):
    """Folder of the motion files that are among the inputs."""
    return option("--motion", [Path(file).parent for file in input.motion[:1]])


def receipts_of_dataset(wildcards):
    """Receipts of all batches of a dataset."""
    dataset = dataset_of(wildcards)
    names = groups.groups_of(dataset, config)
    return [paths.receipt_file(dataset, config, name) for name in names]


def submission_of(wildcards):
    """What a batch waits for: its own receipt, and that the dataset's others are submitted."""
    if config["claude"]["api"] != "batch":
        return []
    dataset = dataset_of(wildcards)
    own = paths.receipt_file(dataset, config, wildcards.batch)
    return [own, ancient(f"{WORK}/{dataset.name}/submitted")]


def answers_of(wildcards):
    """Outcomes of an episode's batch, and its motion if borders move to it."""
    dataset, episode = dataset_of(wildcards), int(wildcards.episode)
    name = groups.group_name(episode, config)
    snaps = config["claude"]["snap_to_motion"]
    return {
        "outcomes": paths.outcomes_file(dataset, config, name),
        "motion": [paths.motion_file(dataset, config, episode)] if snaps else [],
    }


def answers_of_dataset(wildcards):
    """Outcomes of all batches, and what their account needs; nothing where no model is asked."""
    if config["annotator"] != "claude":
        return {}
    dataset = dataset_of(wildcards)
    names = groups.groups_of(dataset, config)
    return {
        "outcomes": [paths.outcomes_file(dataset, config, name) for name in names],
        "prices": settings_file(config["claude"]["prices"]),
        **prompts(),
    }


def answers_options(input):
    """Options with the outcomes, where a model was asked."""
    if config["annotator"] != "claude":
        return ""
    return " ".join(
        [
            option("--outcomes", [Path(file).parent for file in input.outcomes[:1]]),
            f"--batch-size {groups.group_size(config)}",
            prompt_options(input),
            option("--prices", [input.prices]),
        ]
    )
