"""The stand-in for the Claude API refuses what the API refuses."""

from collections.abc import Iterator
from typing import Any

import anthropic
import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from servers.claude import (
    ClaudeServer,
    FixedLabels,
    Forbidden,
    NoCredit,
    schemas,
)
from servers.claude.schemas import Span
from support.messages import LABELS, asking, client, picture, raw, sent, submit, text, with_schema


@pytest.fixture(scope="module")
def server() -> Iterator[ClaudeServer]:
    with ClaudeServer(FixedLabels(LABELS)) as server:
        yield server


# What is refused


@pytest.mark.parametrize(
    ("headers", "status", "kind"),
    [
        ({"x_api_key": None}, 401, "authentication_error"),
        ({"x_api_key": "sk-ant-wrong"}, 401, "authentication_error"),
        ({"x_api_key": None, "authorization": "Bearer wrong"}, 401, "authentication_error"),
        ({"anthropic_version": None}, 400, "invalid_request_error"),
        ({"anthropic_version": "2020-01-01"}, 400, "invalid_request_error"),
        ({"anthropic_version": "2023-06-01"}, 200, None),
    ],
)
def test_the_key_and_the_version_are_checked(server, headers, status, kind):
    answered, received, body = raw(server, asking(), **headers)
    assert answered == status
    assert received["request-id"].startswith("req_")
    if kind:
        assert body["type"] == "error"
        assert body["error"]["type"] == kind
        assert body["request_id"] == received["request-id"]


OLD = "claude-opus-4-5"
REFUSED = {
    "no model": (asking(model=None), 400, "model: Field required"),
    "unknown model": (asking(model="claude-opus-9"), 404, "model: claude-opus-9"),
    "no max_tokens": (asking(max_tokens=None), 400, "max_tokens: Field required"),
    "max_tokens of 0": (asking(max_tokens=0), 400, "max_tokens"),
    "max_tokens beyond the model's": (asking(max_tokens=200_000), 400, "> 128000"),
    "a key nobody knows": (asking(seed=1), 400, "seed: Extra inputs"),
    "temperature": (asking(temperature=0), 400, "temperature: Extra inputs"),
    "a budget for thinking": (
        asking(thinking={"type": "enabled", "budget_tokens": 1024}),
        400,
        '"thinking.type.enabled" is not supported',
    ),
    "no thinking where it is always on": (
        asking(model="claude-opus-5-5", thinking={"type": "disabled"}),
        400,
        '"thinking.type.disabled" is not supported',
    ),
    "an effort nobody knows": (asking(output_config={"effort": "huge"}), 400, "effort"),
    "no messages": (asking(messages=[]), 400, "at least one message"),
    "the assistant first": (
        asking(messages=[{"role": "assistant", "content": "Yes"}]),
        400,
        'must use the "user" role',
    ),
    "a prefilled answer": (
        asking(messages=[{"role": "user", "content": "Go"}, {"role": "assistant", "content": "{"}]),
        400,
        "prefill",
    ),
    "an empty text": (asking(text("")), 400, "must be non-empty"),
    "a blank text": (asking(text(" \n")), 400, "non-whitespace"),
    "an empty message": (asking(messages=[{"role": "user", "content": []}]), 400, "non-empty"),
    "another image format": (
        asking(picture(kind="BMP")),
        400,
        "media_type: Input should be one of",
    ),
    "the wrong media type": (
        asking(picture(kind="PNG", media_type="image/jpeg")),
        400,
        "appears to be a image/png",
    ),
    "no base64": (
        asking({"type": "image", "source": picture()["source"] | {"data": "%%%"}}),
        400,
        "Invalid base64",
    ),
    "no image": (asking(sent(b"not a JPEG")), 400, "Could not process image"),
    "8001 pixels": (asking(picture(8001, 8)), 400, "max allowed size: 8000 pixels"),
    "2001 pixels, 21 times": (
        asking(*[picture(2001, 8)] * 21),
        400,
        "many-image requests: 2000 pixels",
    ),
    "101 images of 200k tokens of context": (asking(*[picture()] * 101, model=OLD), 400, "> 100"),
    "601 images": (asking(*[picture()] * 601), 400, "601 images > 600"),
    "5 cache marks": (
        asking(*[text("x", cache_control={"type": "ephemeral"})] * 5),
        400,
        "A maximum of 4 blocks",
    ),
    "a cache mark of another length": (
        asking(text("x", cache_control={"type": "ephemeral", "ttl": "1d"})),
        400,
        "ttl",
    ),
    "more than the context": (asking(text("word " * 150_000), model=OLD), 400, "200000 maximum"),
}


@pytest.mark.parametrize(("body", "status", "words"), REFUSED.values(), ids=REFUSED)
def test_what_the_api_refuses_is_refused(server, body, status, words):
    answered, _, error = raw(server, body)
    assert answered == status
    assert words in error["error"]["message"]


