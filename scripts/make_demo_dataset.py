"""Render the demonstration dataset: a simulated arm puts coloured blocks in a bin.

It is a LeRobot dataset, with the true subtasks in OUTPUT/truth. With the same versions of the
libraries, the same settings give the same bytes.
"""

import argparse
import json
import logging
import shutil
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from subtasks import program
from subtasks.episode_ranges import episode_id
from subtasks.errors import Problem
from subtasks.files import write_json, write_text
from subtasks.segments import subtask_files

log = logging.getLogger("subtasks")

VERSIONS = ("v2.1", "v3.0")
SETTINGS_FILE = "demo.json"


@dataclass(frozen=True, slots=True)
class Settings:
    """What decides the dataset's content; written beside it as `SETTINGS_FILE`."""

    version: Literal["v2.1", "v3.0"]
    episodes: int
    seed: int
    wrist: bool

    def described(self) -> dict[str, object]:
        """Return them as they are written; datasets without a wrist view do not speak of it."""
        found = asdict(self)
        if not self.wrist:
            del found["wrist"]
        return found


@dataclass(frozen=True, slots=True)
class Options(Settings):
    """The command line."""

    output: Path


def main() -> None:
    """Render the dataset, unless the folder already holds it."""
    options = _options()
    output = options.output.resolve()
    settings = Settings(options.version, options.episodes, options.seed, options.wrist)
    if _holds(output, settings):
        log.info("%s already holds this dataset", options.output)
        return
    output.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{output.name}.", suffix=".tmp", dir=output.parent))
    try:
        _render(scratch / "dataset", scratch, settings)
        write_json(scratch / "dataset" / SETTINGS_FILE, settings.described())
        (scratch / "dataset").rename(output)
    finally:
        shutil.rmtree(scratch)
    log.info("wrote %s", options.output)


def _options() -> Options:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add(
        "--output",
        type=Path,
        required=True,
        help="folder of the dataset: new, empty, or with the same dataset",
    )
    add(
        "--version", choices=VERSIONS, default=VERSIONS[0], help="of LeRobot's format (%(default)s)"
    )
    add("--episodes", type=int, default=12, help="number of episodes, at least 1 (%(default)s)")
    add("--seed", type=int, default=0, help="0 or more (%(default)s)")
    add("--wrist", action="store_true", help="also render a camera on the wrist")
    options = program.read_options(parser, Options)
    if options.episodes < 1:
        parser.error(f"--episodes is {options.episodes}; it must be at least 1")
    if options.seed < 0:
        parser.error(f"--seed is {options.seed}; it must be at least 0")
    return options


def _holds(output: Path, settings: Settings) -> bool:
    """Whether `output` holds the dataset of these settings; refuses anything else in it."""
    if not output.exists() or (output.is_dir() and not any(output.iterdir())):
        return False
    try:
        found = json.loads((output / SETTINGS_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise Problem(
            f"{output} exists and is not a demo dataset: give another --output, or empty it"
        ) from None
    if found != settings.described():
        raise Problem(
            f"{output} holds a demo dataset with other settings, {json.dumps(found)} instead of "
            f"{json.dumps(settings.described())}: give another --output, or delete it"
        )
    return True


def _render(root: Path, scratch: Path, settings: Settings) -> None:
    """Simulate, draw and encode all episodes, then write the dataset into `root`."""
    # Here, because a dataset that already exists needs none of these libraries.
    from subtasks.demo import arm, lerobot, v21, v30

    cameras = [lerobot.CAMERA, *([lerobot.WRIST] if settings.wrist else [])]
    layout = {"v2.1": v21, "v3.0": v30}[settings.version]
    rendered: list[lerobot.Episode] = []
    for index in range(settings.episodes):
        recording = arm.simulate(settings.seed, index)
        tasks = list(dict.fromkeys([*lerobot.tasks(rendered), recording.task]))
        episode = lerobot.render(
            recording,
            index=index,
            first_row=sum(earlier.length for earlier in rendered),
            task_index=tasks.index(recording.task),
            videos={camera: scratch / f"{index}.{camera}.mp4" for camera in cameras},
        )
        rendered.append(episode)
        truth = root / "truth" / f"{episode_id(index)}.json"
        write_text(truth, subtask_files.dump(recording.segments))
        log.info(
            "episode %d of %d: %.1f s, %s",
            index + 1,
            settings.episodes,
            recording.length / arm.FPS,
            recording.task,
        )
    layout.write(root, rendered)


if __name__ == "__main__":
    program.run(main)
