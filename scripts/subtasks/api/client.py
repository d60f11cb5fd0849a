"""The SDK's client, made for a provider and with the credentials of the environment."""

import importlib.util
import logging
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from subtasks.api.api_key import missing_key, read_key, read_token
from subtasks.api.connection import Connection
from subtasks.api.errors import unusable_client
from subtasks.api.redaction import quote
from subtasks.api.waits import WaitLimiter
from subtasks.errors import Fatal

if TYPE_CHECKING:
    import anthropic

REQUEST_TIMEOUT_SECONDS = 600.0
TOKENS_PER_SECOND = 128_000 / 3600
"""The slowest rate at which an answer is written; the SDK assumes the same."""

CLASSES = {"bedrock": "AsyncAnthropicBedrock", "vertex": "AsyncAnthropicVertex"}
PACKAGES = {"bedrock": ("boto3", "AWS_BEARER_TOKEN_BEDROCK"), "vertex": ("google.auth", "")}
"""What a provider's client imports only to sign its first request, and the variable that makes
signing unnecessary."""


def connect(connection: Connection, middleware: Sequence["anthropic.MiddlewareInput"] = ()) -> Any:
    """Make the SDK's asynchronous client; `middleware` sees every attempt of a request.

    The key comes from the environment, as the SDK reads it, or from the file that
    ANTHROPIC_API_KEY_FILE names. Raises `Fatal` if there is no key, or if the provider needs
    packages that are not installed.
    """
    import anthropic

    _keep_addresses_out_of_the_log()
    options: dict[str, Any] = {
        "max_retries": connection.max_retries,
        "timeout": REQUEST_TIMEOUT_SECONDS,
        "base_url": connection.base_url,
        "middleware": (WaitLimiter(connection.max_wait, connection.max_retries), *middleware),
    }
    provider = connection.provider
    if provider != "anthropic":
        package, alternative = PACKAGES[provider]
        if not os.environ.get(alternative) and not _installed(package):
            raise Fatal(
                f"claude.provider {provider} needs packages that are not installed: "
                f"pip install -e '.[{provider}]'"
            )
        try:
            _check_addresses()
            return getattr(anthropic, CLASSES[provider])(**options)
        except Exception as error:
            raise unusable_client(provider, error) from None
    if sentence := missing_key(provider):
        raise Fatal(sentence)
    key = read_key()
    try:
        _check_addresses()
        return anthropic.AsyncAnthropic(
            **options, api_key=key, auth_token=None if key else read_token()
        )
    except Exception as error:
        # A profile, a certificate, a proxy, an address: whatever the environment says wrong.
        raise _unusable(error) from None


def _check_addresses() -> None:
    """Raise an error about a proxy or a certificate of the environment that cannot be used.

    The SDK's client raises it too, but then leaves half a client behind, which writes a traceback
    when it is collected.
    """
    import httpx2  # the SDK's HTTP client

    httpx2.AsyncClient()


def _unusable(error: Exception) -> Fatal:
    name = type(error).__name__
    if name == "InvalidURL":
        # Its text quotes a part of the address, which may be the password.
        return Fatal(
            "the address of the Claude API cannot be understood: check claude.base_url and "
            "ANTHROPIC_BASE_URL; a password in it needs %-escapes for /, ?, # and @"
        )
    return Fatal(f"the Claude API cannot be used ({name}): {quote(str(error))}")


def _keep_addresses_out_of_the_log() -> None:
    """Undo what ANTHROPIC_LOG may have turned on: addresses with passwords, and headers."""
    for name in ("httpx", "httpx2", "httpcore", "httpcore2"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("anthropic").setLevel(logging.INFO)


def _installed(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except ModuleNotFoundError:  # its parent package
        return False


def request_timeout(max_tokens: int) -> float:
    """Return the seconds after which to give up on an answer of at most `max_tokens` tokens.

    Answers are not streamed: the SDK repeats a request whose connection broke, but would leave
    a broken stream to us. It keeps silent connections alive, so an answer may take its time.
    """
    return max(REQUEST_TIMEOUT_SECONDS, max_tokens / TOKENS_PER_SECOND)
