"""A LeRobot dataset as the workflow sees it: one model for every version of the format.

Nothing outside this module knows that versions differ. Metadata is foreign input: sizes,
types and path templates are checked here, so that what leaves this module can be trusted.
"""

import json
import math
import re
import string
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import accumulate, islice
from pathlib import Path
from typing import Any

from subtasks import backup
from subtasks.fence import Fence
from subtasks.problem import Problem
from subtasks.selection import select

MAX_INFO_BYTES = 16 << 20
MAX_TASK_LENGTH = 2000
MAX_EPISODE_FRAMES = 10_000_000
MAX_EPISODES = 10_000_000
MAX_LINE_BYTES = 1 << 20
MAX_SHOWN = 60

_INDEX_SPEC = re.compile(r"0?\d{0,2}d?")
_FEATURE_KEY = re.compile(r"(?!\.+$)[\w.\-]+")
_UNSAFE_IN_NAME = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file that is not here but can be fetched: its content's hash, a data file's rows."""

    content: str
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class Episode:
    """One demonstration: where its rows and its video lie.

    `data` and `video` are paths inside the dataset; `row` is the episode's first row in
    its data file, `length` its number of rows (frames); `start` and `stop` are seconds
    inside the video file. `video` is None when the dataset has no camera to sample.
    """

    index: int
    length: int
    task: str
    data: str
    row: int
    video: str | None
    start: float
    stop: float

    @property
    def id(self) -> str:
        """The name of the episode's files: `episode_000017`."""
        return f"episode_{self.index:06d}"


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset and its selected episodes.

    `files` maps every data file that holds a selected episode to those episodes, in the
    dataset's order; `total` counts the episodes before selection. `guidance` is what the user
    says about the labels (see `subtasks.guidance`). `remote` are data and video files that are
    fetched when they are needed, by path; None where all files lie under `root`. `address` is
    the folder in object storage where they lie, None for the Hub. `absent` are episodes that
    were selected and are left out, because files of theirs are missing.
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
    absent: tuple[int, ...] = ()

    @property
    def motion(self) -> tuple[str, list[str]] | None:
        """Feature that tells how the robot moves and the names of its dimensions, if any."""
        for key in ("observation.state", "action"):
            if key in self.features:
                return key, _flat(self.features[key].get("names"))
        return None

    def without(self, episodes: Iterable[int]) -> "Dataset":
        """Return the same dataset with some episodes no longer selected."""
        left = set(episodes)
        return _selecting(self, {i: e for i, e in self.episodes.items() if i not in left})


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
    for _ in Fence(root).walk("meta"):
        pass  # looked at before anything is read: a link may lead anywhere
    try:
        info = _read_info(root)
        camera = _choose_camera(info["features"], camera)
        version = info["codebase_version"]
        every = list(islice(_READERS[version](root, info, camera, remote), MAX_EPISODES + 1))
        _count(len(every))
    except Problem as problem:
        raise Problem(f"{root}: {problem}") from None
    known = {episode.index: episode for episode in every}
    if len(known) != len(every):
        raise Problem(f"{root}: an episode stands twice in the metadata")
    try:
        chosen = sorted(set(select(known, episodes)) - set(exclude))[:max_episodes]
    except Problem as problem:
        raise Problem(f"{root}: {problem}") from None
    if task is not None:
        known = {i: replace(known[i], task=_clean_task([task])) for i in chosen}
    whole = Dataset(
        name=safe_name(name or root.resolve().name),
        root=root,
        version=version,
        fps=info["fps"],
        features=info["features"],
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
    fence = Fence(dataset.root)
    names: dict[str, frozenset[str]] = {}

    def exists(path: str) -> bool:
        if dataset.remote is not None:
            return path in dataset.remote
        folder, _, file = path.rpartition("/")
        if folder not in names:
            names[folder] = fence.files(folder)
        return file in names[folder]

    absent = {}
    for episode in dataset.episodes.values():
        wanted = [episode.data] + ([episode.video] if videos and episode.video else [])
        if gone := [path for path in wanted if not exists(path)]:
            absent[episode.index] = gone
    return absent


def _selecting(dataset: Dataset, episodes: dict[int, Episode]) -> Dataset:
    files: dict[str, list[int]] = {}
    for episode in episodes.values():
        files.setdefault(episode.data, []).append(episode.index)
    return replace(dataset, episodes=episodes, files=files)


# What is the same in every version: info.json -------------------------------------------


def _read_info(root: Path) -> dict[str, Any]:
    path = backup.original(root, "meta/info.json")
    if path.stat().st_size > MAX_INFO_BYTES:
        raise Problem(f"meta/info.json is larger than {MAX_INFO_BYTES >> 20} MB")
    try:
        info = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise Problem(f"meta/info.json is not JSON ({error})") from None
    if not isinstance(info, dict):
        raise Problem("meta/info.json holds no object")
    version = info.get("codebase_version")
    if not isinstance(version, str) or version not in _READERS:
        raise Problem(
            f"meta/info.json says codebase_version {_shown(version)}, this workflow reads "
            f"{', '.join(_READERS)}: convert it with LeRobot's own converter"
        )
    fps = info.get("fps")
    if isinstance(fps, bool) or not isinstance(fps, int | float) or not 0 < fps <= 1000:
        raise Problem(f"meta/info.json says fps {_shown(fps)}, which is not between 0 and 1000")
    _count(info.get("total_episodes"))
    features = info.get("features")
    if not isinstance(features, dict) or not all(isinstance(f, dict) for f in features.values()):
        raise Problem("meta/info.json has no table of features")
    return info


def _count(episodes: Any) -> None:
    """Refuse a number of episodes that no dataset has."""
    if isinstance(episodes, int | float) and not episodes <= MAX_EPISODES:
        raise Problem(
            f"its metadata says it has {_shown(episodes)} episodes, and no dataset has more than "
            f"{MAX_EPISODES:,}: restore meta/ from its origin"
        )


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"


def _choose_camera(features: dict[str, dict[str, Any]], wanted: str | None) -> str | None:
    videos = [key for key, feature in features.items() if feature.get("dtype") == "video"]
    for key in videos:
        if not _FEATURE_KEY.fullmatch(key):
            raise Problem(f"the feature {key!r} has a name that cannot be part of a path")
    if wanted is not None:
        if wanted not in videos:
            raise Problem(
                f"camera {wanted} is no video feature of this dataset; "
                f"it has {', '.join(videos) or 'none'}"
            )
        return wanted
    return next((key for key in videos if not _is_depth(features[key])), None)


def _is_depth(feature: dict[str, Any]) -> bool:
    for place in (feature.get("info"), feature.get("video_info"), feature):
        if isinstance(place, dict) and place.get("video.is_depth_map"):
            return True
    return False


def _flat(names: Any) -> list[str]:
    """Names of a feature's dimensions: LeRobot writes lists, lists in lists and dicts of them."""
    if isinstance(names, dict):
        # {"motors": [...]} names them; {"x": 0, "y": 1} are the names.
        nested = [v for v in names.values() if isinstance(v, list | dict)]
        names = nested or list(names)
    if isinstance(names, list):
        return [flat for name in names for flat in _flat(name)]
    return [str(names)] if isinstance(names, str) else []


def _clean_task(tasks: Any) -> str:
    """One line of printable text from an episode's list of tasks."""
    tasks = [tasks] if isinstance(tasks, str) else tasks or ()
    lines = (" ".join(task.split()) for task in tasks if isinstance(task, str))
    text = "; ".join(line for line in lines if line)
    return "".join(c for c in text if c.isprintable())[:MAX_TASK_LENGTH]


def _template(info: dict[str, Any], key: str, folder: str, fields: set[str]) -> Callable[..., str]:
    """Turn a path template of info.json into a function, or refuse it.

    Only plain number fields are filled in (a format string can reach attributes and ask for
    gigabytes of padding), and the path must stay in its folder of the dataset.
    """
    text = info.get(key)
    if not isinstance(text, str):
        raise Problem(f"meta/info.json has no {key}")
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError:
        raise Problem(f"{key} {text!r} in meta/info.json is no path template") from None
    for _, name, spec, conversion in parts:
        if name is None:
            continue
        plain = (name == "video_key" and not spec) or _INDEX_SPEC.fullmatch(spec or "")
        if name not in fields or conversion or not plain:
            raise Problem(f"{key} {text!r} in meta/info.json has a field this format does not know")
    literal = "".join(part[0] for part in parts)
    steps = text.split("/")
    if (
        steps[0] != folder
        or not all(step.strip(". ") for step in steps)
        or "\\" in text
        or not literal.isprintable()
    ):
        raise Problem(f"{key} {text!r} in meta/info.json leaves the dataset's {folder} folder")
    return text.format


def _length(value: Any, episode: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Problem(f"the length of episode {episode} is {value!r}, which is no number of frames")
    if not 0 < value <= MAX_EPISODE_FRAMES:
        raise Problem(f"the length of episode {episode} is {value} frames")
    return value


def _index(value: Any, what: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10**9:
        raise Problem(f"{what} {value!r} in the metadata is no index")
    return value


# v2.0 and v2.1: one data file and one video an episode ----------------------------------


def _read_v2(
    root: Path, info: dict[str, Any], camera: str | None, _remote: Mapping[str, RemoteFile] | None
) -> Iterator[Episode]:
    data_path = _template(info, "data_path", "data", {"episode_chunk", "episode_index"})
    video_path = camera and _template(
        info, "video_path", "videos", {"episode_chunk", "episode_index", "video_key"}
    )
    chunk_size = info.get("chunks_size", 1000)
    if isinstance(chunk_size, bool) or not isinstance(chunk_size, int) or chunk_size < 1:
        raise Problem(f"meta/info.json says chunks_size {chunk_size!r}")
    for number, row in _json_lines(root / "meta" / "episodes.jsonl"):
        try:
            index, length = row["episode_index"], row["length"]
        except (TypeError, KeyError):
            raise Problem(
                f"meta/episodes.jsonl line {number} lacks episode_index or length"
            ) from None
        index = _index(index, "episode_index")
        length = _length(length, index)
        place = {"episode_chunk": index // chunk_size, "episode_index": index}
        yield Episode(
            index=index,
            length=length,
            task=_clean_task(row.get("tasks")),
            data=data_path(**place),
            row=0,
            video=video_path(**place, video_key=camera) if video_path else None,
            start=0.0,
            stop=length / info["fps"],
        )


def _json_lines(path: Path) -> Iterator[tuple[int, Any]]:
    if not path.is_file():
        raise Problem(f"meta/{path.name} is missing")
    with path.open("rb") as file:
        lines = iter(lambda: file.readline(MAX_LINE_BYTES), b"")
        for number, line in enumerate(lines, 1):
            if line.strip():
                try:
                    yield number, json.loads(line)
                except (ValueError, RecursionError):
                    raise Problem(f"meta/{path.name} line {number} is not JSON") from None


# v3.0 and later: several episodes a file ------------------------------------------------


def _read_v3(
    root: Path, info: dict[str, Any], camera: str | None, remote: Mapping[str, RemoteFile] | None
) -> Iterator[Episode]:
    data_path = _template(info, "data_path", "data", {"chunk_index", "file_index"})
    video_path = camera and _template(
        info, "video_path", "videos", {"chunk_index", "file_index", "video_key"}
    )
    video = [f"videos/{camera}/{c}" for c in _VIDEO_COLUMNS] if camera else []
    rows = _episode_rows(root, _EPISODE_COLUMNS + video)
    counts = _row_counts(root) if remote is None else _remote_row_counts(remote)
    places = _data_places(counts, rows, data_path)
    for row, (data, first_row) in zip(rows, places, strict=True):
        index, length, tasks, _, _, _, *place = row
        index = _index(index, "episode_index")
        length = _length(length, index)
        start, stop = (place[2], place[3]) if camera else (0.0, length / info["fps"])
        if not (math.isfinite(start) and math.isfinite(stop) and 0 <= start < stop):
            raise Problem(f"episode {index} lies from {start} s to {stop} s of its video")
        yield Episode(
            index=index,
            length=length,
            task=_clean_task(tasks),
            data=data,
            row=first_row,
            video=video_path(
                chunk_index=_index(place[0], "chunk_index of a video"),
                file_index=_index(place[1], "file_index of a video"),
                video_key=camera,
            )
            if video_path
            else None,
            start=start,
            stop=stop,
        )


def _data_places(
    counts: dict[str, int], rows: list[tuple[Any, ...]], data_path: Callable[..., str]
) -> Iterator[tuple[str, int]]:
    """Data file of each episode and the episode's first row in it.

    The data files hold the frames of the whole dataset one after the other, so their row
    counts say where a frame lies. LeRobot 0.4's converter gives the first episode of each
    file the number of the file before; `data/file_index` only counts where a file is missing
    or damaged.
    """
    frames = max(
        (_index(row[5], "dataset_from_index") + _length(row[1], row[0]) for row in rows), default=0
    )
    files = sorted(counts, key=_numbers)
    starts = list(accumulate((counts[path] for path in files), initial=0))
    if files and starts[-1] == frames:
        for _, _, _, _, _, begin, *_ in rows:
            number = bisect_right(starts, begin) - 1
            yield files[number], begin - starts[number]
        return
    first: dict[tuple[int, int], int] = {}
    for _, _, _, chunk, file, begin, *_ in rows:
        first[chunk, file] = min(begin, first.get((chunk, file), begin))
    for _, _, _, chunk, file, begin, *_ in rows:
        chunk_index = _index(chunk, "data/chunk_index")
        file_index = _index(file, "data/file_index")
        path = data_path(chunk_index=chunk_index, file_index=file_index)
        yield path, begin - first[chunk, file]


def _row_counts(root: Path) -> dict[str, int]:
    """Rows of each data file, by its footer; none where one is damaged."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return {
            path.relative_to(root).as_posix(): pq.read_metadata(path).num_rows
            for path in (root / "data").glob("chunk-*/file-*.parquet")
            if path.is_file()
        }
    except (pa.ArrowException, OSError):
        return {}


def _remote_row_counts(remote: Mapping[str, RemoteFile]) -> dict[str, int]:
    """Rows of each data file as they were found when the dataset was listed."""
    counts = {path: file.rows for path, file in remote.items() if _DATA_FILE.fullmatch(path)}
    return {} if None in counts.values() else counts


def _numbers(path: str) -> list[int]:
    return [int(digits) for digits in re.findall(r"\d+", path)]


_DATA_FILE = re.compile(r"data/chunk-[^/]*/file-[^/]*\.parquet")
_EPISODE_COLUMNS = [
    "episode_index",
    "length",
    "tasks",
    "data/chunk_index",
    "data/file_index",
    "dataset_from_index",
]
_VIDEO_COLUMNS = ["chunk_index", "file_index", "from_timestamp", "to_timestamp"]


def _episode_rows(root: Path, columns: list[str]) -> list[tuple[Any, ...]]:
    """Rows of meta/episodes, in the order of `columns`; the large stats/ columns stay unread."""
    # Only here: a v2 dataset is read without paying for the import.
    import pyarrow as pa
    import pyarrow.parquet as pq

    from subtasks.parquet import batches, check_rows

    paths = sorted((root / "meta" / "episodes").glob("chunk-*/file-*.parquet"))
    if not paths:
        raise Problem("meta/episodes holds no chunk-*/file-*.parquet")
    rows: list[tuple[Any, ...]] = []
    for path in paths:
        try:
            with pq.ParquetFile(path) as file:
                check_rows(path, file.metadata.num_rows, path.stat().st_size)
                absent = sorted(set(columns) - set(file.schema_arrow.names))
                if absent:
                    raise Problem(f"{path.relative_to(root)} lacks the column {absent[0]}")
                for batch in batches(path, file, columns):
                    table = {name: batch.column(name) for name in columns}
                    if any(column.null_count for column in table.values()):
                        raise Problem(f"{path.relative_to(root)} has a row with an empty cell")
                    rows += zip(*(column.to_pylist() for column in table.values()), strict=True)
        except (pa.ArrowException, OSError) as error:
            raise Problem(f"{path.relative_to(root)} cannot be read ({error})") from None
    return rows


_READERS: dict[str, Callable[..., Iterable[Episode]]] = {
    "v2.0": _read_v2,
    "v2.1": _read_v2,
    "v3.0": _read_v3,
    "v3.1": _read_v3,
}
