"""The JSON file with the findings of a dataset, which the page and the summaries read."""

import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from subtasks import files
from subtasks.checks.finding import Checked, Finding, Kind
from subtasks.errors import Problem

DECIMALS = 3
"""Decimals of a score."""


def write(path: Path, checked: Sequence[Checked]) -> None:
    """Write the findings of episodes in the order in which they are given."""
    episodes = [asdict(each) for each in checked]
    for scored in (*episodes, *(finding for each in episodes for finding in each["findings"])):
        scored["score"] = round(scored["score"], DECIMALS)
    files.write_json(path, {"episodes": episodes})


def read(path: Path) -> list[Checked]:
    """Read the findings of a dataset's episodes. Raises `Problem` for a damaged file."""
    stored = files.read_json(path)
    try:
        return [_checked(**each) for each in stored["episodes"]]
    except (ValueError, TypeError, KeyError):
        raise Problem(f"{path} is damaged: remove it and run again") from None


def _checked(episode: Any, score: Any, findings: Any) -> Checked:
    if type(episode) is not int or not isinstance(findings, list):
        raise TypeError
    return Checked(episode, _number(score), tuple(_finding(**each) for each in findings))


def _finding(kind: Any, score: Any, time: Any, sentence: Any) -> Finding:
    if not isinstance(sentence, str):
        raise TypeError
    return Finding(Kind(kind), _number(score), None if time is None else _number(time), sentence)


def _number(value: Any) -> float:
    if type(value) not in (int, float) or not math.isfinite(value):
        raise TypeError
    return float(value)
