"""Draw docs/architecture.svg from the code: the library's packages and which imports which.

Run after a package or an import has changed: .venv/bin/python docs/draw_architecture.py
With --check nothing is drawn: exits with 1 where the committed picture is out of date.

A package is drawn above all packages it imports, so every arrow points down. An arrow that
others imply is left out: where estimate imports api and api imports cost, the one from estimate
to cost. The table in docs/architecture.md has them all.
"""

import argparse
import ast
import random
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import combinations, pairwise, permutations
from pathlib import Path
from statistics import fmean
from textwrap import wrap

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT / "tests"))

from support import architecture  # noqa: E402
from support.architecture import GROUND, LIBRARY  # noqa: E402

PICTURE = PROJECT / "docs" / "architecture.svg"
NETWORK = frozenset(("anthropic", "huggingface_hub", "botocore", "boto3", "httpx2"))

WIDTH, MARGIN = 1200, 24
BOX_WIDTH, BOX_HEIGHT, GAP, LANE = 184, 84, 40, 14
LAYER, BAND, BAND_GAP = 142, 56, 34
LETTERS = 27  # of a line inside a box
STARTS, SWEEPS = 40, 6
FEW = 6  # nodes of a layer of which all orders are tried
MOST_LINES = 3
USERS = "The Snakefile, rules/ and scripts/*.py import any package; no package imports them"

STYLE = """
    text { font-family: Helvetica, Arial, sans-serif; fill: #24292f; text-anchor: middle; }
    .name { font-size: 15px; font-weight: bold; }
    .what { font-size: 11px; fill: #57606a; }
    .box { fill: #f6f8fa; stroke: #8c959f; stroke-width: 1.2; }
    .network { fill: #ddf4ff; stroke: #54aeff; }
    .band { fill: #eef1e6; stroke: #a3b18a; stroke-width: 1.2; }
    .arrow { fill: none; stroke: #57606a; stroke-width: 1.3; marker-end: url(#head); }
"""


@dataclass
class Node:
    """A package, or where an arrow passes a layer on its way to a deeper one (no `name`)."""

    name: str = ""
    x: float = 0.0  # of its middle, in pixels
    above: list["Node"] = field(default_factory=list)
    below: list["Node"] = field(default_factory=list)

    @property
    def width(self) -> int:
        """Pixels it takes of its layer."""
        return BOX_WIDTH if self.name else LANE


