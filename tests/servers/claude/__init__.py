"""A loopback HTTP server that speaks the Claude API, for tests and for trying the workflow.

    with ClaudeServer(RealEpisodes(real_data), latency=0.2) as server:
        environment = {"ANTHROPIC_BASE_URL": server.url, "ANTHROPIC_API_KEY": server.key}
        ...                         # run anything that talks to the Claude API
        assert set(server.answered.values()) == {1}

It refuses what the API refuses, counts tokens by the published formulas, keeps prompt caches,
rate limits and message batches, and answers what its oracle knows to be true (`oracles`),
bent or broken as its faults say (`faults`). It never looks outside the request: which episode
is asked about, it reads from the prompt and recognises in the pictures.

On the command line: `python tests/servers/claude --help`.
"""

from servers.claude.faults import (
    BareArray,
    Chance,
    Chatty,
    CutOff,
    Dropped,
    Expired,
    Fault,
    Fenced,
    Forbidden,
    HalfAnswer,
    Invalid,
    NoCredit,
    Overloaded,
    RateLimited,
    Refusal,
    ServerError,
    Slow,
    Stalled,
    Unusable,
)
from servers.claude.limits import Limits
from servers.claude.oracles import (
    Episodes,
    FixedLabels,
    FromFunction,
    RealEpisodes,
    TruthFiles,
)
from servers.claude.server import ClaudeServer

__all__ = [
    "BareArray",
    "Chance",
    "Chatty",
    "ClaudeServer",
    "CutOff",
    "Dropped",
    "Episodes",
    "Expired",
    "Fault",
    "Fenced",
    "FixedLabels",
    "Forbidden",
    "FromFunction",
    "HalfAnswer",
    "Invalid",
    "Limits",
    "NoCredit",
    "Overloaded",
    "RateLimited",
    "RealEpisodes",
    "Refusal",
    "ServerError",
    "Slow",
    "Stalled",
    "TruthFiles",
    "Unusable",
]
