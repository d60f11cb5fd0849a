"""What is reckoned before anything is asked; against a server: test_workflow_cost."""

import json
import shlex
from collections.abc import Container
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from snakemake.utils import validate

from benchmarks import cost
from subtasks.api.options import ask_settings
from subtasks.api.talk import start_conversation, view_episode
from subtasks.cost import prices, tokens
from subtasks.dataset import dataset, info
from subtasks.estimate import typical, typical_answer, workload
from subtasks.estimate.typical_answer import AnswerHabits, TypicalModel
from subtasks.estimate.workload import Load
from subtasks.frames import archive, contact_sheets
from subtasks.questions import prompts
from subtasks.questions.conversation import NoAnswer
from subtasks.questions.guidance import Guidance
from subtasks.questions.reply import Reply
from subtasks.workflow import rule_params
from support import programs
from support.workflow import PROJECT

TABLE = PROJECT / "config/prices.yaml"
FOLDER = PROJECT / "config/prompts"
PRICES = prices.read(TABLE)
MODEL = "claude-opus-4-7"
SAMPLE: dict[str, Any] = {
    "fps": 2,
    "layout": "sheet",
    "sheet": {"columns": 5, "rows": 4, "tile_width": 224},
    "frame": {"width": 640},
    "jpeg_quality": 85,
    "max_frames": 600,
    "window": True,
}
FRAMES = {**SAMPLE, "layout": "frame", "fps": 1}
HABITS = AnswerHabits(seconds_per_subtask=2.0)


def reckoned(
    frames: int,
    fps: float,
    sample: dict[str, Any],
    passes: tuple[str, ...] = ("segment",),
    guidance: dict[str, Any] | None = None,
    habits: AnswerHabits = HABITS,
    size: tuple[int, int] = (640, 480),
    known: Any = lambda key: None,
    model: str = MODEL,
    under_way: Container[str] = (),
) -> Load:
    """Reckon an episode that has not been sampled."""
    asked_with = ask_settings(
        model=model,
        max_tokens=8192,
        effort=None,
        prompts={name: FOLDER / f"{name}.md" for name in passes},
        max_frames=sample["max_frames"],
        window=sample["window"],
        guidance=Guidance.from_json(json.dumps(guidance or {})),
        table=PRICES,
    )
    manifest = typical.manifest(frames, fps, size, sample)
    view = view_episode(manifest, typical.blank(manifest), asked_with, "pick the cup")
    imagined = TypicalModel(
        PRICES.capacity(model), habits, asked_with.guidance, frames / fps, len(manifest.images)
    )
    return workload.estimate_load(
        start_conversation(view, manifest, asked_with), known, imagined, under_way
    )


# episodes -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("feature", "size"),
    [
        ({"info": {"video.height": 480, "video.width": 640}}, (640, 480)),
        ({"shape": [480, 640, 3], "names": ["height", "width", "channel"]}, (640, 480)),
        ({"shape": [3, 480, 640], "names": ["channels", "height", "width"]}, (640, 480)),
        ({"shape": [480, 640, 3], "names": None, "info": None}, None),
        ({"shape": "large", "names": ["height"]}, None),
        ({"info": {"video.height": "480", "video.width": 640}}, None),
        ({"info": {"video.height": 0, "video.width": 640}}, None),
        ({"info": {"video.height": 10**9, "video.width": 640}}, None),
        ({}, None),
    ],
)
def test_the_size_of_a_cameras_frames(feature: Any, size: tuple[int, int] | None) -> None:
    assert info.frame_size(feature) == size


