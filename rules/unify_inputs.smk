"""Inputs and parameters of what unifies labels, and of what reads them."""

from subtasks.workflow.vocabularies import SaidLabels

# By dataset, where labels are unified.
WORDS = {
    name: SaidLabels(name, DATASETS, CONFIG)
    for name in DATASETS
    if CONFIG.unifies(DATASETS.labels[name])
}


def said_of_dataset(wildcards):
    """All answers about a dataset, and whatever else makes the question about its labels."""
    dataset = dataset_of(wildcards)
    return {
        "outcomes": files_of_groups(File.OUTCOMES, dataset),
        "facts": files_of_groups(File.EPISODES, dataset),
        "guidance": PATHS.fill(File.GUIDANCE, dataset.name),
        "prompt": unify_prompt(),
    }


def unify_prompt():
    """The prompt of the question which labels mean the same."""
    return local(shipped_files.unify_prompt(CONFIG, WORKFLOW))


def unified_of(wildcards):
    """What an episode's labels wait for: that all words of the dataset have been asked about."""
    if wildcards.dataset not in WORDS:
        return []
    mark = PATHS.fill(File.UNIFIED, wildcards.dataset)
    # What is asked about others changes nothing for an episode whose words all have labels.
    return [mark if None in entries_of(wildcards).values() else ancient(mark)]


def entries_of(wildcards):
    """The label for each of the words that the model used in an episode."""
    if wildcards.dataset not in WORDS:
        return {}
    return WORDS[wildcards.dataset].entries(int(wildcards.episode))


def vocabulary_option(wildcards):
    """An option with the labels to write, where they are unified."""
    # Not an input, because it does not exist until unify_labels has run; nor an output of that,
    # because Snakemake would remove what a person has edited.
    if wildcards.dataset not in WORDS:
        return ""
    return option("--vocabulary", [PATHS.fill(File.VOCABULARY, wildcards.dataset)])


def unified_of_dataset(wildcards):
    """What unifying the labels of a dataset took, for the account of what was paid."""
    if wildcards.dataset not in WORDS:
        return {"unified": [], "unify": []}
    return {
        "unified": [PATHS.fill(File.UNIFIED, wildcards.dataset)],
        "unify": [unify_prompt()],
    }
