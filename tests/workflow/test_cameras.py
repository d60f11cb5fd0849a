"""Datasets of several cameras, in videos and in images, from the dataset to the question.

All of them are one live run, and one of them a run in batches.
"""

import io
import json
import re
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from servers.claude import ClaudeServer, FromFunction
from servers.claude.question import Question
from subtasks.cost import prices
from subtasks.dataset import dataset
from subtasks.demo import lerobot
from subtasks.frames import archive, grid
from support import demo, sheets
from support.labels import responses
from support.workflow import PROJECT, Workflow

TOP, WRIST = lerobot.CAMERA, lerobot.WRIST
BOTH = (TOP, WRIST)
LABELS = [{"time": 0.0, "subtask": "reach"}, {"time": 0.1, "subtask": "grasp"}]
MODEL = "claude-opus-4-7"
COLUMNS, TILE_WIDTH = 5, 160
SAMPLE = {"fps": 10, "sheet": {"columns": COLUMNS, "tile_width": TILE_WIDTH}}
EPISODES = 7
FRAMES = {index: 8 + index for index in range(EPISODES)}


@dataclass(frozen=True)
class Case:
    """A dataset that is labelled: which cameras, by the names that it has for them.

    `lost` is the episode that lacks a file or a cell of its second camera, and `said` what the run
    says of that.
    """

    folder: str
    cameras: tuple[str, ...] | None
    shown: tuple[str, ...]
    lost: int | None = None
    said: str = ""


CASES = {
    "v2.1": Case(
        "v2.1",
        BOTH,
        BOTH,
        lost=3,
        said=f"lacks 1 file of its episode 3: videos/chunk-000/{WRIST}/episode_000003.mp4; these",
    ),
    "v3.0": Case(
        "v3.0", BOTH, BOTH, lost=5, said=f"episode 5 cannot be labelled: .*{WRIST}/file_index is"
    ),
    "wrist-first": Case("v3.0", (WRIST, TOP), (WRIST, TOP), lost=5),
    "libero": Case("libero", None, ("image",)),
    "libero-both": Case("libero", ("image", "wrist_image"), ("image", "wrist_image")),
    "libero-v3": Case("libero-v3", ("image", "wrist_image"), ("image", "wrist_image")),
    "mixed": Case("mixed", (TOP, "wrist_image"), (TOP, "wrist_image")),
}
# In v3.0, files of the side view begin at episodes 0, 3 and 6, of the wrist at 0 and 4, of the data
# at 0 and 5.
CHOSEN = {
    "v2.1": range(2, 5),
    "v3.0": range(7),
    "wrist-first": range(4, 7),
    "libero": range(2),
    "libero-both": range(2),
    "libero-v3": range(4, 6),
    "mixed": range(4, 6),
}
UNNAMED = "Sampling the camera image of libero, and not wrist_image (camera: names one or several)"


