"""What the review page shows, and the command that opens it."""

from subtasks.dataset import dataset as datasets


def shown_and_measured(wildcards):
    """The frames of an episode, as far as its files are on this machine, and its motion."""
    dataset, episode = dataset_of(wildcards), int(wildcards.episode)
    group = group_name(episode, group_size(CONFIG.claude))
    measured = PATHS.fill(File.MEASURED, dataset.name, group=group)
    frames = PATHS.fill(File.FRAMES, dataset.name, episode=episode)
    return {
        "frames": [frames] if has_frames(dataset.name, episode) else [],
        "measured": [measured] if dataset.motion else [],
    }


@cache
def without_footage(name):
    """Episodes of a dataset that have no picture to show, where no model needs one."""
    dataset = shown(name)
    if not dataset.cameras or dataset.remote is not None:
        return set(dataset.episodes)
    try:
        return set(datasets.missing(dataset, videos=True))
    except Problem:
        # A link that leads out of the dataset: nobody needs what is behind it.
        return set(dataset.episodes)


def has_frames(name, episode):
    """Whether there are frames of an episode to sample."""
    return CONFIG.asks_claude or episode not in without_footage(name)


def review_files(wildcards):
    """What the page shows of all datasets. Called only where it is asked for."""
    if IN_STORAGE:
        stop(
            "the review page shows results that are on this machine, and these are kept in object "
            "storage"
        )
    found = [PATHS.fill(File.OVERVIEW, name) for name in DATASETS]
    found += [PATHS.fill(File.TRUTH, name) for name in TRUTHS]
    for name, dataset in DATASETS.items():
        for episode in dataset.episodes:
            found.append(PATHS.fill(File.REVIEW, name, episode=episode))
    return [PATHS.pattern(File.CONFIG), *found]


def page_command():
    """The command that opens the review page, as it can be typed in this folder."""
    program, settings = WORKFLOW / "scripts/review.py", Path(PATHS.pattern(File.CONFIG))
    if program.is_relative_to(Path.cwd()):
        program = program.relative_to(Path.cwd())
    command = ["python", str(program)]
    if settings != Path("work/config.json"):
        command += ["--config", str(settings)]
    return shlex.join(command)
