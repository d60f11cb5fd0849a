"""The review page in a real browser, with what whole runs have left for it."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import pytest

from subtasks.demo import lerobot
from subtasks.segments import subtask_files
from subtasks.segments.segment import Segment, clean_label
from support.browser import Browser
from support.demo import lay_out, store_images
from support.review_page import (
    EpisodeView,
    changed,
    crowded,
    decoded,
    difference,
    fingerprints,
    overlaps,
    sideways,
)
from support.review_server import ReviewServer
from support.waiting import wait_until
from support.workflow import PROJECT, Workflow

FPS = 30
SIZES = ((1280, 720), (1920, 1080))
RESTARTED = ["ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE"]
"""What the console says while the server is away."""

CONFLICT = ["412"]
HOSTILE = (
    '<script>document.title = "ran"</script><img src=x onerror="alert(1)">',
    "\x1b[31mred\x1b[0m \u202edesrever\u202c \u200bword \u05e9\u05dc\u05d5\u05dd",
    f"{'long ' * 2000}\"'&lt;</title>",
)
"""A label, task or name that is shown as markup would run; one of 10 kB would push all aside."""


def render(folder: Path, version: str, episodes: int) -> Path:
    """Render a demo dataset; returns its folder."""
    make = PROJECT / "scripts" / "make_demo_dataset.py"
    options = [f"--output={folder}", f"--version={version}", f"--episodes={episodes}", "--seed=3"]
    subprocess.run([sys.executable, make, *options], check=True, capture_output=True)
    return folder


def label(folder: Path, datasets: list[dict[str, Any]]) -> Workflow:
    """Label datasets without a model, and build what the page shows of them."""
    workflow = Workflow(folder, datasets=datasets, annotator="kinematic")
    workflow.run()
    printed = workflow.run("review")
    assert "scripts/review.py" in printed
    for folder in workflow.path("results").iterdir():
        shutil.copytree(folder / "subtasks", workflow.path("first", folder.name))
    return workflow


def with_images(folder: Path) -> dict[str, Any]:
    """Write a dataset with images in its data files."""
    root = lay_out("v2.1", new(folder), step=12)
    store_images(root, {lerobot.CAMERA: lerobot.CAMERA})
    return {"root": str(root), "name": "odd", "episodes": "0:3"}


def recordings(request: pytest.FixtureRequest, version: str) -> list[dict[str, Any]]:
    """Three recorded episodes, which share files in v3.0, if there are recordings here."""
    try:
        root = request.getfixturevalue("real_data") / f"g1_bottle_{version}"
    except pytest.skip.Exception:
        return []
    return [{"root": str(root), "name": "bottle", "episodes": "2:5"}]


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Workflow:
    """The demo in v2.1 with true labels, recordings in v3.0, and a hostile dataset."""
    folder = tmp_path_factory.mktemp("review")
    demo = render(folder / "demo", "v2.1", 5)
    odd = with_images(folder / "odd")
    bottle = recordings(request, "v3.0")
    true = {"root": str(demo), "evaluate": {"truth": str(demo / "truth")}}
    workflow = label(folder / "run", [true, *bottle, odd])
    # Without a model nobody reads tasks; with one, they stand here.
    path = workflow.path("reviews/odd/overview.json")
    overview = json.loads(path.read_text())
    for episode, text in zip(overview["episodes"], HOSTILE, strict=True):
        episode["task"] = text
    path.write_text(json.dumps(overview))
    return workflow


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Workflow:
    """The demo and the recordings in the other version each."""
    folder = tmp_path_factory.mktemp("others")
    demo = render(folder / "demo", "v3.0", 4)
    bottle = recordings(request, "v2.1")
    return label(folder / "run", [{"root": str(demo)}, *bottle])


@pytest.fixture(scope="module")
def review_server(labelled: Workflow) -> Iterator[ReviewServer]:
    with ReviewServer(labelled.folder, labelled.environment) as server:
        yield server


def labels_of(workflow: Workflow, kind: str, dataset: str, episode: int) -> list[Segment]:
    """Read the labels of an episode: those in a `results` folder, the annotator's `first`, …"""
    folder = {
        "results": f"results/{dataset}/subtasks",
        "first": f"first/{dataset}",
        "corrections": f"corrections/{dataset}",
        "annotated": f"corrections/{dataset}/annotated",
    }[kind]
    return subtask_files.load(workflow.path(folder, f"episode_{episode:06d}.json"))


