"""A LeRobot dataset as the workflow sees it: one model for every version of the format.

Only this module and the two that read episodes (`episodes_v2`, `episodes_v3`) know that versions
differ. Metadata is untrusted input: sizes, types and path templates are checked while it is read,
so the values in a `Dataset` can be relied on. What one episode's row says wrong is that episode's
fault; what nobody needs is not read.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from subtasks import episode_ranges, files
from subtasks.dataset import episode, episodes_v2, info, motion_features, originals
from subtasks.dataset.cameras import IMAGE, choose_cameras
from subtasks.dataset.episode import Episode, RemoteFile
from subtasks.dataset.info import Info
from subtasks.dataset.link_guard import LinkGuard
from subtasks.dataset.listing import Listing
from subtasks.dataset.motion_features import MotionFeatures
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

    `absent` are selected episodes that are left out because files are missing. If only videos
    are missing, the data file stays in `files`: it is written without labels for the episode.
    `faults` are selected episodes that the metadata describes in a way that cannot be used, and
    why; `unnumbered` are sentences about rows of the metadata that name no episode.

    `cameras` are those that are sampled, in the order in which they are shown; none if nothing
    is. With `follow_links`, links in it may lead anywhere.
    """

    name: str
    root: Path
    version: str
    fps: float
    features: dict[str, dict[str, Any]]
    cameras: tuple[str, ...]
    total: int
    episodes: dict[int, Episode]
    files: dict[str, list[int]] = field(default_factory=dict)
    remote: Mapping[str, RemoteFile] | None = None
    address: str | None = None
    absent: dict[int, Episode] = field(default_factory=dict)
    motion: MotionFeatures = field(default_factory=MotionFeatures)
    faults: dict[int, str] = field(default_factory=dict)
    unnumbered: list[str] = field(default_factory=list)
    follow_links: bool = False

    @property
    def selected(self) -> list[int]:
        """The numbers of all selected episodes, also of those that cannot be used, in order."""
        return sorted({*self.episodes, *self.absent, *self.faults})

    @property
    def one_episode_a_file(self) -> bool:
        """Whether a data file is an episode, whatever its rows say of themselves."""
        return self.version.startswith("v2.")

    @property
    def stores_images(self) -> bool:
        """Whether images of a camera are in the data files."""
        return any(self.features[camera].get("dtype") == IMAGE for camera in self.cameras)

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
    cameras: Sequence[str] | None = None,
    samples: bool = True,
    episodes: str | list[int] | None = None,
    exclude: Iterable[int] = (),
    max_episodes: int | None = None,
    task: str | None = None,
    state: Sequence[str] | None = None,
    action: Sequence[str] | None = None,
    remote: Mapping[str, RemoteFile] | None = None,
    follow_links: bool = False,
) -> Dataset:
    """Read a dataset's metadata and select its episodes, at most the first `max_episodes`.

    If `cameras` names none, the one that shows the scene best by its name is chosen, if any;
    without `samples`, none is, and nothing that concerns cameras is read. `task` replaces the task
    of every episode. `state` and `action` name the features with the robot's motion. With `remote`,
    only the metadata is in `root`.

    A selected episode whose metadata cannot be used is among the `faults`. Raises `Problem` for a
    folder that is not a dataset, metadata that concerns every episode and is impossible, a
    selection of episodes that do not exist, and if no selected episode can be used.
    """
    if not (root / "meta" / "info.json").is_file():
        raise Problem(
            f"{root} is not a LeRobot dataset (meta/info.json is missing): "
            "set root: to the folder of one"
        )
    # Before anything is read, since a link may lead anywhere.
    paths = list(LinkGuard(root).walk("meta"))
    try:
        metadata = info.read(root)
        cameras = choose_cameras(metadata.features, cameras) if samples else ()
        listing = _listing(root, metadata, cameras, task, remote)
        exclude = set(exclude)
        episode_ranges.check(listing.episodes, exclude, "excluded")
        chosen = sorted(set(episode_ranges.select(listing.episodes, episodes)) - exclude)
        found, faults = _read(listing, chosen[:max_episodes])
        if faults and not found:
            raise Problem(next(iter(faults.values())))
        motion = motion_features.find(metadata.content, state, action)
        for path in paths:
            # The result has a copy of each file, also of those that nobody reads before.
            files.refuse_lfs_pointer(originals.original(root, path))
    except Problem as problem:
        # Some already name a file by its full path.
        raise Problem(f"{problem}" if str(root) in str(problem) else f"{root}: {problem}") from None
    whole = Dataset(
        name=safe_name(name or root.resolve().name),
        root=root,
        version=metadata.version,
        fps=metadata.fps,
        features=metadata.features,
        cameras=cameras,
        total=listing.total,
        episodes={},
        remote=remote,
        motion=motion,
        faults=faults,
        unnumbered=listing.unnumbered,
        follow_links=follow_links,
    )
    return _select(whole, found)


def missing(dataset: Dataset, *, videos: bool) -> dict[int, list[str]]:
    """Find the files of selected episodes that are missing, by episode.

    Video files only count with `videos`, and only those of the chosen cameras. Each folder is
    listed once: a network file system takes a thousand times longer to look for each file. Raises
    `Problem` for a link that leads out of the dataset.
    """
    guard = LinkGuard(dataset.root, follow=dataset.follow_links)
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
        needed = dict.fromkeys((each.data, *(each.footage if videos else ())))
        if paths := [path for path in needed if not exists(path)]:
            absent[each.index] = paths
    return absent


def _listing(
    root: Path,
    metadata: Info,
    cameras: Sequence[str],
    task: str | None,
    remote: Mapping[str, RemoteFile] | None,
) -> Listing:
    text = None if task is None else episode.task(task)
    if metadata.version.startswith("v2."):
        return episodes_v2.read(root, metadata, cameras, text)
    # Imported here, since it imports pyarrow, which a v2 dataset is read without.
    from subtasks.dataset import episodes_v3

    return episodes_v3.read(root, metadata, cameras, text, remote)


def _read(listing: Listing, chosen: Iterable[int]) -> tuple[dict[int, Episode], dict[int, str]]:
    """Return the chosen episodes, and the faults of those that cannot be used."""
    found, faults = {}, {}
    for index in chosen:
        try:
            found[index] = listing.episodes[index]()
        except Problem as problem:
            faults[index] = str(problem)
    return found, faults


def _select(dataset: Dataset, episodes: dict[int, Episode]) -> Dataset:
    files: dict[str, list[int]] = {}
    for each in episodes.values():
        files.setdefault(each.data, []).append(each.index)
    return replace(dataset, episodes=episodes, files=files)
