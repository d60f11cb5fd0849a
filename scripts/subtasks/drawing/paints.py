"""The colours of labels in a page: its styles, its patterns, and the small pictures of a legend."""

from subtasks.drawing import colours

_RISING = "M-1 1L1-1M0 6L6 0M5 7L7 5"
_LINES = {"rising": _RISING, "both": f"{_RISING}M-1 5L1 7M0 0L6 6M5-1L7 1"}


def swatch(rank: int) -> str:
    """Return a small picture of a label's colour, the label's place in the order being `rank`."""
    return (
        f'<svg class="swatch" width="14" height="12" aria-hidden="true">'
        f'<path class="l{paint_class(rank)}" d="M0 0h14v12h-14z"/></svg>'
    )


def styles() -> str:
    """Return the rules that colour the classes of labels, for a style sheet."""
    return "".join(f".l{rank}{{fill:{_fill(rank)}}}" for rank in range(colours.paints()))


def patterns() -> str:
    """Return an image without size that has the patterns of labels with lines on them."""
    found = []
    for rank in range(colours.paints()):
        paint = colours.paint(rank)
        if not paint.hatch:
            continue
        line, opacity = ("#000", 0.35) if paint.colour in colours.DARK else ("#fff", 0.45)
        if paint.hatch == "dots":
            # Small, so stronger.
            marks = (
                f'<circle cx="3" cy="3" r="1.7" fill="{line}" fill-opacity="{opacity + 0.3:g}"/>'
            )
        else:
            marks = (
                f'<path stroke="{line}" stroke-opacity="{opacity}" stroke-width="1.5"'
                f' d="{_LINES[paint.hatch]}"/>'
            )
        found.append(
            f'<pattern id="p{rank}" width="6" height="6" patternUnits="userSpaceOnUse">'
            f'<path fill="{paint.colour}" d="M0 0h6v6h-6z"/>{marks}</pattern>'
        )
    return f'<svg width="0" height="0" aria-hidden="true"><defs>{"".join(found)}</defs></svg>'


def paint_class(rank: int) -> int:
    """Return the number of the class of the label at this place in the order."""
    return rank % colours.paints()


def _fill(rank: int) -> str:
    paint = colours.paint(rank)
    return f"url(#p{rank})" if paint.hatch else paint.colour