def saved_entries(workflow: Workflow, dataset: str, episode: int) -> Any:
    """Read a correction as JSON."""
    return json.loads(correction(workflow, dataset, episode).read_text())


def correction(workflow: Workflow, dataset: str, episode: int) -> Path:
    """Return where a correction of an episode is."""
    return workflow.path(f"corrections/{dataset}/episode_{episode:06d}.json")


def frames_and_labels(segments: list[Segment]) -> list[tuple[int, str]]:
    """Return where each label begins, in frames."""
    return [(round(segment.time * FPS), segment.subtask) for segment in segments]


def entries(*labels: tuple[int, str] | tuple[int, str, bool]) -> list[dict[str, Any]]:
    """Return labels that begin at frames as the JSON of a correction."""
    found = []
    for frame, subtask, *mistake in labels:
        entry: dict[str, Any] = {"time": round(frame / FPS, 6), "subtask": subtask}
        found.append(entry | ({"mistake": True} if mistake else {}))
    return found


def rows(page: Any) -> list[int]:
    """Return the numbers of the episodes in the order in which the overview shows them."""
    page.locator(".row[data-episode]").first.wait_for()
    found = page.locator(".row[data-episode]").evaluate_all(
        "(rows) => rows.filter((row) => row.checkVisibility())"
        ".map((row) => [row.getBoundingClientRect().top, +row.dataset.episode])"
    )
    return [number for _, number in sorted(found)]


def footage(workflow: Workflow, dataset: str, episode: int, count: int) -> list[Any]:
    """Decode the first frames of an episode's video, without the workflow's own reader."""
    root = Path(next(d for d in workflow.config["datasets"] if dataset in str(d))["root"])
    if (found := sorted(root.rglob(f"episode_{episode:06d}.mp4"))) and len(found) == 1:
        return decoded(found[0], 0, count)
    place = place_in_v3(root, episode)
    return decoded(root / place[0], round(place[1] * FPS), count)


def place_in_v3(root: Path, episode: int) -> tuple[str, float]:
    """Return the video file of an episode, and where in it the episode begins, in seconds."""
    import pyarrow.parquet as pq

    info = json.loads((root / "meta/info.json").read_text())
    camera = next(n for n, each in info["features"].items() if each["dtype"] == "video")
    for path in sorted((root / "meta/episodes").rglob("*.parquet")):
        for row in pq.read_table(path).to_pylist():
            if row["episode_index"] == episode:
                at = {k: row[f"videos/{camera}/{k}"] for k in ("chunk_index", "file_index")}
                file = info["video_path"].format(video_key=camera, **at)
                return file, row[f"videos/{camera}/from_timestamp"]
    raise AssertionError(f"no episode {episode}")


@pytest.mark.parametrize("dataset", ["demo", "bottle"])
def test_the_whole_story(
    labelled: Workflow, review_server: ReviewServer, browser: Browser, dataset: str
) -> None:
    whole_story(labelled, review_server, browser, dataset)


@pytest.mark.thorough
@pytest.mark.parametrize("dataset", ["demo", "bottle"])
def test_the_whole_story_in_the_other_version(
    others: Workflow, browser: Browser, dataset: str
) -> None:
    with ReviewServer(others.folder, others.environment) as server:
        whole_story(others, server, browser, dataset)


