"""The stand-in for the Claude API counts and charges tokens as the API does."""

from collections.abc import Iterator
from typing import Any

import pytest

from servers.claude import (
    ClaudeServer,
    FixedLabels,
    HalfAnswer,
)
from servers.claude.models import MODELS
from servers.claude.tokens import image_tokens, text_tokens
from support.messages import LABELS, MODEL, asking, client, picture, text


@pytest.fixture(scope="module")
def server() -> Iterator[ClaudeServer]:
    with ClaudeServer(FixedLabels(LABELS)) as server:
        yield server


@pytest.mark.parametrize(
    ("model", "size", "tokens"),
    [
        (MODEL, (1120, 672), 1004),
        (MODEL, (640, 480), 410),
        (MODEL, (2576, 1288), 4424),
        (MODEL, (5152, 2576), 4424),
        (MODEL, (4000, 4000), 4784),
        ("claude-opus-4-6", (1120, 672), 1004),
        ("claude-opus-4-6", (3136, 1568), 1600),
        ("claude-opus-4-6", (3136, 640), 670),
    ],
)
def test_an_image_costs_what_is_left_of_it_after_shrinking(model, size, tokens):
    assert image_tokens(MODELS[model], *size) == tokens


def test_the_counter_says_what_the_answer_then_costs(server):
    body = asking(text("How long is this?"), picture(1120, 672), system="Watch.")
    counted = client(server).messages.count_tokens(
        **{key: value for key, value in body.items() if key != "max_tokens"}
    )
    assert counted.input_tokens == client(server).messages.create(**body).usage.input_tokens
    assert counted.input_tokens > text_tokens("How long is this?") + 1004


def test_the_server_adds_up_what_it_charges():
    with ClaudeServer(faults=[HalfAnswer()]) as server:
        usage = client(server, max_retries=1).messages.create(**asking()).usage
        assert server.tokens["input_tokens"] == 2 * usage.input_tokens
        assert server.tokens["output_tokens"] == 2 * usage.output_tokens
        assert server.requests[0].images == 1
        assert server.requests[0].texts[0] == "Duration: 8.00 s"


def costs(server: ClaudeServer, body: dict[str, Any]) -> tuple[int, int, int]:
    usage = client(server).messages.create(**body).usage
    return (
        usage.input_tokens,
        usage.cache_creation_input_tokens,
        usage.cache_read_input_tokens,
    )


def test_a_marked_prefix_is_written_once_and_then_read():
    sheets = [picture(1120, 672), picture(1120, 660) | {"cache_control": {"type": "ephemeral"}}]

    with ClaudeServer() as server:
        new, written, read = costs(server, asking(*sheets, text("Describe this.")))
        assert (new, read) == (text_tokens("Describe this."), 0)
        assert written > 2 * 980
        again = costs(server, asking(*sheets, text("Divide this, please.")))
        assert again == (text_tokens("Divide this, please."), 0, written)
        # Another schema stands before the frames, another frame among them.
        assert costs(server, asking(*sheets, text("Go."), output_config=None))[2] == 0
        assert costs(server, asking(*sheets[::-1], text("Go.")))[2] == 0
        # One sheet is below the model's minimum.
        assert costs(server, asking(sheets[1]))[1:] == (0, 0)


def test_a_longer_marked_prefix_reads_the_shorter_and_writes_the_rest():
    mark = {"cache_control": {"type": "ephemeral", "ttl": "1h"}}
    first = [*[picture(1120, 672)] * 3, text("Look.", **mark)]
    with ClaudeServer() as server:
        _, written, _ = costs(server, asking(*first))
        more = costs(server, asking(*first, picture(1120, 672) | mark, text("Go.")))
        assert more == (text_tokens("Go."), 1004, written)
        usage = client(server).messages.create(**asking(*first)).usage
        assert usage.cache_read_input_tokens == written
        assert usage.cache_creation.ephemeral_1h_input_tokens == 0