@pytest.mark.parametrize("sample", [SAMPLE, FRAMES, {**SAMPLE, "max_frames": 9, "window": False}])
@pytest.mark.parametrize("version", ["v2.1", "v3.0"])
def test_an_imagined_archive_has_the_images_of_the_real_one(
    real_data: Path, tmp_path: Path, version: str, sample: dict[str, Any]
) -> None:
    source = dataset.load(real_data / f"g1_bottle_{version}", episodes=[1, 3])
    size = info.frame_size(source.features[source.camera])
    assert size is not None
    for episode in source.episodes.values():
        path = tmp_path / f"{episode.id}.zip"
        programs.run(
            "sample_frames.py",
            *("--video", source.root / episode.video, "--output", path),
            *shlex.split(rule_params.video_position(source, episode)),
            *shlex.split(rule_params.sampling({"sample": sample})),
        )
        real = archive.read_manifest(path)
        imagined = typical.manifest(episode.length, source.fps, size, sample)
        assert [(i.width, i.height) for i in imagined.images] == [
            (i.width, i.height) for i in real.images
        ]
        times = [
            [time for image in manifest.images for time in image.times]
            for manifest in (imagined, real)
        ]
        assert times[0] == pytest.approx(times[1], abs=0.01)
        assert imagined.sampling["rate"] == pytest.approx(real.sampling["rate"], rel=0.01)
        wanted = typical.settings(sample)
        assert {key: real.sampling[key] for key in wanted} == wanted
        # Bytes decide where long episodes are cut; a third more or less moves a cut a little.
        for (_, blank), (_, jpeg) in zip(
            typical.blank(imagined), archive.read_images(path), strict=True
        ):
            assert 0.5 * len(jpeg) < len(blank) < 2 * len(jpeg)


# one episode --------------------------------------------------------------------------------


