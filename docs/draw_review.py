"""Draw docs/review_overview.png, review_episode.png, review_truth.png: the page in a browser.

A rendered dataset is labelled by the tests' stand-in for Claude, which knows the truth and makes a
few errors that are planted here. Then the page is used as a person would, and photographed.

Run it after the page has changed: .venv/bin/python docs/draw_review.py
With --look FOLDER, pictures are written there instead, of every view at two sizes, light and dark,
and as people see them who do not see red, green or blue.
"""

import argparse
import contextlib
import io
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

PROJECT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(PROJECT / "scripts"), str(PROJECT / "tests")]

from servers.claude import ClaudeServer, Refusal, TruthFiles  # noqa: E402
from subtasks.segments import subtask_files  # noqa: E402
from subtasks.segments.segment import Segment  # noqa: E402
from support.browser import Browser  # noqa: E402
from support.review_page import EpisodeView  # noqa: E402
from support.review_server import ReviewServer  # noqa: E402
from support.workflow import Workflow  # noqa: E402

EPISODES, SEED = 24, 5
REFUSED = 19
ACCEPTED = (0, 1, 2)
SHOWN, CORRECTED = 9, 16

Labels = list[Segment]


def _late(labels: Labels) -> Labels:
    """Move the second border by 1.5 s, as far as the third leaves room."""
    moved = min(labels[2].time + 1.5, labels[3].time - 0.2)
    return [*labels[:2], Segment(round(moved, 6), labels[2].subtask), *labels[3:]]


def _swapped(labels: Labels) -> Labels:
    """Swap two labels."""
    a, b = labels[2], labels[3]
    return [
        *labels[:2],
        Segment(a.time, b.subtask),
        Segment(b.time, a.subtask),
        *labels[4:],
    ]


def _dropped(labels: Labels) -> Labels:
    """Leave out a subtask."""
    return [*labels[:3], *labels[4:]]


def _wrong(labels: Labels) -> Labels:
    """Call a subtask by a word that no other episode has."""
    return [*labels[:3], Segment(labels[3].time, "push the drawer"), *labels[4:]]


ERRORS: dict[int, Callable[[Labels], Labels]] = {
    SHOWN: _late,
    5: _swapped,
    12: _dropped,
    CORRECTED: _wrong,
}
SIZES = ((1280, 720), (1920, 1080))
DEFICIENCIES = ("none", "protanopia", "deuteranopia", "tritanopia", "achromatopsia")


