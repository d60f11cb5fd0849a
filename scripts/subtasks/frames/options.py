"""Command-line options shared by the programs that sample frames: of which episode and cameras."""

import argparse
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from subtasks import episode_facts
from subtasks.errors import Problem
from subtasks.frames.footage import MAX_CAMERAS, Camera, Source
from subtasks.frames.stretch import MISSING_SECONDS, VideoPosition
from subtasks.frames.video_footage import VideoSource
from subtasks.wording import shorten_text

_FORMS = "CAMERA NAME FILE START STOP for a video, or CAMERA FILE for images in a data file"


@dataclass(frozen=True)
class CameraOptions:
    """The shared options; the fields are named like them.

    A program's own options extend this class.
    """

    camera: list[list[str]]
    alone: bool
    facts: Path | None
    episode: int | None
    root: Path | None
    frames: int
    episode_fps: float
    missing_seconds: float


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the shared options."""
    add = parser.add_argument
    add(
        "--camera",
        nargs="+",
        action="append",
        required=True,
        metavar="VALUE",
        help=f"a camera: {_FORMS}. May be repeated: pictures of one moment stand side by side, and"
        " the first camera says which moments there are. CAMERA is the feature, NAME the video's"
        " path inside the dataset, START and STOP are seconds in it",
    )
    add("--alone", action="store_true", help="the videos show no other episode")
    add("--facts", type=Path, help="which rows are the episode's, as check_episodes writes it")
    add("--episode", type=between(int, 0), help="the episode's number")
    add("--root", type=Path, help="the dataset, if rows may name image files in it")
    add("--frames", type=between(int, 1), required=True, help="length of the episode")
    add(
        "--episode-fps",
        type=between(float, 1e-6),
        required=True,
        help="frames per second of the episode",
    )
    add(
        "--missing-seconds",
        type=between(float, 0),
        default=MISSING_SECONDS,
        help="seconds at the end of the episode that may be missing",
    )


def between(
    kind: type[int] | type[float], least: float, most: float = math.inf
) -> Callable[[str], float]:
    """Return a command-line type: finite numbers from `least` to `most`."""

    def number(text: str) -> float:
        value = kind(text)
        if not math.isfinite(value) or not least <= value <= most:
            raise argparse.ArgumentTypeError(f"{text} is not a number from {least:g} to {most:g}")
        return value

    return number


def cameras(options: CameraOptions) -> list[Camera]:
    """Say where each camera has the episode's frames. Raises `Problem` for unusable options."""
    names = [name for name, *_ in options.camera]
    if len(names) > MAX_CAMERAS:
        raise Problem(f"--camera is given {len(names)} times: at most {MAX_CAMERAS} can be shown")
    for number, name in enumerate(names):
        if name in names[:number]:
            raise Problem(f"--camera {shorten_text(name)} is given twice: name each camera once")
    return [Camera(name, _source(name, place, options)) for name, *place in options.camera]


def _source(camera: str, place: list[str], options: CameraOptions) -> Source:
    match place:
        case [name, file, start, stop]:
            begin, end = _seconds(camera, start), _seconds(camera, stop)
            return VideoSource(Path(file), _position(name, begin, end, options))
        case [file]:
            return _images(camera, Path(file), options)
    raise Problem(
        f"--camera {shorten_text(camera)} has {len(place) + 1} values, but must have {_FORMS}"
    )


def _images(camera: str, file: Path, options: CameraOptions) -> Source:
    # Only here: the import takes longer than sampling a video.
    from subtasks.frames.image_footage import ImageSource

    if options.facts is None or options.episode is None:
        raise Problem(
            f"--camera {shorten_text(camera)} is stored in a data file: --facts and --episode must"
            " say which rows are the episode's"
        )
    facts = episode_facts.find(options.facts, options.episode)
    position = _position(camera, 0.0, options.frames / options.episode_fps, options)
    return ImageSource(file, position, facts, options.episode, options.root)


def _position(name: str, start: float, stop: float, options: CameraOptions) -> VideoPosition:
    return VideoPosition(
        name,
        start,
        stop,
        options.frames,
        options.episode_fps,
        is_alone=options.alone,
        missing_seconds=options.missing_seconds,
    )


def _seconds(camera: str, text: str) -> float:
    try:
        return between(float, 0)(text)
    except (ValueError, argparse.ArgumentTypeError):
        raise Problem(
            f"--camera {shorten_text(camera)} has {shorten_text(text)} where its START and STOP"
            " must be seconds in the video"
        ) from None
