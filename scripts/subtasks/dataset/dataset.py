"""A LeRobot dataset as the workflow sees it: one model for every version of the format.

Only this module and the two that read episodes (`episodes_v2`, `episodes_v3`) know that versions
differ. Metadata is untrusted input: sizes, types and path templates are checked while it is read,
so the values in a `Dataset` can be relied on.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

from subtasks import episode_ranges
from subtasks.dataset import episode, episodes_v2, info
from subtasks.dataset.episode import Episode, RemoteFile
from subtasks.dataset.info import Info
from subtasks.dataset.link_guard import LinkGuard
from subtasks.errors import Problem

MAX_NAME_LENGTH = 100

_UNSAFE_IN_NAME = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset and its selected episodes.

    `files` maps every data file that holds a selected episode to those episodes, in the
    dataset's order; `total` counts the episodes before selection.

    If only the metadata is in `root`, `remote` has the data and video files by path, which are
    fetched when they are needed; otherwise it is None. `address` is the dataset's folder in
    object storage, None for datasets on the Hub.

    `absent` are selected episodes that are left out because files are missing. If only the video
    is missing, the data file stays in `files`: it is written without labels for the episode.
    """

    name: str
    root: Path
    version: str
    fps: float
    features: dict[str, dict[str, Any]]
    camera: str | None
    total: int
    episodes: dict[int, Episode]
    files: dict[str, list[int]] = field(default_factory=dict)
    remote: Mapping[str, RemoteFile] | None = None
    address: str | None = None
    absent: dict[int, Episode] = field(default_factory=dict)

    @property
    def motion(self) -> tuple[str, list[str]] | None:
        """The feature that describes the robot's motion and its dimensions' names, if any."""
        for key in ("observation.state", "action"):
            if key in self.features:
                return key, info.names(self.features[key])
        return None

    def without(self, missing: Mapping[int, Collection[str]]) -> "Dataset":
        """Leave out the episodes that lack files; `missing` has the paths of these by episode."""
        kept = _select(self, {i: e for i, e in self.episodes.items() if i not in missing})
        absent = {i: self.episodes[i] for i in missing}
        unlabelled: dict[str, list[int]] = {
            e.data: [] for i, e in absent.items() if e.data not in missing[i]
        }
        return replace(kept, files=unlabelled | kept.files, absent=absent)


def safe_name(text: str) -> str:
    """Make a repo id or a folder's name safe for a path: `lerobot/droid` as `lerobot--droid`."""
    name = _UNSAFE_IN_NAME.sub("-", text.strip().strip("/").replace("/", "--")).lstrip(".-")
    if not name:
        raise Problem(
            f"'{text}' cannot name a dataset: set name: to one of letters, digits, '.', '_' and '-'"
        )
    return name[:MAX_NAME_LENGTH]


def load(
    root: Path,
    *,
    name: str | None = None,
    camera: str | None = None,
    episodes: str | list[int] | None = None,
    exclude: Iterable[int] = (),
    max_episodes: int | None = None,
    task: str | None = None,
    remote: Mapping[str, RemoteFile] | None = None,
) -> Dataset:
    """Read a dataset's metadata and select its episodes, at most the first `max_episodes`.

    If `camera` is None, the first video feature that is not a depth map is chosen, if any. `task`
    replaces the task of every episode. With `remote`, only the metadata is in `root`. Raises
    `Problem` for a folder that is not a dataset, impossible metadata and a selection of episodes
    that do not exist.
    """
    if not (root / "meta" / "info.json").is_file():
        raise Problem(
            f"{root} is not a LeRobot dataset (meta/info.json is missing): "
            "set root: to the folder of one"
        )
    for _ in LinkGuard(root).walk("meta"):
        pass  # before anything is read, since a link may lead anywhere
    try:
        metadata = info.read(root)
        camera = info.camera(metadata.features, camera)
        found = _episodes(root, metadata, camera, remote)
        every = list(islice(found, info.MAX_EPISODES + 1))
        info.check_count(len(every))
        known = {each.index: each for each in every}
        if len(known) != len(every):
            raise Problem("the metadata lists an episode twice")
        exclude = set(exclude)
        episode_ranges.check(known, exclude, "excluded")
        chosen = sorted(set(episode_ranges.select(known, episodes)) - exclude)[:max_episodes]
    except Problem as problem:
        # Some already name a file by its full path.
        raise Problem(f"{problem}" if str(root) in str(problem) else f"{root}: {problem}") from None
    if task is not None:
        known = {i: replace(known[i], task=episode.task(task)) for i in chosen}
    whole = Dataset(
        name=safe_name(name or root.resolve().name),
        root=root,
        version=metadata.version,
        fps=metadata.fps,
        features=metadata.features,
        camera=camera,
        total=len(every),
        episodes={},
        remote=remote,
    )
    return _select(whole, {i: known[i] for i in chosen})


def missing(dataset: Dataset, *, videos: bool) -> dict[int, list[str]]:
    """Find the files of selected episodes that are missing, by episode.

    Video files only count with `videos`. Each folder is listed once: a network file system takes
    a thousand times longer to look for each file. Raises `Problem` for a link that leads out of
    the dataset.
    """
    guard = LinkGuard(dataset.root)
    names: dict[str, frozenset[str]] = {}

    def exists(path: str) -> bool:
        if dataset.remote is not None:
            return path in dataset.remote
        folder, _, file = path.rpartition("/")
        if folder not in names:
            names[folder] = guard.files(folder)
        return file in names[folder]

    absent = {}
    for each in dataset.episodes.values():
        needed = [each.data] + ([each.video] if videos and each.video else [])
        if paths := [path for path in needed if not exists(path)]:
            absent[each.index] = paths
    return absent


def _episodes(
    root: Path, metadata: Info, camera: str | None, remote: Mapping[str, RemoteFile] | None
) -> Iterator[Episode]:
    if metadata.version.startswith("v2."):
        return episodes_v2.read(root, metadata, camera)
    # Imported here, since it imports pyarrow, which a v2 dataset is read without.
    from subtasks.dataset import episodes_v3

    return episodes_v3.read(root, metadata, camera, remote)


def _select(dataset: Dataset, episodes: dict[int, Episode]) -> Dataset:
    files: dict[str, list[int]] = {}
    for each in episodes.values():
        files.setdefault(each.data, []).append(each.index)
    return replace(dataset, episodes=episodes, files=files)
