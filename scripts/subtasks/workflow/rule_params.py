"""Parameters of the rules: exactly what a job's result depends on, as options of its program.

Snakemake runs a job again when its parameters change. So a changed setting runs what it
concerns and nothing else, as long as each function here tells the whole truth and no more.
"""

import json
import shlex
from pathlib import Path
from typing import Any

from subtasks.dataset.dataset import Dataset, Episode
from subtasks.episode_ranges import format_ranges
from subtasks.workflow import paths
from subtasks.workflow.config import Config, outputs_of
from subtasks.workflow.groups import episodes_of

# Keys of `claude` that an answer depends on, besides the prompts.
ASKING = ("model", "passes", "max_tokens", "effort", "motion_hints", "snap_to_motion")

# fetch_file and fetch_column ------------------------------------------------------------------


def content(dataset: Dataset, path: str) -> str:
    """Hash of a file's content on the Hub: a file that has changed there is fetched anew."""
    return dataset.remote[path].content


# segment_motion and find_motion ---------------------------------------------------------------


def rows(episode: Episode) -> str:
    """First row of the episode in its data file and the row after its last."""
    return f"{episode.row} {episode.row + episode.length}"


def motion(dataset: Dataset) -> tuple[str, str]:
    """Column that tells how the robot moves, and the names of its dimensions as JSON."""
    column, names = dataset.motion
    return column, json.dumps(names)


# sample_frames --------------------------------------------------------------------------------


def video_position(dataset: Dataset, episode: Episode) -> str:
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
    """Options that say which frames are taken; those that are not used are left out."""
    sample = config["sample"]
    layouts = {
        "sheet": [
            f"--columns={sample['sheet']['columns']}",
            f"--rows={sample['sheet']['rows']}",
            f"--tile-width={sample['sheet']['tile_width']}",
        ],
        "frame": [f"--frame-width={sample['frame']['width']}"],
    }
    # In windows an episode keeps its rate, whatever its length.
    thinning = [] if sample["window"] else [f"--max-frames={sample['max_frames']}"]
    return shlex.join(
        [
            f"--fps={sample['fps']}",
            f"--layout={sample['layout']}",
            *layouts[sample["layout"]],
            f"--jpeg-quality={sample['jpeg_quality']}",
            *thinning,
        ]
    )


# write_tasks, submit, annotate and extract_subtasks -------------------------------------------


def tasks(dataset: Dataset, name: str) -> dict[str, str]:
    """Episodes of a batch by their task: `{"pick the cup": "16-31"}`."""
    by_task: dict[str, list[int]] = {}
    for index in episodes_of(dataset, name):
        by_task.setdefault(dataset.episodes[index].task, []).append(index)
    return {task: format_ranges(indices) for task, indices in by_task.items()}


def question(dataset: Dataset, config: Config) -> str:
    """Options that, besides prompts and images, make the questions."""
    claude, sample = config["claude"], config["sample"]
    return shlex.join(
        [
            f"--model={claude['model']}",
            f"--max-tokens={claude['max_tokens']}",
            *([f"--effort={claude['effort']}"] if claude["effort"] else []),
            f"--max-frames={sample['max_frames']}",
            *(["--window"] if sample["window"] else []),
            *(["--guidance", _json(dataset.guidance)] if dataset.guidance else []),
        ]
    )


def connection_options(config: Config, workflow: Path) -> str:
    """Options that change no answer: where and how patiently it is asked, for how much money."""
    claude = config["claude"]
    budget = claude["budget_usd"]
    return shlex.join(
        [
            f"--replies={config['replies']}",
            f"--prices={paths.settings_file(claude['prices'], workflow)}",
            *([] if budget is None else [f"--budget={budget}"]),
            f"--provider={claude['provider']}",
            *([f"--base-url={claude['base_url']}"] if claude["base_url"] else []),
            f"--max-retries={claude['max_retries']}",
        ]
    )


def polling_options(config: Config) -> str:
    """Options of annotate that change no answer."""
    claude = config["claude"]
    return shlex.join(
        [f"--api={claude['api']}", f"--poll-seconds={claude['batch']['poll_seconds']}"]
    )


def answer_checks(dataset: Dataset, config: Config) -> str:
    """Options that say which answers are accepted, and what is done to their borders."""
    checked = {key: value for key, value in dataset.guidance.items() if key != "context"}
    snap = config["claude"]["snap_to_motion"]
    return shlex.join(
        [
            *(["--guidance", _json(checked)] if checked else []),
            *([f"--snap={snap}"] if snap else []),
        ]
    )


# write_annotation ------------------------------------------------------------------------------


def annotation(dataset: Dataset, config: Config) -> str:
    """Settings the labels come from, as JSON; how and when they were asked for is none of it."""
    if config["annotator"] != "claude":
        return _json({})
    sample = dict(config["sample"])
    sample.pop({"sheet": "frame", "frame": "sheet"}[sample["layout"]])
    claude = {name: config["claude"][name] for name in ASKING}
    return _json(
        {
            "camera": dataset.camera,
            "sample": sample,
            "claude": claude,
            "guidance": dataset.guidance,
        }
    )


# write_data and write_meta --------------------------------------------------------------------


def outputs(config: Config) -> str:
    """Names of the outputs that are written, and whether columns may be replaced."""
    overwrite = ["--overwrite"] if config["output"]["overwrite"] else []
    return " ".join([*outputs_of(config), *overwrite])


def lengths(dataset: Dataset, file: str) -> list[int]:
    """Frames of each selected episode of a data file.

    There are none where all lack their video.
    """
    return [dataset.episodes[episode].length for episode in sorted(dataset.files[file])]


def episodes_in(dataset: Dataset, file: str, listed: str | None = None) -> str:
    """Options with the selected episodes of a data file and their lengths, or where those lie."""
    frames = listed or ",".join(map(str, lengths(dataset, file)))
    return shlex.join([f"--episodes={format_ranges(dataset.files[file])}", f"--lengths={frames}"])


# publish_in_place and publish_to_hub ----------------------------------------------------------


def published(dataset: Dataset) -> str:
    """Episodes whose data files are part of the result, as ranges."""
    unlabelled = [i for i, episode in dataset.absent.items() if episode.data in dataset.files]
    return format_ranges([*dataset.episodes, *unlabelled])


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
