"""Path templates of `meta/info.json`, such as `data/episode_{episode_index:06d}.parquet`."""

import re
import string
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any

from subtasks.dataset.episode import MAX_INDEX
from subtasks.errors import Problem
from subtasks.wording import shorten

MAX_NAME_BYTES = 200
"""Of one file or folder name: file systems allow 255, and jobs append suffixes."""

MAX_PATH_BYTES = 1000

_INDEX_SPEC = re.compile(r"0?\d{0,2}d?")
_SPECIAL_IN_SNAKEMAKE = frozenset("{}*?[]")


def data_template(
    info: Mapping[str, Any], required: Collection[str], optional: Collection[str] = ()
) -> Callable[..., str]:
    """Turn info.json's `data_path` into a function that takes numbers and returns a path.

    The template must contain the `required` fields, which distinguish files, and may contain the
    `optional` ones. No other field is accepted, because a format string can reach attributes and
    ask for gigabytes of padding. Raises `Problem` for such a template, and for one whose paths
    leave the dataset's data folder or are not valid file names.
    """
    path = _template(info, "data_path", "data", required, optional, None)
    if not info["data_path"].endswith(".parquet"):
        raise Problem(f"{_described(info, 'data_path')} must end in .parquet")
    return path


def video_templates(
    info: Mapping[str, Any],
    cameras: Sequence[str],
    required: Collection[str],
    optional: Collection[str] = (),
) -> dict[str, Callable[..., str]]:
    """Turn info.json's `video_path` into functions that take numbers and return a path.

    The result has one for each of the `cameras`, whose name replaces `video_key`. Without that
    field, several cameras would share one file. Everything else is as in `data_template`.
    """
    found = {
        camera: _template(info, "video_path", "videos", required, optional, camera)
        for camera in cameras
    }
    if len(found) > 1 and "{video_key}" not in info["video_path"]:
        raise Problem(
            f"{_described(info, 'video_path')} must contain {{video_key}}, otherwise several "
            "cameras share one path"
        )
    return found


def _described(info: Mapping[str, Any], key: str) -> str:
    return f"{key} {shorten(info.get(key))} in meta/info.json"


def _template(
    info: Mapping[str, Any],
    key: str,
    folder: str,
    required: Collection[str],
    optional: Collection[str],
    camera: str | None,
) -> Callable[..., str]:
    text, described = info.get(key), _described(info, key)
    if not isinstance(text, str):
        raise Problem(f"meta/info.json has no {key}")
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError:
        raise Problem(f"{described} is not a valid path template") from None
    numbers = set()
    for _, name, spec, conversion in parts:
        if name is None or (name == "video_key" and camera and not spec and not conversion):
            continue
        known = name in required or name in optional
        if not known or conversion or not _INDEX_SPEC.fullmatch(spec or ""):
            raise Problem(f"{described} contains an unsupported field")
        numbers.add(name)
    literal = "".join(part[0] for part in parts)
    names = text.split("/")
    if (
        names[0] != folder
        or not all(name.strip(". ") for name in names)
        or "\\" in text
        or not literal.isprintable()
    ):
        raise Problem(f"{described} must stay in the dataset's {folder} folder")
    if special := sorted(_SPECIAL_IN_SNAKEMAKE.intersection(literal)):
        raise Problem(f"{described} contains {special[0]}, which is special in Snakemake's paths")
    if absent := sorted(set(required) - numbers):
        raise Problem(
            f"{described} must contain {{{absent[0]}}}, otherwise several files share one path"
        )
    path = partial(text.format, video_key=camera)
    longest = path(**dict.fromkeys(numbers, MAX_INDEX)).encode()
    if len(longest) > MAX_PATH_BYTES or max(map(len, longest.split(b"/"))) > MAX_NAME_BYTES:
        raise Problem(f"{described} makes paths that are too long")
    return path