@pytest.mark.parametrize(
    "body",
    [
        asking(*[picture(2001, 8)] * 20),
        asking(*[picture()] * 101),
        asking(*[text("x", cache_control={"type": "ephemeral", "ttl": "1h"})] * 4),
        asking(picture(kind="PNG")),
        asking(system="You watch robots.", thinking={"type": "adaptive"}),
        asking(model="claude-sonnet-5-5", thinking={"type": "between_tools"}),
        asking(
            messages=[
                {"role": "user", "content": "Go"},
                {"role": "assistant", "content": "No"},
                {"role": "user", "content": "Go on"},
            ]
        ),
    ],
)
def test_what_the_api_takes_is_taken(server, body):
    assert raw(server, body)[0] == 200


def test_sampling_is_taken_by_the_first_version_and_the_older_models_only(server):
    body = asking(temperature=0.5)
    assert raw(server, body | {"model": OLD}, anthropic_version="2023-06-01")[0] == 200
    status, _, error = raw(server, body, anthropic_version="2023-06-01")
    assert (status, error["error"]["message"]) == (
        400,
        "`temperature` is deprecated for this model.",
    )


def test_what_is_no_json_is_refused(server):
    assert raw(server, b"{")[0] == 400
    assert raw(server, [1])[0] == 400


def test_a_body_over_32_mb_is_refused_whatever_is_in_it(server):
    status, _, error = raw(server, b" " * 32_000_001)
    assert (status, error["error"]["type"]) == (413, "request_too_large")


def test_other_paths_are_not_there(server):
    assert raw(server, {}, "/v1/complete")[0] == 404


def test_the_sdk_knows_the_errors(server):
    with pytest.raises(anthropic.AuthenticationError):
        client(server, api_key="sk-ant-wrong").messages.create(**asking())
    with pytest.raises(anthropic.NotFoundError):
        client(server).messages.create(**asking(model="claude-opus-9"))


@pytest.mark.parametrize(
    ("account", "expected", "words"),
    [
        (NoCredit(), anthropic.BadRequestError, "Your credit balance is too low"),
        (Forbidden(), anthropic.PermissionDeniedError, "permission"),
    ],
)
def test_an_account_can_be_refused_and_mended(account, expected, words):
    with ClaudeServer(account=account) as server:
        for call in (
            lambda: client(server).messages.create(**asking()),
            lambda: submit(server, asking()),
        ):
            with pytest.raises(expected, match=words):
                call()
        server.account = None
        client(server).messages.create(**asking())
        assert sum(server.answered.values()) == 1


# Schemas


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "object", "properties": {}}, "'additionalProperties' must be explicitly"),
        ({"type": "number", "minimum": 0}, "properties minimum are not supported"),
        ({"type": "string", "maxLength": 200}, "properties maxLength are not supported"),
        ({"type": "array", "items": {"type": "null"}, "maxItems": 3}, "maxItems"),
        ({"type": "array", "items": {"type": "null"}, "minItems": 2}, "'minItems' values"),
        ({"type": "string", "format": "colour"}, "format 'colour'"),
        ({"type": "tuple"}, "'tuple'"),
        ({"enum": [{}]}, "'enum'"),
        ({"oneOf": [{"type": "null"}]}, "oneOf"),
        ({"$ref": "https://example.org/schema"}, "External $ref"),
        ({"$defs": {"a": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"}, "Recursive"),
        ({}, "must have a 'type'"),
        ("string", "valid dictionary"),
    ],
)
def test_schemas_that_structured_outputs_cannot_hold_are_refused(server, schema, words):
    status, _, error = raw(server, asking(output_config=with_schema(schema)))
    assert status == 400
    assert error["error"]["message"].startswith("output_config.format.schema: ")
    assert words in error["error"]["message"]


def objects(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    names = st.sampled_from(["time", "end_time", "subtask", "note", "n"])
    return st.dictionaries(names, children, max_size=4).map(
        lambda parts: {
            "type": "object",
            "properties": parts,
            "required": list(parts),
            "additionalProperties": False,
        }
    )


SCHEMAS = st.recursive(
    st.sampled_from(["string", "number", "integer", "boolean", "null"]).map(
        lambda kind: {"type": kind, "description": "…"}
    )
    | st.just({"type": ["number", "null"]})
    | st.just({"const": 3})
    | st.lists(st.text(max_size=5), min_size=1).map(lambda labels: {"enum": labels}),
    lambda children: (
        objects(children)
        | children.map(lambda items: {"type": "array", "items": items, "minItems": 1})
        | st.lists(children, min_size=1, max_size=3).map(lambda parts: {"anyOf": parts})
    ),
    max_leaves=8,
)


@given(SCHEMAS)
def test_an_answer_fits_any_schema_that_is_not_refused(schema):
    schemas.check(schema)
    spans = [Span(0.0, 2.0, "reach"), Span(2.0, 4.5, "grasp")]
    jsonschema.validate(schemas.fill(schema, spans, spans[1], "It reaches."), schema)
