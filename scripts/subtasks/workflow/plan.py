"""The plan: which datasets and episodes there are, and what is asked about each dataset."""

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from subtasks.dataset import cameras, originals
from subtasks.dataset import dataset as datasets
from subtasks.dataset.dataset import Dataset
from subtasks.episode_ranges import named
from subtasks.errors import Problem
from subtasks.frames import grid
from subtasks.frames.grid import MAX_SIDE_OF_MANY
from subtasks.outputs import registry
from subtasks.sources import hub, s3
from subtasks.wording import counted, shorten
from subtasks.workflow import opentau_mixture
from subtasks.workflow.config import Claude, Config, DatasetEntry, LabelLimits, Sample

MOST_NAMED = 10

S3Clients = Callable[[str], Any]
"""Gives boto3's client for an address in object storage."""


class Plan(dict[str, Dataset]):
    """Datasets by name, what the user says about the labels of each, and where true ones are.

    `entries` are those of the config, or of the mixture, that the datasets come from. `left_out`
    says in one sentence each why a dataset cannot be used. `unnamed` says in one sentence each
    which camera is sampled where nobody named one and there are several.
    """

    def __init__(self) -> None:
        super().__init__()
        self.labels: dict[str, LabelLimits] = {}
        self.truths: dict[str, str | None] = {}
        self.entries: dict[str, DatasetEntry] = {}
        self.left_out: list[str] = []
        self.unnamed: list[str] = []


def read(
    config: Config,
    warn: Callable[[str], None],
    *,
    update: bool = False,
    looks_inside: bool = False,
    shows: bool = False,
    client: S3Clients | None = None,
) -> Plan:
    """Read every dataset of the config; `update` looks for newer versions of remote ones.

    With `looks_inside`, a data file of each local dataset is opened to see whether the outputs
    can be written there. With `shows`, cameras and tasks are read even if no model is asked, as far
    as that can be done. Without `client`, only what has been fetched already is read of datasets
    in object storage.

    Missing files of selected episodes are one `Problem` that names them all, or with
    `on_error: skip` a warning, and the episodes are left out. Datasets that cannot be used are
    treated likewise; one of a mixture never stops the others.
    """
    _check(config)
    path = Path(config.mixture) if config.mixture else None
    plan = Plan()
    origins: dict[str, str] = {}
    entries = opentau_mixture.entries(path, warn) if path else config.datasets
    for entry in entries:
        if isinstance(entry, Problem):
            plan.left_out.append(str(entry))
            continue
        try:
            name = _name(entry, origins, numbered=path is not None)
            dataset = _complete(
                _load(entry, name, config, update, client, shows=shows), config, warn
            )
            if looks_inside and dataset.remote is None:
                _look_inside(dataset, config)
            plan[name] = dataset
            if not entry.cameras and (chosen := _chosen_camera(dataset)):
                plan.unnamed.append(chosen)
            plan.labels[name] = entry.labels.or_else(config.labels.limits)
            plan.truths[name] = config.evaluate.truth_of(entry, name)
            plan.entries[name] = entry
        except Problem as problem:
            plan.left_out.append(str(problem))
        except OSError as error:
            plan.left_out.append(f"{error.filename}: {error.strerror}")
    if plan.left_out and (not plan or (config.on_error == "stop" and path is None)):
        raise Problem("\n".join(plan.left_out))
    for reason in plan.left_out:
        warn(f"{reason}; this dataset is left out")
    return plan


def _check(config: Config) -> None:
    if not config.mixture and not config.datasets:
        raise Problem("config: datasets is empty: name at least one, - root: path/to/dataset")
    _check_sheet(config.sample)
    _check_provider(config.claude)
    if not config.output.chosen:
        raise Problem(
            "config: no output is enabled: set at least one under output:, for example "
            "response: true"
        )


def _name(entry: DatasetEntry, origins: dict[str, str], *, numbered: bool) -> str:
    """Return a name that no other dataset has; it joins `origins`, which holds those in use.

    A mixture may hold one dataset twice, so there the second one is `numbered`.
    """
    origin = entry.origin
    if not origin.isprintable():
        raise Problem(
            f"config: the dataset {shorten(origin)} has characters that a path cannot have"
        )
    folder = entry.repo_id or Path(os.path.realpath(origin)).name
    wanted = name = datasets.safe_name(entry.name or folder)
    number = 2
    while numbered and name in origins:
        name, number = f"{wanted}-{number}", number + 1
    if name in origins:
        raise Problem(
            f"config: {origins[name]} and {origin} are both called {name}: "
            "give one of them another name:"
        )
    origins[name] = origin
    return name


