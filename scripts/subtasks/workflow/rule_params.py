"""Parameters of the rules: exactly what a job's result depends on, as options of its program.

Snakemake runs a job again when its parameters change. So a changed setting runs what it
concerns and nothing else, as long as each function here tells the whole truth and no more.
"""

import shlex
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from subtasks.dataset.column_names import EPISODE, FRAME, TASK
from subtasks.dataset.dataset import Dataset
from subtasks.dataset.episode import Episode
from subtasks.episode_ranges import format_ranges
from subtasks.questions.label_judging import JUDGE_TOKENS
from subtasks.workflow.config import Claude, Config, LabelLimits, Sample
from subtasks.workflow.groups import episodes_of
from subtasks.workflow.shipped_files import settings_file

# fetch_file and fetch_column ------------------------------------------------------------------


def content(dataset: Dataset, path: str) -> str:
    """Return the hash of a file's content on the Hub: one that has changed is fetched again."""
    assert dataset.remote is not None
    return dataset.remote[path].content


def columns(dataset: Dataset, config: Config) -> str:
    """Return the columns that are fetched of a data file before anything is asked."""
    wanted = [EPISODE, FRAME, TASK]
    known = [name for name in wanted if name in dataset.features]
    motion = dataset.motion.columns if config.needs_motion else []
    return shlex.join(f"--column={name}" for name in [*known, *motion])


# list_episodes, check_episodes and describe_robot ---------------------------------------------


def listed(dataset: Dataset, group: str) -> dict[str, dict[str, Any]]:
    """Return what the metadata says of the episodes in a group."""
    found = {}
    for index in episodes_of(dataset, group):
        each = dataset.episodes[index]
        found[str(index)] = {
            "task": each.task,
            "length": each.length,
            "data": each.data,
            "row": each.row,
        }
    return found


def checks(dataset: Dataset, config: Config) -> str:
    """Return the options that say how a data file is divided, and whether tasks matter."""
    return " ".join(filter(None, ["--asks" * config.asks_claude, whole_files(dataset)]))


def whole_files(dataset: Dataset) -> str:
    """Return the option that says that a data file is an episode, if it is."""
    return "--whole-files" if dataset.one_episode_a_file else ""


def whole_file(dataset: Dataset) -> str:
    """Return the same option of a program that works on one episode."""
    return "--whole-file" if dataset.one_episode_a_file else ""


# sample_frames --------------------------------------------------------------------------------


def footage(
    dataset: Dataset, episode: Episode, footage: Sequence[object], facts: object = None
) -> str:
    """Return the options that say where the episode's frames are, camera by camera.

    `footage` has where each of the episode's files with frames is. `facts` is the file that says
    which rows are whose, where frames are in a data file.
    """
    files = dict(zip(episode.footage, map(str, footage), strict=True))
    options = [f"--frames={episode.length}", f"--episode-fps={dataset.fps!r}"]
    for clip in episode.clips:
        options += ["--camera", clip.camera]
        if clip.is_video:
            options += [clip.file, files[clip.file], repr(clip.start), repr(clip.stop)]
        else:
            options.append(files[clip.file])
    if dataset.one_episode_a_file and any(clip.is_video for clip in episode.clips):
        options.append("--alone")
    if dataset.stores_images:
        options += [f"--facts={facts}", f"--episode={episode.index}"]
        # Files beside the rows, where those only name them, are on this machine or nowhere.
        options += [] if dataset.remote is not None else [f"--root={dataset.root}"]
    return shlex.join(options)


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
            f"--missing-seconds={sample.missing_seconds}",
            *thinning,
        ]
    )


# write_guidance, submit, annotate and extract_subtasks ----------------------------------------


def guidance(limits: LabelLimits) -> dict[str, Any]:
    """Return what the user says about a dataset's labels, without what is not said."""
    return {name: value for name, value in asdict(limits).items() if value is not None}


def question(config: Config) -> str:
    """Return the options that, besides prompts, guidance and images, make the questions."""
    claude, sample = config.claude, config.sample
    return shlex.join(
        [
            f"--model={claude.model}",
            f"--max-tokens={claude.max_tokens}",
            *([f"--effort={claude.effort}"] if claude.effort else []),
            f"--max-frames={sample.max_frames}",
            *(["--window"] if sample.window else []),
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
            f"--max-wait={claude.max_wait}",
        ]
    )


def polling_options(claude: Claude) -> str:
    """Return options of annotate that change no answer: how it waits for one."""
    return shlex.join([f"--api={claude.api}", f"--poll-seconds={claude.batch.poll_seconds}"])


def unify_question(config: Config) -> str:
    """Return the options that, besides prompt, guidance and labels, make the question."""
    claude = config.claude
    return shlex.join(
        [
            f"--model={claude.model}",
            f"--max-tokens={claude.max_tokens}",
            *([f"--effort={claude.effort}"] if claude.effort else []),
        ]
    )


def judge_question(config: Config) -> str:
    """Return the options that, besides the prompt and labels, make the question.

    Nothing that may differ between runs that are compared: the same judge for all.
    """
    model = config.evaluate.judge_model or config.claude.model
    return shlex.join([f"--model={model}", f"--max-tokens={JUDGE_TOKENS}"])


# write_settings --------------------------------------------------------------------------------


def settings(dataset: Dataset, limits: LabelLimits, config: Config) -> dict[str, Any]:
    """Return the settings the labels come from, without how and when they were asked."""
    if not config.asks_claude:
        return {}
    sample = asdict(config.sample)
    sample.pop({"sheet": "frame", "frame": "sheet"}[config.sample.layout])
    labels, claude = config.labels, config.claude
    return {
        "camera": dataset.cameras[0] if len(dataset.cameras) == 1 else list(dataset.cameras),
        "sample": sample,
        "labels": {
            "passes": labels.passes,
            "motion_hints": labels.motion_hints,
            **({"unify": True} if config.unifies(limits) else {}),
            **guidance(limits),
        },
        "claude": {
            "model": claude.model,
            "max_tokens": claude.max_tokens,
            "effort": claude.effort,
        },
    }


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
    options = [f"--episodes={format_ranges(dataset.files[file])}", f"--lengths={frames}"]
    return f"{shlex.join(options)} {whole_file(dataset)}".rstrip()


# publish_in_place and publish_to_hub ----------------------------------------------------------


def published(dataset: Dataset) -> str:
    """Return the episodes whose data files are part of the result, as ranges."""
    unlabelled = [i for i, episode in dataset.absent.items() if episode.data in dataset.files]
    return format_ranges([*dataset.episodes, *unlabelled])
