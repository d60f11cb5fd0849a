"""No sentence shows a password, wherever the address stands that holds it."""

from pathlib import Path

import pytest

from subtasks.api.redaction import quote
from subtasks.errors import Problem
from support.fixed_endpoint import SECRET, Endpoint, ask, error_body


@pytest.mark.parametrize(
    "text",
    [
        f"http://me:{SECRET}@host/v1 refused",
        f"cannot connect to 'https://{SECRET}@host:80'",
        f"Unknown scheme for proxy URL URL('socks9://me:{SECRET}@host')",
        f"see http://a@b.c and http://me:{SECRET}@host",
    ],
)
def test_what_an_address_holds_is_hidden(text: str) -> None:
    hidden = quote(text)
    assert SECRET not in hidden
    assert "…@" in hidden


@pytest.mark.parametrize(
    ("variable", "value", "shown"),
    [
        ("ANTHROPIC_API_KEY", SECRET, SECRET),
        ("ANTHROPIC_API_KEY", f" {SECRET}\n", SECRET),
        ("ANTHROPIC_AUTH_TOKEN", SECRET, SECRET),
        ("ANTHROPIC_CUSTOM_HEADERS", f"x-a: 1\nAuthorization: Basic {SECRET}", SECRET),
        ("ANTHROPIC_BASE_URL", f"http://me:{SECRET}@host", SECRET),
        ("ANTHROPIC_BASE_URL", "http://me:pass%40word@host", "pass@word"),
        ("ANTHROPIC_BASE_URL", "http://me:pass%40word@host", "pass%40word"),
        ("ANTHROPIC_BASE_URL", "http://me:pass/word@host", "pass/word"),
        ("HTTPS_PROXY", f"http://me:{SECRET}@proxy:3128", SECRET),
        ("http_proxy", f"http://me:{SECRET}@proxy:3128", SECRET),
    ],
)
def test_what_the_environment_holds_is_hidden(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, shown: str
) -> None:
    monkeypatch.setenv(variable, value)
    assert quote(f"the word {shown} was refused") == "the word … was refused"


def test_a_key_in_a_file_is_hidden(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{SECRET}\n")
    monkeypatch.setenv("ANTHROPIC_API_KEY_FILE", str(tmp_path / "key"))
    assert quote(f"no {SECRET}") == "no …"


def test_the_rest_of_a_sentence_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://me:a@host")
    assert quote("a cat\nmay \ud800 see me@host") == "a cat may ? see me@host"


def test_a_user_in_the_address_reaches_the_endpoint(
    endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", endpoint.url.replace("//", "//me:pass%40word@"))
    endpoint.respond(401, error_body("authentication_error", "no pass@word, no pass%40word"))
    with pytest.raises(Problem) as caught:
        ask(tmp_path, None)
    assert endpoint.logins == ["me:pass@word"]
    assert str(caught.value) == (
        "the Claude API rejects the key (no …, no …): check ANTHROPIC_API_KEY"
    )


@pytest.mark.parametrize(
    "address",
    [
        f"http://me:{SECRET}@127.0.0.1:1",
        f"http://me:{SECRET}@no-such-host.invalid",
        f"http://me:{SECRET}/x@host",
        f"http://me:{SECRET}@host:99999999",
        f"htp://me:{SECRET}@host",
        f"me:{SECRET}@host",
        f"//me:{SECRET}@host",
        f"http://me:{SECRET}@[::1",
        f"http://{SECRET}@\x00host",
        f"http://me:{SECRET}@",
    ],
)
@pytest.mark.parametrize("variable", ["ANTHROPIC_BASE_URL", "HTTP_PROXY", "ALL_PROXY"])
def test_an_address_that_leads_nowhere_is_not_shown(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    address: str,
    variable: str,
) -> None:
    if "\x00" in address:
        address = address.replace("\x00", "\x01")  # no variable holds a NUL
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-0123456789")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://no-such-host.invalid")
    monkeypatch.setenv(variable, address)
    with pytest.raises(Problem) as caught:
        ask(tmp_path, None)
    assert SECRET not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert SECRET not in caplog.text


def test_the_sdks_own_log_shows_no_address(
    endpoint: Endpoint,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    import logging

    for name in ("anthropic", "httpx2"):
        logging.getLogger(name).setLevel(logging.DEBUG)  # as ANTHROPIC_LOG does
    monkeypatch.setenv("ANTHROPIC_BASE_URL", endpoint.url.replace("//", f"//me:{SECRET}@"))
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-0123456789")
    endpoint.respond(500, error_body("api_error", "no"))
    with pytest.raises(Problem):
        ask(tmp_path, None, retries=1)
    assert SECRET not in caplog.text
    assert "sk-ant" not in caplog.text
