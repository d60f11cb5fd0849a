"""The sentence that says what publishing has done."""

import logging
from pathlib import Path

from subtasks import files

log = logging.getLogger("subtasks")


def write(sentence: str, path: Path) -> None:
    """Log the sentence, and write it to the file that the rule prints at the end."""
    log.info("%s", sentence)
    files.write_text(path, sentence + "\n")
