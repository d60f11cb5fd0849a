"""Draw what Claude is shown of a rendered episode: sheets, and the strip of a border.

They are docs/sheet.png, docs/sheet_two_cameras.png and docs/border_strip.png.

Run this after rendering it:
.venv/bin/python scripts/make_demo_dataset.py --wrist --episodes 2 --output data/demo_wrist
.venv/bin/python docs/draw_sheets.py
"""

import sys
import tempfile
from io import BytesIO
from pathlib import Path

import yaml
from PIL import Image

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT / "scripts"))

from subtasks.dataset import dataset  # noqa: E402
from subtasks.dataset.dataset import Dataset  # noqa: E402
from subtasks.dataset.episode import Clip  # noqa: E402
from subtasks.frames import archive, border_strips  # noqa: E402
from subtasks.frames.footage import Camera  # noqa: E402
from subtasks.frames.sampler import SampleSettings, sample_from  # noqa: E402
from subtasks.frames.stretch import VideoPosition  # noqa: E402
from subtasks.frames.video_footage import VideoSource  # noqa: E402
from subtasks.segments import borders, subtask_files  # noqa: E402

EPISODE, BORDER = 1, 1  # the hand closes around the block
TOP, WRIST = "observation.images.top", "observation.images.wrist"
COLOURS = 256
"""Of a picture in docs: rendered frames have few, and so it takes a quarter of the bytes."""


def main() -> None:
    """Sample the episode as the default config does, and keep its first sheets."""
    for name, cameras in (("sheet", [TOP]), ("sheet_two_cameras", [TOP, WRIST])):
        demo = dataset.load(PROJECT / "data" / "demo_wrist", cameras=cameras)
        save(name, first_image(demo))
    save("border_strip", border_image(dataset.load(PROJECT / "data" / "demo_wrist", cameras=[TOP])))


def border_image(demo: Dataset) -> Image.Image:
    """Return the image that the pass refine would send of a border that is where it should be."""
    truth = subtask_files.load(demo.root / "truth" / f"{demo.episodes[EPISODE].id}.json")
    duration = demo.episodes[EPISODE].length / demo.fps
    border = borders.between(truth, duration)[BORDER]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "borders.zip")
        clips = demo.episodes[EPISODE].clips
        border_strips.sample_strips([camera(demo, clip) for clip in clips], [border], 85, path)
        _, jpeg = next(archive.read_images(path))
    return Image.open(BytesIO(jpeg))


def first_image(demo: Dataset) -> Image.Image:
    """Return the first image that the workflow would send of the episode."""
    sample = yaml.safe_load((PROJECT / "config" / "config.yaml").read_text())["sample"]
    settings = SampleSettings(
        fps=sample["fps"],
        layout=sample["layout"],
        **sample["sheet"],
        frame_width=sample["frame"]["width"],
        jpeg_quality=sample["jpeg_quality"],
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "frames.zip")
        clips = demo.episodes[EPISODE].clips
        sample_from([camera(demo, clip) for clip in clips], settings, path)
        _, jpeg = next(archive.read_images(path))
    return Image.open(BytesIO(jpeg))


def camera(demo: Dataset, clip: Clip) -> Camera:
    """Say where a camera has the episode's frames."""
    assert clip.start is not None, "all cameras of the demo are videos"
    assert clip.stop is not None
    length = demo.episodes[EPISODE].length
    position = VideoPosition(clip.file, clip.start, clip.stop, length, demo.fps)
    return Camera(clip.camera, VideoSource(demo.root / clip.file, position))


def save(name: str, image: Image.Image) -> None:
    """Write a picture into docs."""
    few = image.quantize(COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    few.save(PROJECT / "docs" / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
