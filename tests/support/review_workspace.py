"""A small folder of a run whose labels can be reviewed, without a run.

The demo's datasets are rendered, its true labels stand for an annotator's, and what the rules of
`snakemake review` make is written as they write it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PIL import Image

from subtasks.demo import arm, lerobot
from subtasks.segments import subtask_files
from subtasks.segments.segment import Segment, settle
from support import configs
from support.demo import LAYOUTS

COLUMNS, TILE = 5, (24, 18)


@dataclass(frozen=True, slots=True)
class Review:
    """The folder, which `scripts/review.py` is started in, and its datasets by name."""

    folder: Path
    config: Path
    labels: dict[str, list[list[Segment]]]

    def path(self, kind: str, episode: int, dataset: str = "demo") -> Path:
        """Return an episode's file: a kind is results, corrections, annotated or reviews."""
        name = f"episode_{episode:06d}.json"
        return {
            "results": self.folder / "results" / dataset / "subtasks" / name,
            "corrections": self.folder / "corrections" / dataset / name,
            "annotated": self.folder / "corrections" / dataset / "annotated" / name,
            "reviews": self.folder / "reviews" / dataset / name,
        }[kind]

    def written(self, kind: str, episode: int, dataset: str = "demo") -> Any:
        """Read one of these files."""
        return json.loads(self.path(kind, episode, dataset).read_text())

    def overview(self, dataset: str = "demo") -> Path:
        """Return the overview file."""
        return self.folder / "reviews" / dataset / "overview.json"


def build(
    folder: Path,
    episodes: int = 5,
    frames: int = 40,
    versions: Mapping[str, str] | None = None,
    cameras: Sequence[str] = (lerobot.CAMERA, lerobot.WRIST),
    **config: Any,
) -> Review:
    """Make the folder with one dataset for each of `versions`, which are by name.

    Episodes have at most `frames` frames, at the demo's rate. The last one has failed.
    """
    versions = versions or {"demo": "v2.1"}
    labels = {}
    for name, version in versions.items():
        rendered = _render(folder / "data" / name, episodes, frames, version, cameras)
        labels[name] = _label(folder, name, rendered)
    given = {
        "datasets": [{"root": f"data/{name}"} for name in versions],
        "annotator": "kinematic",
        **config,
    }
    path = folder / "work" / "config.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(configs.filled(**given)))
    return Review(folder, path, labels)


def _render(
    root: Path, episodes: int, frames: int, version: str, cameras: Sequence[str]
) -> list[tuple[lerobot.Episode, list[Segment]]]:
    found: list[lerobot.Episode] = []
    truth = []
    root.parent.mkdir(parents=True, exist_ok=True)
    for index in range(episodes):
        whole = arm.simulate(0, index)
        step = max(1, whole.length // frames)
        recording = replace(
            whole,
            state=whole.state[::step][:frames],
            action=whole.action[::step][:frames],
            blocks=whole.blocks[::step][:frames],
        )
        tasks = list(dict.fromkeys([*lerobot.tasks(found), recording.task]))
        videos = {camera: root.parent / f"{root.name}.{index}.{camera}.mp4" for camera in cameras}
        row = sum(each.length for each in found)
        found.append(lerobot.render(recording, index, row, tasks.index(recording.task), videos))
        quick = [replace(each, time=each.time / step) for each in whole.segments]
        truth.append(settle(quick, arm.FPS, found[-1].length))
    rendered = list(zip(found, truth, strict=True))
    LAYOUTS[version].write(root, found)
    return rendered


def _label(
    folder: Path, name: str, rendered: list[tuple[lerobot.Episode, list[Segment]]]
) -> list[list[Segment]]:
    results, reviews = folder / "results" / name / "subtasks", folder / "reviews" / name
    for each in (results, reviews, folder / "work" / name):
        each.mkdir(parents=True)
    rows, labels = [], []
    for episode, true in rendered:
        failed = episode is rendered[-1][0]
        found = [] if failed else true
        path = results / f"episode_{episode.index:06d}.json"
        path.write_text(subtask_files.dump(found))
        rows.append(
            {
                "episode": episode.index,
                "task": episode.task,
                "length": episode.length,
                "labels": [[each.time, each.subtask, None, False] for each in found],
                "failure": "nobody has labelled it" if failed else None,
            }
        )
        labels.append(found)
        _review(reviews, episode)
    findings = [{"kind": "length", "score": 2.5, "time": 0.5, "sentence": "reach lasts 6.1 s"}]
    checks = {"episodes": [{"episode": 1, "score": 2.5, "findings": findings}]}
    (folder / "work" / name / "checks.json").write_text(json.dumps(checks))
    overview = {"dataset": name, "fps": arm.FPS, "episodes": rows}
    (reviews / "overview.json").write_text(json.dumps(overview))
    return labels


def _review(folder: Path, episode: lerobot.Episode) -> None:
    seconds = episode.length / arm.FPS
    times = [round(step * 0.1, 1) for step in range(int(seconds * 10) or 1)]
    still = [0.0] * len(times)
    motion = {"seconds": 0.1, "speed": {"arm": still}, "opening": {"gripper": still}}
    rows = -(-len(times) // COLUMNS)
    Image.new("RGB", (COLUMNS * TILE[0], rows * TILE[1]), "teal").save(
        folder / f"episode_{episode.index:06d}.jpg"
    )
    strip = {
        "file": f"episode_{episode.index:06d}.jpg",
        "width": TILE[0],
        "height": TILE[1],
        "columns": COLUMNS,
        "times": times,
    }
    content = {
        "motion": {**motion, "actions": [], "changes": []},
        "fault": None,
        "filmstrip": strip,
    }
    (folder / f"episode_{episode.index:06d}.json").write_text(json.dumps(content))
