"""The plan: which datasets and episodes there are, and which files they become."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from subtasks.dataset import dataset as datasets
from subtasks.dataset import info
from subtasks.dataset.dataset import Dataset
from subtasks.episode_ranges import named
from subtasks.errors import Problem
from subtasks.outputs import registry
from subtasks.sources import hub, s3
from subtasks.wording import counted, shorten
from subtasks.workflow import opentau_mixture
from subtasks.workflow.config import Config, outputs_of, uses_motion

MOST_NAMED = 10
ORIGIN = ("root", "repo_id", "revision", "name")
GUIDANCE = ("context", "vocabulary", "min_segment", "max_segments")
# Above 20 images in a request the API takes none that is larger.
MAX_SHEET_PIXELS = 2000


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
    entries = opentau_mixture.entries(path, warn) if path else dict(enumerate(config["datasets"]))
    plan = Plan()
    origins: dict[str, str] = {}
    for number, entry in entries.items():
        try:
            if path:
                entry = opentau_mixture.checked(path, number, entry)
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
        raise Problem(f"config: the dataset {shorten(origin)} has characters that no path has")
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
    if s3.is_address(entry.get("root", "")):
        address = entry["root"].rstrip("/")
        remote = s3.pin(folder, address, client, update=update)
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
            registry.check(dataset.features, outputs_of(config))
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
    shorten = ", ".join(files[:MOST_NAMED]) + (", …" if len(files) > MOST_NAMED else "")
    sentence = (
        f"{dataset.root} lacks {counted(len(files), 'file')} of its {named(absent)}: {shorten}"
    )
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


def _check_provider(claude: Config) -> None:
    if claude["api"] == "batch" and claude["provider"] != "anthropic":
        raise Problem(
            f"config: claude.provider is {claude['provider']}, which has no message batches; "
            "set claude.api: live"
        )
