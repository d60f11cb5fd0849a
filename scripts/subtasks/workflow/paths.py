"""The files the workflow makes: one table of path patterns, for the rules and for the library.

A rule's `output:` is a pattern with its wildcards left for Snakemake; an input function or a
report fills them in.
"""

import re
from dataclasses import asdict, dataclass, fields
from enum import StrEnum

from subtasks.workflow.config import Config

_FIELD = re.compile(r"\{(\w+)\}")


class File(StrEnum):
    """Kinds of files, with their path patterns.

    `{episode}` is an episode's number of six digits, `{group}` a group of episodes (see
    `groups`), `{file}` and `{meta}` a file's path inside the dataset, `{started}` when a run began.
    """

    CONFIG = "{work}/config.json"
    SOURCE = "{work}/{dataset}/source/{file}"
    COLUMN = "{work}/{dataset}/columns/{file}"
    FRAMES = "{work}/{dataset}/frames/episode_{episode}.zip"
    MOTION = "{work}/{dataset}/motion/episode_{episode}.json"
    LISTED = "{work}/{dataset}/listed/{group}.json"
    EPISODES = "{work}/{dataset}/episodes/{group}.json"
    ROBOT = "{work}/{dataset}/robot.json"
    GUIDANCE = "{work}/{dataset}/guidance.json"
    SETTINGS = "{work}/{dataset}/settings.json"
    RECEIPT = "{work}/{dataset}/receipts/{group}.json"
    SUBMITTED = "{work}/{dataset}/submitted"
    OUTCOMES = "{work}/{dataset}/outcomes/{group}.jsonl"
    SOURCE_AGAIN = "{work}/{dataset}/source_again/{file}"
    BORDERS = "{work}/{dataset}/borders/episode_{episode}.zip"
    REFINE_RECEIPT = "{work}/{dataset}/refine_receipts/{group}.json"
    REFINE_SUBMITTED = "{work}/{dataset}/refine_submitted"
    REFINED = "{work}/{dataset}/refined/{group}.jsonl"
    FAULTS = "{work}/{dataset}/faults.json"
    MEASURED = "{work}/{dataset}/movement/{group}.json"
    CHECKS = "{work}/{dataset}/checks.json"
    LABELS_REPORT = "{work}/{dataset}/report/labels.html"
    REVIEW = "{reviews}/{dataset}/episode_{episode}.json"
    FILMSTRIP = "{reviews}/{dataset}/episode_{episode}.jpg"
    OVERVIEW = "{reviews}/{dataset}/overview.json"
    TRUTH = "{work}/{dataset}/truth.json"
    JUDGED = "{work}/{dataset}/judged.json"
    SCORES = "{evaluations}/{dataset}/scores.json"
    EPISODE_SCORES = "{evaluations}/{dataset}/episodes.parquet"
    EVALUATION = "{evaluations}/{dataset}/evaluation.html"
    COMPARED = "{work}/{dataset}/compared.json"
    RUNS = "{evaluations}/{dataset}/runs.json"
    RUNS_REPORT = "{evaluations}/{dataset}/runs.html"
    ANNOTATED = "{corrections}/{dataset}/annotated/episode_{episode}.json"
    CORRECTION = "{corrections}/{dataset}/episode_{episode}.json"
    UNIFIED = "{work}/{dataset}/unified/labels.json"
    VOCABULARY = "{vocabularies}/{dataset}.yaml"
    SUBTASKS = "{results}/{dataset}/subtasks/episode_{episode}.json"
    LENGTHS = "{work}/{dataset}/lengths/{file}.json"
    RESULT = "{results}/{dataset}/{file}"
    METADATA = "{results}/{dataset}/{meta}"
    INFO = "{results}/{dataset}/meta/info.json"
    ANNOTATION = "{results}/{dataset}/meta/annotation.json"
    SUBTASKS_TABLE = "{results}/{dataset}/meta/subtasks.parquet"
    SEGMENTS_TABLE = "{results}/{dataset}/meta/segments.parquet"
    REPORT = "{work}/{dataset}/{rule}/{started}.txt"
    LOG = "{work}/logs/{rule}.log"
    DATASET_LOG = "{work}/{dataset}/logs/{rule}.log"
    EPISODE_LOG = "{work}/{dataset}/logs/{rule}/episode_{episode}.log"
    GROUP_LOG = "{work}/{dataset}/logs/{rule}/{group}.log"
    FILE_LOG = "{work}/{dataset}/logs/{rule}/{file}.log"
    META_LOG = "{work}/{dataset}/logs/{rule}/{meta}.log"
    RUN_LOG = "{work}/{dataset}/logs/{rule}/{started}.log"
    DATASET_BENCHMARK = "{work}/{dataset}/benchmarks/{rule}.tsv"
    EPISODE_BENCHMARK = "{work}/{dataset}/benchmarks/{rule}/episode_{episode}.tsv"
    GROUP_BENCHMARK = "{work}/{dataset}/benchmarks/{rule}/{group}.tsv"
    FILE_BENCHMARK = "{work}/{dataset}/benchmarks/{rule}/{file}.tsv"


@dataclass(frozen=True, slots=True)
class Paths:
    """Paths below the folders that the config names."""

    work: str
    results: str
    corrections: str
    vocabularies: str
    reviews: str
    evaluations: str

    @classmethod
    def of(cls, config: Config) -> "Paths":
        """Return the paths of a config."""
        return cls(**{field.name: getattr(config, field.name) for field in fields(cls)})

    def pattern(self, file: File, rule: str = "{rule}") -> str:
        """Return a pattern with the wildcards left in it, for a rule's files."""
        known = {**asdict(self), "rule": rule}
        return _FIELD.sub(lambda field: known.get(field[1], field[0]), file)

    def fill(self, file: File, dataset: str, rule: str = "", /, **wildcards: str | int) -> str:
        """Return the path of one file; a number is that of an episode."""
        values = {"dataset": dataset} | {
            name: f"{value:06d}" if isinstance(value, int) else value
            for name, value in wildcards.items()
        }
        return _FIELD.sub(lambda field: values[field[1]], self.pattern(file, rule))

    def folder(self, file: File, dataset: str) -> str:
        """Return the folder in which a dataset's files of a kind are."""
        head = self.pattern(file).rpartition("/")[0]
        return _FIELD.sub(lambda field: {"dataset": dataset}[field[1]], head)
