"""The plan: which datasets and episodes there are, and which files they become."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from subtasks import bucket, hub, info, mixture, outputs
from subtasks import dataset as datasets
from subtasks.dataset import Dataset
from subtasks.problem import Problem, counted, shown
from subtasks.selection import named

Config = dict[str, Any]

MOST_NAMED = 10
ORIGIN = ("root", "repo_id", "revision", "name")
GUIDANCE = ("context", "vocabulary", "min_segment", "max_segments")
# Above 20 images in a request the API takes none that is larger.
MAX_SHEET_PIXELS = 2000

# The key under `claude` that names the prompt of a pass.
_PROMPTS = {"describe": "describe_prompt", "segment": "prompt", "relabel": "relabel_prompt"}


class Plan(dict[str, Dataset]):
    """Datasets by name; `left_out` says of those that cannot be used why, in a sentence each."""

    def __init__(self) -> None:
        super().__init__()
        self.left_out: list[str] = []


def read(
    config: Config,
    warn: Callable[[str], None],
    *,
    update: bool = False,
    client: Callable[[str], Any] | None = None,
) -> Plan:
    """Read every dataset of the config; `update` looks for news of those elsewhere.

    `client` gives a client for an address in object storage; without it, only what is here
    already is read of datasets there.

    Files that selected episodes lack are one `Problem` that names them all, or with
    `on_error: skip` a warning, and the episodes are left out. So it is with datasets that
    cannot be used; those of a mixture stop no other in any case.
    """
    _check(config)
    path = Path(config["mixture"]) if config["mixture"] else None
    entries = mixture.entries(path, warn) if path else dict(enumerate(config["datasets"]))
    plan = Plan()
    origins: dict[str, str] = {}
    for number, entry in entries.items():
        try:
            if path:
                entry = mixture.checked(path, number, entry)
            name = _name(entry, origins, numbered=path is not None)
            plan[name] = _complete(_load(entry, name, config, update, client), config, warn)
        except Problem as problem:
            plan.left_out.append(str(problem))
        except OSError as error:
            plan.left_out.append(f"{error.filename}: {error.strerror}")
    if plan.left_out and (not plan or (config["on_error"] == "stop" and path is None)):
        raise Problem("\n".join(plan.left_out))
    for problem in plan.left_out:
        warn(f"{problem}; this dataset is left out")
    return plan


def _check(config: Config) -> None:
    if not config["mixture"] and not config["datasets"]:
        raise Problem("config: datasets is empty, name at least one: - root: path/to/dataset")
    _check_sheet(config["sample"])
    _check_provider(config["claude"])
    if not outputs_of(config):
        raise Problem("config: output chooses nothing to write, set one to true, such as response")


def _name(entry: Config, origins: dict[str, str], *, numbered: bool) -> str:
    """Name a dataset as no other is; `origins` has those there are, and this one afterwards.

    A mixture may hold one dataset twice, so there the second is `numbered`.
    """
    origin = entry.get("root") or entry["repo_id"]
    if not origin.isprintable():
        raise Problem(f"config: the dataset {shown(origin)} has characters that no path has")
    folder = entry.get("repo_id") or Path(os.path.realpath(origin)).name
    wanted = name = datasets.safe_name(entry.get("name") or folder)
    number = 2
    while numbered and name in origins:
        name, number = f"{wanted}-{number}", number + 1
    if name in origins:
        raise Problem(
            f"config: {origins[name]} and {origin} are both called {name}, "
            "give one of them a name: of its own"
        )
    origins[name] = origin
    return name


def _load(
    entry: Config,
    name: str,
    config: Config,
    update: bool,
    client: Callable[[str], Any] | None,
) -> Dataset:
    options = {key: value for key, value in entry.items() if key not in ORIGIN}
    options.setdefault("max_episodes", config["max_episodes"])
    guidance = {key: options.pop(key) for key in GUIDANCE if key in options}
    folder = Path(config["work"]) / name / "source"
    if bucket.is_address(entry.get("root", "")):
        address = entry["root"].rstrip("/")
        remote = bucket.pin(folder, address, client, update=update)
        dataset = datasets.load(folder, name=name, remote=remote, **options)
        dataset = replace(dataset, address=address)
    elif "root" in entry:
        _check_place(Path(entry["root"]), Path(config["results"]) / name)
        dataset = datasets.load(Path(entry["root"]), name=name, **options)
    else:
        remote = hub.pin(folder, entry["repo_id"], entry.get("revision"), update=update)
        dataset = datasets.load(folder, name=name, remote=remote, **options)
    return replace(dataset, guidance=guidance)


def _check_place(root: Path, result: Path) -> None:
    # Where a link leads to itself, Path.resolve() ends in an error.
    if Path(os.path.realpath(root)).is_relative_to(os.path.realpath(result)):
        raise Problem(
            f"config: the result of {root} would be written to {result}, over the dataset itself: "
            "give it another name: or set another results:"
        )


def _complete(dataset: Dataset, config: Config, warn: Callable[[str], None]) -> Dataset:
    if not dataset.episodes:
        raise Problem(f"{dataset.root}: none of its {dataset.total} episodes is selected")
    if not config["output"]["overwrite"]:
        try:
            outputs.check(dataset.features, outputs_of(config))
        except Problem as problem:
            raise Problem(f"{dataset.root}: {problem}") from None
    needs_video = config["annotator"] == "claude"
    needs_motion = not needs_video or uses_motion(config)
    if needs_video and dataset.camera is None:
        raise Problem(
            f"{dataset.root} has no video feature to sample: annotator: kinematic needs none"
        )
    if needs_motion and dataset.motion is None:
        raise Problem(
            f"{dataset.root} has neither observation.state nor action to tell its motion by"
        )
    if needs_video:
        _check_height(dataset, config["sample"])
    absent = datasets.missing(dataset, videos=needs_video)
    if not absent:
        return dataset
    paths = [path for gone in absent.values() for path in gone]
    files = list(dict.fromkeys(paths))
    shown = ", ".join(files[:MOST_NAMED]) + (", …" if len(files) > MOST_NAMED else "")
    sentence = f"{dataset.root} lacks {counted(len(files), 'file')} of its {named(absent)}: {shown}"
    if config["on_error"] == "stop":
        raise Problem(f"{sentence}; restore them, exclude these episodes or set on_error: skip")
    left = dataset.without(absent)
    if not left.episodes:
        raise Problem(f"{sentence}; restore them")
    warn(f"{sentence}; these episodes are left out")
    return left


def _check_sheet(sample: Config) -> None:
    sheet = sample["sheet"]
    width = sheet["columns"] * sheet["tile_width"]
    if sample["layout"] == "sheet" and width > MAX_SHEET_PIXELS:
        raise Problem(
            f"config: sample.sheet is {sheet['columns']} columns of {sheet['tile_width']} pixels, "
            f"{width} in all; Claude takes images of at most {MAX_SHEET_PIXELS} pixels"
        )


def _check_height(dataset: Dataset, sample: Config) -> None:
    size = info.frame_size(dataset.features[dataset.camera])
    if sample["layout"] != "sheet" or size is None:
        return
    width, height = size
    rows, tile_width = sample["sheet"]["rows"], min(width, sample["sheet"]["tile_width"])
    tile_height = round(tile_width * height / width)
    if rows * tile_height > MAX_SHEET_PIXELS:
        raise Problem(
            f"config: sample.sheet is {rows} rows of {tile_height} pixels, {rows * tile_height} in "
            f"all, for the frames of {dataset.root}, which are {width}x{height}; Claude takes "
            f"images of at most {MAX_SHEET_PIXELS} pixels"
        )


def outputs_of(config: Config) -> list[str]:
    """Names of the outputs that are written."""
    return [name for name in outputs.OUTPUTS if config["output"][name]]


def tables(config: Config) -> list[str]:
    """Tables of a whole dataset that are written, as paths inside the result."""
    chosen = (outputs.OUTPUTS[name] for name in outputs_of(config))
    return [output.table for output in chosen if output.table is not None]


def _check_provider(claude: Config) -> None:
    if claude["api"] == "batch" and claude["provider"] != "anthropic":
        raise Problem(
            f"config: claude.provider is {claude['provider']}, which has no message batches; "
            "set claude.api: live"
        )


def uses_motion(config: Config) -> bool:
    """Say whether Claude's labels also need the times at which the joints' motion changes."""
    claude = config["claude"]
    return config["annotator"] == "claude" and bool(
        claude["motion_hints"] or claude["snap_to_motion"]
    )


# Batches of episodes: what one annotate job asks about --------------------------------------


def batch_size(config: Config) -> int:
    """Episodes of a batch."""
    claude = config["claude"]
    return claude["batch"]["episodes"] if claude["api"] == "batch" else claude["episodes_per_job"]


def batch_name(episode: int, config: Config) -> str:
    """Batch an episode belongs to."""
    return name_in_grid(episode, batch_size(config))


def name_in_grid(episode: int, size: int) -> str:
    """Batch of `size` episodes that an episode belongs to, by its number alone.

    A fixed grid and not the position in the selection: leaving one episode out changes one
    batch and not all that follow.
    """
    first = episode // size * size
    return f"{first:06d}-{first + size - 1:06d}"


def batch(dataset: Dataset, name: str) -> list[int]:
    """Selected episodes of a batch."""
    first, last = map(int, name.split("-"))
    return [i for i in range(first, last + 1) if i in dataset.episodes]


def batches(dataset: Dataset, config: Config) -> list[str]:
    """Names of all batches of a dataset, in order."""
    return list(dict.fromkeys(batch_name(i, config) for i in sorted(dataset.episodes)))


# Files ----------------------------------------------------------------------------------------


def frames_file(dataset: Dataset, config: Config, episode: int) -> str:
    """Where an episode's sampled frames lie."""
    return f"{config['work']}/{dataset.name}/frames/episode_{episode:06d}.zip"