def test_a_sheet_of_twenty_frames_by_hand() -> None:
    load = reckoned(frames=290, fps=30, sample=SAMPLE)
    sheet = -(-5 * 224 * 4 * 168 // 750)
    prompt = prompts.fill(
        (PROJECT / "config/prompts/segment.md").read_text().strip(),
        task="pick the cup",
        rate=2,
        duration=290 / 30,
        start=0,
        stop=290 / 30,
    )
    said = ["Sheet 1: 0.00 s to 9.50 s", prompt, json.dumps(Guidance().subtasks_schema())]
    assert (load.episodes, load.seconds, load.requests, load.images) == (1, 290 / 30, 1, 1)
    assert load.image_tokens == sheet == 1004
    assert load.input_tokens == sheet + sum(map(tokens.of_text, said))
    live = (load.input_tokens * 5 + load.output_tokens * 25) / 1e6
    assert load.dollars(PRICES, MODEL, batch=False) == pytest.approx(live)
    assert load.dollars(PRICES, MODEL, batch=True) == pytest.approx(live / 2)


def test_frames_cost_what_frames_cost() -> None:
    load = reckoned(frames=285, fps=30, sample=FRAMES)
    assert load.images == 10
    assert load.image_tokens == 10 * 410
    small = reckoned(frames=285, fps=30, sample=FRAMES, size=(320, 240))
    assert small.image_tokens == 10 * 103  # never scaled up


def test_windows_are_requests_of_their_own() -> None:
    frames = 30 * 300
    whole = reckoned(frames, 30, {**SAMPLE, "max_frames": 200})
    thinned = reckoned(frames, 30, {**SAMPLE, "max_frames": 200, "window": False})
    once = reckoned(frames, 30, SAMPLE | {"max_frames": 601})
    assert (thinned.requests, thinned.images) == (1, 10)
    assert (once.requests, once.images) == (1, 31)
    assert whole.requests == 4
    assert whole.images > once.images  # neighbours share some
    # All windows together tell the subtasks of the episode, some of them twice.
    assert once.output_tokens < whole.output_tokens < 1.2 * once.output_tokens


def test_every_window_has_an_answer() -> None:
    """Of one subtask, where the whole episode has no more."""
    load = reckoned(30 * 600, 30, {**SAMPLE, "max_frames": 20}, guidance={"max_segments": 1})
    assert load.requests > 50
    assert load.output_tokens > 10 * load.requests


def test_every_pass_is_reckoned() -> None:
    by_passes = {
        passes: reckoned(frames=900, fps=30, sample=SAMPLE, passes=passes)
        for passes in (
            ("segment",),
            ("describe", "segment"),
            ("segment", "relabel"),
            ("describe", "segment", "relabel"),
        )
    }
    requests = {passes: load.requests for passes, load in by_passes.items()}
    assert list(requests.values()) == [1, 2, 1 + 15, 2 + 15]  # a subtask every two seconds
    described = by_passes["describe", "segment"]
    # The frames are written to the cache once and read once, and a batch pays them in full.
    assert described.written == described.read > 3000
    batch = described.dollars(PRICES, MODEL, batch=True)
    live = described.dollars(PRICES, MODEL, batch=False)
    assert batch is not None
    assert live is not None
    frames = described.written * 5 / 1e6
    assert live == pytest.approx(2 * batch + (0.25 - 0.9) * frames)
    # A beginning that is too short for the cache is paid in full.
    short = reckoned(frames=300, fps=30, sample=SAMPLE, passes=("describe", "segment"))
    assert (short.written, short.read) == (0, 0)
    # A closed list of labels asks for another form, so nothing is shared.
    closed = reckoned(900, 30, SAMPLE, ("describe", "segment"), {"vocabulary": ["a", "b"]})
    assert (closed.written, closed.read) == (0, 0)


def test_the_reference_tells_what_passes_cost() -> None:
    reference = (PROJECT / "config/README.md").read_text()
    for passes in (("segment",), ("describe", "segment"), ("segment", "relabel")):
        load = reckoned(frames=900, fps=30, sample=SAMPLE, passes=passes)
        assert load.written == load.read
        tokens_in = f"{load.requests} | {load.input_tokens:,} | {load.read:,}"
        live = prices.format_usd(load.dollars(PRICES, MODEL, batch=False))
        assert f"| `[{', '.join(passes)}]` | {tokens_in} | {live} |\n" in reference


def test_guidance_bounds_what_is_labelled_again() -> None:
    passes = ("segment", "relabel")
    assert reckoned(900, 30, SAMPLE, passes, {"max_segments": 4}).requests == 1 + 4
    assert reckoned(900, 30, SAMPLE, passes, {"min_segment": 5.0}).requests == 1 + 6
    assert reckoned(900, 30, SAMPLE, passes, {"vocabulary": ["reach", "grasp"]}).requests == 1 + 15


def test_what_was_measured_counts_in_place_of_what_is_assumed() -> None:
    habits = AnswerHabits(3.0, thinking=500, output={"segment": 700.0}, episodes=9)
    passes = ("segment", "relabel")
    load = reckoned(900, 30, SAMPLE, passes, habits=habits)
    assert load.requests == 1 + 10
    assert load.output_tokens == pytest.approx(700 + 10 * 520, abs=100)


@pytest.mark.parametrize(
    ("model", "effort", "thinks"),
    [
        ("claude-opus-4-7", None, False),
        ("claude-opus-4-7", "low", True),
        ("claude-opus-5-5", None, True),
    ],
)
def test_thinking_is_output(model: str, effort: str | None, thinks: bool) -> None:
    assert (typical_answer.thinking(PRICES.capacity(model), effort) > 0) == thinks


def test_what_is_known_is_not_asked() -> None:
    asked: list[str] = []

    def answered(key: str) -> Reply:
        asked.append(key)
        return Reply('{"subtasks": [{"time": 0, "subtask": "a"}]}', "end_turn", MODEL, {})

    def describes(key: str) -> Reply | None:
        return answered(key) if key == asked[0] else None

    def useless(key: str) -> Reply | None:
        raise NoAnswer("useless")

    passes = ("describe", "segment")
    assert reckoned(900, 30, SAMPLE, passes, known=answered) == Load()
    assert len(asked) == len(set(asked)) == 2
    assert reckoned(900, 30, SAMPLE, passes, known=describes).requests == 1
    assert reckoned(900, 30, SAMPLE, passes, known=useless) == Load()


def test_what_was_submitted_is_not_reckoned_again_but_told() -> None:
    asked: list[str] = []
    passes = ("segment", "relabel")
    whole = reckoned(900, 30, SAMPLE, passes, known=asked.append)
    assert reckoned(900, 30, SAMPLE, passes, under_way=asked) == Load(under_way=len(asked))
    # What follows from an answer that is under way is still to be asked.
    rest = reckoned(900, 30, SAMPLE, passes, under_way=asked[:1])
    assert (rest.episodes, rest.under_way) == (1, 1)
    assert rest.requests == whole.requests - 1 > 1


@given(
    frames=st.integers(1, 20_000),
    fps=st.sampled_from([5.0, 10.0, 29.97, 30.0, 50.0]),
    size=st.tuples(st.integers(2, 4000), st.integers(2, 4000)),
    rate=st.sampled_from([0.1, 0.5, 1, 2, 5]),
    layout=st.sampled_from(["sheet", "frame"]),
    window=st.booleans(),
    max_frames=st.integers(2, 1000),
    passes=st.sampled_from([("segment",), ("describe", "segment"), ("segment", "relabel")]),
    guidance=st.fixed_dictionaries(
        {},
        optional={
            "max_segments": st.integers(1, 5),
            "min_segment": st.floats(0, 30),
            "vocabulary": st.lists(st.sampled_from("abc"), min_size=1, unique=True),
        },
    ),
    model=st.sampled_from([*PRICES.models, "claude-haiku-4-5"]),
)
@settings(max_examples=60)
def test_any_episode_can_be_reckoned(
    frames: int,
    fps: float,
    size: tuple[int, int],
    rate: float,
    layout: str,
    window: bool,
    max_frames: int,
    passes: tuple[str, ...],
    guidance: dict[str, Any],
    model: str,
) -> None:
    sample = {
        **SAMPLE,
        "fps": rate,
        "layout": layout,
        "window": window,
        "max_frames": max_frames,
    }
    load = reckoned(
        frames, fps, sample, passes, guidance, size=size, known=lambda _: None, model=model
    )
    assert load.episodes == 1
    assert load.requests >= len(passes)
    assert load.images >= load.requests
    assert 0 < load.image_tokens < load.input_tokens
    assert load.written + load.read < load.input_tokens
    assert load.output_tokens > 0
    cost = load.dollars(PRICES, model, batch=False)
    assert (cost is None) == (model not in PRICES.models)


# the table ----------------------------------------------------------------------------------


def test_the_table_lines_up_and_adds_up() -> None:
    one = reckoned(frames=300, fps=30, sample=SAMPLE)
    told = workload.table({"a": (one, 1), "long name": (one + one, 5)}, PRICES, MODEL)
    lines = told.splitlines()
    assert len({len(line) for line in lines}) == 1
    assert [line.split("  ")[0] for line in lines] == ["dataset", "a", "long name", "together"]
    assert f"{3 * one.input_tokens:,}" in lines[-1]
    assert "3 of 6" in lines[-1]


def test_an_unknown_price_is_unknown_and_nothing_to_ask_is_nothing() -> None:
    one = reckoned(frames=300, fps=30, sample=SAMPLE)
    told = workload.table({"a": (one, 1)}, PRICES, "claude-unknown")
    assert "$" not in told
    assert told.splitlines()[1].split()[-4:] == ["unknown"] * 4
    done = workload.table({"a": (Load(), 1)}, PRICES, MODEL).splitlines()[1].split()
    assert done[-4:] == ["$0.00", "$0.00", "-", "-"]


def test_the_readmes_table_is_what_is_computed(real_data: Path) -> None:
    config = yaml.safe_load((PROJECT / "config/config.yaml").read_text())
    validate(config, str(PROJECT / "config/schema.yaml"))
    lines = (PROJECT / "README.md").read_text().splitlines()
    for layout, sample in cost.LAYOUTS.items():
        load = cost.reckoned(real_data / "g1_bottle_v2.1", config, sample)
        each = [load.dollars(PRICES, MODEL, batch=batch) for batch in (False, True)]
        hourly = [dollars * workload.SECONDS_PER_HOUR / load.seconds for dollars in each]
        [row] = [line for line in lines if line.startswith(f"| {layout}")]
        assert row.strip("| ").split(" | ")[1:] == [
            f"{load.image_tokens:,}",
            f"{load.input_tokens:,}",
            *map(prices.format_usd, hourly),
        ]
    [told] = [line for line in lines if "make bench" in line and "prices of" in line]
    assert f"{load.seconds:.1f} s" in told
    assert f"`{MODEL}`" in told
    assert f"prices of {PRICES.date}" in told


def test_sheets_cost_at_most_a_quarter_of_frames(real_data: Path) -> None:
    """The 8 real episodes: 2 frames a second on sheets, 1 a second as images of their own."""
    source = dataset.load(real_data / "g1_bottle_v2.1")
    lengths = [episode.length for episode in source.episodes.values()]
    sheet, frame = (
        sum((reckoned(length, source.fps, sample) for length in lengths), Load())
        for sample in (SAMPLE, FRAMES)
    )
    assert sheet.image_tokens <= frame.image_tokens / 4
    assert contact_sheets.fit_to_width(640, 480, 640) == (640, 480)
