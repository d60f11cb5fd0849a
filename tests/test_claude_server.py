"""The stand-in for the Claude API behaves as the API does: the SDK and raw HTTP agree on it."""

import base64
import http.client
import io
import json
import math
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anthropic
import av
import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from claude_server import (
    BareArray,
    Chance,
    Chatty,
    ClaudeServer,
    CutOff,
    Dropped,
    Expired,
    Fenced,
    FixedLabels,
    Forbidden,
    FromFunction,
    HalfAnswer,
    Limits,
    NoCredit,
    Overloaded,
    RateLimited,
    RealEpisodes,
    Refusal,
    ServerError,
    Slow,
    Stalled,
    TruthFiles,
    Unusable,
    refusals,
    schemas,
)
from claude_server.errors import ApiError
from claude_server.faults import Ask
from claude_server.models import MODELS
from claude_server.schemas import Span
from claude_server.tokens import image_tokens, text_tokens

MODEL = "claude-opus-4-7"
LABELS = [
    {"time": 0.0, "subtask": "reach for the cup"},
    {"time": 2.0, "subtask": "grasp the cup"},
    {"time": 5.5, "subtask": "place the cup"},
]
SCHEMA = {
    "type": "object",
    "properties": {
        "subtasks": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"time": {"type": "number"}, "subtask": {"type": "string"}},
                "required": ["time", "subtask"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["subtasks"],
    "additionalProperties": False,
}


def text(words: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": words, **more}


def encoded(image: Image.Image, kind: str = "JPEG") -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


def picture(
    width: int = 64, height: int = 48, kind: str = "JPEG", media_type: str | None = None
) -> dict[str, Any]:
    return sent(encoded(Image.new("RGB", (width, height)), kind), media_type or f"image/{kind}")


def sent(data: bytes, media_type: str = "image/jpeg") -> dict[str, Any]:
    source = {"type": "base64", "media_type": media_type.lower()}
    return {"type": "image", "source": {**source, "data": base64.b64encode(data).decode()}}


def asking(*content: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A good request, with changes; a change to `None` leaves the key out."""
    content = content or (text("Duration: 8.00 s"), text("Sheet 1: 0.0 s to 8.0 s"), picture())
    body = {
        "model": MODEL,
        "max_tokens": 2000,
        "messages": [{"role": "user", "content": list(content)}],
        "output_config": {"format": {"type": "json_schema", "schema": SCHEMA}},
    }
    return {key: value for key, value in (body | changes).items() if value is not None}


def with_schema(schema: Any) -> dict[str, Any]:
    return {"format": {"type": "json_schema", "schema": schema}}


def client(server: ClaudeServer, **options: Any) -> anthropic.Anthropic:
    options = {"api_key": server.key, "max_retries": 0} | options
    return anthropic.Anthropic(base_url=server.url, **options)


def raw(
    server: ClaudeServer, body: Any, path: str = "/v1/messages", **headers: str | None
) -> tuple[int, dict[str, str], dict[str, Any]]:
    """Send a request without the SDK: status, headers and body of the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", int(server.url.rsplit(":", 1)[1]))
    known = {"x-api-key": server.key, "anthropic-version": "2026-10-21"}
    known |= {name.replace("_", "-"): value for name, value in headers.items()}
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    connection.request(
        "POST", path, data, {name: value for name, value in known.items() if value is not None}
    )
    answer = connection.getresponse()
    return answer.status, dict(answer.getheaders()), json.loads(answer.read())


def said(message: anthropic.types.Message) -> str:
    return "".join(block.text for block in message.content if block.type == "text")


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


# Answers


def test_the_subtasks_are_told_in_the_shape_that_is_asked_for(server):
    item = {"start": {"type": "number"}, "end": {"type": "number"}, "label": {"type": "string"}}
    parts = {"seen": {"type": "string"}, "segments": {"type": "array", "items": closed(item)}}
    message = client(server).messages.create(**asking(output_config=with_schema(closed(parts))))
    answer = json.loads(said(message))
    assert answer["segments"] == [
        {"start": 0.0, "end": 2.0, "label": "reach for the cup"},
        {"start": 2.0, "end": 5.5, "label": "grasp the cup"},
        {"start": 5.5, "end": 8.0, "label": "place the cup"},
    ]
    assert "2.00 s to 5.50 s: grasp the cup" in answer["seen"]


def closed(properties: dict[str, Any]) -> dict[str, Any]:
    keys = {"required": list(properties), "additionalProperties": False}
    return {"type": "object", "properties": properties, **keys}


def test_without_a_schema_the_subtasks_are_narrated(server):
    message = client(server).messages.create(**asking(output_config=None))
    assert said(message).splitlines()[1] == "2.00 s to 5.50 s: grasp the cup"


def test_a_window_is_told_from_its_beginning_to_its_end(server):
    content = [
        text("Duration: 8.00 s"),
        text("t = 3.00 s"),
        picture(),
        text("t = 6.00 s"),
        picture(),
    ]
    message = client(server).messages.create(**asking(*content))
    assert json.loads(said(message))["subtasks"] == [
        {"time": 3.0, "subtask": "grasp the cup"},
        {"time": 5.5, "subtask": "place the cup"},
    ]


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string"}, "grasp the cup"),
        ({"enum": ["holding", "grasping a cup", "placing a cup"]}, "grasping a cup"),
    ],
)
def test_a_relabelling_gets_the_label_of_the_current_segment(server, schema, expected):
    content = [text("Duration: 8.00 s"), text("Sheet 1: 0.0 s to 8.0 s"), picture()]
    content.append(text("Previous segment: 0.0 s to 2.0 s\nCurrent segment: 2.0 s to 5.5 s"))
    body = asking(*content, output_config=with_schema(closed({"subtask": schema})))
    assert json.loads(said(client(server).messages.create(**body))) == {"subtask": expected}


def test_a_function_can_answer():
    seen = []

    def label(question):
        seen.append((question.duration, question.span, len(question.pictures)))
        return [{"time": 0.0, "subtask": f"last {question.duration} seconds"}]

    with ClaudeServer(FromFunction(label)) as server:
        message = client(server).messages.create(**asking())
    assert seen == [(8.0, (0.0, 8.0), 1)]
    assert json.loads(said(message))["subtasks"][0]["subtask"] == "last 8.0 seconds"


def test_a_streamed_answer_is_the_same(server):
    body = asking()
    whole = client(server).messages.create(**body)
    with client(server).messages.stream(**body) as stream:
        assert stream.get_final_text() == said(whole)
        assert stream.get_final_message().usage.output_tokens == whole.usage.output_tokens


def test_a_model_that_always_thinks_says_so_first_and_needs_room(server):
    body = asking(model="claude-opus-5-5")
    message = client(server).messages.create(**body)
    assert [block.type for block in message.content] == ["thinking", "text"]
    assert message.usage.output_tokens > 1024
    cut = client(server).messages.create(**body | {"max_tokens": 1024})
    assert (cut.stop_reason, said(cut), cut.usage.output_tokens) == ("max_tokens", "", 1024)


# The real episodes


def frames(video: Path, start: float, times: list[float]) -> list[Image.Image]:
    """The frames shown at `times` seconds after `start`, by decoding all before them."""
    images = []
    with av.open(str(video)) as container:
        for frame in container.decode(video=0):
            if frame.time >= start + times[len(images)] - 1e-3:
                images.append(frame.to_image())
                if len(images) == len(times):
                    break
    return images


def contact_sheet(images: list[Image.Image], columns: int = 5, width: int = 224) -> bytes:
    height = width * 3 // 4
    sheet = Image.new("RGB", (columns * width, math.ceil(len(images) / columns) * height))
    for index, image in enumerate(images):
        corner = (index % columns * width, index // columns * height)
        sheet.paste(image.resize((width, height)), corner)
        sheet.paste("black", (*corner, corner[0] + 60, corner[1] + 25))
    return encoded(sheet)


def shown(images: list[Image.Image], times: list[float], duration: float) -> list[dict[str, Any]]:
    label = f"Sheet 1: {times[0]:.2f} s to {times[-1]:.2f} s"
    return [text(f"Duration: {duration:.2f} s"), text(label), sent(contact_sheet(images))]


@pytest.fixture(scope="module")
def episode_0(real_data) -> tuple[list[Image.Image], list[float], float]:
    times = [index / 2 for index in range(20)]
    folder = real_data / "g1_bottle_v2.1/videos/chunk-000/observation.images.cam_high"
    return frames(folder / "episode_000000.mp4", 0.0, times), times, 290 / 30


def test_a_real_episode_is_recognised_and_answered_with_the_labels_made_by_eye(
    real_data, episode_0
):
    gold = json.loads((real_data / "g1_bottle_gold/episode_000000.json").read_text())
    images, times, duration = episode_0
    single = [text(f"Duration: {duration:.2f} s")]
    for time_shown, image in zip(times, images, strict=True):
        single += [text(f"t = {time_shown:.2f} s"), sent(encoded(image))]
    with ClaudeServer(RealEpisodes(real_data)) as server:
        for content in (shown(*episode_0), single):
            message = client(server).messages.create(**asking(*content))
            assert json.loads(said(message))["subtasks"] == gold
        assert [record.episode for record in server.requests] == ["episode_000000"] * 2


def test_an_episode_of_the_newer_version_is_found_in_the_middle_of_its_video(real_data):
    dataset = real_data / "g1_bottle_v3.0"
    oracle = TruthFiles(dataset, real_data / "g1_bottle_gold")
    episode = next(each for each in oracle.episodes if each.start > 0)
    times = [0.0, 1.0, 2.0]
    content = shown(frames(episode.video, episode.start, times), times, episode.duration)
    with ClaudeServer(oracle) as server:
        client(server).messages.create(**asking(*content))
        assert server.requests[0].episode == episode.key


@pytest.mark.parametrize(
    "wrong", ["another episode", "another time", "another length", "no length"]
)
def test_frames_that_are_not_what_the_text_says_get_no_answer(real_data, episode_0, wrong):
    images, times, duration = episode_0
    match wrong:
        case "another episode":
            content = shown(images, times, 421 / 30)
        case "another time":
            content = shown(images[12:], times[:8], duration)
        case "another length":
            content = shown(images, times, 12.0)
        case "no length":
            content = shown(images, times, duration)[1:]
    with ClaudeServer(RealEpisodes(real_data)) as server:
        message = client(server).messages.create(**asking(*content))
        assert said(message).startswith("I cannot tell what these pictures show")
        assert server.requests[0].episode is None


# Faults


@pytest.mark.parametrize(
    ("fault", "stop_reason", "check"),
    [
        (Refusal(), "refusal", lambda words, _: words == ""),
        (CutOff(), "max_tokens", lambda words, truth: truth.startswith(words) and words != truth),
        (Unusable("No."), "end_turn", lambda words, _: words == "No."),
        (Fenced(), "end_turn", lambda words, truth: words == f"```json\n{truth}\n```"),
        (Chatty(), "end_turn", lambda words, truth: truth in words and words != truth),
        (BareArray(), "end_turn", lambda words, _: isinstance(json.loads(words), list)),
    ],
)
def test_an_answer_can_be_bent(server, fault, stop_reason, check):
    truth = said(client(server).messages.create(**asking()))
    with ClaudeServer(FixedLabels(LABELS), faults=fault) as bent:
        message = client(bent).messages.create(**asking())
    assert message.stop_reason == stop_reason
    assert check(said(message), truth)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (RateLimited(0.05), anthropic.RateLimitError),
        (Overloaded(), anthropic.APIStatusError),
        (ServerError(), anthropic.InternalServerError),
        (Dropped(), anthropic.APIConnectionError),
        (HalfAnswer(), anthropic.APIConnectionError),
        (Stalled(0.05), anthropic.APIConnectionError),
    ],
)
def test_a_request_can_fail_once(fault, expected):
    with ClaudeServer(faults=[fault]) as server:
        with pytest.raises(expected):
            client(server).messages.create(**asking())
        assert not server.answered
        client(server).messages.create(**asking())
        assert list(server.answered.values()) == [1]
        assert [record.sent for record in server.requests] == [
            server.requests[0].status in (429, 500, 529),
            True,
        ]


