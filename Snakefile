# Subtasks for LeRobot datasets: each episode's video becomes sampled frames, those become
# subtasks with times, and those become columns of a copy of the dataset.
#
#   video ── sample_frames ──▶ frames ── annotate ──▶ outcomes ── extract_subtasks ──▶ subtasks
#   subtasks + data ── write_data ──▶ data with a column more      meta ── write_meta ──▶ meta
#
# With `annotator: kinematic`, segment_motion goes from the data to the subtasks at once.

from snakemake.utils import min_version

min_version("9.16")


configfile: "config/config.yaml"


include: "rules/home.smk"
include: "rules/common.smk"
include: "rules/claude_inputs.smk"
include: "rules/write_inputs.smk"
include: "rules/fetch.smk"
include: f"rules/{config['annotator']}.smk"
include: "rules/correct.smk"
include: "rules/write.smk"
include: "rules/publish.smk"
include: "rules/cost.smk"
include: "rules/status.smk"
include: "rules/run.smk"


rule all:
    default_target: True
    input:
        [target for dataset in DATASETS.values() for target in dataset_targets(dataset)],
    message:
        "Every dataset is annotated"


onstart:
    begin()


onsuccess:
    end()


onerror:
    print_summary()