def motion_file(dataset: Dataset, config: Config, episode: int) -> str:
    """Where the times lie at which an episode's motion changes."""
    return f"{config['work']}/{dataset.name}/motion/episode_{episode:06d}.json"


def receipt_file(dataset: Dataset, config: Config, name: str) -> str:
    """Where the receipt of a submitted batch lies."""
    return f"{config['work']}/{dataset.name}/receipts/{name}.json"


def outcomes_file(dataset: Dataset, config: Config, name: str) -> str:
    """Where the outcomes of a batch lie."""
    return f"{config['work']}/{dataset.name}/outcomes/{name}.jsonl"


def subtasks_file(dataset: Dataset, config: Config, episode: int) -> str:
    """Where an episode's subtasks lie, whoever finds them."""
    return f"{config['results']}/{dataset.name}/subtasks/episode_{episode:06d}.json"


def settings_file(name: str, workflow: Path) -> str:
    """A file the config names: in the user's folder, else the one shipped with the workflow."""
    path = Path(name)
    return str(path if path.is_absolute() or path.is_file() else workflow / path)


def check_files(config: Config, workflow: Path) -> None:
    """Raise `Problem` for a file that the config names and that is not there, if it is needed."""
    if config["annotator"] != "claude":
        return
    needed = [_PROMPTS[name] for name in config["claude"]["passes"]]
    for key in [*needed, "prices"]:
        name = config["claude"][key]
        if name and not Path(settings_file(name, workflow)).is_file():
            raise Problem(f"config: claude.{key} is {name}, there is no such file")


def prompts(config: Config, workflow: Path) -> dict[str, str]:
    """Prompt file of each pass, in the order of the passes."""
    claude = config["claude"]
    shipped = {"phases": "segment.md", "events": "segment_events.md"}[claude["granularity"]]
    named = {name: claude[_PROMPTS[name]] for name in claude["passes"]}
    return {
        name: settings_file(file or f"config/prompts/{shipped}", workflow)
        for name, file in named.items()
    }
