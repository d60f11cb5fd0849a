"""The settings that are compared: each is this workflow once more, as a module, on a few episodes."""

from subtasks.workflow import runs


def run_configs():
    """The config of each run, by its name, for the same episodes in folders of its own."""
    if not (CONFIG.evaluate.runs and TRUTHS):
        return {}
    if runs.FOLDER in DATASETS:
        raise Problem(
            f"config: a dataset is called {runs.FOLDER}, as is the folder of the runs: give it "
            "another name:"
        )
    episodes = {
        name: runs.spread(compared(name), CONFIG.evaluate.max_episodes)
        for name in TRUTHS
    }
    found = {}
    for run in runs.named(CONFIG):
        try:
            settings = accepted(runs.changed(config, run))
        except Problem as problem:
            raise Problem(f"config: evaluate.runs, {run.name}: {problem}") from None
        found[run.name] = runs.placed(settings, run, DATASETS.entries, episodes)
    return found


try:
    RUN_CONFIGS = run_configs()
except Problem as problem:
    stop(problem)
# What stands before the names of their rules.
RUN_PREFIXES = [
    use_as_run(name, WORKFLOW / "Snakefile", settings)
    for name, settings in RUN_CONFIGS.items()
]
RUN_PATHS = {
    name: Paths.of(Config.from_mapping(settings))
    for name, settings in RUN_CONFIGS.items()
}


def own_rules(names):
    """The rules that some rules are, whatever run they are of."""
    return {
        next(
            (
                name.removeprefix(prefix)
                for prefix in RUN_PREFIXES
                if name.startswith(prefix)
            ),
            name,
        )
        for name in names
    }


def runs_of(wildcards):
    """The scores of all runs, and what their labels have cost."""
    paths, name = RUN_PATHS.values(), wildcards.dataset
    return {
        "compared": PATHS.fill(File.COMPARED, name),
        "episode_scores": [
            local(each.fill(File.EPISODE_SCORES, name)) for each in paths
        ],
        "annotations": [each.fill(File.ANNOTATION, name) for each in paths],
    }


def compared_runs(wildcards):
    """The names of the runs, what differs between them, and how long their episodes are."""
    dataset = dataset_of(wildcards)
    [entry] = [
        entry
        for settings in list(RUN_CONFIGS.values())[:1]
        for entry in settings["datasets"]
        if entry["name"] == dataset.name
    ]
    seconds = sum(dataset.episodes[e].length for e in entry["episodes"]) / dataset.fps
    names, differing = list(RUN_CONFIGS), runs.differences(list(RUN_CONFIGS.values()))
    return {
        "dataset": dataset.name,
        "seconds": seconds,
        "runs": [{"name": n, "settings": d} for n, d in zip(names, differing)],
    }
