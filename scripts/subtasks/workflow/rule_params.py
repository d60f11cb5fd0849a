"""Parameters of the rules: exactly what a job's result depends on, as options of its program.

Snakemake runs a job again when its parameters change. So a changed setting runs what it
concerns and nothing else, as long as each function here tells the whole truth and no more.
"""

import json
import shlex
from dataclasses import asdict
from pathlib import Path
from typing import Any

from subtasks.dataset.dataset import Dataset
from subtasks.dataset.episode import Episode
from subtasks.episode_ranges import format_ranges
from subtasks.workflow.config import Claude, Config, LabelLimits, Labels, Sample
from subtasks.workflow.groups import episodes_of
from subtasks.workflow.shipped_files import settings_file

# fetch_file and fetch_column ------------------------------------------------------------------


def content(dataset: Dataset, path: str) -> str:
    """Return the hash of a file's content on the Hub: one that has changed is fetched again."""
    assert dataset.remote is not None
    return dataset.remote[path].content


# segment_motion and find_motion ---------------------------------------------------------------


def rows(episode: Episode) -> str:
    """Return the episode's first row in its data file and the row after its last."""
    return f"{episode.row} {episode.row + episode.length}"


def motion(dataset: Dataset) -> tuple[str, str]:
    """Return the column with the robot's motion, and the names of its dimensions as JSON."""
    assert dataset.motion is not None
    column, names = dataset.motion
    return column, json.dumps(names)


# sample_frames --------------------------------------------------------------------------------


def video_position(dataset: Dataset, episode: Episode) -> str:
    """Return the options that say where in its video the episode is."""
    return shlex.join(
        [
            f"--name={episode.video}",
            f"--start={episode.start!r}",
            f"--stop={episode.stop!r}",
            f"--frames={episode.length}",
            f"--episode-fps={dataset.fps!r}",
        ]
    )


def sampling(sample: Sample) -> str:
    """Return the options that say which frames are taken, without those that are not used."""
    layouts = {
        "sheet": [
            f"--columns={sample.sheet.columns}",
            f"--rows={sample.sheet.rows}",
            f"--tile-width={sample.sheet.tile_width}",
        ],
        "frame": [f"--frame-width={sample.frame.width}"],
    }
    # In windows an episode keeps its rate, whatever its length.
    thinning = [] if sample.window else [f"--max-frames={sample.max_frames}"]
    return shlex.join(
        [
            f"--fps={sample.fps}",
            f"--layout={sample.layout}",
            *layouts[sample.layout],
            f"--jpeg-quality={sample.jpeg_quality}",
            *thinning,
        ]
    )


# write_tasks, submit, annotate and extract_subtasks -------------------------------------------


def tasks(dataset: Dataset, group: str) -> dict[str, str]:
    """Return the episodes of a group by their task: `{"pick the cup": "16-31"}`."""
    by_task: dict[str, list[int]] = {}
    for index in episodes_of(dataset, group):
        by_task.setdefault(dataset.episodes[index].task, []).append(index)
    return {task: format_ranges(indices) for task, indices in by_task.items()}


def question(limits: LabelLimits, config: Config) -> str:
    """Return the options that, besides prompts and images, make the questions."""
    claude, sample, guidance = config.claude, config.sample, limits.to_json()
    return shlex.join(
        [
            f"--model={claude.model}",
            f"--max-tokens={claude.max_tokens}",
            *([f"--effort={claude.effort}"] if claude.effort else []),
            f"--max-frames={sample.max_frames}",
            *(["--window"] if sample.window else []),
            *(["--guidance", guidance] if guidance else []),
        ]
    )


def connection_options(config: Config, workflow: Path) -> str:
    """Return options that change no answer: whom to ask, how patiently, for how much money."""
    claude = config.claude
    return shlex.join(
        [
            f"--replies={config.replies}",
            f"--prices={settings_file(claude.prices, workflow)}",
            *([] if claude.budget_usd is None else [f"--budget={claude.budget_usd}"]),
            f"--provider={claude.provider}",
            *([f"--base-url={claude.base_url}"] if claude.base_url else []),
            f"--max-retries={claude.max_retries}",
        ]
    )


def polling_options(claude: Claude) -> str:
    """Return options of annotate that change no answer: how it waits for one."""
    return shlex.join([f"--api={claude.api}", f"--poll-seconds={claude.batch.poll_seconds}"])


def answer_checks(limits: LabelLimits, labels: Labels) -> str:
    """Return the options that say which answers are accepted, and how boundaries are moved."""
    checked = limits.to_json(context=False)
    return shlex.join(
        [
            *(["--guidance", checked] if checked else []),
            *([f"--snap={labels.snap_to_motion}"] if labels.snap_to_motion else []),
        ]
    )


# write_annotation ------------------------------------------------------------------------------


def annotation(dataset: Dataset, limits: LabelLimits, config: Config) -> str:
    """Return the settings the labels come from, as JSON, without how and when they were asked."""
    if not config.asks_claude:
        return _json({})
    sample = asdict(config.sample)
    sample.pop({"sheet": "frame", "frame": "sheet"}[config.sample.layout])
    labels, claude = config.labels, config.claude
    said = {name: value for name, value in asdict(limits).items() if value is not None}
    return _json(
        {
            "camera": dataset.camera,
            "sample": sample,
            "labels": {
                "passes": labels.passes,
                "motion_hints": labels.motion_hints,
                "snap_to_motion": labels.snap_to_motion,
                **said,
            },
            "claude": {
                "model": claude.model,
                "max_tokens": claude.max_tokens,
                "effort": claude.effort,
            },
        }
    )


# write_data and write_meta --------------------------------------------------------------------


def outputs(config: Config) -> str:
    """Return the names of the outputs that are written, and whether columns may be replaced."""
    overwrite = ["--overwrite"] if config.output.overwrite else []
    return " ".join([*config.output.chosen, *overwrite])


def lengths(dataset: Dataset, file: str) -> list[int]:
    """Return the frames of each selected episode of a data file.

    There are none where all episodes lack their video.
    """
    return [dataset.episodes[episode].length for episode in sorted(dataset.files[file])]


def episodes_in(dataset: Dataset, file: str, listed: str | None = None) -> str:
    """Return options with the selected episodes of a data file and their lengths.

    `listed` is the file with the lengths, where there is one.
    """
    frames = listed or ",".join(map(str, lengths(dataset, file)))
    return shlex.join([f"--episodes={format_ranges(dataset.files[file])}", f"--lengths={frames}"])


# publish_in_place and publish_to_hub ----------------------------------------------------------


def published(dataset: Dataset) -> str:
    """Return the episodes whose data files are part of the result, as ranges."""
    unlabelled = [i for i, episode in dataset.absent.items() if episode.data in dataset.files]
    return format_ranges([*dataset.episodes, *unlabelled])


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
