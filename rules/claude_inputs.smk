"""Inputs and parameters of the rules that ask Claude, and of the account of what it cost."""


def files_of_group(file, dataset, group):
    """The files of a kind of all episodes in a group."""
    return [
        PATHS.fill(file, dataset.name, episode=episode)
        for episode in episodes_of(dataset, group)
    ]


def files_of_groups(file, dataset):
    """The files of a kind of all groups of a dataset."""
    return [
        PATHS.fill(file, dataset.name, group=group)
        for group in groups_of(dataset, CONFIG.claude)
    ]


def cores_of_waiting(wildcards):
    """No core for a job that waits, except where a scheduler gives no job without one."""
    return 0 if runs_locally() else 1


def minutes_of_waiting(wildcards):
    """Time limit of a job that waits for answers; those it has when it is ended are not lost."""
    return 1500 if CONFIG.claude.api == "batch" else 120


def questions_of(wildcards):
    """Frames, prompts and whatever else makes the questions about a group."""
    dataset, group = dataset_of(wildcards), wildcards.group
    hints = CONFIG.labels.motion_hints and dataset.motion
    return {
        "frames": files_of_group(File.FRAMES, dataset, group),
        "motion": files_of_group(File.MOTION, dataset, group) if hints else [],
        "outcomes": [],
        "episodes": PATHS.fill(File.EPISODES, dataset.name, group=group),
        "guidance": PATHS.fill(File.GUIDANCE, dataset.name),
        "protocol": protocol(),
        **prompts(),
    }


def prompt_options(input):
    """Each pass with its prompt, and the protocol in them."""
    passes = [
        f"--prompt {name} {shlex.quote(str(input[name]))}"
        for name in CONFIG.labels.passes
        if name in input.keys()
    ]
    return " ".join([*passes, option("--protocol", [input.protocol])])


def receipts_of_dataset(wildcards):
    """The receipts of all groups of a dataset."""
    return files_of_groups(File.RECEIPT, dataset_of(wildcards))


def submission_of(wildcards):
    """What a group waits for: its own receipt, and that the dataset's others are submitted."""
    return submission(wildcards, File.RECEIPT, File.SUBMITTED)


def submission(wildcards, receipt, submitted):
    """A group's receipt and its dataset's mark, files of these kinds, if batches are submitted."""
    if CONFIG.claude.api != "batch":
        return []
    name = wildcards.dataset
    own = PATHS.fill(receipt, name, group=wildcards.group)
    return [own, ancient(PATHS.fill(submitted, name))]


def answers_of(wildcards):
    """The outcomes of an episode's group."""
    dataset, episode = dataset_of(wildcards), int(wildcards.episode)
    group = group_name(episode, group_size(CONFIG.claude))
    return {
        "outcomes": PATHS.fill(File.OUTCOMES, dataset.name, group=group),
        "guidance": PATHS.fill(File.GUIDANCE, dataset.name),
        "refined": (
            [PATHS.fill(File.REFINED, dataset.name, group=group)]
            if CONFIG.labels.refines
            else []
        ),
    }


def answers_of_dataset(wildcards):
    """The outcomes of all groups and what their account needs, where a model is asked."""
    if not CONFIG.asks_claude:
        return {}
    return {
        "outcomes": files_of_groups(File.OUTCOMES, dataset_of(wildcards)),
        "refined": (
            files_of_groups(File.REFINED, dataset_of(wildcards))
            if CONFIG.labels.refines
            else []
        ),
        "prices": settings_file(CONFIG.claude.prices),
        "protocol": protocol(),
        **prompts(),
        **(prompts(refines=True) if CONFIG.labels.refines else {}),
        **unified_of_dataset(wildcards),
    }


def answers_options(input):
    """Options with the outcomes, where a model was asked."""
    if not CONFIG.asks_claude:
        return ""
    return " ".join(
        [
            folder_option("--outcomes", input.outcomes),
            folder_option("--refined", input.refined),
            f"--group-size {group_size(CONFIG.claude)}",
            prompt_options(input),
            option("--unified", input.unified),
            option("--prompt unify", input.unify),
            option("--prices", [input.prices]),
        ]
    )


# With the pass refine -------------------------------------------------------------------------


def outcomes_of_file(wildcards):
    """The outcomes of all episodes that a video shows."""
    dataset = dataset_of(wildcards)
    groups = {
        group_name(each.index, group_size(CONFIG.claude)): None
        for each in dataset.episodes.values()
        if wildcards.file in each.footage
    }
    return [PATHS.fill(File.OUTCOMES, dataset.name, group=group) for group in groups]


def source_again(dataset, path):
    """A file with frames of the source, fetched a second time if it is a video on the Hub."""
    if on_hub(dataset) and path not in dataset.files:
        return PATHS.fill(File.SOURCE_AGAIN, dataset.name, file=path)
    return source(dataset, path)


def borders_of(wildcards):
    """The files with an episode's frames, and the answer that says where its borders are."""
    dataset, episode = dataset_of(wildcards), episode_of(wildcards)
    group = group_name(episode.index, group_size(CONFIG.claude))
    return {
        **footage_of(wildcards),
        "footage": [source_again(dataset, path) for path in episode.footage],
        "outcomes": PATHS.fill(File.OUTCOMES, dataset.name, group=group),
        "guidance": PATHS.fill(File.GUIDANCE, dataset.name),
    }


def refine_questions_of(wildcards):
    """The frames around the borders, the answers they come from, and what else makes questions."""
    dataset, group = dataset_of(wildcards), wildcards.group
    return {
        "frames": files_of_group(File.BORDERS, dataset, group),
        "outcomes": [PATHS.fill(File.OUTCOMES, dataset.name, group=group)],
        "protocol": protocol(),
        "motion": [],
        "episodes": PATHS.fill(File.EPISODES, dataset.name, group=group),
        "guidance": PATHS.fill(File.GUIDANCE, dataset.name),
        **prompts(refines=True),
    }


def refine_receipts_of_dataset(wildcards):
    """The receipts of the borders of all groups of a dataset."""
    return files_of_groups(File.REFINE_RECEIPT, dataset_of(wildcards))


def refine_submission_of(wildcards):
    """What a group waits for, as `submission_of`."""
    return submission(wildcards, File.REFINE_RECEIPT, File.REFINE_SUBMITTED)
