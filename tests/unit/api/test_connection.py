"""How the API is reached unless a setting says otherwise."""

import dataclasses

import pytest

from subtasks.api.connection import Connection


def test_the_defaults_are_those_of_the_command_line() -> None:
    assert Connection() == Connection("anthropic", None, 8, 600.0)


def test_a_connection_does_not_change() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Connection().provider = "vertex"