def main() -> None:
    """Draw the pictures, or all there are to look at."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--look", type=Path, metavar="FOLDER", help="where to write all of them")
    parser.add_argument("--kept", type=Path, metavar="FOLDER", help="keep what is labelled here")
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = options.kept or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        workflow = labelled(folder)
        server = stack.enter_context(ReviewServer(workflow.folder, workflow.environment))
        browser = stack.enter_context(Browser())
        if options.look:
            options.look.mkdir(parents=True, exist_ok=True)
            look(browser, server, options.look)
        else:
            with browser.window(size=(1280, 760)) as window:
                page = window.open(f"{server.address}#/demo")
                review(page, server)
                for name, view in DRAWN.items():
                    VIEWS[view](page, server)
                    save(page, PROJECT / "docs" / f"review_{name}.png")


def labelled(folder: Path) -> Workflow:
    """Render the dataset, have it labelled, and build what the page shows, unless that is done."""
    workflow = Workflow(
        folder / "run",
        datasets=[{"root": "../demo"}],
        on_error="skip",
        evaluate={"truth": "../demo/truth"},
    )
    if workflow.path("reviews/demo/overview.json").is_file():
        return workflow
    make = PROJECT / "scripts" / "make_demo_dataset.py"
    size = (f"--episodes={EPISODES}", f"--seed={SEED}", "--wrist")
    subprocess.run([sys.executable, make, *size, f"--output={folder / 'demo'}"], check=True)
    answers = folder / "answers"
    answers.mkdir(exist_ok=True)
    for path in sorted((folder / "demo" / "truth").iterdir()):
        labels = subtask_files.load(path)
        error = ERRORS.get(int(path.stem.removeprefix("episode_")))
        text = subtask_files.dump(error(labels) if error else labels)
        (answers / path.name).write_text(text)
    faults = {f"episode_{REFUSED:06d}": Refusal()}
    with ClaudeServer(TruthFiles(folder / "demo", answers), faults=faults) as server:
        workflow.ask(server.url, server.key)
        print(workflow.run("--quiet", "rules"))
        print(workflow.run("review", "--quiet", "rules"))
    return workflow


def review(page: Page, server: ReviewServer) -> None:
    """Accept some episodes, and correct one, as a person does with the keyboard."""
    for episode in ACCEPTED:
        open_episode(page, server, episode)
        page.keyboard.press("Enter")
        page.wait_for_function(f"() => !location.hash.endsWith('/{episode}')")
    open_episode(page, server, CORRECTED)
    # The border before the wrong word and the frame after it: the word gets the right name.
    for key in ("]", "]", "]", "e"):
        page.keyboard.press(key)
    page.keyboard.press("Control+a")
    page.keyboard.type("lift the green block")
    page.keyboard.press("Enter")
    saved(page, server)


def open_episode(page: Page, server: ReviewServer, episode: int, time: float | None = None) -> None:
    """Go to an episode; returns when its first frame is shown."""
    page.goto(f"{server.address}#/demo/episodes/{episode}" + (f"?t={time}" if time else ""))
    EpisodeView(page, server.address).wait(episode)


def saved(page: Page, server: ReviewServer) -> None:
    """Wait until everything is saved."""
    EpisodeView(page, server.address).saved()


def show_overview(page: Page, server: ReviewServer) -> None:
    """Show all episodes."""
    page.goto(f"{server.address}#/demo")
    page.locator("[data-episode]").first.wait_for()
    page.wait_for_timeout(500)


def show_labels(page: Page, server: ReviewServer) -> None:
    """Show all segments of a label."""
    page.goto(f"{server.address}#/demo/labels")
    page.wait_for_timeout(1000)


def show_episode(page: Page, server: ReviewServer) -> None:
    """Show an episode that was not looked at yet, in the middle of a movement."""
    open_episode(page, server, SHOWN, 3.5)
    page.wait_for_timeout(1000)


def show_corrected(page: Page, server: ReviewServer) -> None:
    """Show an episode that was corrected, with what the annotator had said."""
    open_episode(page, server, CORRECTED, 4.5)
    page.wait_for_timeout(1000)


def show_failed(page: Page, server: ReviewServer) -> None:
    """Show an episode that has no labels."""
    page.goto(f"{server.address}#/demo/episodes/{REFUSED}")
    page.wait_for_timeout(1500)


def show_help(page: Page, server: ReviewServer) -> None:
    """Show the keys."""
    show_episode(page, server)
    page.keyboard.press("?")
    page.wait_for_timeout(300)


VIEWS: dict[str, Callable[[Page, ReviewServer], None]] = {
    "overview": show_overview,
    "labels": show_labels,
    "episode": show_episode,
    "corrected": show_corrected,
    "failed": show_failed,
    "help": show_help,
}

DRAWN = {"overview": "overview", "episode": "corrected", "truth": "episode"}
"""Pictures in docs, and what they show."""


def look(browser: Browser, server: ReviewServer, folder: Path) -> None:
    """Photograph every view in many ways."""
    with browser.window() as window:
        review(window.open(f"{server.address}#/demo"), server)
    for size in SIZES:
        for scheme in ("light", "dark"):
            with browser.window(size=size, color_scheme=scheme) as window:
                page = window.open(f"{server.address}#/demo")
                for name, show in VIEWS.items():
                    show(page, server)
                    for seen, picture in as_seen(page, size == SIZES[0]):
                        end = "" if seen == "none" else f"_{seen}"
                        path = folder / f"{name}_{size[0]}_{scheme}{end}.png"
                        path.write_bytes(picture)
                    if name == "help":
                        page.keyboard.press("Escape")


def as_seen(page: Page, by_all: bool) -> Iterator[tuple[str, bytes]]:
    """Yield the page as people see it who see all colours, and who do not see some."""
    session = page.context.new_cdp_session(page)
    for deficiency in DEFICIENCIES[: None if by_all else 1]:
        session.send("Emulation.setEmulatedVisionDeficiency", {"type": deficiency})
        yield deficiency, page.screenshot()
    session.send("Emulation.setEmulatedVisionDeficiency", {"type": "none"})
    session.detach()


def save(page: Page, path: Path) -> None:
    """Write a picture of the page into docs, with as few bytes as it can be read with."""
    page.mouse.move(0, 0)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    few = picture.quantize(256, Image.Quantize.MEDIANCUT, kmeans=2, dither=Image.Dither.NONE)
    few.save(path, optimize=True)


if __name__ == "__main__":
    main()
