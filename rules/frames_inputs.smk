"""Which cameras are sampled, and the files with what they show."""

from functools import cache


@cache
def all_shown():
    """The datasets with their cameras, which nobody reads before where no model is asked."""
    if CONFIG.asks_claude:
        return DATASETS
    return plan.read(CONFIG, warn=lambda sentence: None, client=s3_client, shows=True)


def shown(name):
    """A dataset with its cameras."""
    return all_shown()[name]


def shown_episode(wildcards):
    """The episode a job works on, with what its cameras show."""
    return shown(wildcards.dataset).episodes[int(wildcards.episode)]


def footage_of(wildcards):
    """The files with an episode's frames, and where in a data file the episode is."""
    dataset, found = shown(wildcards.dataset), shown_episode(wildcards)
    files = [source(dataset, path) for path in found.footage]
    if not dataset.stores_images:
        return {"footage": files}
    return {"footage": files, "facts": facts_of(dataset, found.index)}
