"""The frame of a page about labels: one HTML file that loads nothing and runs nothing."""

from pathlib import Path

from subtasks.drawing import paints
from subtasks.drawing.markup import text

STYLE = Path(__file__).with_suffix(".css")

FOOT = "</body></html>\n"


def head(title: str, style: str) -> str:
    """Return what stands before the content; `style` are the rules that this page has alone."""
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        # Were anything taken for markup after all, it could still do nothing.
        '<meta http-equiv="Content-Security-Policy"'
        " content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{text(title)}</title>"
        f"<style>\n{STYLE.read_text(encoding='utf-8')}{style}{paints.styles()}</style></head>\n"
        f"<body>{paints.patterns()}"
    )
