"""Draw docs/result.png from the demo: an episode's frames, its found and its true subtasks.

Run this after `make demo`: .venv/bin/python docs/draw_result.py
"""

import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT / "scripts"))

from subtasks.dataset import dataset  # noqa: E402
from subtasks.frames.video import Video  # noqa: E402
from subtasks.segments import subtask_files  # noqa: E402

EPISODE = 1
WIDTH, FRAME_HEIGHT, BAR, GAP, MARGIN, LEFT = 1400, 150, 70, 12, 16, 78
COLOURS = ["#f6b26b", "#93c47d", "#76a5af", "#8e7cc3", "#e06666", "#ffd966", "#a4c2f4", "#d5a6bd"]
INK = "#222222"


def main() -> None:
    """Draw the frames of the episode above two bars of subtasks and a time axis."""
    demo = dataset.load(PROJECT / "data" / "demo")
    episode = demo.episodes[EPISODE]
    assert episode.video is not None, "every episode of the demo has a video"
    duration = episode.length / demo.fps
    height = MARGIN * 2 + FRAME_HEIGHT + 2 * (BAR + GAP) + 26
    picture = Image.new("RGB", (WIDTH, height), "white")
    draw = ImageDraw.Draw(picture)
    scale = (WIDTH - LEFT - MARGIN) / duration
    draw_frames(picture, demo.root / episode.video, duration, scale)
    rows = {
        "found": PROJECT / "results" / "demo" / "subtasks" / f"{episode.id}.json",
        "true": PROJECT / "data" / "demo" / "truth" / f"{episode.id}.json",
    }
    top = MARGIN + FRAME_HEIGHT + GAP
    for name, path in rows.items():
        draw.text((MARGIN, top + BAR / 2), name, fill=INK, font=font(18), anchor="lm")
        found = subtask_files.load(path)
        ends = [segment.time for segment in found[1:]] + [duration]
        for number, (segment, end) in enumerate(zip(found, ends, strict=True)):
            box = (LEFT + segment.time * scale, top, LEFT + end * scale - 2, top + BAR)
            draw.rectangle(box, fill=COLOURS[number % len(COLOURS)])
            draw_label(draw, segment.subtask, box)
        top += BAR + GAP
    for second in range(int(duration) + 1):
        x = LEFT + second * scale
        draw.text((x, top), f"{second} s", fill=INK, font=font(14), anchor="mt")
    picture.save(PROJECT / "docs" / "result.png", optimize=True)


def draw_frames(picture: Image.Image, path: Path, duration: float, scale: float) -> None:
    """Paste frames side by side, each centred on its time."""
    with Video(path) as video:
        width = round(FRAME_HEIGHT * video.width / video.height)
        count = int((WIDTH - LEFT - MARGIN) // (width + 4))
        index = video.index(0.0, duration)
        length = len(index.frames)
        wanted = [index.frames[int((i + 0.5) * length / count)] for i in range(count)]
        for number, frame in enumerate(video.frames(index, wanted)):
            image = frame.to_image(width=width, height=FRAME_HEIGHT)
            x = LEFT + round((number + 0.5) * duration * scale / count) - width // 2
            picture.paste(image, (x, MARGIN))


def draw_label(draw: ImageDraw.ImageDraw, label: str, box: tuple[float, ...]) -> None:
    """Write a label into its box, broken into lines."""
    left, top, right, bottom = box
    lines: list[str] = []
    for word in label.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and draw.textlength(longer, font=font(14)) <= right - left - 6:
            lines[-1] = longer
        else:
            lines.append(word)
    draw.multiline_text(
        ((left + right) / 2, (top + bottom) / 2),
        "\n".join(lines),
        fill=INK,
        font=font(14),
        anchor="mm",
        align="center",
        spacing=1,
    )


def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return Pillow's default font."""
    return ImageFont.load_default(size=size)


if __name__ == "__main__":
    main()