def test_the_sdk_tries_again_by_itself():
    with ClaudeServer(faults=[RateLimited(0.05), HalfAnswer(), None]) as server:
        client(server, max_retries=2).messages.create(**asking())
        assert [record.status for record in server.requests] == [429, 200, 200]
        assert list(server.answered.values()) == [1]


def test_faults_can_be_planned_for_an_episode(server):
    plan = {"8.0 s": [Refusal()], "9.0 s": Refusal(), "*": None}
    with ClaudeServer(FromFunction(lambda _: LABELS), faults=plan) as server:
        reasons = {
            duration: [
                client(server)
                .messages.create(**asking(text(f"Duration: {duration} s")))
                .stop_reason
                for _ in range(2)
            ]
            for duration in ("8.00", "9.00", "10.00")
        }
    assert reasons == {
        "8.00": ["refusal", "end_turn"],
        "9.00": ["refusal", "refusal"],
        "10.00": ["end_turn", "end_turn"],
    }


def test_chance_is_the_same_for_the_same_seed_and_ends():
    questions = [refusals.read(asking(text(f"Episode {number}"))) for number in range(200)]
    plan = Chance(0.3, [Overloaded(), Dropped()], seed=1, at_most=2)
    first = [plan(Ask(question, None, 0)) for question in questions]
    assert first == [plan(Ask(question, None, 0)) for question in questions]
    assert 30 <= sum(fault is not None for fault in first) <= 90
    assert {Overloaded(), Dropped()} < set(first)
    assert [plan(Ask(question, None, 2)) for question in questions] == [None] * 200