@pytest.fixture(scope="module")
def roots(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The datasets by folder. Whatever stores them, the frames are the same."""
    folder = tmp_path_factory.mktemp("cameras")

    def lay_out(name: str, version: str) -> Path:
        (folder / name).mkdir()
        return demo.lay_out(version, folder / name, BOTH, step=20)

    as_images = {WRIST: "wrist_image", TOP: "image"}
    roots = {
        "v2.1": lay_out("v2.1", "v2.1"),
        "v3.0": lay_out("v3.0", "v3.0"),
        "libero": demo.store_images(lay_out("libero", "v2.1"), as_images),
        "libero-v3": demo.store_images(lay_out("libero-v3", "v3.0"), as_images, "JPEG"),
        "mixed": demo.store_images(lay_out("mixed", "v3.0"), {WRIST: "wrist_image"}),
    }
    info = roots["libero"] / "meta/info.json"
    info.write_text(info.read_text().replace('"v2.1"', '"v2.0"'))
    return roots


@pytest.fixture(scope="module")
def frames(roots: dict[str, Path]) -> dict[str, list[list[np.ndarray]]]:
    """The frames of each episode, by camera and by the names that it has elsewhere."""
    read = dataset.load(roots["v2.1"], cameras=BOTH)
    found = {
        camera: [
            demo.shown(read.root, each.clips[number], each.length)
            for each in read.episodes.values()
        ]
        for number, camera in enumerate(BOTH)
    }
    return found | {"image": found[TOP], "wrist_image": found[WRIST]}


@pytest.fixture(scope="module")
def damaged(roots: dict[str, Path], frames: dict[str, list[list[np.ndarray]]]) -> dict[str, Path]:
    """The same datasets; one episode of each of the two first lacks its second camera."""
    [lost] = roots["v2.1"].glob(f"videos/*/{WRIST}/episode_000003.mp4")
    lost.unlink()
    [path] = (roots["v3.0"] / "meta/episodes").rglob("*.parquet")
    table = pq.read_table(path)
    name = f"videos/{WRIST}/file_index"
    cells = table[name].to_pylist()
    cells[5] = None
    at = table.column_names.index(name)
    pq.write_table(table.set_column(at, name, pa.array(cells)), path)
    return roots


@dataclass
class Live:
    """A finished run, what it printed, what was estimated before, and what was asked."""

    run: Workflow
    printed: str
    estimated: str
    asked: list[Question]
    counted: int
    charged: float


@pytest.fixture(scope="module")
def live(damaged: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Live:
    run = Workflow(tmp_path_factory.mktemp("live"), on_error="skip", sample=SAMPLE)
    run.config["claude"] = {"budget_usd": 50}
    run.config["datasets"] = [entry(damaged, name) for name in CASES]
    asked: list[Question] = []

    def answer(question: Question) -> list[dict[str, Any]]:
        asked.append(question)
        return LABELS

    estimated = run.run("estimate")
    with ClaudeServer(FromFunction(answer)) as server:
        run.ask(server.url, server.key)
        printed = run.run()
        counted = sum(n for kind, n in server.tokens.items() if kind != "output_tokens")
        table = prices.read(PROJECT / "config/prices.yaml")
        costs = [
            table.cost(MODEL, each.usage, batch=False) for each in server.requests if each.usage
        ]
    return Live(run, printed, estimated, asked, counted, sum(filter(None, costs)))


def entry(roots: dict[str, Path], name: str) -> dict[str, Any]:
    case = CASES[name]
    camera = {} if case.cameras is None else {"camera": list(case.cameras)}
    return {
        "root": str(roots[case.folder]),
        "name": name,
        "episodes": list(CHOSEN[name]),
        # Without, the same images would be one question.
        "task": f"the task of {name}",
        **camera,
    }


def labelled(name: str) -> list[int]:
    return [i for i in CHOSEN[name] if i != CASES[name].lost]


def nearest(picture: Image.Image, frames: list[np.ndarray]) -> int:
    """The number of the frame that a picture shows, whatever its size."""
    found = np.asarray(picture.convert("RGB"), dtype=float)
    distances = [
        np.abs(found - np.asarray(Image.fromarray(frame).resize(picture.size))).mean()
        for frame in frames
    ]
    best = int(np.argmin(distances))
    assert distances[best] < 6
    return best


def pictures(tile: Image.Image, sizes: list[tuple[int, int]]) -> list[Image.Image]:
    """Cut the pictures of the cameras out of a tile."""
    found, left = [], 0
    for width, height in sizes:
        found.append(tile.crop((left, 0, left + width, height)))
        left += width + grid.GUTTER
    assert left - grid.GUTTER == tile.width
    return found


@pytest.mark.parametrize("name", CASES)
def test_each_question_shows_its_cameras_side_by_side(
    live: Live, frames: dict[str, list[list[np.ndarray]]], name: str
) -> None:
    case = CASES[name]
    asked = [q for q in live.asked if any(f"the task of {name}\n" in t for t in q.texts)]
    assert len(asked) == len(labelled(name))
    sent = {picture.data for question in asked for picture in question.pictures}
    sources = {camera: frames[camera] for camera in case.shown}
    natural = [Image.fromarray(found[0][0]).size for found in sources.values()]
    first = grid.fit_to_width(*natural[0], TILE_WIDTH)
    sizes = [first, *(grid.fit_to_height(*size, first[1]) for size in natural[1:])]
    columns = grid.columns_of(grid.beside(sizes), len(sizes), COLUMNS, TILE_WIDTH)
    for episode in labelled(name):
        path = live.run.path("work", name, "frames", f"episode_{episode:06d}.zip")
        manifest = archive.read_manifest(path)
        assert manifest.cameras == case.shown
        for image, jpeg in archive.read_images(path):
            assert jpeg in sent
            tiles = sheets.tiles(Image.open(io.BytesIO(jpeg)), len(image.times), columns)
            for tile, time in zip(tiles, image.times, strict=True):
                for picture, found in zip(pictures(tile, sizes), sources.values(), strict=True):
                    assert nearest(picture, found[episode]) == round(time * 30)
        if len(case.shown) > 1:
            said = [
                q for q in asked if all(f"{camera}" in " ".join(q.texts) for camera in case.shown)
            ]
            assert len(said) == len(asked)


@pytest.mark.parametrize("name", CASES)
def test_all_episodes_that_have_all_cameras_are_labelled(live: Live, name: str) -> None:
    found = responses(live.run.path("results", name))
    assert [episode for episode, labels in found.items() if any(labels)] == labelled(name)
    for episode in labelled(name):
        assert found[episode] == ["reach"] * 3 + ["grasp"] * (FRAMES[episode] - 3)
    if said := CASES[name].said:
        assert re.search(said, live.printed)
    settings = json.loads(live.run.path("results", name, "meta/annotation.json").read_text())
    shown = list(CASES[name].shown)
    assert settings["camera"] == (shown if len(shown) > 1 else shown[0])


def test_a_run_says_once_which_camera_it_takes_where_nobody_named_one(live: Live) -> None:
    assert live.printed.count(UNNAMED) == 1
    assert live.printed.count("Sampling the camera") == 1
    # Not where nothing is sampled.
    assert "Sampling the camera" not in live.estimated


def test_the_estimate_and_the_budget_count_all_cameras(live: Live) -> None:
    header = next(line for line in live.estimated.splitlines() if line.startswith("dataset"))
    rows = {
        cells[0]: dict(zip(re.split(r"\s{2,}", header), cells, strict=True))
        for line in live.estimated.splitlines()
        if (cells := re.split(r"\s{2,}", line))[0] in (*CASES, "all")
    }
    numbers = {name: float(row["tokens in"].replace(",", "")) for name, row in rows.items()}
    assert numbers["all"] == pytest.approx(live.counted, rel=0.1)
    images = int(rows["all"]["images"].replace(",", ""))
    assert images == sum(len(question.pictures) for question in live.asked)
    assert numbers["libero"] < numbers["libero-both"]
    spent = re.search(r"Of the budget of \$50\.00, \$(\d+\.\d+) is spent", live.printed)
    assert spent is not None
    assert float(spent[1]) == pytest.approx(live.charged, rel=0.01)


def test_nothing_is_left_to_do(live: Live) -> None:
    printed = live.run.run("--dry-run")
    assert "Nothing to be done" in printed
    assert "Sampling the camera" not in printed
    # Another second camera is another question; one camera less as well.
    live.run.config["datasets"][0]["camera"] = [TOP]
    jobs = live.run.jobs()
    # The episode that lacks its wrist is labelled then.
    assert jobs["sample_frames"] == len(CHOSEN["v2.1"])
    assert jobs["annotate"] == 1


@pytest.mark.thorough
def test_batches_show_all_cameras_at_both_looks(
    damaged: dict[str, Path], workflow: Workflow
) -> None:
    asked: list[Question] = []

    def answer(question: Question) -> list[dict[str, Any]]:
        asked.append(question)
        return LABELS

    chosen = {"v3.0": [2, 3, 4], "libero-both": [0, 1]}
    workflow.config = {
        "datasets": [entry(damaged, name) | {"episodes": each} for name, each in chosen.items()],
        "sample": SAMPLE,
        "labels": {"passes": ["segment", "refine"]},
        "claude": {"api": "batch", "batch": {"episodes": 2, "poll_seconds": 0.2}},
    }
    with ClaudeServer(FromFunction(answer), batch_seconds=0.3) as server:
        workflow.ask(server.url, server.key)
        workflow.run()
        assert len(server.submitted) == len(asked) == 2 * 5
    sent = {picture.data for question in asked for picture in question.pictures}
    for name, episodes in chosen.items():
        for episode, folder in product(episodes, ("frames", "borders")):
            path = workflow.path("work", name, folder, f"episode_{episode:06d}.zip")
            manifest = archive.read_manifest(path)
            assert manifest.cameras == CASES[name].shown
            assert manifest.borders == ((0.1,) if folder == "borders" else ())
            [(_, jpeg)] = archive.read_images(path)
            assert jpeg in sent
        found = responses(workflow.path("results", name))
        assert [episode for episode, labels in found.items() if any(labels)] == episodes
