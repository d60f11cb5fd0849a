"""The review page as a person uses it: what is pressed, and what is seen then."""

import base64
import io
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image
from playwright.sync_api import Locator, Page

# A video that has arrived where it was sent may be about to be sent on: what is drawn counts.
READY = """() => {
    const videos = [...document.querySelectorAll("video")];
    const wanted = document.querySelector(".frame-number")?.dataset.frame;
    return videos.every((each) => each.readyState >= 2 && !each.seeking
        && each.closest("figure").dataset.shown === wanted);
}"""
PLACES = "(bars) => bars.map((bar) => [+bar.dataset.start, +bar.dataset.stop])"
GRAB = """(video) => {
    const canvas = document.createElement("canvas");
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    canvas.getContext("2d").drawImage(video, 0, 0);
    return canvas.toDataURL("image/png");
}"""
OVERLAPS = """() => {
    const seen = (each) => each.checkVisibility({opacityProperty: true, visibilityProperty: true})
        && !each.closest(".unseen, [hidden]");
    const kinds = "button, a, input, select, canvas, video, img, output, svg";
    const holds = (each) => each.matches(kinds)
        || [...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    const leaves = [...document.body.querySelectorAll("*")].filter((each) => seen(each)
        && holds(each) && !each.closest(".timeline, .motion, option, svg *"));
    // What is scrolled out of sight covers nothing.
    const box = (each) => {
        let {left, top, right, bottom} = each.getBoundingClientRect();
        for (let over = each.parentElement; over; over = over.parentElement) {
            if (getComputedStyle(over).overflow === "visible") continue;
            const limits = over.getBoundingClientRect();
            left = Math.max(left, limits.left); right = Math.min(right, limits.right);
            top = Math.max(top, limits.top); bottom = Math.min(bottom, limits.bottom);
        }
        return {left, top, right, bottom};
    };
    const name = (each) => `${each.tagName}.${each.className} ${each.textContent.slice(0, 30)}`;
    const boxes = leaves.map((each) => [each, box(each)]).filter(
        ([, {left, top, right, bottom}]) => right - left > 1 && bottom - top > 1);
    const found = [];
    for (const [number, [one, a]] of boxes.entries()) {
        for (const [other, b] of boxes.slice(number + 1)) {
            // Words may stand in the picture that they are about.
            const figure = one.closest("figure");
            if (one.contains(other) || other.contains(one) || figure?.contains(other)) continue;
            const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
            const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
            if (wide > 1 && high > 1) found.push(`${name(one)} and ${name(other)}`);
        }
    }
    return found;
}"""
CROWDED = """() => {
    const found = [];
    const name = (each) => `${each.tagName} ${each.textContent.slice(0, 30)}`;
    const apart = (all) => all.forEach((one, number) => all.slice(number + 1).forEach((other) => {
        const [a, b] = [one, other].map((each) => each.getBoundingClientRect());
        const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (wide > 1 && high > 1) found.push(`${name(one)} and ${name(other)}`);
    }));
    const lanes = [...document.querySelectorAll(".timeline .lane")];
    apart(lanes);
    apart([...document.querySelectorAll(".timeline .links text")]);
    for (const lane of lanes) {
        apart([...lane.querySelectorAll(".head > *")]);
        const {bottom} = lane.getBoundingClientRect();
        for (const each of lane.querySelectorAll(".head > *, .true-bars .bar > *")) {
            const beyond = each.getBoundingClientRect().bottom - bottom;
            if (beyond > 1) found.push(`${name(each)} sticks out`);
        }
    }
    return found;
}"""
SIDEWAYS = """() => [document.documentElement, ...document.body.querySelectorAll("*")]
    .filter((each) => each.scrollWidth > each.clientWidth + 1
        && (each === document.documentElement
            || ["auto", "scroll"].includes(getComputedStyle(each).overflowX)))
    .map((each) => `${each.tagName}.${each.className}`)"""

Bar = tuple[int, int, str]
"""First frame, the frame after the last, label."""


