"""The columns that Snakemake's bars get; on a terminal: tests/workflow/test_progress_bars."""

import io
import logging

import pytest
from rich.console import Console
from rich.progress import Progress, TimeRemainingColumn

from subtasks.workflow.progress_bars import REMEMBERED_SECONDS, Rate, add_rate_and_eta


class Handler(logging.Handler):
    """A handler that draws bars, as that of the rich logger does."""

    def __init__(self, progress: object) -> None:
        super().__init__()
        self.progress = progress


class Clock:
    """A time that passes only when a test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def drawn(progress: Progress) -> str:
    console = Console(file=io.StringIO(), width=120)
    console.print(progress.get_renderable())
    return console.file.getvalue()


@pytest.mark.parametrize(
    ("seconds", "rate", "left"), [(0.5, "2.0/s", "0:00:04"), (30.0, "2.0/min", "0:04:00")]
)
def test_bars_show_how_fast_jobs_finish_and_how_long_the_rest_takes(
    seconds: float, rate: str, left: str
) -> None:
    clock = Clock()
    progress = Progress(console=Console(file=io.StringIO()), get_time=clock)
    add_rate_and_eta([Handler(progress)])
    task = progress.add_task("jobs", total=10)
    assert "/" not in drawn(progress).replace("0%", "")
    for _ in range(2):
        clock.now += seconds
        progress.advance(task)
    assert rate in drawn(progress)
    assert left in drawn(progress)


def test_other_handlers_are_left_alone() -> None:
    progress = Progress(console=Console(file=io.StringIO()))
    before = len(progress.columns)
    others = [logging.NullHandler(), Handler(None), Handler("a bar")]
    add_rate_and_eta([*others, Handler(progress)])
    assert [type(column) for column in progress.columns[before:]] == [Rate, TimeRemainingColumn]
    assert progress.speed_estimate_period == REMEMBERED_SECONDS
    assert others[2].progress == "a bar"  # type: ignore[attr-defined]