def _load(
    entry: DatasetEntry,
    name: str,
    config: Config,
    update: bool,
    client: S3Clients | None,
    *,
    shows: bool,
) -> Dataset:
    folder = Path(config.work) / name / "source"
    root, remote, address = folder, None, None
    if entry.root is None:
        remote = hub.ensure_snapshot(folder, entry.repo_id or "", entry.revision, update=update)
    elif s3.is_address(entry.root):
        address = entry.root.rstrip("/")
        remote = s3.ensure_snapshot(folder, address, client, update=update)
    else:
        root = Path(entry.root)
        _check_result(root, Path(config.results) / name)
    most = entry.max_episodes
    load = partial(
        datasets.load,
        root,
        name=name,
        cameras=entry.cameras,
        episodes=list(entry.episodes) if isinstance(entry.episodes, tuple) else entry.episodes,
        exclude=entry.exclude,
        max_episodes=config.max_episodes if most is None else most,
        state=entry.state_features,
        action=entry.action_features,
        remote=remote,
        follow_links=entry.follow_links,
    )
    if config.asks_claude:
        return replace(load(task=entry.task), address=address)
    if shows:
        with suppress(Problem):
            return replace(load(task=entry.task), address=address)
    # No model reads a task or looks at a camera.
    return replace(load(task="", samples=False), address=address)


def _check_result(root: Path, result: Path) -> None:
    # Path.resolve() fails where a link points to itself.
    if Path(os.path.realpath(root)).is_relative_to(os.path.realpath(result)):
        raise Problem(
            f"config: the result of {root} would be written to {result}, over the dataset itself: "
            "give it another name: or set another results:"
        )


def _complete(dataset: Dataset, config: Config, warn: Callable[[str], None]) -> Dataset:
    """Return the dataset without episodes that lack files; raises `Problem` where it must."""
    if not dataset.episodes:
        none = f"{dataset.root}: none of its {dataset.total} episodes is selected"
        raise Problem("; ".join([none, *dataset.unnumbered[:1]]))
    if not config.output.overwrite:
        try:
            registry.check(dataset.features, config.output.chosen)
        except Problem as problem:
            raise Problem(f"{dataset.root}: {problem}") from None
    needs_video = config.asks_claude
    if needs_video and not dataset.cameras:
        raise Problem(
            f"{dataset.root} has no camera to sample: set annotator: kinematic, which needs none"
        )
    if config.needs_motion and not dataset.motion:
        unknown = (
            f"{dataset.root} has no feature with the robot's state or action under a usual name, "
            "such as observation.state: name one with state: or action: of the dataset"
        )
        if not config.asks_claude:
            raise Problem(unknown)
        warn(f"{unknown}; its labels are made without motion hints")
    _warn_of_faults(dataset, warn)
    if needs_video:
        _check_images(dataset, config.sample)
    absent = datasets.missing(dataset, videos=needs_video)
    if not absent:
        return dataset
    files = list(dict.fromkeys(path for gone in absent.values() for path in gone))
    listed = ", ".join(files[:MOST_NAMED]) + (", …" if len(files) > MOST_NAMED else "")
    sentence = (
        f"{dataset.root} lacks {counted(len(files), 'file')} of its {named(absent)}: {listed}"
    )
    if config.on_error == "stop":
        raise Problem(f"{sentence}; restore them, exclude these episodes or set on_error: skip")
    left = dataset.without(absent)
    if not left.episodes:
        raise Problem(f"{sentence}; restore them")
    warn(f"{sentence}; these episodes are left out")
    return left


def _chosen_camera(dataset: Dataset) -> str | None:
    """Say which camera was chosen by its name, where others could have been."""
    others = [name for name in cameras.in_colour(dataset.features) if name not in dataset.cameras]
    if not dataset.cameras or not others:
        return None
    return (
        f"Sampling the camera {dataset.cameras[0]} of {dataset.name}, and not "
        f"{cameras.listed(others)} (camera: names one or several)"
    )