def main() -> None:
    """Write the picture, or check it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="say whether the picture is up to date"
    )
    wanted = picture(architecture.arrows())
    if not parser.parse_args().check:
        PICTURE.write_text(wanted, encoding="utf-8")
    elif not PICTURE.is_file() or PICTURE.read_text(encoding="utf-8") != wanted:
        sys.exit(f"{PICTURE.name} is out of date: run docs/draw_architecture.py and commit it")


# Layers ---------------------------------------------------------------------------------------


def implied_left_out(arrows: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """Leave out each arrow for which there is a longer way. `arrows` must have no circle."""

    def reached(start: str) -> set[str]:
        return {start}.union(*(reached(end) for end in arrows[start]))

    return {
        start: [
            end
            for end in sorted(ends)
            if not any(end in reached(other) for other in ends if other != end)
        ]
        for start, ends in sorted(arrows.items())
    }


def layers_of(arrows: Mapping[str, Sequence[str]]) -> list[list[Node]]:
    """Put packages into layers, the lowest first, with a node wherever an arrow passes one."""

    def height(name: str) -> int:
        return max((1 + height(end) for end in arrows[name]), default=0)

    nodes = {name: Node(name) for name in arrows}
    layers: list[list[Node]] = [[] for _ in range(1 + max(map(height, arrows)))]
    for name, node in nodes.items():
        layers[height(name)].append(node)
    for start, ends in arrows.items():
        for end in ends:
            way = [nodes[start]]
            for layer in range(height(start) - 1, height(end), -1):
                way.append(Node())
                layers[layer].append(way[-1])
            for upper, lower in pairwise([*way, nodes[end]]):
                upper.below.append(lower)
                lower.above.append(upper)
    return layers


def arrange(layers: list[list[Node]]) -> None:
    """Order the nodes of each layer so that few arrows cross, and find their positions."""
    shuffled = random.Random(0)
    found: list[tuple[tuple[int, float], int, list[list[Node]]]] = []
    for _ in range(STARTS):
        for layer in layers:
            shuffled.shuffle(layer)
            _spread(layer)
        for sweep in range(SWEEPS):
            for layer in layers if sweep % 2 else layers[::-1]:
                layer[:] = _best_order(layer)
                _spread(layer)
        # The number keeps nodes from being compared where two orders are equally good.
        found.append((_total(layers), len(found), [list(layer) for layer in layers]))
    for layer, nodes in zip(layers, min(found)[2], strict=True):
        layer[:] = nodes
        _spread(layer)
    for sweep in range(STARTS):
        for layer in layers if sweep % 2 else layers[::-1]:
            _settle(layer)
    nodes = [node for layer in layers for node in layer]
    sides = [node.x + side * node.width / 2 for node in nodes for side in (-1, 1)]
    for node in nodes:
        node.x = round(node.x + (WIDTH - min(sides) - max(sides)) / 2, 1)


def _best_order(layer: Sequence[Node]) -> list[Node]:
    """Return the best order; of many nodes, one that moving a single node does not better."""
    if len(layer) <= FEW:
        return list(min(permutations(layer), key=_badness))
    best, least = list(layer), _badness(layer)
    while True:
        moved = min(_one_moved(best), key=_badness)
        if (badness := _badness(moved)) >= least:
            return best
        best, least = moved, badness


def _one_moved(layer: Sequence[Node]) -> Iterator[list[Node]]:
    for place, node in enumerate(layer):
        rest = [*layer[:place], *layer[place + 1 :]]
        for other in range(len(layer)):
            yield [*rest[:other], node, *rest[other:]]


def _total(layers: Iterable[Sequence[Node]]) -> tuple[int, float]:
    each = [_badness(layer) for layer in layers]
    return sum(crossings for crossings, _ in each), round(sum(length for _, length in each), 3)


def _badness(layer: Sequence[Node]) -> tuple[int, float]:
    """Count the crossings of an order; of equally many, the shorter arrows are better."""
    crossings = 0
    for left, right in combinations(layer, 2):
        crossings += sum(a.x > b.x for a in left.above for b in right.above)
        crossings += sum(a.x > b.x for a in left.below for b in right.below)
    length = sum(
        abs(x - end.x)
        for node, x in zip(layer, _even(layer), strict=True)
        for end in [*node.above, *node.below]
    )
    return crossings, round(length, 3)


def _even(layer: Sequence[Node]) -> list[float]:
    """Positions of a layer's nodes side by side, in the middle of the picture."""
    total = sum(node.width for node in layer) + GAP * (len(layer) - 1)
    positions, left = [], (WIDTH - total) / 2
    for node in layer:
        positions.append(left + node.width / 2)
        left += node.width + GAP
    return positions


def _spread(layer: Sequence[Node]) -> None:
    for node, x in zip(layer, _even(layer), strict=True):
        node.x = x


def _settle(layer: Sequence[Node]) -> None:
    """Move each node towards the middle of its neighbours, as far as the others leave room."""
    even = _even(layer)
    offsets = [x - even[0] for x in even]
    blocks: list[list[float]] = []
    for node, offset in zip(layer, offsets, strict=True):
        ends = [end.x for end in [*node.above, *node.below]] or [node.x]
        blocks.append([fmean(ends) - offset])
        while len(blocks) > 1 and fmean(blocks[-2]) > fmean(blocks[-1]):
            blocks[-2:] = [blocks[-2] + blocks[-1]]
    first = [fmean(block) for block in blocks for _ in block]
    for node, offset, start in zip(layer, offsets, first, strict=True):
        node.x = start + offset


# The picture ----------------------------------------------------------------------------------


