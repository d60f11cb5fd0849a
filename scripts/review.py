"""Serve the page on which labels are seen, judged and corrected, until Ctrl-C."""

import argparse
import importlib.util
import logging
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from subtasks import files, program
from subtasks.errors import Problem
from subtasks.workflow.config import Config

PORT = 8765
PACKAGES = ("starlette", "uvicorn")

log = logging.getLogger("subtasks")


@dataclass(frozen=True, slots=True)
class Options:
    """The command line."""

    config: Path
    host: str | None
    port: int | None


def main() -> None:
    """Read the plan, print the address, answer the page."""
    options = program.read_options(_parser(), Options)
    if not all(importlib.util.find_spec(name) for name in PACKAGES):
        raise Problem("the page needs packages that are not installed: pip install -e '.[review]'")
    if not options.config.is_file():
        raise Problem(f"{options.config} is missing: run `snakemake review` first")
    # Only here: whoever lacks the packages gets a sentence.
    from subtasks.review import app, serving
    from subtasks.review.workspace import Workspace

    config = _config(options.config)
    workspace = Workspace(config, log.warning)
    with serving.opened(options.host, options.port, PORT) as socket:
        access = serving.access(options.host, Path(config.work))
        print(serving.sentence(socket, access), flush=True)
        with suppress(KeyboardInterrupt):
            serving.serve(app.make(workspace, access), socket)


def _config(path: Path) -> Config:
    """Read the settings that a run has written. Raises `Problem`."""
    try:
        return Config.from_mapping(files.read_json(path))
    except (TypeError, KeyError, ValueError, AttributeError):
        raise Problem(f"{path} is of another version: run `snakemake review` again") from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add(
        "--config",
        type=Path,
        default=Path("work/config.json"),
        help="all settings, as JSON; `snakemake review` writes it (default: work/config.json)",
    )
    add("--host", help="let other machines connect to this address, with a password")
    add("--port", type=_port, help=f"port (default: {PORT}, or the next that is free)")
    return parser


def _port(text: str) -> int:
    if not text.isdecimal() or len(text) > 5 or int(text) > 65535:
        raise argparse.ArgumentTypeError("it must be a number from 0 to 65535")
    return int(text)


if __name__ == "__main__":
    program.run(main)
