"""Datasets as they are met in the wild: each is labelled rightly, or its episode fails by name.

All of them are one run for each annotator, as in a mixture, where nothing stops the others.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from servers.claude import ClaudeServer, FromFunction
from servers.claude.question import Question
from support import odd_datasets
from support.workflow import Workflow

LABELS = [{"time": 0.0, "subtask": "reach"}, {"time": 2.0, "subtask": "grasp"}]
CAMERA = "observation.images.front"
TASK = "put the red block in the bin"

Write = Callable[[Any, Path], object]


@dataclass(frozen=True)
class Case:
    """A dataset, and what the summary says of it; `asked` is None where nobody can be asked.

    `labelled` are the numbers of labelled rows by the `episode_index` that they hold.
    """

    write: Write
    said: tuple[str, ...]
    labelled: dict[int, int]
    asked: tuple[str, ...] | None = ()
    kinematic: tuple[str, ...] | None = ()


def script(number: int) -> Write:
    return lambda _, root: odd_datasets.write_case(number, root)


def rows_of(write: Any, episode: int, count: int, first: int, **changes: Any) -> pa.Table:
    """Rows of an episode with some columns changed; None leaves a column out."""
    table = write.table(episode, count, first)
    for name, values in changes.items():
        at = table.schema.get_field_index(name)
        table = table.remove_column(at)
        if values is not None:
            table = table.add_column(at, name, values(table, count))
    return table


def patched(rows: list[dict[str, Any]], number: int, **changes: Any) -> list[dict[str, Any]]:
    return [row | changes if at == number else row for at, row in enumerate(rows)]


def v30_with(**changes: Any) -> Write:
    """Two episodes, of which the second one's row of the metadata is changed."""
    names = {name.replace("__", "/"): value for name, value in changes.items()}
    return lambda write, root: write.v30(root, ep_patch=lambda rows: patched(rows, 1, **names))


def v21_rows(*second: Any) -> Write:
    """An episode and these further rows of episodes.jsonl."""
    first = {"episode_index": 0, "tasks": [TASK], "length": 40}
    return lambda write, root: write.v21(root, ep_rows=[first, *second])


def _renumbered_v30(write: Any, root: Path) -> None:
    write.v30(root, mktable=partial(_renumbered_rows, write))


def _renumbered_rows(write: Any, episode: int, count: int, first: int) -> pa.Table:
    numbers = partial(_filled, episode + 6)
    return rows_of(write, episode, count, first, episode_index=numbers)


def _filled(value: Any, _: pa.Table, count: int) -> pa.Array:
    return pa.array([value] * count)


def _interleaved(write: Any, root: Path) -> None:
    def shuffle(table: pa.Table, path: Path) -> None:
        order = sorted(range(table.num_rows), key=lambda row: (row % 40, row))
        pq.write_table(table.take(order), path)

    write.v30(root, wr=shuffle)


def _frames_that_count_on(write: Any, root: Path) -> None:
    def rows(episode: int, count: int, first: int) -> pa.Table:
        return rows_of(
            write, episode, count, first, frame_index=lambda t, _: t["index"].combine_chunks()
        )

    write.v30(root, mktable=rows)


def _numbers_as_floats(write: Any, root: Path) -> None:
    def floats(table: pa.Table, path: Path) -> None:
        for name in ("episode_index", "frame_index", "task_index"):
            at = table.schema.get_field_index(name)
            table = table.set_column(at, name, table[name].cast(pa.float64()))
        pq.write_table(table, path)

    write.v30(root, wr=floats, info={"fps": "10"})
    info = root / "meta/info.json"
    info.write_bytes(b"\xef\xbb\xbf" + info.read_bytes())


def _too_many_rows(write: Any, root: Path) -> None:
    write.v21(
        root,
        ep_rows=[
            {"episode_index": 0, "tasks": [TASK], "length": 40},
            {"episode_index": 1, "tasks": [TASK], "length": 30},
        ],
    )


def _groot_tasks(write: Any, root: Path) -> None:
    row = {"tasks": ["pour the tea", "valid"], "length": 40}
    write.v21(root, ep_rows=[{"episode_index": e, **row} for e in (0, 1)])


