"""What the rules need to know, worked out from the config and the datasets.

The functions give Snakemake its inputs and parameters. A parameter holds exactly what the
job's result depends on, so that a changed setting runs what it concerns and nothing else.
"""

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

from subtasks import dataset as datasets
from subtasks import mixture
from subtasks.dataset import Dataset, Episode
from subtasks.problem import Problem
from subtasks.selection import format_ranges

Config = dict[str, Any]

MOST_NAMED = 10


def read(config: Config, warn: Callable[[str], None]) -> dict[str, Dataset]:
    """Read every dataset of the config, by name.

    Files that selected episodes lack are one `Problem` that names them all, or with
    `on_error: skip` a warning, and the episodes are left out.
    """
    entries = mixture.entries(Path(config["mixture"])) if config["mixture"] else config["datasets"]
    if not entries:
        raise Problem("config: datasets is empty, name at least one: - root: path/to/dataset")
    plan: dict[str, Dataset] = {}
    for entry in entries:
        options = {key: value for key, value in entry.items() if key != "root"}
        dataset = datasets.load(Path(entry["root"]), **options)
        if dataset.name in plan:
            raise Problem(
                f"config: {plan[dataset.name].root} and {dataset.root} are both called "
                f"{dataset.name}, give one of them a name: of its own"
            )
        plan[dataset.name] = _complete(dataset, config, warn)
    return plan


def _complete(dataset: Dataset, config: Config, warn: Callable[[str], None]) -> Dataset:
    needs_video = config["annotator"] == "claude"
    if needs_video and dataset.camera is None:
        raise Problem(
            f"{dataset.root} has no video feature to sample: annotator: kinematic needs none"
        )
    if not needs_video and dataset.motion is None:
        raise Problem(f"{dataset.root} has neither observation.state nor action to segment")
    absent = datasets.missing(dataset, videos=needs_video)
    if not absent:
        return dataset
    paths = [path for gone in absent.values() for path in gone]
    files = list(dict.fromkeys(paths))
    shown = ", ".join(files[:MOST_NAMED]) + (", …" if len(files) > MOST_NAMED else "")
    sentence = (
        f"{dataset.root} lacks {len(files)} files of its episodes {format_ranges(absent)}: {shown}"
    )
    if config["on_error"] == "stop":
        raise Problem(f"{sentence}; restore them, exclude these episodes or set on_error: skip")
    warn(f"{sentence}; these episodes are left out")
    return dataset.without(absent)


# segment_motion ----------------------------------------------------------------------------


def rows(episode: Episode) -> str:
    """First row of the episode in its data file and the row after its last."""
    return f"{episode.row} {episode.row + episode.length}"


def motion(dataset: Dataset) -> tuple[str, str]:
    """Column that tells how the robot moves, and the names of its dimensions as JSON."""
    column, names = dataset.motion
    return column, json.dumps(names)


# sample_frames -----------------------------------------------------------------------------


def place(dataset: Dataset, episode: Episode) -> str:
    """Options that say where the episode lies in its video."""
    return shlex.join(
        [
            f"--name={episode.video}",
            f"--start={episode.start!r}",
            f"--stop={episode.stop!r}",
            f"--frames={episode.length}",
            f"--episode-fps={dataset.fps!r}",
        ]
    )


def sampling(config: Config) -> str:
    """Options that say which frames are taken; those of the other layout are left out."""
    sample = config["sample"]
    layouts = {
        "sheet": [
            f"--columns={sample['sheet']['columns']}",
            f"--rows={sample['sheet']['rows']}",
            f"--tile-width={sample['sheet']['tile_width']}",
        ],
        "frame": [f"--frame-width={sample['frame']['width']}"],
    }
    return shlex.join(
        [
            f"--fps={sample['fps']}",
            f"--layout={sample['layout']}",
            *layouts[sample["layout"]],
            f"--jpeg-quality={sample['jpeg_quality']}",
            f"--max-frames={sample['max_frames']}",
        ]
    )


# annotate and extract_subtasks ----------------------------------------------------------------


def batch_name(episode: int, config: Config) -> str:
    """Batch an episode belongs to, by its number alone.

    A fixed grid and not the position in the selection: leaving one episode out changes one
    batch and not all that follow.
    """
    size = config["claude"]["episodes_per_job"]
    first = episode // size * size
    return f"{first:06d}-{first + size - 1:06d}"


def batch(dataset: Dataset, config: Config, name: str) -> list[int]:
    """Selected episodes of a batch."""
    first, last = map(int, name.split("-"))
    return [i for i in range(first, last + 1) if i in dataset.episodes]


def batches(dataset: Dataset, config: Config) -> list[str]:
    """Names of all batches of a dataset, in order."""
    return list(dict.fromkeys(batch_name(i, config) for i in sorted(dataset.episodes)))


def outcomes_file(dataset: Dataset, config: Config, name: str) -> str:
    """Where the outcomes of a batch lie."""
    return f"{config['work']}/{dataset.name}/outcomes/{name}.jsonl"


def subtasks_file(dataset: Dataset, config: Config, episode: int) -> str:
    """Where an episode's subtasks lie, whoever finds them."""
    return f"{config['results']}/{dataset.name}/subtasks/episode_{episode:06d}.json"


def tasks(dataset: Dataset, config: Config, name: str) -> str:
    """Episodes of a batch by their task, as JSON: `{"pick the cup": "16-31"}`."""
    by_task: dict[str, list[int]] = {}
    for index in batch(dataset, config, name):
        by_task.setdefault(dataset.episodes[index].task, []).append(index)
    return json.dumps(
        {task: format_ranges(indices) for task, indices in by_task.items()}, ensure_ascii=False
    )


def prompt_file(config: Config, workflow: Path) -> str:
    """The prompt's file: beside the user's config, else the one shipped with the workflow."""
    path = Path(config["claude"]["prompt"])
    return str(path if path.is_absolute() or path.is_file() else workflow / path)


def question(config: Config) -> str:
    """Options that, besides prompt and images, make the question."""
    claude = config["claude"]
    effort = [f"--effort={claude['effort']}"] if claude["effort"] else []
    return shlex.join(
        [f"--model={claude['model']}", f"--max-tokens={claude['max_tokens']}", *effort]
    )


# write_data and write_meta ---------------------------------------------------------------------


def outputs(config: Config) -> str:
    """Names of the outputs that are written."""
    return " ".join(name for name, wanted in config["output"].items() if wanted)


def episodes_in(dataset: Dataset, file: str) -> str:
    """Selected episodes of a data file, as ranges."""
    return format_ranges(dataset.files[file])


def meta_files(dataset: Dataset) -> list[str]:
    """All files of the source's metadata."""
    return sorted(str(path) for path in (dataset.root / "meta").rglob("*") if path.is_file())
