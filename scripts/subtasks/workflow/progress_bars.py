"""The bars of Snakemake's rich logger, with how fast jobs finish and how long the rest takes."""

from collections.abc import Iterable

from rich.progress import Progress, ProgressColumn, Task, TimeRemainingColumn
from rich.text import Text

# Jobs may take minutes each, and rich's own half a minute would hold too few of them.
REMEMBERED_SECONDS = 600


class Rate(ProgressColumn):
    """Jobs a second, or a minute where they are fewer."""

    def render(self, task: Task) -> Text:
        """Show nothing as long as too few jobs have finished to tell."""
        rate = task.finished_speed or task.speed
        if not rate:
            return Text("")
        return Text(f"{rate:.1f}/s" if rate >= 1 else f"{rate * 60:.1f}/min")


def add_rate_and_eta(handlers: Iterable[object]) -> None:
    """Give the bars of those log handlers that have any a rate and the time left."""
    for handler in handlers:
        progress = getattr(handler, "progress", None)
        if isinstance(progress, Progress):
            progress.speed_estimate_period = REMEMBERED_SECONDS
            progress.columns = (*progress.columns, Rate(), TimeRemainingColumn())
