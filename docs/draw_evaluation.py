"""Draw docs/evaluation.png: the page that `snakemake evaluate` writes, in a browser.

A rendered dataset is labelled by the tests' stand-in for Claude, which knows the truth and errs
here on purpose, as a careful annotator would: it is some tenths of a second off, leaves a border
out now and then, and sometimes calls a thing by another name.

Run it after the page has changed: .venv/bin/python docs/draw_evaluation.py
With --look FOLDER, pictures are written there instead, at two sizes, light and dark.
"""

import argparse
import io
import random
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

PROJECT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(PROJECT / "scripts"), str(PROJECT / "tests")]

from servers.claude import ClaudeServer, TruthFiles  # noqa: E402
from servers.claude.oracles import Known  # noqa: E402
from servers.claude.question import Question  # noqa: E402
from subtasks.evaluation import compared_bars  # noqa: E402
from support.browser import Browser  # noqa: E402
from support.workflow import Workflow  # noqa: E402

EPISODES, SEED = 24, 5
OFF, LATE = 0.12, {"grasp": 0.25}
LEFT_OUT, CONFUSED = 0.05, 0.06
WIDTH = 1080
EPISODES_SHOWN = 9


@dataclass(frozen=True)
class Careful:
    """Knows the truth, and errs a little."""

    oracle: TruthFiles

    def __call__(self, question: Question) -> Known:
        """Return the labels of the episode that is asked about."""
        known = self.oracle(question)
        chance = random.Random(known.episode)
        labels = [str(entry["subtask"]) for entry in known.subtasks]
        found: list[dict[str, Any]] = [known.subtasks[0]]
        for entry in known.subtasks[1:]:
            if chance.random() < LEFT_OUT:
                continue
            label = chance.choice(labels) if chance.random() < CONFUSED else entry["subtask"]
            late = LATE.get(str(entry["subtask"]).split()[0], 0.0)
            time = max(found[-1]["time"] + 0.1, entry["time"] + chance.gauss(late, OFF))
            found.append({"time": round(time, 2), "subtask": label})
        return Known(known.episode, tuple(found))


def main() -> None:
    """Evaluate the dataset and photograph the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--look", type=Path, help="folder for pictures at several sizes")
    look = parser.parse_args().look
    with tempfile.TemporaryDirectory() as folder:
        page = evaluated(Path(folder))
        with Browser() as browser:
            if look is None:
                shorten(browser, page, PROJECT / "docs/evaluation.png")
                return
            look.mkdir(parents=True, exist_ok=True)
            for width in (1280, 1920):
                for scheme in ("light", "dark"):
                    shoot(browser, page, look / f"{scheme}_{width}.png", (width, 3200), scheme)


def evaluated(folder: Path) -> Path:
    """Render, label and score the dataset; returns the page."""
    command = [sys.executable, PROJECT / "scripts/make_demo_dataset.py"]
    command += ["--output", folder / "cubes", f"--episodes={EPISODES}", f"--seed={SEED}"]
    subprocess.run(command, check=True, capture_output=True)
    workflow = Workflow(folder / "run")
    workflow.config = {
        "datasets": [
            {"root": str(folder / "cubes"), "evaluate": {"truth": str(folder / "cubes/truth")}}
        ]
    }
    with ClaudeServer(Careful(TruthFiles(folder / "cubes"))) as server:
        workflow.ask(server.url, server.key)
        workflow.run("evaluate")
    page = workflow.path("evaluations/cubes/evaluation.html")
    # The path of the truth is that of a temporary folder.
    page.write_text(page.read_text().replace(str(folder), "data"))
    return page


def shorten(browser: Browser, page: Path, path: Path) -> None:
    """Photograph the first part of the page and its first episodes."""
    with browser.page(page.as_uri(), size=(WIDTH, 900)) as shown:
        segments = shown.locator("h2", has_text="Segments").bounding_box()
        assert segments is not None
        clip = {"x": 0.0, "y": 0.0, "width": float(WIDTH), "height": segments["y"] - 10}
        top = Image.open(io.BytesIO(shown.screenshot(full_page=True, clip=clip)))  # type: ignore[arg-type]
        heading = shown.locator("h2", has_text="Episodes").bounding_box()
        rows = shown.locator(".compared").bounding_box()
        assert heading is not None
        assert rows is not None
        height = rows["y"] - heading["y"] + 20 + EPISODES_SHOWN * compared_bars.PITCH
        clip = {"x": 0.0, "y": heading["y"], "width": float(WIDTH), "height": height}
        below = Image.open(io.BytesIO(shown.screenshot(full_page=True, clip=clip)))  # type: ignore[arg-type]
    both = Image.new("RGB", (WIDTH, top.height + below.height), "white")
    both.paste(top, (0, 0))
    both.paste(below, (0, top.height))
    both.quantize(200).save(path, optimize=True)


def shoot(
    browser: Browser, page: Path, path: Path, size: Sequence[int], scheme: str = "light"
) -> None:
    """Photograph the page from its top."""
    width, height = size
    with browser.page(page.as_uri(), size=(width, height), color_scheme=scheme) as shown:
        image = Image.open(io.BytesIO(shown.screenshot()))
    image.convert("RGB").quantize(200).save(path, optimize=True)


if __name__ == "__main__":
    main()
