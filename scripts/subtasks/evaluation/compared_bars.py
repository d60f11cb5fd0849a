"""Found labels above true ones, episode by episode, as coloured bars on one axis of time (SVG).

All segments of a label are one shape, so that a thousand episodes take little more than the
numbers that place them, and a pointer on any of them shows the label.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from subtasks.drawing.markup import text
from subtasks.drawing.paints import paint_class
from subtasks.drawing.time_axis import Scale, number, ticks
from subtasks.evaluation.borders import borders, match_borders
from subtasks.evaluation.compared import ComparedEpisode
from subtasks.evaluation.labelled import Stretch
from subtasks.evaluation.overlaps import judgeable

WIDTH = 760
"""Pixels of the axis."""

PITCH = 38
"""Pixels from one episode to the next."""

BAR = 11
"""Pixels of the height of a bar."""

MOST_NAMED = 2000
"""Labels that a pointer shows, the most frequent ones: a name may be longer than its places."""

FOUND_TOP, TRUE_TOP = 7, 20

TOLERANCE = 0.5
"""Seconds between two borders that count as one."""


def order(episodes: Iterable[ComparedEpisode]) -> dict[str, tuple[int, str]]:
    """Return for each text its place in the order of colours and how it is written.

    Texts are normalised, so that a found and a true label that say the same share a colour. The
    most frequent of the true ones come first, then those that were found alone.
    """
    counts: tuple[Counter[str], Counter[str]] = Counter(), Counter()
    written: dict[str, str] = {}
    for each in episodes:
        for stretches, count in zip((each.true, each.found), counts, strict=True):
            for stretch in stretches:
                count[stretch.text] += 1
                written.setdefault(stretch.text, stretch.label)
    ordered = [label for count in counts for label, _ in count.most_common()]
    return {label: (rank, written[label]) for rank, label in enumerate(dict.fromkeys(ordered))}


def bars(
    episodes: Sequence[ComparedEpisode],
    texts: Mapping[str, tuple[int, str]],
    shown: Scale,
    fps: float,
) -> str:
    """Draw a row for each episode; borders that are missed or that nobody else sees are marked."""
    shapes: dict[str, list[str]] = {}
    missed, extra, cut = [], [], []
    for row, each in enumerate(episodes):
        top = row * PITCH
        for stretches, y in ((each.found, top + FOUND_TOP), (each.true, top + TRUE_TOP)):
            for stretch in stretches:
                left, right = shown.x(stretch.start / fps), shown.x(stretch.stop / fps)
                if right > left:
                    # The end is rounded and not the width: nothing may remain between two.
                    width = number(round(right, 1) - round(left, 1))
                    shapes.setdefault(stretch.text, []).append(
                        f"M{number(left)} {y}h{width}v{BAR}h-{width}z"
                    )
        alone, unseen = unmatched(each.found, each.true)
        extra += [f"M{number(shown.x(time))} {top + FOUND_TOP - 1}l-3-5h6z" for time in alone]
        missed += [
            f"M{number(shown.x(time))} {top + TRUE_TOP + BAR + 1}l-3 5h6z" for time in unseen
        ]
        if each.length / fps > shown.seconds:
            cut.append(f"M{shown.width - 6} {top + FOUND_TOP}l6 {BAR}l-6 {BAR}z")
    height = len(episodes) * PITCH
    grid = "".join(f"M{number(x)} 0v{height}" for x, _ in ticks(shown))
    parts = [f'<path class="grid" d="{grid}"/>']
    rest: dict[int, list[str]] = {}
    for label in sorted(shapes, key=lambda label: texts[label][0]):
        rank, words = texts[label]
        path = "".join(shapes[label])
        if rank < MOST_NAMED:
            parts.append(
                f'<g class="l{paint_class(rank)}"><title>{text(words)}</title>'
                f'<path d="{path}"/></g>'
            )
        else:
            rest.setdefault(paint_class(rank), []).append(path)
    parts += [f'<path class="l{paint}" d="{"".join(paths)}"/>' for paint, paths in rest.items()]
    for name, title, found in (
        ("extra", f"a found border with no true one within {TOLERANCE:g} s", extra),
        ("missed", f"a true border with no found one within {TOLERANCE:g} s", missed),
        ("cut", "longer than is shown", cut),
    ):
        if found:
            path = f'<path d="{"".join(found)}"/>'
            parts.append(f'<g class="{name}"><title>{title}</title>{path}</g>')
    return f'<svg class="bars" width="{shown.width}" height="{height}">{"".join(parts)}</svg>'


def unmatched(found: Sequence[Stretch], true: Sequence[Stretch]) -> tuple[list[float], list[float]]:
    """Return the times of the found borders and of the true ones that have no partner."""
    found_times = [each.time for each in borders(judgeable(found, true))]
    true_times = [each.time for each in borders(true)]
    pairs = match_borders(found_times, true_times, TOLERANCE)
    of_found, of_true = {f for f, _ in pairs}, {t for _, t in pairs}
    return (
        [time for place, time in enumerate(found_times) if place not in of_found],
        [time for place, time in enumerate(true_times) if place not in of_true],
    )
