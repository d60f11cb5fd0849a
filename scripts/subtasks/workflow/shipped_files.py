"""Files that the config names: the user's own, or those shipped with the workflow."""

import stat
from pathlib import Path

from subtasks.cost import prices
from subtasks.errors import Problem
from subtasks.wording import shorten_text
from subtasks.workflow.config import Claude, Config

SEGMENT_PROMPTS = {"phases": "segment.md", "events": "segment_events.md"}

MAX_PROMPT = 100_000
"""Characters of a prompt; those that are shipped have 4,000."""

MAX_BYTES = 10_000_000
"""Size of a prompt or a price table."""


def settings_file(name: str, workflow: Path) -> str:
    """Return a file the config names: in the user's folder, else in that of the workflow."""
    path = Path(name)
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return str(workflow / path)
    except OSError:
        pass  # whoever opens it finds out why
    return name


def prompts(config: Config, workflow: Path) -> dict[str, str]:
    """Return the prompt file of each pass, in the order of the passes."""
    shipped = f"config/prompts/{SEGMENT_PROMPTS[config.labels.granularity]}"
    return {
        name: settings_file(getattr(config.labels.prompts, name) or shipped, workflow)
        for name in config.labels.passes
    }


def check_files(config: Config, workflow: Path) -> None:
    """Raise `Problem` for a prompt or a price table that is needed and cannot be used."""
    if not config.asks_claude:
        return
    for name, file in prompts(config, workflow).items():
        named = getattr(config.labels.prompts, name) or file
        where = f"config: labels.prompts.{name} is {named}"
        _check_prompt(where, _text(where, Path(file)))
    _check_prices(config.claude, workflow)


def _check_prompt(where: str, text: str) -> None:
    # Only here: programs look for files, and check none.
    from subtasks.questions.prompts import wrong_field

    if not text.strip():
        raise Problem(f"{where}, which is empty: write the prompt into it")
    if len(text) > MAX_PROMPT:
        raise Problem(
            f"{where}, which has {len(text):,} characters; it must have at most {MAX_PROMPT:,}"
        )
    if wrong := wrong_field(text):
        written, advice = wrong
        line = text[: text.index(written)].count("\n") + 1
        raise Problem(f"{where}, and {written} in its line {line} is not a field: {advice}")


def _check_prices(claude: Claude, workflow: Path) -> None:
    path = Path(settings_file(claude.prices, workflow))
    _text(f"config: claude.prices is {claude.prices}", path)
    table = prices.read(path)
    if claude.budget_usd is not None and table.price(claude.model) is None:
        raise Problem(
            f"config: claude.budget_usd is set, and {shorten_text(claude.model)} has no price in "
            f"{claude.prices}: add it there, or leave claude.budget_usd empty"
        )


def _text(where: str, path: Path) -> str:
    """Read a file that the config names; `where` says so."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            kind = "a folder" if stat.S_ISDIR(status.st_mode) else "not a file"
            raise Problem(f"{where}, which is {kind}: name a file")
        if status.st_size > MAX_BYTES:
            raise Problem(f"{where}, which is larger than {MAX_BYTES // 1_000_000} MB")
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Problem(f"{where}, but there is no such file") from None
    except UnicodeDecodeError:
        raise Problem(f"{where}, which is not in UTF-8: save it as UTF-8") from None
    except OSError as error:
        raise Problem(f"{where}, which cannot be read: {error.strerror or error}") from None
    if "\0" in text:
        raise Problem(f"{where}, which is not a text in UTF-8: save it as UTF-8")
    return text
