"""Runs side by side as a page for people."""

from html import escape

from subtasks.evaluation import summary
from subtasks.evaluation.runs import Comparison


def document(comparison: Comparison) -> str:
    """Return the page as HTML."""
    text = escape(summary.comparison_text(comparison))
    return f"<!doctype html><meta charset=utf-8><title>Runs</title><pre>{text}</pre>"