def _second_camera(write: Any, root: Path) -> None:
    features = write.features()
    features["/../wrist cam"] = dict(features[CAMERA])
    write.v21(root, feats=features)


GOOD = ("2 episodes selected, 2 annotated, 0 failed",)
ONE = ("1 episode selected, 1 annotated, 0 failed",)
HALF = ("2 episodes selected, 1 annotated, 1 failed",)
BOTH = {0: 40, 1: 40}

CASES: dict[str, Case] = {
    # Rows that contradict the metadata.
    "c01": Case(script(1), (*GOOD, "its rows give another episode_index"), {6: 40, 7: 40}),
    "c01-v30": Case(
        _renumbered_v30, ("2 episodes selected, 0 annotated, 2 failed", "no rows of episode 0"), {}
    ),
    "c02": Case(
        script(2),
        ("3 episodes selected, 2 annotated, 1 failed", "has no rows of episode 2"),
        BOTH,
    ),
    "c03": Case(script(3), (*GOOD, "its rows are not where dataset_from_index says"), BOTH),
    "interleaved": Case(
        _interleaved,
        (),
        {},
        asked=GOOD,
        kinematic=("2 episodes selected, 0 annotated, 2 failed",),
    ),
    "frames-count-on": Case(
        _frames_that_count_on, (*HALF, "frame_index goes from 40 to 79 in 40 rows"), {0: 40}
    ),
    "too-many-rows": Case(
        _too_many_rows,
        (
            "2 episodes selected, 1 annotated, 0 failed, 1 annotated in part",
            "10 of its 40 rows have no label, because it has 30 frames",
        ),
        {0: 40, 1: 30},
    ),
    # One unusable row of the metadata.
    "c04": Case(script(4), (*HALF, "meta/episodes.jsonl line 2: length is 0"), {0: 40}),
    "null-length": Case(
        v21_rows({"episode_index": 1, "tasks": [TASK], "length": None}),
        (*HALF, "line 2: length is None"),
        {0: 40},
    ),
    "listed-twice": Case(
        v21_rows(*[{"episode_index": 1, "tasks": [TASK], "length": 40}] * 2),
        (*HALF, "episode_index 1 is listed twice"),
        {0: 40},
    ),
    "not-json": Case(
        v21_rows({"episode_index": "?", "length": 40}),
        (*ONE, "line 2: episode_index is '?'"),
        {0: 40},
    ),
    "bad-range": Case(
        v30_with(**{f"videos__{CAMERA}__to_timestamp": 1.0}),
        (),
        BOTH,
        asked=(*HALF, "to_timestamp are 4.0 and 1.0, which is no stretch of a video"),
        kinematic=GOOD,
    ),
    "null-cell": Case(v30_with(length=None), (*HALF, "row 1: length is None"), {0: 40}),
    # What an annotator does not read.
    "c06": Case(script(6), GOOD, BOTH, asked=None),
    "second-camera": Case(_second_camera, GOOD, BOTH),
    "c09": Case(script(9), ONE, {0: 40}),
    # Values in another form.
    "floats": Case(_numbers_as_floats, GOOD, BOTH),
    "groot": Case(_groot_tasks, GOOD, BOTH),
    "c08": Case(script(8), ONE, {0: 40}, asked=("8.00 s", "4.00 s")),
    "c11": Case(script(11), ONE, {0: 40}),
    # The robot's state.
    "c10": Case(script(10), GOOD, BOTH),
    "c14": Case(script(14), GOOD, BOTH, kinematic=("action",)),
}