def whole_story(workflow: Workflow, server: ReviewServer, browser: Browser, dataset: str) -> None:
    if not workflow.path("first", dataset).is_dir():
        pytest.skip("no recordings here")
    checks = json.loads(workflow.path(f"work/{dataset}/checks.json").read_text())["episodes"]
    named = [each["episode"] for each in checks]
    everything = sorted(
        int(path.stem.removeprefix("episode_"))
        for path in workflow.path(f"results/{dataset}/subtasks").iterdir()
    )
    in_order = [*named, *(number for number in everything if number not in named)]
    episode = in_order[0]
    with browser.page(f"{server.address}#/{dataset}") as page:
        assert rows(page) == in_order
        page.keyboard.press("Enter")
        view = EpisodeView(page, server.address)
        view.wait(episode)
        length = view.bars()[-1][1]
        starts = frames_and_labels(labels_of(workflow, "results", dataset, episode))
        assert [(start, name) for start, _, name in view.bars()] == starts

        # Stepping, playing and going to borders show the frame that is meant.
        frames = footage(workflow, dataset, episode, length)
        view.press("Home")
        view.press(*["ArrowRight"] * 3)
        check_shown(view, frames, 3)
        view.press("Shift+ArrowRight", "ArrowLeft")
        moves = [check_shown(view, frames, 32)]
        for start, _ in starts[1:]:
            if start > 32:
                view.press("]")
                moves.append(check_shown(view, frames, start))
                view.press("ArrowLeft")
                moves.append(check_shown(view, frames, start - 1))
                view.press("ArrowRight")
        assert sum(moves) >= 3
        view.press("Home", " ")
        page.wait_for_function("() => +document.querySelector('.frame-number').dataset.frame > 10")
        view.press(" ")
        check_shown(view, frames, view.frame)
        view.press("End")
        check_shown(view, frames, length - 1)

        # A border by key and by pointer.
        first, second = starts[1][0], starts[2][0]
        view.press("Home", "]", ".", ".", ".", ",")
        assert view.frame == first + 2
        check_shown(view, frames, first + 2)
        target = second + 5
        drag(view, second, target, frames)
        check_shown(view, frames, target)
        view.saved()
        expected = [starts[0], (first + 2, starts[1][1]), (target, starts[2][1]), *starts[3:]]
        assert saved_entries(workflow, dataset, episode) == entries(*expected)

        # Split the first, name its second half, mark that; merge what comes then; undo.
        view.go_to(4)
        view.press("s")
        view.rename("wait for the start")
        view.press("x")
        expected[1:1] = [(4, "wait for the start", True)]
        view.press("]", "]", "m")
        gone = expected.pop(3)
        view.saved()
        assert saved_entries(workflow, dataset, episode) == entries(*expected)
        view.press("u")
        expected.insert(3, gone)
        view.saved()
        assert saved_entries(workflow, dataset, episode) == entries(*expected)
        assert [(s, name) for s, _, name in view.bars()] == [each[:2] for each in expected]
        assert [start for start, _ in view.ghosts()] == [start for start, _ in starts]

        page.reload()
        view.wait(episode)
        assert [(s, name) for s, _, name in view.bars()] == [each[:2] for each in expected]
        assert [start for start, _ in view.ghosts()] == [start for start, _ in starts]
        annotated = labels_of(workflow, "annotated", dataset, episode)
        assert annotated == labels_of(workflow, "first", dataset, episode)

        # Accepting writes the same labels, and leads to the next that nobody has looked at.
        view.press("Enter")
        following = in_order[1]
        view.wait(following)
        view.press("Enter")
        view.wait(in_order[2])
        wait_until(lambda: correction(workflow, dataset, following).is_file())
    accepted = labels_of(workflow, "corrections", dataset, following)
    assert accepted == labels_of(workflow, "results", dataset, following)
    check_run_after(workflow, dataset, episode, following)


def check_shown(view: EpisodeView, frames: list[Any], frame: int) -> bool:
    """The page says that a frame is shown, and the video shows it.

    Returns whether something moves there, so that no other frame looks like it.
    """
    assert view.frame == frame
    picture = view.picture()
    near = range(max(frame - 2, 0), min(frame + 3, len(frames)))
    differences = {number: difference(picture, frames[number]) for number in near}
    right = differences.pop(frame)
    assert right < 6
    # Where nothing moves, the frames beside it are the same but for what the encoder makes of them.
    assert right < 1.05 * min(differences.values()), (frame, right, differences)
    return min(differences.values()) > 1.5 * right


def drag(view: EpisodeView, start: int, to: int, frames: list[Any]) -> None:
    """Drag the border at a frame to another with the pointer; meanwhile, its frame is shown."""
    handle = view.page.locator(f"[data-border][data-frame='{start}']").bounding_box()
    line = view.timeline.bounding_box()
    assert handle is not None
    assert line is not None
    x, y = handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2
    pixels = line["width"] / view.bars()[-1][1]
    mouse = view.page.mouse
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + (to - start) * pixels / 2, y + 3)
    mouse.move(x + (to - start) * pixels, y)
    check_shown(view, frames, to)
    mouse.up()


