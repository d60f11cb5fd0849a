# Subtasks for LeRobot datasets: each episode's video becomes sampled frames, those become
# subtasks with times, and those become columns of a copy of the dataset.
#
#   video ── sample_frames ──▶ frames ── annotate ──▶ outcomes ── extract_subtasks ──▶ subtasks
#   subtasks + data ── write_data ──▶ data with one more column      meta ── write_meta ──▶ meta
#
# With `annotator: kinematic`, segment_motion leads straight from the data to the subtasks.

from snakemake.utils import min_version

min_version("9.17")


configfile: "config/config.yaml"


# In this order: each file uses the names of those before it.
include: "rules/engine.smk"
include: "rules/home.smk"
include: "rules/common.smk"
include: "rules/episodes_inputs.smk"
include: "rules/claude_inputs.smk"
include: "rules/unify_inputs.smk"
include: "rules/write_inputs.smk"
include: "rules/fetch.smk"
include: "rules/episodes.smk"
include: "rules/frames_inputs.smk"
include: "rules/frames.smk"
include: f"rules/{config['annotator']}.smk"
include: "rules/correct.smk"
include: "rules/write.smk"
include: "rules/publish_inputs.smk"
include: "rules/publish.smk"
include: "rules/check_inputs.smk"
include: "rules/check.smk"
include: "rules/evaluate_inputs.smk"
include: "rules/compare_runs_inputs.smk"
include: "rules/evaluate.smk"
include: "rules/compare_runs.smk"
include: "rules/review_inputs.smk"
include: "rules/review.smk"
include: "rules/report.smk"
include: "rules/run.smk"


rule all:
    default_target: True
    input:
        [path for dataset in DATASETS.values() for path in dataset_targets(dataset)],
    message:
        "Every dataset is annotated"


onstart:
    begin()


onsuccess:
    end()


onerror:
    print_summary()