def test_who_hangs_up_has_no_answer():
    with ClaudeServer(faults=[Slow(60)]) as server:
        with pytest.raises(anthropic.APITimeoutError):
            client(server, timeout=0.2).messages.create(**asking())
        until(lambda: not server.in_flight)
        assert server.requests[0].status is None
        assert not server.answered


def until(condition: Any, seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.01)


def test_100_questions_are_in_flight_at_once():
    together = threading.Barrier(100)

    def wait_for_all(_):
        together.wait(timeout=30)
        return LABELS

    body = json.dumps(asking()).encode()
    with ClaudeServer(FromFunction(wait_for_all)) as server:
        threads = [threading.Thread(target=raw, args=[server, body]) for _ in range(100)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert server.most_in_flight == 100
        assert list(server.answered.values()) == [100]
        assert server.in_flight == []


def test_records_keep_headers_but_no_key(server):
    client(server).messages.create(**asking())
    raw(server, asking())
    assert server.requests[-2].headers["x-stainless-retry-count"] == "0"
    assert server.key not in repr(server.requests)


# Tokens


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


# Rate limits


def test_limits_are_told_before_and_when_they_are_reached():
    with ClaudeServer(limits=Limits(requests=2, minute=600)) as server:
        left = []
        for _ in range(2):
            status, headers, _ = raw(server, asking())
            assert status == 200
            left.append(int(headers["anthropic-ratelimit-requests-remaining"]))
        assert left == [1, 0]
        assert headers["anthropic-ratelimit-requests-limit"] == "2"
        assert headers["anthropic-ratelimit-input-tokens-reset"].endswith("Z")
        status, headers, error = raw(server, asking())
        assert (status, error["error"]["type"]) == (429, "rate_limit_error")
        assert 0 < float(headers["retry-after"]) <= 300


def test_who_comes_again_when_told_to_gets_through():
    with ClaudeServer(limits=Limits(requests=2, minute=1.0)) as server:
        for _ in range(4):
            client(server, max_retries=3).messages.create(**asking())
        assert list(server.answered.values()) == [4]


def test_cached_reads_do_not_count_as_input():
    body = asking(*[picture(1120, 672) | {"cache_control": {"type": "ephemeral"}}] * 3)
    size = refusals.read(body).input_tokens
    with ClaudeServer(limits=Limits(input_tokens=size + 1, minute=3600)) as server:
        assert [raw(server, body)[0] for _ in range(3)] == [200, 200, 200]
        assert raw(server, asking(picture(1120, 700)))[0] == 429
        assert raw(server, asking(model="claude-sonnet-4-6"))[0] == 200  # another family


# Batches


def submit(server: ClaudeServer, *bodies: dict[str, Any]) -> str:
    requests = [
        {"custom_id": f"episode_{index}", "params": body} for index, body in enumerate(bodies)
    ]
    return client(server).messages.batches.create(requests=requests).id


def collected(server: ClaudeServer, batch_id: str) -> dict[str, Any]:
    batches = client(server).messages.batches
    until(lambda: batches.retrieve(batch_id).processing_status == "ended")
    return {line.custom_id: line.result for line in batches.results(batch_id)}


def test_a_batch_gives_the_answers_that_live_requests_get():
    bodies = [asking(text(f"Duration: {seconds}.00 s")) for seconds in range(3, 23)]
    with ClaudeServer(FixedLabels(LABELS), batch_seconds=math.inf) as server:
        batch = submit(server, *bodies)
        view = client(server).messages.batches.retrieve(batch)
        assert (view.processing_status, view.results_url) == ("in_progress", None)
        assert view.request_counts.processing == 20
        assert raw_get(server, f"/v1/messages/batches/{batch}/results") == 400
        assert not server.answered
        server.batches.finish(batch)
        results = collected(server, batch)
        view = client(server).messages.batches.retrieve(batch)
        assert view.request_counts.succeeded == 20
        assert server.answered == server.submitted
        live = [said(client(server).messages.create(**body)) for body in bodies]
        assert [said(results[f"episode_{index}"].message) for index in range(20)] == live
        assert list(results) != sorted(results, key=lambda name: int(name.rsplit("_", 1)[1]))
        assert results["episode_0"].message.usage.service_tier == "batch"


def raw_get(server: ClaudeServer, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", int(server.url.rsplit(":", 1)[1]))
    headers = {"x-api-key": server.key, "anthropic-version": "2026-10-21"}
    connection.request("GET", path, headers=headers)
    return connection.getresponse().status


def test_each_request_of_a_batch_has_an_end_of_its_own():
    plan = {"4.0 s": Expired(), "5.0 s": Overloaded(), "6.0 s": [Refusal()]}
    bodies = [asking(text(f"Duration: {seconds}.00 s")) for seconds in (3, 4, 5, 6)]
    with ClaudeServer(FromFunction(lambda _: LABELS), faults=plan, batch_seconds=0) as server:
        batch = submit(server, *bodies, asking(text("Duration: 3.00 s"), max_tokens=None))
        results = [result for _, result in sorted(collected(server, batch).items())]
        assert [result.type for result in results] == [
            *("succeeded", "expired", "errored", "succeeded", "errored")
        ]
        assert results[2].error.error.type == "overloaded_error"
        assert results[3].message.stop_reason == "refusal"
        assert "max_tokens" in results[4].error.error.message
        counts = client(server).messages.batches.retrieve(batch).request_counts
        assert (counts.succeeded, counts.errored, counts.expired) == (2, 2, 1)


def test_a_cancelled_batch_ends_without_answers():
    with ClaudeServer(batch_seconds=60) as server:
        batch = submit(server, asking())
        view = client(server).messages.batches.cancel(batch)
        assert view.processing_status == "canceling"
        assert [result.type for result in collected(server, batch).values()] == ["canceled"]
        assert not server.answered


def test_batches_can_be_gone_whole_or_their_results():
    with ClaudeServer(batch_seconds=0) as server:
        batch = submit(server, asking())
        collected(server, batch)
        server.batches.archive(batch)
        assert client(server).messages.batches.retrieve(batch).archived_at
        assert raw_get(server, f"/v1/messages/batches/{batch}/results") == 404
        server.batches.forget(batch)
        with pytest.raises(anthropic.NotFoundError):
            client(server).messages.batches.retrieve(batch)


def test_batches_are_listed_in_pages_newest_first():
    with ClaudeServer(batch_seconds=60) as server:
        ids = [submit(server, asking()) for _ in range(5)]
        page = client(server).messages.batches.list(limit=2)
        assert [batch.id for batch in page.data] == ids[:2:-1]
        assert page.has_more
        assert [batch.id for batch in client(server).messages.batches.list(limit=2)] == ids[::-1]


@pytest.mark.parametrize(
    ("requests", "words"),
    [
        ([], "at least 1 item"),
        ([{"custom_id": "a", "params": {}}] * 2, "not unique"),
        ([{"custom_id": "episode 1", "params": {}}], "should match pattern"),
        ([{"custom_id": "x" * 65, "params": {}}], "should match pattern"),
        ([{"custom_id": "a"}], "keys custom_id and params"),
        ([{"custom_id": str(n), "params": {}} for n in range(100_001)], "at most 100000"),
    ],
)
def test_batches_that_break_a_rule_are_refused_whole(server, requests, words):
    status, _, error = raw(server, {"requests": requests}, "/v1/messages/batches")
    assert status == 400
    assert words in error["error"]["message"]


def test_a_batch_may_be_accepted_though_its_answer_is_lost():
    with ClaudeServer(submit_faults=[Dropped(), HalfAnswer()]) as server:
        with pytest.raises(anthropic.APIConnectionError):
            submit(server, asking())
        assert (server.batches.ids, list(server.submitted)) == ([], [])
        with pytest.raises(anthropic.APIConnectionError):
            submit(server, asking())
        assert len(server.batches.ids) == len(server.submitted) == 1


# The command line


def test_it_runs_from_the_command_line():
    command = [sys.executable, Path(__file__).parent / "claude_server", "--latency=0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=os.sep)
    try:
        lines = [process.stdout.readline().strip() for _ in range(2)]
        settings = dict(line.removeprefix("export ").split("=", 1) for line in lines)
        asked = anthropic.Anthropic(
            base_url=settings["ANTHROPIC_BASE_URL"], api_key=settings["ANTHROPIC_API_KEY"]
        )
        answer = json.loads(said(asked.messages.create(**asking())))
        assert answer["subtasks"][0]["time"] == 0.0
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0


def test_an_error_has_the_status_of_its_kind():
    with pytest.raises(ApiError, match="model: Field required") as refusal:
        refusals.read({})
    assert refusal.value.status == 400
