"""The files that a review is made from, of a few episodes."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from subtasks import episode_facts, files
from subtasks.episode_facts import EpisodeFacts
from subtasks.segments.segment import Segment
from support.outputs import write_subtasks

FPS = 10.0

LABELS = {
    16: [Segment(0, "reach"), Segment(1, "grasp", "grip it"), Segment(2.5, "lift")],
    17: [Segment(0, "reach"), Segment(0.5, "grasp", mistake=True)],
    18: [],
    19: [Segment(0, "reach")],
}
"""Labels of four episodes, of which one has none."""

CHECKS = [
    (17, 3.2, [("length", 0.5, "grasp lasts 3.5 s, others 1.5 s"), ("rare", None, "no lift")]),
    (18, 2.0, [("failed", None, "Claude gave no usable answer")]),
]
"""What checks have found in them."""


def write_sources(folder: Path, labels: Mapping[int, Sequence[Segment]] | None = None) -> list[str]:
    """Write the files, and return the options that name them."""
    labels = LABELS if labels is None else labels
    write_subtasks(folder / "subtasks", {number: list(each) for number, each in labels.items()})
    listed = {
        str(number): {"task": "by the metadata", "length": 30, "data": "a.parquet", "row": 0}
        for number in labels
    }
    files.write_json(folder / "listed/000016-000031.json", listed)
    facts = {number: EpisodeFacts(f"task {number}", 40) for number in labels}
    episode_facts.write(folder / "facts/000016-000031.json", facts)
    write_checks(folder / "checks.json", CHECKS)
    ranges = ",".join(map(str, labels))
    return [
        *("--dataset", "demo", "--fps", str(FPS), "--episodes", ranges),
        *("--listed", str(folder / "listed"), "--facts", str(folder / "facts")),
        *("--checks", str(folder / "checks.json"), "--subtasks", str(folder / "subtasks")),
    ]


def write_checks(
    path: Path,
    checks: Sequence[tuple[int, float, Sequence[tuple[str, float | None, str]]]],
) -> None:
    """Write what the checks have found: episode, score, and kind, time and sentence of each."""
    found = [
        {
            "episode": episode,
            "score": score,
            "findings": [
                {"kind": kind, "score": score, "time": time, "sentence": sentence}
                for kind, time, sentence in findings
            ],
        }
        for episode, score, findings in checks
    ]
    path.write_text(json.dumps({"episodes": found}))
