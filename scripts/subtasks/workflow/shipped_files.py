"""Files that the config names: the user's own, or those shipped with the workflow."""

import stat
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from pathlib import Path

from subtasks.cost import prices
from subtasks.errors import Problem
from subtasks.wording import shorten_text
from subtasks.workflow.config import Claude, Config

PROTOCOLS = ("phases", "events")
"""Protocols that are shipped, by name; the first is the default."""

MAX_PROMPT = 100_000
"""Characters of a prompt or a protocol; those that are shipped have 2,000."""

MAX_BYTES = 10_000_000
"""Size of a prompt, a protocol or a price table."""


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
    return {
        name: settings_file(getattr(config.labels.prompts, name), workflow)
        for name in config.labels.passes
    }


def unify_prompt(config: Config, workflow: Path) -> str:
    """Return the prompt file of the question which labels mean the same."""
    return settings_file(config.labels.prompts.unify, workflow)


def judge_prompt(config: Config, workflow: Path) -> str:
    """Return the prompt file of the question which labels mean the same as true ones."""
    return settings_file(config.evaluate.prompt, workflow)


def protocol(config: Config, workflow: Path) -> str:
    """Return the file that defines the subtasks."""
    return settings_file(_protocol_file(config.labels.protocol), workflow)


def check_files(config: Config, workflow: Path, warn: Callable[[str], None]) -> None:
    """Raise `Problem` for a prompt, a protocol or prices that are needed and cannot be used.

    A protocol that is chosen and that a prompt does not say is a warning.
    """
    if config.evaluate.judge:
        where = f"config: evaluate.prompt is {config.evaluate.prompt}"
        _check_text_prompt(where, judge_prompt(config, workflow))
    if config.asks_claude:
        _check_what_is_asked(config, workflow, warn)
    if config.asks_claude or config.evaluate.judge:
        _check_prices(config.claude, workflow)


def _check_what_is_asked(config: Config, workflow: Path, warn: Callable[[str], None]) -> None:
    texts = {}
    for name, file in prompts(config, workflow).items():
        where = f"config: labels.prompts.{name} is {getattr(config.labels.prompts, name)}"
        texts[name] = _text(where, Path(file))
        _check_prompt(where, texts[name])
    if config.labels.unify:
        where = f"config: labels.prompts.unify is {config.labels.prompts.unify}"
        _check_text_prompt(where, unify_prompt(config, workflow))
    file = protocol(config, workflow)
    _check_protocol(config.labels.protocol, Path(file))
    if file != str(workflow / _protocol_file(PROTOCOLS[0])):
        _warn_of_silence(texts, config, warn)


def _protocol_file(named: str) -> str:
    return f"config/protocols/{named}.md" if named in PROTOCOLS else named


def _check_prompt(where: str, text: str) -> None:
    # Only here: programs look for files, and check none.
    from subtasks.questions.prompts import wrong_field

    _check_length(where, text, "prompt")
    if wrong := wrong_field(text):
        written, advice = wrong
        line = _line(text, written)
        raise Problem(f"{where}, and {written} in its line {line} is not a field: {advice}")


def _check_text_prompt(where: str, file: str) -> None:
    """Check the prompt of a question about labels alone, which has no fields."""
    text = _text(where, Path(file))
    _check_length(where, text, "prompt")
    _check_no_field(where, text, "this prompt")


def _check_no_field(where: str, text: str, what: str) -> None:
    # Only here, as for prompts.
    from subtasks.questions.prompts import word_in_braces

    if word := word_in_braces(text):
        raise Problem(
            f"{where}, and {word} in its line {_line(text, word)} would not be filled in: {what} "
            f"has no fields. Text in braces needs a space: {{ {word[1:-1]} }}"
        )


def _check_protocol(named: str, path: Path) -> None:
    # Only here, as for prompts.
    from subtasks.questions.answer_text import read_subtasks
    from subtasks.questions.protocol import Protocol
    from subtasks.segments.segment import Unusable

    where = f"config: labels.protocol is {named}"
    near = get_close_matches(named, PROTOCOLS, 1)
    hint = f"did you mean {near[0]}?" if near else f"those shipped are {' and '.join(PROTOCOLS)}"
    text = _text(where, path, missing=f"; {hint}")
    _check_length(where, text, "definitions")
    _check_no_field(where, text, "a protocol")
    protocol = Protocol.from_text(text)
    if not protocol.definitions:
        raise Problem(f"{where}, which has an example alone: write the definitions before it")
    try:
        read_subtasks(protocol.example)
    except Unusable as reason:
        raise Problem(f"{where}, and its example cannot be read as an answer: {reason}") from None


def _warn_of_silence(texts: Mapping[str, str], config: Config, warn: Callable[[str], None]) -> None:
    """Say which prompts do not hold the protocol that was chosen."""
    for name, text in texts.items():
        if "{protocol}" not in text:
            warn(
                f"config: labels.protocol is {config.labels.protocol}, and the pass {name} is not "
                f"told: write {{protocol}} into {getattr(config.labels.prompts, name)}"
            )


def _check_length(where: str, text: str, what: str) -> None:
    if not text.strip():
        raise Problem(f"{where}, which is empty: write the {what} into it")
    if len(text) > MAX_PROMPT:
        raise Problem(
            f"{where}, which has {len(text):,} characters; it must have at most {MAX_PROMPT:,}"
        )


def _line(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def _check_prices(claude: Claude, workflow: Path) -> None:
    path = Path(settings_file(claude.prices, workflow))
    _text(f"config: claude.prices is {claude.prices}", path)
    table = prices.read(path)
    if claude.budget_usd is not None and table.price(claude.model) is None:
        raise Problem(
            f"config: claude.budget_usd is set, and {shorten_text(claude.model)} has no price in "
            f"{claude.prices}: add it there, or leave claude.budget_usd empty"
        )


def _text(where: str, path: Path, missing: str = "") -> str:
    """Read a file that the config names; `where` says so, `missing` what to do without it."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            kind = "a folder" if stat.S_ISDIR(status.st_mode) else "not a file"
            raise Problem(f"{where}, which is {kind}: name a file")
        if status.st_size > MAX_BYTES:
            raise Problem(f"{where}, which is larger than {MAX_BYTES // 1_000_000} MB")
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Problem(f"{where}, but there is no such file{missing}") from None
    except UnicodeDecodeError:
        raise Problem(f"{where}, which is not in UTF-8: save it as UTF-8") from None
    except OSError as error:
        raise Problem(f"{where}, which cannot be read: {error.strerror or error}") from None
    if "\0" in text:
        raise Problem(f"{where}, which is not a text in UTF-8: save it as UTF-8")
    return text
