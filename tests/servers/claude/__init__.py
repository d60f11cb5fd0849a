"""A stand-in for the Claude API on 127.0.0.1, for tests and for trying the workflow.

    with ClaudeServer(RealEpisodes(real_data), latency=0.2) as server:
        environment = {"ANTHROPIC_BASE_URL": server.url, "ANTHROPIC_API_KEY": server.key}
        ...                         # run anything that talks to the Claude API
        assert set(server.answered.values()) == {1}

From the command line, where it prints what to export:

    python tests/servers/claude --dataset data/demo

Served are /v1/messages, streamed or not, /v1/messages/count_tokens and /v1/messages/batches with
retrieving, listing, results and canceling. Tokens are counted by the published formulas; prompt
caches and rate limits are kept. Keys may have workspaces of their own (`other_keys`): each sees its
own batches and gets 404 for those of the others.

Answers come from an oracle (`oracles`), and can be altered or replaced by faults (`faults`). The
server knows nothing but the request: it finds the episode by the prompt and the pictures.

It refuses what the API refuses, with the same status and words (`refusals`, `schemas`): a wrong
key or version, unknown or missing fields, models it does not know, too many tokens, images that
are too many, too large, damaged or of another type than stated, schemas that structured outputs
do not support, bodies that are too large, batches with invalid ids, and, by `Limits`, requests
above the rate limits. It also refuses what it does not implement: tools, documents, images by
URL, chunked bodies.
"""

from servers.claude.faults import (
    About,
    Altered,
    BadRequest,
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
    Raw,
    Refusal,
    ServerError,
    Slow,
    Stalled,
    TooLarge,
    Unusable,
)
from servers.claude.limits import Limits
from servers.claude.oracles import (
    Episodes,
    FixedLabels,
    FromFunction,
    ImpreciseAtFirst,
    RealEpisodes,
    TruthFiles,
)
from servers.claude.server import ClaudeServer

__all__ = [
    "About",
    "Altered",
    "BadRequest",
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
    "ImpreciseAtFirst",
    "Invalid",
    "Limits",
    "NoCredit",
    "Overloaded",
    "RateLimited",
    "Raw",
    "RealEpisodes",
    "Refusal",
    "ServerError",
    "Slow",
    "Stalled",
    "TooLarge",
    "TruthFiles",
    "Unusable",
]
