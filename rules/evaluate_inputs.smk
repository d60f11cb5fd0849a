"""Inputs of the rules that say how good the labels are."""

from subtasks.truth import forms

# Where the true labels of each dataset are, of those that have any.
TRUTHS = {name: truth for name, truth in DATASETS.truths.items() if truth}


@cache
def compared(name):
    """The episodes of a dataset that have true labels, as far as that is known before they are read."""
    dataset = DATASETS[name]
    try:
        true = forms.covered(TRUTHS[name], f"config: evaluate.truth of {name}")
    except Problem as problem:
        stop(problem)
    found = [e for e in dataset.episodes if true is None or e in true]
    if not found:
        stop(
            f"{TRUTHS[name]} has true labels of no episode that is selected of {name}: name other "
            "episodes, or another evaluate.truth"
        )
    return found


def facts_of_compared(dataset):
    """What is known of the episodes with true labels."""
    return list(
        dict.fromkeys(facts_of(dataset, episode) for episode in compared(dataset.name))
    )


def truth_and_episodes(wildcards):
    """The files with the true labels, and what is known of their episodes."""
    dataset = dataset_of(wildcards)
    # First what may end the run.
    facts = facts_of_compared(dataset)
    where = f"config: evaluate.truth of {dataset.name}"
    files = forms.files(TRUTHS[dataset.name], where)
    return {"truth": [local(str(path)) for path in files], "facts": facts}


def found_and_true(wildcards):
    """The labels of the episodes with true ones, and these."""
    dataset = dataset_of(wildcards)
    failed = failed_before(dataset)
    labelled = [e for e in compared(dataset.name) if e not in failed]
    return {
        "truth": PATHS.fill(File.TRUTH, dataset.name),
        "facts": facts_of_compared(dataset),
        "subtasks": subtasks_of(dataset, labelled),
    }


def judged_labels(wildcards):
    """What all that is asked about labels is made from."""
    return {
        **found_and_true(wildcards),
        "prompt": local(shipped_files.judge_prompt(CONFIG, WORKFLOW)),
    }


def scored(wildcards):
    """What the scores of a dataset are made from."""
    judged = PATHS.fill(File.JUDGED, wildcards.dataset)
    return {
        **found_and_true(wildcards),
        "judged": [judged] if CONFIG.evaluate.judge else [],
    }


def episodes_compared(wildcards):
    """The numbers of the episodes with true labels."""
    return format_ranges(compared(wildcards.dataset))


def annotated_folder(wildcards):
    """The folder with what the annotator had said of episodes that a person has corrected."""
    return PATHS.folder(File.ANNOTATED, wildcards.dataset)


def facts_folder(wildcards, input):
    """The folder with what is known of a dataset's episodes."""
    return Path(input.facts[0]).parent


def evaluated(wildcards):
    """The scores and reports of all datasets with true labels. Called only where they are asked for."""
    if not TRUTHS:
        stop(
            "there is nothing to compare the labels with: name true labels, such as --config "
            "'evaluate={truth: path/to/truth}'"
        )
    if without := [name for name in DATASETS if name not in TRUTHS]:
        logger.info(f"Without true labels, so not evaluated: {', '.join(without)}")
    scores, report = File.SCORES, File.EVALUATION
    if CONFIG.evaluate.runs:
        scores, report = File.RUNS, File.RUNS_REPORT
    return {
        "scores": [local(PATHS.fill(scores, name)) for name in TRUTHS],
        "reports": [local(PATHS.fill(report, name)) for name in TRUTHS],
    }
