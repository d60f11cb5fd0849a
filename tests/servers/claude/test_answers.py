"""The stand-in for the Claude API answers as the API does, and knows the real episodes."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import pytest
from PIL import Image

from servers.claude import (
    ClaudeServer,
    FixedLabels,
    FromFunction,
    RealEpisodes,
    TruthFiles,
)
from subtasks.frames import contact_sheets
from support.messages import LABELS, asking, client, encoded, picture, said, sent, text, with_schema


@pytest.fixture(scope="module")
def server() -> Iterator[ClaudeServer]:
    with ClaudeServer(FixedLabels(LABELS)) as server:
        yield server


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
    height = round(images[0].height * width / images[0].width)
    tiles = enumerate(image.resize((width, height)) for image in images)
    rows = math.ceil(len(images) / columns)
    [sheet] = contact_sheets.contact_sheets(tiles, len(images), columns, rows, 1)
    return encoded(sheet.image)


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


def test_an_episode_is_recognised_by_the_first_of_several_cameras(real_data, episode_0):
    images, times, duration = episode_0
    pairs = []
    for image in images:
        pair = Image.new("RGB", (image.width + 9 + image.height, image.height))
        pair.paste(image, (0, 0))
        pair.paste("green", (image.width + 9, 0, *pair.size))
        pairs.append(pair)
    name = text("Each tile shows the cameras of one moment side by side: top, wrist")
    tall = [text(f"Duration: {duration:.2f} s"), name]
    for time_shown, pair in list(zip(times, pairs, strict=True))[:3]:
        tall += [text(f"t = {time_shown:.2f} s"), sent(encoded(pair))]
    sheet = [*shown(images, times, duration)[:2], sent(contact_sheet(pairs, 3, 395))]
    sheet.insert(1, name)
    with ClaudeServer(RealEpisodes(real_data)) as server:
        for content in (tall, sheet):
            client(server).messages.create(**asking(*content))
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


def test_labels_that_mean_the_same_are_grouped() -> None:
    """By a name that is in use, or else by the shortest."""
    asked = (
        "Group them.\n\nLabels that are in use:\ntake the cup\n\n"
        "How often, and the label:\n7: slowly reach\n2: grab\n1: reach"
    )
    meanings = {"take the cup": "take", "grab": "take", "reach": "go", "slowly reach": "go"}
    with ClaudeServer(meaning=meanings.__getitem__) as server:
        content = asking(text(asked))
        message = client(server).messages.create(**content)
    assert json.loads(said(message)) == {
        "groups": [
            {"label": "reach", "same": ["slowly reach", "reach"]},
            {"label": "take the cup", "same": ["grab"]},
        ]
    }
