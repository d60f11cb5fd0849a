"""Memory that was needed for a moment is given back."""

import ctypes
from typing import Any

import pytest

from subtasks.review import memory


def test_memory_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    class Library:
        def malloc_trim(self, kept: int) -> None:
            asked.append(kept)

    monkeypatch.setattr(ctypes, "CDLL", lambda _: Library())
    memory.give_back()
    assert asked == [0]


@pytest.mark.parametrize("error", [OSError, AttributeError])
def test_other_libraries_keep_it(monkeypatch: pytest.MonkeyPatch, error: type[Exception]) -> None:
    def absent(_: Any) -> None:
        raise error

    monkeypatch.setattr(ctypes, "CDLL", absent)
    memory.give_back()