@pytest.fixture(scope="module")
def datasets(odd_writers: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("odd")
    for name, case in CASES.items():
        case.write(odd_writers, folder / name)
    return {name: folder / name for name in CASES}


def mixture(folder: Path, datasets: dict[str, Path]) -> str:
    path = folder / "mixture.json"
    path.write_text(json.dumps({"datasets": [{"root": str(root)} for root in datasets.values()]}))
    return str(path)


@pytest.fixture(scope="module")
def kinematic(
    datasets: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Workflow, str]:
    run = Workflow(tmp_path_factory.mktemp("kinematic"), annotator="kinematic", on_error="skip")
    run.checks = True
    run.config["mixture"] = mixture(run.folder, datasets)
    return run, run.run()


@pytest.fixture(scope="module")
def claude(
    datasets: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Workflow, str, list[str]]:
    tasks: list[str] = []

    def answer(question: Question) -> list[dict[str, Any]]:
        tasks.append(" ".join(question.texts))
        return LABELS

    run = Workflow(tmp_path_factory.mktemp("claude"), on_error="skip")
    asked = {name: root for name, root in datasets.items() if CASES[name].asked is not None}
    run.config["mixture"] = mixture(run.folder, asked)
    with ClaudeServer(FromFunction(answer)) as server:
        run.ask(server.url, server.key)
        return run, run.run(), tasks


def paragraph(printed: str, name: str) -> str:
    """What the summary says of one dataset."""
    *_, rest = printed.partition(f"\n{name}: ")
    return rest.partition("\n\n")[0]


def labelled(run: Workflow, name: str) -> dict[int, int]:
    """Count the rows with a label by their episode_index."""
    counts: dict[int, int] = {}
    for path in run.path("results", name).rglob("data/**/*.parquet"):
        rows = pq.read_table(path, columns=["episode_index", "response"])
        for row in rows.to_pylist():
            if row["response"]:
                number = int(row["episode_index"])
                counts[number] = counts.get(number, 0) + 1
    return counts


@pytest.mark.parametrize("name", CASES)
def test_from_motion(kinematic: tuple[Workflow, str], name: str) -> None:
    run, printed = kinematic
    case = CASES[name]
    text = paragraph(printed, name)
    for said in (*case.said, *(case.kinematic or ())):
        assert said in text
    if name != "interleaved":
        assert labelled(run, name) == case.labelled


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.asked is not None])
def test_by_asking(claude: tuple[Workflow, str, list[str]], name: str) -> None:
    run, printed, _ = claude
    case = CASES[name]
    text = paragraph(printed, name)
    for said in (*case.said, *(case.asked or ())):
        assert said in text
    if name == "bad-range":
        assert labelled(run, name) == {0: 40}
    else:
        assert labelled(run, name) == (
            case.labelled or BOTH if name == "interleaved" else case.labelled
        )


def test_an_episode_that_cannot_be_labelled_holds_up_no_other(
    workflow: Workflow, datasets: dict[str, Path]
) -> None:
    root = {"root": str(datasets["c04"])}
    workflow.config = {"datasets": [root], "annotator": "kinematic"}
    assert "episode 1 cannot be labelled: meta/episodes.jsonl line 2: length is 0" in workflow.run(
        "--dry-run"
    )
    printed = workflow.run(fails=True)
    assert HALF[0] in paragraph(printed, "c04")
    assert "1 episode cannot be labelled, as said above; all others are done" in printed
    assert labelled(workflow, "c04") == {0: 40}
    root["exclude"] = [1]  # type: ignore[assignment]
    assert "cannot be labelled" not in workflow.run("--dry-run")


def test_nobody_is_asked_about_rows_that_do_not_exist(
    claude: tuple[Workflow, str, list[str]],
) -> None:
    run, _, _ = claude
    for name, episode in (("c02", 2), ("c01-v30", 0), ("frames-count-on", 1)):
        [path] = run.path("work", name, "outcomes").iterdir()
        outcomes = {
            each["episode"]: each for each in map(json.loads, path.read_text().splitlines())
        }
        assert outcomes[episode]["answer"] is None
        assert outcomes[episode]["exchanges"] == []


def test_tasks_are_those_of_the_rows_and_no_marks_of_validity(
    claude: tuple[Workflow, str, list[str]],
) -> None:
    _, _, asked = claude
    assert any("pour the tea" in text for text in asked)
    assert not any("valid" in text.split() or "; valid" in text for text in asked)
    assert not any("(not stated)" in text for text in asked)
