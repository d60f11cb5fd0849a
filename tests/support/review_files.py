"""Writes what the review page shows of many episodes, as a run over them would have left it."""

import json
import random
from pathlib import Path

from subtasks import files
from subtasks.evaluation import truth_file
from subtasks.evaluation.truth_file import TrueSegment, Truth
from support import configs, many_episodes

LABELS = [
    f"{verb} the {what}"
    for verb in ("reach for", "grasp", "lift", "carry", "lower", "release")
    for what in ("red block", "green block", "yellow bottle", "small drawer", "lid")
]
SECONDS_A_LABEL = 0.2
SHARE_WITH_FINDINGS, SHARE_REVIEWED, SHARE_APART = 0.1, 0.05, 0.1


def render(folder: Path, episodes: int, name: str = "many", *, true: bool = False) -> Path:
    """Write a dataset of `episodes` episodes to `folder`, and its files for the page beside it.

    Returns the folder in which the program of the page is started. There are no filmstrips.
    With `true`, there are true labels, whose borders are a step away now and then.
    """
    chosen = random.Random(0)
    root = many_episodes.render(folder / "data" / name, episodes, "v3.0", alike=True)
    config = configs.filled(datasets=[{"root": str(root)}], annotator="kinematic")
    files.write_json(folder / "work" / "config.json", config)
    length, fps = many_episodes.FRAMES, many_episodes.FPS
    step = round(SECONDS_A_LABEL * fps)
    shown, checks = [], []
    truth = {}
    for episode in range(episodes):
        starts = sorted({0, *chosen.sample(range(step, length, step), 6)})
        labels = [[start / fps, chosen.choice(LABELS)] for start in starts]
        shown.append(
            {
                "episode": episode,
                "task": f"put block {episode % 10} in the bin",
                "length": length,
                "labels": [[time, label, None, False] for time, label in labels],
                "failure": None,
            }
        )
        entries = [{"time": time, "subtask": label} for time, label in labels]
        files.write_json(folder / f"results/{name}/subtasks/episode_{episode:06d}.json", entries)
        if true:
            truth[episode] = _moved(chosen, labels, length / fps)
        if chosen.random() < SHARE_WITH_FINDINGS:
            checks.append(_findings(chosen, episode, labels))
        if chosen.random() < SHARE_REVIEWED:
            for part in ("", "annotated/"):
                path = folder / f"corrections/{name}/{part}episode_{episode:06d}.json"
                files.write_json(path, entries)
    checks.sort(key=lambda each: (-each["score"], each["episode"]))
    files.write_json(folder / f"work/{name}/checks.json", {"episodes": checks})
    overview = {"dataset": name, "fps": fps, "episodes": shown}
    files.write_text(folder / f"reviews/{name}/overview.json", json.dumps(overview))
    if true:
        path = folder / f"work/{name}/truth.json"
        truth_file.write(path, Truth("true labels", "folder of JSON files", (), truth))
    return folder


def _moved(chosen: random.Random, labels: list[list], end: float) -> tuple[TrueSegment, ...]:
    """Leave out a border of ten, and move one of ten others."""
    kept = [labels[0], *(each for each in labels[1:] if chosen.random() > SHARE_APART)]
    moved = [
        (time + SECONDS_A_LABEL / 2 * (time > 0 and chosen.random() < SHARE_APART), label)
        for time, label in kept
    ]
    ends = [*(time for time, _ in moved[1:]), end]
    return tuple(
        TrueSegment(time, stop, label) for (time, label), stop in zip(moved, ends, strict=True)
    )


def _findings(chosen: random.Random, episode: int, labels: list[list]) -> dict:
    time, label = chosen.choice(labels)
    score = round(chosen.uniform(0.5, 5), 2)
    sentence = f"{label} lasts 1.2 s, others 0.1 to 0.4 s"
    finding = {"kind": "length", "score": score, "time": time, "sentence": sentence}
    return {"episode": episode, "score": score, "findings": [finding]}
