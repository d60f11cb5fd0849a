"""A LeRobot dataset as the workflow sees it: one model for every version of the format.

Nothing outside this module and those it reads episodes with knows that versions differ.
Metadata is foreign input: sizes, types and path templates are checked while it is read, so
that what leaves this module can be trusted.
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

_UNSAFE_IN_NAME = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset and its selected episodes.

    `files` maps every data file that holds a selected episode to those episodes, in the
    dataset's order; `total` counts the episodes before selection. `guidance` is what the user
    says about the labels (see `subtasks.guidance`). `remote` are data and video files that are
    fetched when they are needed, by path; None where all files lie under `root`. `address` is
    the folder in object storage where they lie, None for the Hub. `absent` are episodes that
    were selected and are left out, because files of theirs are missing; where that is the video
    alone, `files` has the data file, to be written without labels of theirs.
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
    guidance: dict[str, Any] = field(default_factory=dict)
    remote: Mapping[str, RemoteFile] | None = None
    address: str | None = None
    absent: dict[int, Episode] = field(default_factory=dict)

    @property
    def motion(self) -> tuple[str, list[str]] | None:
        """Feature that tells how the robot moves and the names of its dimensions, if any."""
        for key in ("observation.state", "action"):
            if key in self.features:
                return key, info.names(self.features[key])
        return None

    def without(self, gone: Mapping[int, Collection[str]]) -> "Dataset":
        """Leave out the episodes that lack files; `gone` has these for each (see `missing`)."""
        left = _selecting(self, {i: e for i, e in self.episodes.items() if i not in gone})
        absent = {i: self.episodes[i] for i in gone}
        there = {e.data: [] for i, e in absent.items() if e.data not in gone[i]}
        return replace(left, files=there | left.files, absent=absent)


def safe_name(text: str) -> str:
    """Make a repo id or a folder's name safe for a path: `lerobot/droid` as `lerobot--droid`."""
    name = _UNSAFE_IN_NAME.sub("-", text.strip().strip("/").replace("/", "--")).lstrip(".-")
    if not name:
        raise Problem(f"'{text}' cannot name a dataset: set a name of letters, digits, . _ -")
    return name[:100]


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

    `camera` None takes the first video feature that is no depth map, and none where there
    is none. `task` overrides every episode's sentence. With `remote`, only the metadata lies
    under `root`. Raises `Problem` for a folder that is no dataset, metadata that cannot be
    true and selections that do not exist.
    """
    if not (root / "meta" / "info.json").is_file():
        raise Problem(
            f"{root} is no LeRobot dataset (it has no meta/info.json): "
            "set datasets: root: to the folder of one"
        )
    for _ in LinkGuard(root).walk("meta"):
        pass  # looked at before anything is read: a link may lead anywhere
    try:
        about = info.read(root)
        camera = info.camera(about.features, camera)
        found = _episodes(root, about, camera, remote)
        every = list(islice(found, info.MAX_EPISODES + 1))
        info.check_count(len(every))
        known = {each.index: each for each in every}
        if len(known) != len(every):
            raise Problem("an episode stands twice in the metadata")
        exclude = set(exclude)
        episode_ranges.check(known, exclude, "excluded")
        chosen = sorted(set(episode_ranges.select(known, episodes)) - exclude)[:max_episodes]
    except Problem as problem:
        # Some name a file in full.
        raise Problem(f"{problem}" if str(root) in str(problem) else f"{root}: {problem}") from None
    if task is not None:
        known = {i: replace(known[i], task=episode.task(task)) for i in chosen}
    whole = Dataset(
        name=safe_name(name or root.resolve().name),
        root=root,
        version=about.version,
        fps=about.fps,
        features=about.features,
        camera=camera,
        total=len(every),
        episodes={},
        remote=remote,
    )
    return _selecting(whole, {i: known[i] for i in chosen})


def missing(dataset: Dataset, *, videos: bool) -> dict[int, list[str]]:
    """Files of selected episodes that are not there, by episode; `videos` counts those too.

    Lists each folder once instead of asking for each file, which a network file system
    answers a thousand times slower. Raises `Problem` for a link that leads out of the dataset.
    """
    fence = LinkGuard(dataset.root)
    names: dict[str, frozenset[str]] = {}

    def exists(path: str) -> bool:
        if dataset.remote is not None:
            return path in dataset.remote
        folder, _, file = path.rpartition("/")
        if folder not in names:
            names[folder] = fence.files(folder)
        return file in names[folder]

    absent = {}
    for each in dataset.episodes.values():
        wanted = [each.data] + ([each.video] if videos and each.video else [])
        if gone := [path for path in wanted if not exists(path)]:
            absent[each.index] = gone
    return absent


def _episodes(
    root: Path, about: Info, camera: str | None, remote: Mapping[str, RemoteFile] | None
) -> Iterator[Episode]:
    if about.version.startswith("v2."):
        return episodes_v2.read(root, about, camera)
    # Only here: a v2 dataset is read without paying for the import of pyarrow.
    from subtasks.dataset import episodes_v3

    return episodes_v3.read(root, about, camera, remote)


def _selecting(dataset: Dataset, episodes: dict[int, Episode]) -> Dataset:
    files: dict[str, list[int]] = {}
    for each in episodes.values():
        files.setdefault(each.data, []).append(each.index)
    return replace(dataset, episodes=episodes, files=files)