def check_run_after(workflow: Workflow, dataset: str, corrected: int, accepted: int) -> None:
    """The next run writes what was reviewed, and nothing else."""
    before = fingerprints(workflow.path("results"))
    reviews = fingerprints(workflow.path("reviews"))
    workflow.run()
    written = changed(before, fingerprints(workflow.path("results")))
    root = Path(next(d for d in workflow.config["datasets"] if dataset in str(d))["root"])
    data = {
        f"{dataset}/{path.relative_to(root).as_posix()}"
        for path in (root / "data").rglob("*.parquet")
        if holds(path, {corrected, accepted})
    }
    names = {f"{dataset}/subtasks/episode_{n:06d}.json" for n in (corrected, accepted)}
    assert written == names | data
    assert labels_of(workflow, "results", dataset, corrected) == labels_of(
        workflow, "corrections", dataset, corrected
    )
    assert workflow.jobs() == {}
    workflow.run("review")
    assert changed(reviews, fingerprints(workflow.path("reviews"))) == {f"{dataset}/overview.json"}


def holds(path: Path, episodes: set[int]) -> bool:
    """Whether a data file has rows of one of some episodes."""
    import pyarrow.parquet as pq

    found = pq.read_table(path, columns=["episode_index"])["episode_index"].to_pylist()
    return not episodes.isdisjoint(found)


def test_true_labels(labelled: Workflow, review_server: ReviewServer, browser: Browser) -> None:
    """What differs from them is seen at once, found with a key, and taken with another."""
    written = json.loads(labelled.path("work/demo/truth.json").read_text())["episodes"]
    with browser.page(f"{review_server.address}#/demo?order=truth") as page:
        assert len(rows(page)) == 5
        episode = int(page.locator(".row.status-new").last.get_attribute("data-episode") or "")
        true = [(round(start * FPS), label) for start, _, label in written[str(episode)]]
        starts = [start for start, _ in true]
        shares = page.locator(".row[data-episode] .agreement").all_inner_texts()
        assert len(shares) == 5
        assert shares == sorted(shares)
        view = EpisodeView(page, review_server.address)
        view.go("demo", episode)
        assert [start for start, _ in view.true_bars()] == starts
        assert view.agreement().startswith(f"{len(starts) - 1} of {len(starts) - 1} true borders")
        # The first border too late, the second gone.
        first = view.bars()[1][0]
        view.press("]", "]", "m")
        view.press("[", *["."] * (starts[1] + 9 - first))
        page.locator(f".link.far[data-link='{starts[1] + 9}']").wait_for()
        missed = page.locator("[data-missed]")
        assert missed.get_attribute("data-missed") == str(starts[2])
        assert view.agreement().endswith("within 0.5 s, 1 missed")
        check_layout(page)
        # From one to the next; the true border is taken where the key led.
        view.press("Home", "t")
        assert view.frame == starts[1] + 9
        view.press("Shift+T")
        assert view.frame == starts[1]
        view.press("t")
        assert view.frame == starts[2]
        view.press("Shift+T")
        assert [(start, name) for start, _, name in view.bars()][2] == true[2]
        assert missed.count() == 0
        view.saved()
        assert saved_entries(labelled, "demo", episode)[2]["time"] == round(starts[2] / FPS, 6)
        view.press("Escape")
        page.locator(f".row[data-episode='{episode}'] .agreement", has_text="1.00").wait_for()
        page.get_by_role("button", name="Apart from the truth").click()
        assert episode not in rows(page)


def test_two_tabs(labelled: Workflow, review_server: ReviewServer, browser: Browser) -> None:
    """The second to save is told, and nothing is overwritten unasked."""
    with browser.window(forgiven=CONFLICT) as window:
        views = [
            EpisodeView(window.open(review_server.address), review_server.address) for _ in range(2)
        ]
        for view in views:
            view.go("demo", 2)
        one, other = views
        one.page.bring_to_front()
        one.rename("what the first tab says")
        one.saved()
        first = saved_entries(labelled, "demo", 2)
        assert first[0]["subtask"] == "what the first tab says"
        other.page.bring_to_front()
        other.rename("what the second tab says")
        other.page.locator("[data-save=conflict]").wait_for()
        assert saved_entries(labelled, "demo", 2) == first


