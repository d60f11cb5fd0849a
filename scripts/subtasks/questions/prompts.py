"""The texts around the images: filled-in prompts, captions and remarks.

Their words are part of a question's key: rewording one asks again what has been paid for.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches

from subtasks.frames.manifest import Image
from subtasks.questions.protocol import Protocol
from subtasks.questions.question import Jpeg
from subtasks.segments.segment import Segment

FIELDS = ("task", "fps", "duration", "start", "stop", "protocol", "example")

_KNOWN = [f"{{{field}}}" for field in FIELDS]
_FIELD = re.compile(rf"\{{({'|'.join(FIELDS)})\}}")
# A word in braces is meant to be filled in. So is a field written as format strings, templates and
# shells write it. Anything else in braces is text, such as JSON.
_WORD = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
_FIELD_AS_ELSEWHERE = re.compile(
    rf"\{{\{{\s*(?P<twice>{'|'.join(FIELDS)})\s*\}}\}}"
    rf"|\$\{{(?P<shell>{'|'.join(FIELDS)})\}}"
    rf"|\{{\s*(?P<format>{'|'.join(FIELDS)})\s*(?:![rsa])?(?::[^{{}}\s,\"']*)?\s*\}}"
)


def fill(
    template: str,
    *,
    task: str,
    rate: float,
    duration: float,
    start: float,
    stop: float,
    protocol: Protocol,
) -> str:
    """Fill in a prompt's fields.

    `rate` is in frames per second; the episode is `duration` seconds long, of which `start` to
    `stop` are shown. Fields are replaced in one pass and without format strings, because a prompt
    and a protocol may hold JSON and a task may hold braces.
    """
    values = {
        "task": task or "(not stated)",
        "fps": f"{rate:.3g}",
        "duration": f"{duration:.2f}",
        "start": f"{start:.2f}",
        "stop": f"{stop:.2f}",
        "protocol": protocol.definitions,
        "example": protocol.example,
    }
    return _FIELD.sub(lambda match: values[match[1]], template)


def wrong_field(template: str) -> tuple[str, str] | None:
    """Find something in braces that looks like a field of a prompt and would not be filled in.

    Returns what stands there, such as `{Task}`, and what to write in its place.
    """
    for match in _FIELD_AS_ELSEWHERE.finditer(template):
        if match[0] not in _KNOWN:
            return match[0], f"write {{{match[match.lastgroup or 0]}}}"
    for match in _WORD.finditer(template):
        if match[0] not in _KNOWN:
            near = get_close_matches(match[1].lower(), FIELDS, 1)
            which = (
                f"did you mean {{{near[0]}}}?" if near else f"the fields are {', '.join(_KNOWN)};"
            )
            return match[0], f"{which} Text in braces needs a space: {{ {match[1]} }}"
    return None


def word_in_braces(text: str) -> str | None:
    """Find a word in braces in a text without fields, such as a protocol."""
    match = _WORD.search(text)
    return match and match[0]


def with_captions(
    layout: str, images: Iterable[tuple[Image, bytes]], cameras: Sequence[str] = ()
) -> Iterator[str | Jpeg]:
    """Yield images, each after a caption with its time, or a sheet's first and last time.

    Where images show several cameras, their names come first.
    """
    yield from camera_names("Each tile" if layout == "sheet" else "Each image", cameras)
    for number, (image, data) in enumerate(images, 1):
        if layout == "sheet":
            yield f"Sheet {number}: {image.times[0]:.2f} s to {image.times[-1]:.2f} s"
        else:
            yield f"t = {image.times[0]:.2f} s"
        yield Jpeg(data, image.width, image.height)


def camera_names(shown: str, cameras: Sequence[str]) -> Iterator[str]:
    """Name the cameras that what is `shown` has side by side, if they are several."""
    if len(cameras) > 1:
        names = ", ".join("".join(filter(str.isprintable, name)) for name in cameras)
        yield f"{shown} shows the cameras of one moment side by side, from left to right: {names}"


def border_caption(number: int, image: Image, time: float, before: Segment, after: Segment) -> str:
    """Say which border an image shows: its number, the labels beside it, and its times.

    `time` is where the first look put it, in seconds.
    """
    labels = (json.dumps(each.subtask, ensure_ascii=False) for each in (before, after))
    return (
        f"Border {number}: from {' to '.join(labels)}, now at {time:.2f} s; shown: "
        f"{image.times[0]:.2f} s to {image.times[-1]:.2f} s"
    )


def paragraphs(*texts: str) -> str:
    """Join the texts that are not empty."""
    return "\n\n".join(filter(None, texts))


def part_remark(start: float, stop: float) -> str:
    """Say that only a part of the episode is shown."""
    return (
        f"The episode is long: here you see the part from {start:.2f} s to {stop:.2f} s. Give the "
        f"subtasks of this part, the first at {start:.2f}; times count from the episode's start."
    )


def earlier_description(text: str) -> str:
    """Quote the description of the same frames by an earlier pass."""
    return (
        f"What an earlier look at these frames found (it may be wrong in details):\n{text.strip()}"
    )


def neighbours(found: Sequence[Segment], number: int, duration: float) -> str:
    """Describe the segment that is to be labelled again, and its neighbours."""
    ends = [segment.time for segment in found[1:]] + [duration]
    lines = []
    for name, index in (("Previous", number - 1), ("Current", number), ("Next", number + 1)):
        if 0 <= index < len(found):
            segment = found[index]
            lines.append(
                f"{name} segment: {segment.time:.2f} s to {ends[index]:.2f} s, "
                f"labelled {json.dumps(segment.subtask, ensure_ascii=False)}"
            )
    return "\n".join(lines)


def motion_changes(events: Sequence[tuple[float, str]], start: float, stop: float) -> str:
    """List when and how the robot's motion changes between two times; empty if it does not."""
    lines = [f"{time:.2f} s: {what}" for time, what in events if start <= time <= stop]
    if not lines:
        return ""
    return "\n".join(["Measured from the robot's joints, not from the frames:", *lines])
