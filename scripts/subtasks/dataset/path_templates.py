"""Path templates of `meta/info.json`, such as `data/episode_{episode_index:06d}.parquet`."""

import re
import string
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any

from subtasks.dataset.episode import MAX_INDEX
from subtasks.errors import Problem
from subtasks.wording import shorten

MAX_STEP_BYTES = 200
"""Of the name of a folder or file: file systems take 255, and jobs put endings to it."""

MAX_PATH_BYTES = 1000

_INDEX_SPEC = re.compile(r"0?\d{0,2}d?")
# These mean something in Snakemake's paths.
_MEANINGFUL = frozenset("{}*?[]")


def data_template(
    info: Mapping[str, Any], needed: Collection[str], other: Collection[str] = ()
) -> Callable[..., str]:
    """Turn the template of info.json's data files into a function of its numbers.

    `needed` numbers tell one file from another, `other` ones may stand in it too. Nothing else
    is filled in: a format string can reach attributes and ask for gigabytes of padding. Raises
    `Problem` for a template that says more or less, and for one whose paths leave their folder
    of the dataset or cannot be a file's.
    """
    path = _template(info, "data_path", "data", needed, other, None)
    if not info["data_path"].endswith(".parquet"):
        raise Problem(f"{_said(info, 'data_path')} does not end in .parquet")
    return path


def video_template(
    info: Mapping[str, Any], camera: str, needed: Collection[str], other: Collection[str] = ()
) -> Callable[..., str]:
    """Turn the template of info.json's video files into a function of its numbers.

    It may have the `video_key`, which is `camera`; all else is as in `data_template`.
    """
    return _template(info, "video_path", "videos", needed, other, camera)


def _said(info: Mapping[str, Any], key: str) -> str:
    return f"{key} {shorten(info.get(key))} in meta/info.json"


def _template(
    info: Mapping[str, Any],
    key: str,
    folder: str,
    needed: Collection[str],
    other: Collection[str],
    camera: str | None,
) -> Callable[..., str]:
    text, said = info.get(key), _said(info, key)
    if not isinstance(text, str):
        raise Problem(f"meta/info.json has no {key}")
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError:
        raise Problem(f"{said} is no path template") from None
    numbers = set()
    for _, name, spec, conversion in parts:
        if name is None or (name == "video_key" and camera and not spec and not conversion):
            continue
        if name not in {*needed, *other} or conversion or not _INDEX_SPEC.fullmatch(spec or ""):
            raise Problem(f"{said} has a field this format does not know")
        numbers.add(name)
    literal = "".join(part[0] for part in parts)
    steps = text.split("/")
    if (
        steps[0] != folder
        or not all(step.strip(". ") for step in steps)
        or "\\" in text
        or not literal.isprintable()
    ):
        raise Problem(f"{said} leaves the dataset's {folder} folder")
    if odd := sorted(_MEANINGFUL.intersection(literal)):
        raise Problem(f"{said} has a {odd[0]} in its paths, which this workflow cannot name")
    if absent := sorted(set(needed) - numbers):
        raise Problem(f"{said} lacks {{{absent[0]}}}, so that different files have one path")
    path = partial(text.format, video_key=camera)
    longest = path(**dict.fromkeys(numbers, MAX_INDEX)).encode()
    if len(longest) > MAX_PATH_BYTES or max(map(len, longest.split(b"/"))) > MAX_STEP_BYTES:
        raise Problem(f"{said} makes paths that are too long for a file")
    return path
