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


NEVER_A_FALSE_ALARM = {
    "key": {"ANTHROPIC_API_KEY": SECRET},
    "token": {"ANTHROPIC_AUTH_TOKEN": SECRET},
    "a header": {"ANTHROPIC_CUSTOM_HEADERS": f"x-other: 1\nAuthorization: Basic {SECRET}"},
    "a header called key": {"ANTHROPIC_CUSTOM_HEADERS": f"X-API-Key:{SECRET}"},
    "a profile": {"ANTHROPIC_PROFILE": "work"},
    "a folder of profiles": {"ANTHROPIC_CONFIG_DIR": "profiles"},
    "an identity": {
        "ANTHROPIC_FEDERATION_RULE_ID": "rule",
        "ANTHROPIC_ORGANIZATION_ID": "organization",
        "ANTHROPIC_IDENTITY_TOKEN_FILE": "token",
    },
}


@pytest.mark.parametrize("variables", NEVER_A_FALSE_ALARM.values(), ids=NEVER_A_FALSE_ALARM)
def test_whatever_the_sdk_accepts_is_a_key(
    variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert api_key.missing_key("anthropic") == api_key.NO_KEY
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert api_key.missing_key("anthropic") is None


@pytest.mark.parametrize("file", ["active_config", "configs/default.json"])
def test_a_profile_of_the_user_is_a_key(tmp_path: Path, file: str) -> None:
    path = tmp_path / ".config/anthropic" / file  # HOME is that folder
    path.parent.mkdir(parents=True)
    path.write_text("{}")
    assert api_key.missing_key("anthropic") is None


@pytest.mark.parametrize(
    "variables",
    [
        {"ANTHROPIC_API_KEY": ""},
        {"ANTHROPIC_API_KEY": " \n"},
        {"ANTHROPIC_AUTH_TOKEN": " "},
        {"ANTHROPIC_CUSTOM_HEADERS": "Authorization:\nx-other: 1"},
        {"ANTHROPIC_CUSTOM_HEADERS": "Authorization"},
        {"ANTHROPIC_IDENTITY_TOKEN": SECRET},
        {"ANTHROPIC_PROFILE": ""},
    ],
)
def test_what_is_no_key(variables: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert api_key.missing_key("anthropic") == api_key.NO_KEY


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"ANTHROPIC_API_KEY_FILE": "/no/such/file"}, "/no/such/file, which cannot be read"),
        ({"ANTHROPIC_API_KEY_FILE": "/dev/null"}, "/dev/null, which is empty"),
        ({"ANTHROPIC_API_KEY": f"{SECRET}\x07"}, "ANTHROPIC_API_KEY contains characters"),
        ({"ANTHROPIC_AUTH_TOKEN": f"{SECRET}\nx"}, "ANTHROPIC_AUTH_TOKEN contains characters"),
    ],
)
def test_what_is_wrong_with_a_key_is_said_without_it(
    variables: dict[str, str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    sentence = api_key.missing_key("anthropic")
    assert sentence
    assert said in sentence
    assert SECRET not in sentence


@pytest.mark.parametrize("provider", ["bedrock", "vertex"])
def test_other_providers_need_no_key_of_the_claude_api(provider: str) -> None:
    assert api_key.missing_key(provider) is None
