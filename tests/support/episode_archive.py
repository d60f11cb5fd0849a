"""An archive of one episode's frames: six contact sheets that show half a minute."""

from pathlib import Path

from PIL import Image as Picture

from subtasks import episode_facts
from subtasks.episode_facts import EpisodeFacts
from subtasks.frames import archive
from subtasks.frames.manifest import Image, Manifest
from support.messages import encoded
from support.workflow import PROJECT

SHEETS, TILES, RATE = 6, 10, 2
FPS = 10
FRAMES = SHEETS * TILES * FPS // RATE
MODEL = "claude-opus-4-7"
TASK = "pick the cup"


def write_archive(path: Path, sheets: int = SHEETS, error: str | None = None) -> None:
    """Write the archive of an episode."""
    path.parent.mkdir(exist_ok=True)
    times = [tuple((i * TILES + k) / RATE for k in range(TILES)) for i in range(sheets)]
    images = [Image(f"{i}.jpg", 100, 80, shown) for i, shown in enumerate(times)]
    with archive.Writer(path) as writer:
        for number, image in enumerate(images):
            writer.image(image, encoded(Picture.new("RGB", (100, 80), (40 * number, 0, 0))))
        writer.manifest(
            Manifest(
                video="video.mp4",
                codec="h264",
                width=640,
                height=480,
                fps=FPS,
                frames=FRAMES,
                duration=FRAMES / FPS,
                sampling={"layout": "sheet", "rate": float(RATE)},
                images=tuple(images),
                error=error,
            )
        )


def ask_arguments(folder: Path, episodes: int = 1) -> list[str]:
    """Make the files in `folder` that annotate and submit need; return the options for both."""
    for episode in range(episodes):
        write_archive(folder / f"frames/episode_{episode:06d}.zip")
    # Each with a task of its own, or they would ask the same question.
    facts = {episode: EpisodeFacts(f"{TASK} {episode}", FRAMES) for episode in range(episodes)}
    episode_facts.write(folder / "facts.json", facts)
    return [
        f"--frames={folder / 'frames'}",
        f"--episodes={folder / 'facts.json'}",
        *("--prompt", "segment", str(PROJECT / "config/prompts/segment.md")),
        *("--protocol", str(PROJECT / "config/protocols/phases.md")),
        f"--model={MODEL}",
        f"--replies={folder / 'replies'}",
        f"--prices={PROJECT / 'config/prices.yaml'}",
    ]