def test_a_server_that_is_killed(
    labelled: Workflow, review_server: ReviewServer, browser: Browser
) -> None:
    """What is done while it is away is saved when it is back."""
    with browser.window(forgiven=RESTARTED) as window:
        page = window.open(review_server.address)
        view = EpisodeView(page, review_server.address)
        view.go("demo", 3)
        view.rename("before")
        view.saved()
        review_server.kill()
        view.rename("meanwhile")
        view.go_to(6)
        view.press("s")
        page.locator("[data-save=unsaved]").wait_for()
        assert saved_entries(labelled, "demo", 3)[0]["subtask"] == "before"
        review_server.start()
        view.saved()
        found = saved_entries(labelled, "demo", 3)
        assert [each["subtask"] for each in found[:2]] == ["meanwhile"] * 2
        assert found[1]["time"] == 0.2


def test_the_keyboard_alone(review_server: ReviewServer, browser: Browser) -> None:
    """Every view can be reached and left with keys, and the place in the list is kept."""
    with browser.page(f"{review_server.address}#/demo") as page:
        order = rows(page)
        view = EpisodeView(page, review_server.address)
        view.press("ArrowDown", "ArrowDown")
        chosen = order[2]
        page.locator(f".row.active[data-episode='{chosen}']").wait_for()
        view.press("Enter")
        view.wait(chosen)
        view.press("?")
        page.get_by_role("dialog").get_by_text("mark the subtask as a mistake").wait_for()
        view.press("Escape")
        view.press("Escape")
        page.locator(f".row.active[data-episode='{chosen}']").wait_for()
        # A search, the episodes that it finds, and all of them again.
        view.press("/")
        page.keyboard.type("#1")
        view.press("Enter")
        assert rows(page) == [1]
        view.press("Escape")
        wait_until(lambda: rows(page) == order)
        # What is not in the list is reached with Tab, and everything can be seen to have the focus.
        reached = set()
        for _ in range(60):
            view.press("Tab")
            reached.add(page.evaluate("() => document.activeElement.innerText.trim()"))
            if "Labels" in reached:
                break
        view.press("Enter")
        page.locator("[data-label]").first.wait_for()


def test_a_codec_that_no_browser_plays(
    workflow: Workflow, browser: Browser, tmp_path: Path
) -> None:
    """The filmstrip stands in for it, and editing goes on."""
    root = lay_out("v2.1", new(tmp_path / "demo"), step=12)
    for path in root.rglob("*.mp4"):
        encode_again(path, "mpeg4")
    workflow.config = {
        "datasets": [{"root": str(root), "name": "old", "episodes": "0:1"}],
        "annotator": "kinematic",
    }
    workflow.run("--quiet", "rules")
    workflow.run("review", "--quiet", "rules")
    with ReviewServer(workflow.folder, workflow.environment) as server, browser.window() as window:
        view = EpisodeView(window.open(server.address), server.address)
        view.go("old", 0)
        view.page.locator("[data-filmstrip]").wait_for()
        assert view.page.locator("video").count() == 0
        view.press("ArrowRight", "s")
        view.saved()
        assert len(saved_entries(workflow, "old", 0)) == 2


def new(folder: Path) -> Path:
    """Make a folder."""
    folder.mkdir()
    return folder


def encode_again(path: Path, codec: str) -> None:
    """Encode a video anew, in its place."""
    frames = decoded(path, 0, 1000)
    with av.open(path, "w") as container:
        stream = container.add_stream(codec, rate=FPS)
        stream.height, stream.width = frames[0].shape[:2]
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())


@pytest.mark.parametrize("size", SIZES)
def test_nothing_overlaps(
    review_server: ReviewServer, browser: Browser, size: tuple[int, int]
) -> None:
    with browser.page(f"{review_server.address}#/demo", size=size) as page:
        rows(page)
        check_layout(page)
        page.goto(f"{review_server.address}#/demo/labels")
        page.locator("table, [role=grid], [role=list]").first.wait_for()
        check_layout(page)
        EpisodeView(page, review_server.address).go("demo", 1)
        check_layout(page)