class EpisodeView:
    """The view of one episode in a tab."""

    def __init__(self, page: Page, server_address: str) -> None:
        self.page = page
        self._address = server_address

    def go(self, dataset: str, episode: int) -> None:
        """Open an episode; returns when it can be edited and its video shows something."""
        self.page.goto(f"{self._address}#/{dataset}/episodes/{episode}")
        self.wait(episode)

    def wait(self, episode: int) -> None:
        """Wait until an episode is open."""
        self.page.wait_for_function(
            "(end) => location.hash.split('?')[0].endsWith(end)", arg=f"/episodes/{episode}"
        )
        self.timeline.wait_for()
        self.settle()

    @property
    def timeline(self) -> Locator:
        """Where the bars of the subtasks are."""
        return self.page.locator(".timeline .bars")

    @property
    def frame(self) -> int:
        """The frame under the playhead."""
        return int(self.page.locator(".frame-number").get_attribute("data-frame") or "-1")

    def bars(self) -> list[Bar]:
        """The subtasks: where their bars begin and end, and their labels in the list beside."""
        places = self.page.locator("[data-segment]").evaluate_all(PLACES)
        labels = self.page.locator("[data-index] .label").all_text_contents()
        return [(*place, label) for place, label in zip(places, labels, strict=True)]

    def ghosts(self) -> list[tuple[int, int]]:
        """Where the bars of what the annotator had said begin and end."""
        return [
            tuple(place) for place in self.page.locator("[data-ghost] .bar").evaluate_all(PLACES)
        ]

    def true_bars(self) -> list[tuple[int, int]]:
        """Where the bars of the true labels begin and end."""
        found = self.page.locator("[data-truth] .bar").evaluate_all(PLACES)
        return [tuple(place) for place in found]

    def agreement(self) -> str:
        """What is said of the labels and the true ones."""
        return self.page.locator(".side .agreement .words").inner_text().replace("\u00a0", " ")

    def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def rename(self, label: str) -> None:
        """Name the subtask at the playhead."""
        self.press("e")
        self.page.locator("[role=combobox]:focus").fill(label)
        self.press("Enter")

    def go_to(self, frame: int) -> None:
        """Step to a frame, from the nearest whole second."""
        self.press("Home")
        while frame - self.frame >= 30:
            self.press("Shift+ArrowRight")
        while self.frame < frame:
            self.press("ArrowRight")
        assert self.frame == frame
        self.settle()

    def settle(self) -> None:
        """Wait until the video shows what it was told to."""
        self.page.wait_for_function(READY)

    def saved(self) -> None:
        """Wait until everything is saved."""
        self.page.locator("[data-save=saved]").wait_for()

    def picture(self) -> np.ndarray:
        """What the first camera's video shows, as RGB."""
        self.settle()
        address = self.page.locator("video").first.evaluate(GRAB)
        data = base64.b64decode(address.partition(",")[2])
        return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def overlaps(page: Page) -> list[str]:
    """Return the pairs of texts, buttons and pictures that cover one another."""
    found: list[str] = page.evaluate(OVERLAPS)
    return found


def crowded(page: Page) -> list[str]:
    """Return the rows of a time axis, and words in them, that cover one another or stick out."""
    found: list[str] = page.evaluate(CROWDED)
    return found


def sideways(page: Page) -> list[str]:
    """Return what can be scrolled sideways."""
    found: list[str] = page.evaluate(SIDEWAYS)
    return found


def difference(picture: np.ndarray, other: np.ndarray) -> float:
    """Return how far two pictures differ on average, of 255."""
    return float(np.abs(picture.astype(float) - other).mean())


def decoded(path: Path, first: int, count: int) -> list[np.ndarray]:
    """Decode frames of a video as RGB arrays."""
    found = []
    with av.open(path) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number >= first + count:
                break
            if number >= first:
                found.append(frame.to_ndarray(format="rgb24"))
    return found


def fingerprints(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Return when each file below a folder was written, and what it holds."""
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_mtime_ns, path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def changed(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    """Return the files that are new, gone or written again."""
    return {name for name in before | after if before.get(name) != after.get(name)}
