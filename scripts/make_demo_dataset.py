"""Render the demonstration dataset: a simulated arm puts coloured blocks in a bin.

It is a LeRobot dataset with the true subtasks beside it, in OUTPUT/truth. The same settings
give the same bytes with the same versions of the libraries.
"""

import argparse
import json
import logging
import shutil
import tempfile
from pathlib import Path

from subtasks import program
from subtasks.errors import Problem
from subtasks.files import write_json, write_text
from subtasks.segments import subtask_files

log = logging.getLogger("subtasks")

VERSIONS = ("v2.1", "v3.0")
SETTINGS_FILE = "demo.json"
TRUTH_PATH = "truth/episode_{:06d}.json"


def main() -> None:
    """Render the dataset, unless the folder already holds it."""
    arguments = _arguments()
    output = arguments.output.resolve()
    settings = {name: vars(arguments)[name] for name in ("version", "episodes", "seed")}
    if _holds(output, settings):
        log.info("%s already holds this dataset", arguments.output)
        return
    output.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{output.name}.", suffix=".tmp", dir=output.parent))
    try:
        _render(scratch / "dataset", scratch, **settings)
        write_json(scratch / "dataset" / SETTINGS_FILE, settings)
        (scratch / "dataset").rename(output)
    finally:
        shutil.rmtree(scratch)
    log.info("wrote %s", arguments.output)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--output", type=Path, required=True, help="the dataset's folder: new, empty or as it is"
    )
    parser.add_argument(
        "--version", choices=VERSIONS, default=VERSIONS[0], help="of LeRobot's format (%(default)s)"
    )
    parser.add_argument(
        "--episodes", type=int, default=12, help="how many, at least 1 (%(default)s)"
    )
    parser.add_argument("--seed", type=int, default=0, help="from 0 upwards (%(default)s)")
    arguments = parser.parse_args()
    if arguments.episodes < 1:
        parser.error(f"--episodes is {arguments.episodes}; it must be at least 1")
    if arguments.seed < 0:
        parser.error(f"--seed is {arguments.seed}; it must be at least 0")
    return arguments


def _holds(output: Path, settings: dict[str, int | str]) -> bool:
    """Whether `output` holds the dataset of these settings; what is not ours is refused."""
    if not output.exists() or (output.is_dir() and not any(output.iterdir())):
        return False
    try:
        found = json.loads((output / SETTINGS_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise Problem(
            f"{output} exists and is no demo dataset; give --output another folder, or empty it"
        ) from None
    if found != settings:
        raise Problem(
            f"{output} holds a demo dataset made with {json.dumps(found)} where "
            f"{json.dumps(settings)} is asked for; give --output another folder, or delete it"
        )
    return True


def _render(root: Path, scratch: Path, version: str, episodes: int, seed: int) -> None:
    """Simulate, draw and encode all episodes, then lay them out under `root`."""
    # Here, because a dataset that is already there needs none of these libraries.
    from subtasks.demo import arm, lerobot, v21, v30

    layout = {"v2.1": v21, "v3.0": v30}[version]
    rendered: list[lerobot.Episode] = []
    for index in range(episodes):
        recording = arm.simulate(seed, index)
        tasks = list(dict.fromkeys([*lerobot.tasks(rendered), recording.task]))
        episode = lerobot.render(
            recording,
            index=index,
            first_row=sum(earlier.length for earlier in rendered),
            task_index=tasks.index(recording.task),
            video=scratch / f"{index}.mp4",
        )
        rendered.append(episode)
        write_text(root / TRUTH_PATH.format(index), subtask_files.dump(recording.segments))
        log.info(
            "episode %d of %d: %.1f s, %s",
            index + 1,
            episodes,
            recording.length / arm.FPS,
            recording.task,
        )
    layout.write(root, rendered)


if __name__ == "__main__":
    program.run(main)