def check_layout(page: Any) -> None:
    assert overlaps(page) == []
    assert sideways(page) == []
    assert crowded(page) == []


def test_renaming_a_label_everywhere(
    labelled: Workflow, review_server: ReviewServer, browser: Browser, real_data: Path
) -> None:
    """By keyboard alone: from the list of labels to its segments, to another name, and back."""
    before = {episode: present_labels(labelled, "bottle", episode) for episode in (2, 3, 4)}
    old, new = before[4][1].subtask, "stay where it is"
    with browser.page(f"{review_server.address}#/bottle/labels") as page:
        page.locator(f'[data-label="{old}"]').wait_for()
        page.keyboard.press("/")
        page.keyboard.type(old)
        page.keyboard.press("Enter")
        page.keyboard.press("Enter")
        page.locator(".card").first.wait_for()
        page.keyboard.press("r")
        page.keyboard.press("Control+a")
        page.keyboard.type(new)
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Close", exact=True).wait_for()
        page.keyboard.press("Enter")
        page.wait_for_url("**#/bottle/labels/stay%20where%20it%20is")
        page.locator(".card").first.wait_for()
        cards = page.locator(".card:visible").count()
    after = {episode: present_labels(labelled, "bottle", episode) for episode in before}
    assert cards == sum(each.subtask == new for found in after.values() for each in found)
    for episode, found in before.items():
        renamed = [replace(e, subtask=new) if e.subtask == old else e for e in found]
        # Where nobody has looked yet, the words from before are kept beside the new ones.
        assert [replace(each, original=None) for each in after[episode]] == renamed
        if renamed != found:
            annotated = labels_of(labelled, "annotated", "bottle", episode)
            assert annotated == labels_of(labelled, "first", "bottle", episode)


def present_labels(workflow: Workflow, dataset: str, episode: int) -> list[Segment]:
    """The labels of an episode as the next run will write them."""
    kind = "corrections" if correction(workflow, dataset, episode).is_file() else "results"
    return labels_of(workflow, kind, dataset, episode)


def test_hostile_texts_and_images(
    labelled: Workflow, review_server: ReviewServer, browser: Browser
) -> None:
    """Texts that are markup elsewhere are shown; the filmstrip stands in for the video."""
    truth = labelled.path("work/odd/truth.json")
    parts = [[number / 10, (number + 1) / 10, text] for number, text in enumerate(HOSTILE)]
    true = {"origin": HOSTILE[0], "form": "", "notes": [], "episodes": {"0": parts, "1": parts}}
    truth.write_text(json.dumps(true))
    with browser.page(f"{review_server.address}#/odd") as page:
        assert rows(page) == [0, 1, 2]
        title = page.title()
        shown = page.locator(".row .task").all_inner_texts()
        assert any(text.startswith("<script>document.title") for text in shown)
        check_layout(page)
        view = EpisodeView(page, review_server.address)
        for episode, name in enumerate(HOSTILE):
            view.go("odd", episode)
            assert page.locator("video").count() == 0
            page.locator("[data-filmstrip]").first.wait_for()
            view.press("Home", "ArrowRight", "ArrowRight")
            assert view.frame == 2
            view.rename(name)
            view.saved()
            check_layout(page)
            assert saved_entries(labelled, "odd", episode)[0]["subtask"] == clean_label(name)
            assert len(view.true_bars()) == (3 if episode < 2 else 0)
        truth.write_text("{" + HOSTILE[0])
        said = page.get_by_text("True labels are not shown: ")
        view.go("odd", 0)
        said.wait_for()
        assert view.true_bars() == []
        check_layout(page)
        page.goto(f"{review_server.address}#/odd")
        page.reload()
        said.wait_for()
        check_layout(page)
        page.goto(f"{review_server.address}#/odd/labels")
        page.locator("[data-label]").first.wait_for()
        check_layout(page)
        assert page.locator("img").count() == 0
        assert page.title() != "ran"
        assert title != "ran"
