"""Measure the review page with 10,000 episodes, in a real browser.

How long it takes until the overview can be used, how smoothly it scrolls, and how much memory the
server takes. What the page shows is written directly, as a run would have left it, by
tests/support/review_files.py. Goals are printed beside the results; nothing fails for being slow.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(PROJECT / "tests"), str(PROJECT / "scripts")]

from support import browser as chromium  # noqa: E402
from support import review_files, usage  # noqa: E402
from support.browser import Browser  # noqa: E402
from support.review_server import ReviewServer  # noqa: E402

USABLE_SECONDS, FRAMES_A_SECOND, MEGABYTES = 3, 30, 200
SECONDS_OF_SCROLLING = 4
SPEEDS = (40, 400, 4000)
"""Pixels a frame: reading, looking for something, dragging the scroll bar."""

SCROLL = """async ([pixels, seconds]) => {
    const scrolls = (each) => each.scrollHeight > each.clientHeight + 100
        && ["auto", "scroll"].includes(getComputedStyle(each).overflowY);
    const places = [...document.querySelectorAll("*")].filter(scrolls);
    const place = [document.scrollingElement, ...places].reduce(
        (best, each) => each.scrollHeight > best.scrollHeight ? each : best);
    const lowest = place.scrollHeight - place.clientHeight;
    place.scrollTop = 0;
    const frame = () => new Promise(requestAnimationFrame);
    const times = [await frame()];
    let step = pixels;
    while (times.at(-1) - times[0] < 1000 * seconds) {
        if (place.scrollTop + step > lowest || place.scrollTop + step < 0) step = -step;
        place.scrollTop += step;
        times.push(await frame());
    }
    return times.slice(1).map((time, number) => time - times[number]);
}"""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a hundredth of the episodes")
    episodes = 100 if parser.parse_args().quick else 10_000
    if reason := chromium.reason_to_skip():
        print(f"review: {reason}")
        return
    print(f"\nThe review page with {episodes:,} episodes")
    for true in (False, True):
        print(f"{'with' if true else 'without'} true labels")
        with tempfile.TemporaryDirectory() as folder:
            review_files.render(Path(folder), episodes, true=true)
            with ReviewServer(Path(folder)) as server, Browser() as browser:
                measure(server, browser)


def measure(server: ReviewServer, browser: Browser) -> None:
    """Print what the page and its server take."""
    for which in ("first", "second"):
        with browser.window() as window:
            start = time.monotonic()
            page = window.open(f"{server.address}#/many")
            page.locator("[data-episode]").first.wait_for()
            shown = time.monotonic() - start
            # The list can be used once it answers: a row is there and the page is not busy.
            page.evaluate("() => new Promise(requestIdleCallback)")
            found = f"{shown:6.2f} s shown {time.monotonic() - start:6.2f} s idle"
            usage.show(f"overview, {which} time", found, f"{USABLE_SECONDS} s")
            if which == "first":
                continue
            for speed in SPEEDS:
                taken = page.evaluate(SCROLL, [speed, SECONDS_OF_SCROLLING])
                show_frames(f"scrolling {speed} pixels a frame", taken)
    usage.show("memory of the server", memory(server.pid), f"{MEGABYTES} MB")


def show_frames(what: str, taken: Sequence[float]) -> None:
    """Print the rate of frames that took so many milliseconds each."""
    rate = 1000 * len(taken) / sum(taken)
    slow = sorted(taken)[int(0.99 * len(taken))]
    found = f"{rate:6.0f} a second {slow:6.0f} ms the slowest of 100"
    usage.show(what, found, f"{FRAMES_A_SECOND} frames a second")


def memory(process: int) -> str:
    """Return what a process has in memory now, and had at most."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    values = dict(line.split(":", 1) for line in lines)
    now, most = (int(values[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))
    return f"{now:6.0f} MB {most:6.0f} MB at most"


if __name__ == "__main__":
    main()