def _look_inside(dataset: Dataset, config: Config) -> None:
    """Raise `Problem` if the outputs cannot be written into the dataset's data files.

    What is wrong with one file is the trouble of its episodes: the last file counts as well.
    """
    # Only here: this imports pyarrow, which a v2 dataset is read without.
    from subtasks.outputs import source_check

    paths = list(dataset.files)
    problem = None
    for path in dict.fromkeys((paths[0], paths[-1])):
        try:
            source_check.check(
                originals.original(dataset.root, path),
                config.output.chosen,
                overwrite=config.output.overwrite,
                version=dataset.version,
            )
        except Problem as found:
            problem = problem or found
        else:
            return
    raise Problem(f"{dataset.root}: {problem}")


def _warn_of_faults(dataset: Dataset, warn: Callable[[str], None]) -> None:
    """Say which selected episodes cannot be used; the others are not held up by them."""
    for sentence in dataset.unnumbered[:MOST_NAMED]:
        warn(f"{dataset.root}: {sentence}; this row is left out")
    if len(dataset.unnumbered) > MOST_NAMED:
        warn(f"{dataset.root}: … and {len(dataset.unnumbered) - MOST_NAMED} more such rows")
    for episode, fault in list(dataset.faults.items())[:MOST_NAMED]:
        warn(f"{dataset.root}: episode {episode} cannot be labelled: {fault}")
    if len(dataset.faults) > MOST_NAMED:
        warn(f"{dataset.root}: … and {len(dataset.faults) - MOST_NAMED} more such episodes")


def _check_sheet(sample: Sample) -> None:
    sheet = sample.sheet
    width, _ = grid.sheet_size((sheet.tile_width, 1), sheet.columns, 1)
    if sample.layout == "sheet" and width > MAX_SIDE_OF_MANY:
        raise Problem(
            f"config: sample.sheet has {sheet.columns} columns of {sheet.tile_width} pixels, "
            f"{width} in all; Claude accepts images of at most {MAX_SIDE_OF_MANY} pixels"
        )


def _check_images(dataset: Dataset, sample: Sample) -> None:
    """Raise `Problem` if the images of a dataset are too large, as far as their sizes are known."""
    names = dataset.cameras
    sizes = [size for name in names if (size := cameras.frame_size(dataset.features[name]))]
    if len(sizes) < len(names):
        return
    frames = " and ".join(f"{width}x{height}" for width, height in sizes)
    several = f"config: {counted(len(names), 'camera')} side by side, with frames of {frames}, make"
    if sample.layout == "frame":
        width, height = grid.cameras_size(sizes, sample.frame.width)
        if len(names) > 1 and max(width, height) > MAX_SIDE_OF_MANY:
            raise Problem(
                f"{several} images of {width}x{height} pixels of {dataset.root}; Claude accepts"
                f" images of at most {MAX_SIDE_OF_MANY}: choose fewer, or set a smaller"
                " sample.frame.width"
            )
        return
    sheet = sample.sheet
    tile = grid.cameras_size(sizes, sheet.tile_width)
    columns = grid.columns_of(tile, len(names), sheet.columns, sheet.tile_width)
    width, height = grid.sheet_size(tile, columns, columns * sheet.rows)
    if width > MAX_SIDE_OF_MANY:
        raise Problem(
            f"{several} tiles of {width} pixels of {dataset.root}; Claude accepts images of at most"
            f" {MAX_SIDE_OF_MANY}: choose fewer, or set a smaller sample.sheet.tile_width"
        )
    if height > MAX_SIDE_OF_MANY:
        raise Problem(
            f"config: sample.sheet has {sheet.rows} rows of tiles of {tile[1]} pixels with their"
            f" times above them, {height} in all, for the frames of {dataset.root}, which are"
            f" {frames}; Claude accepts images of at most {MAX_SIDE_OF_MANY} pixels"
        )


def _check_provider(claude: Claude) -> None:
    if claude.api == "batch" and claude.provider != "anthropic":
        raise Problem(
            f"config: claude.provider is {claude.provider}, which has no message batches: "
            "set claude.api: live"
        )
