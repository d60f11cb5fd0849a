"""Where questions are sent: the provider, its address, and how patiently."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Connection:
    """How the API is reached.

    `provider` is anthropic, bedrock or vertex. `base_url` is None for the address the SDK
    finds itself. A request that fails is sent again up to `max_retries` times, each time after as
    long as the API says; a wait of more than `max_wait` seconds ends the run.
    """

    provider: str = "anthropic"
    base_url: str | None = None
    max_retries: int = 8
    max_wait: float = 600.0