def picture(arrows: Mapping[str, Iterable[str]]) -> str:
    """Give the SVG of packages with their arrows, by name."""
    layers = layers_of(implied_left_out(arrows))
    arrange(layers)
    top = MARGIN + BAND + BAND_GAP
    tops = [top + LAYER * (len(layers) - 1 - number) for number in range(len(layers))]
    bottom = tops[0] + BOX_HEIGHT + BAND_GAP
    height = bottom + BAND + MARGIN + 22
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}">',
        "<title>The packages of the library, and which imports which</title>",
        f"<style>{STYLE}</style>",
        '<defs><marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" '
        'markerHeight="7" orient="auto"><path d="M0 0 L10 5 L0 10 z" fill="#57606a"/></marker>'
        "</defs>",
        f'<rect width="{WIDTH}" height="{height}" rx="8" fill="#ffffff"/>',
        *_band(MARGIN, "rules and programs", USERS),
        *(
            _arrow(node, end, tops[number])
            for number, layer in enumerate(layers)
            for node in layer
            if node.name
            for end in node.below
        ),
        *(
            line
            for number, layer in enumerate(layers)
            for node in layer
            if node.name
            for line in _box(node, tops[number])
        ),
        *_band(bottom, "the ground", ", ".join(_ground())),
        *_legend(bottom + BAND + 24),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _band(top: float, name: str, what: str) -> Iterator[str]:
    yield _rectangle("band", MARGIN, top, WIDTH - 2 * MARGIN, BAND)
    yield _text("name", WIDTH / 2, top + 23, name)
    yield _text("what", WIDTH / 2, top + 42, what)


def _box(node: Node, top: float) -> Iterator[str]:
    kind = "box network" if node.name in _on_network() else "box"
    yield _rectangle(kind, node.x - BOX_WIDTH / 2, top, BOX_WIDTH, BOX_HEIGHT)
    lines = _what(node.name)
    first = top + BOX_HEIGHT / 2 + 5 - 8 * len(lines)
    yield _text("name", node.x, first, node.name)
    for number, line in enumerate(lines):
        yield _text("what", node.x, first + 18 + 14 * number, line)


def _arrow(start: Node, end: Node, top: float) -> str:
    """Draw an arrow from a package down to the next one, through the layers it passes."""
    x, y = _port(start, start.below, end), top + BOX_HEIGHT
    path = f"M{x:.1f} {y:.1f}"
    upper, lower = start, end
    while True:
        top += LAYER
        to = _port(lower, lower.above, upper)
        middle = (y + top) / 2
        path += f" C{x:.1f} {middle:.1f} {to:.1f} {middle:.1f} {to:.1f} {top:.1f}"
        if lower.name:
            return f'<path class="arrow" d="{path}"/>'
        x, y = to, top + BOX_HEIGHT
        path += f" L{x:.1f} {y:.1f}"
        upper, lower = lower, lower.below[0]


def _port(node: Node, ends: Sequence[Node], end: Node) -> float:
    """Where at a node the arrow to or from `end` begins or ends: side by side, in order."""
    if not node.name:
        return node.x
    ordered = sorted(ends, key=lambda each: each.x)
    step = BOX_WIDTH / (len(ordered) + 1)
    return node.x - BOX_WIDTH / 2 + step * (1 + [each is end for each in ordered].index(True))


def _legend(top: float) -> Iterator[str]:
    yield _text(
        "what",
        WIDTH / 2,
        top,
        "An arrow points from a package to one it imports; arrows that others imply are left out. "
        "Every package may import the ground. Blue packages use the network.",
    )


def _rectangle(kind: str, x: float, y: float, width: float, height: float) -> str:
    return (
        f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{width}" height="{height}" rx="6"/>'
    )


def _text(kind: str, x: float, y: float, text: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'


# What the code says ---------------------------------------------------------------------------


def _what(name: str) -> list[str]:
    """Lines on what a package is: the beginning of its docstring, as much as fits."""
    text = ast.get_docstring(ast.parse((LIBRARY / name / "__init__.py").read_text())) or ""
    first = text.splitlines()[0].rstrip(".")
    for mark in (":", ";", ","):
        if mark == ":" or len(wrap(first, LETTERS)) > MOST_LINES:
            first = first.partition(mark)[0]
    return wrap(first, LETTERS)


def _ground() -> list[str]:
    """Names of the modules beside the packages."""
    return sorted(path.stem for path in LIBRARY.glob("*.py") if path.stem != "__init__")


def _on_network() -> set[str]:
    """Packages with a module that imports a client of some server."""
    return {
        architecture.package(module)
        for module, imported in architecture.imports().items()
        if any(name.partition(".")[0] in NETWORK for name in imported)
    } - {GROUND}


if __name__ == "__main__":
    main()
