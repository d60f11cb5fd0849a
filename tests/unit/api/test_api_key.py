"""Which key is sent, and what is said about one that cannot be."""

from pathlib import Path

import pytest

from subtasks.api import api_key
from subtasks.errors import Problem
from support.fixed_endpoint import SECRET, Endpoint, ask, error_body


def key_sent(endpoint: Endpoint, folder: Path) -> str | None:
    endpoint.respond(401, error_body("authentication_error", "invalid x-api-key"))
    with pytest.raises(Problem, match="rejects the key"):
        ask(folder, endpoint.url)
    return endpoint.keys[-1]


def test_the_key_is_the_environments_or_the_files(
    endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "key"
    file.write_text("key-of-the-file\n")
    monkeypatch.setenv("ANTHROPIC_API_KEY_FILE", str(file))
    assert key_sent(endpoint, tmp_path) == SECRET
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    assert key_sent(endpoint, tmp_path) == "key-of-the-file"
    monkeypatch.setenv("ANTHROPIC_API_KEY_FILE", "~/key")  # HOME is that folder
    assert key_sent(endpoint, tmp_path) == "key-of-the-file"
    monkeypatch.delenv("ANTHROPIC_API_KEY_FILE")
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "a-token")
    assert key_sent(endpoint, tmp_path) == "a-token"


@pytest.mark.parametrize("around", ["{}\n", " {}", "{}\r\n"])
def test_white_space_around_a_key_is_no_part_of_it(
    endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, around: str
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", around.format(SECRET))
    assert key_sent(endpoint, tmp_path) == SECRET


@pytest.mark.parametrize("key", [f"{SECRET}\nx", f"{SECRET} x", f"{SECRET}é", f"\x07{SECRET}"])
def test_a_key_that_cannot_be_sent_is_not_shown(
    endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", key)
    with pytest.raises(
        Problem, match="ANTHROPIC_API_KEY contains characters that no API key has"
    ) as caught:
        ask(tmp_path, endpoint.url)
    assert SECRET not in str(caught.value)
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", f"{SECRET}\nx")
    with pytest.raises(Problem) as caught:
        ask(tmp_path, endpoint.url)
    assert SECRET not in str(caught.value)


def test_no_key_and_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Problem, match="set ANTHROPIC_API_KEY"):
        ask(tmp_path, None)
    empty, binary = tmp_path / "empty", tmp_path / "binary"
    empty.write_text(" \n")
    binary.write_bytes(b"\xff\xfe")
    for path, said in (
        (empty, "is empty"),
        (binary, "cannot be read"),
        (tmp_path / "none", "cannot be read"),
        (tmp_path, "cannot be read"),
        ("~nobody-of-that-name/key", "cannot be read"),
    ):
        monkeypatch.setenv("ANTHROPIC_API_KEY_FILE", str(path))
        with pytest.raises(Problem, match=said) as caught:
            ask(tmp_path, None)
        assert str(path) in str(caught.value)


def test_where_to_look_for_a_rejected_key(monkeypatch: pytest.MonkeyPatch) -> None:
    assert api_key.origin_of_key() == "the credentials in use"
    monkeypatch.setenv("ANTHROPIC_API_KEY_FILE", "~/key")
    assert api_key.origin_of_key() == "~/key, which ANTHROPIC_API_KEY_FILE names"
    monkeypatch.setenv("ANTHROPIC_API_KEY", SECRET)
    assert api_key.origin_of_key() == "ANTHROPIC_API_KEY"
