"""What is estimated before anything is asked; against a server: tests/workflow/test_cost."""

import json
import re
from collections.abc import Callable, Container
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import cost
from subtasks.api.episode_files import start_conversation, view_episode
from subtasks.api.options import ask_settings
from subtasks.cost import prices, tokens
from subtasks.dataset import dataset
from subtasks.estimate import typical, workload
from subtasks.estimate.typical_answer import AnswerHabits, TypicalModel
from subtasks.estimate.workload import Load
from subtasks.questions import prompts
from subtasks.questions.asking import NoAnswer
from subtasks.questions.guidance import Guidance
from subtasks.questions.protocol import Protocol
from subtasks.questions.reply import Reply
from subtasks.workflow.config import Sample
from support import configs
from support.workflow import PROJECT

FOLDER = PROJECT / "config/prompts"
PROTOCOL = PROJECT / "config/protocols/phases.md"
PRICES = prices.read(PROJECT / "config/prices.yaml")
MODEL = "claude-opus-4-7"
SHEETS = configs.read().sample
FRAMES = replace(SHEETS, layout="frame", fps=1)
HABITS = AnswerHabits(seconds_per_subtask=2.0)
MOST_SAMPLES, MOST_WINDOWS = 1000, 50


def estimate(
    frames: int,
    fps: float,
    sample: Sample,
    passes: tuple[str, ...] = ("segment",),
    guidance: dict[str, Any] | None = None,
    habits: AnswerHabits = HABITS,
    size: tuple[int, int] = (640, 480),
    known: Callable[[str], Reply | None] = lambda key: None,
    model: str = MODEL,
    under_way: Container[str] = (),
) -> Load:
    """Estimate an episode that has not been sampled."""
    asked_with = ask_settings(
        model=model,
        max_tokens=8192,
        effort=None,
        prompts={name: FOLDER / f"{name}.md" for name in passes},
        protocol=PROTOCOL,
        max_frames=sample.max_frames,
        window=sample.window,
        guidance=Guidance.from_json(json.dumps(guidance or {})),
        table=PRICES,
    )
    manifest = typical.manifest(frames, fps, {"top": size}, sample.settings())
    view = view_episode(
        manifest, typical.blank(manifest.images, "sheet"), asked_with, "pick the cup"
    )
    answers = TypicalModel(
        PRICES.capacity(model), habits, asked_with.guidance, frames / fps, len(manifest.images)
    )
    return workload.estimate_load(
        start_conversation(view, manifest, asked_with), known, answers, under_way
    )


# one episode --------------------------------------------------------------------------------


def test_a_sheet_of_twenty_frames_by_hand() -> None:
    load = estimate(frames=290, fps=30, sample=SHEETS)
    # Times above the tiles, and gutters of 3 pixels between them.
    width, height = 5 * 224 + 4 * 3, 4 * (168 + 17) + 3 * 3
    sheet = -(-width * height // 750)
    prompt = prompts.fill(
        (PROJECT / "config/prompts/segment.md").read_text().strip(),
        task="pick the cup",
        rate=2,
        duration=290 / 30,
        start=0,
        stop=290 / 30,
        protocol=Protocol.from_text(PROTOCOL.read_text()),
    )
    texts = ["Sheet 1: 0.00 s to 9.50 s", prompt, json.dumps(Guidance().subtasks_schema())]
    assert (load.episodes, load.seconds, load.requests, load.images) == (1, 290 / 30, 1, 1)
    assert load.image_tokens == sheet == 1131
    assert load.input_tokens == sheet + sum(map(tokens.of_text, texts))
    live = (load.input_tokens * 5 + load.output_tokens * 25) / 1e6
    assert load.dollars(PRICES, MODEL, batch=False) == pytest.approx(live)
    assert load.dollars(PRICES, MODEL, batch=True) == pytest.approx(live / 2)


def test_frames_cost_what_frames_cost() -> None:
    load = estimate(frames=285, fps=30, sample=FRAMES)
    assert load.images == 10
    assert load.image_tokens == 10 * 410
    small = estimate(frames=285, fps=30, sample=FRAMES, size=(320, 240))
    assert small.image_tokens == 10 * 103  # never scaled up


def test_windows_are_requests_of_their_own() -> None:
    frames = 30 * 300
    windows = estimate(frames, 30, replace(SHEETS, max_frames=200))
    thinned = estimate(frames, 30, replace(SHEETS, max_frames=200, window=False))
    once = estimate(frames, 30, replace(SHEETS, max_frames=601))
    assert (thinned.requests, thinned.images) == (1, 10)
    assert (once.requests, once.images) == (1, 31)
    assert windows.requests == 4
    assert windows.images > once.images  # neighbours share some
    # All windows together give the subtasks of the episode, some of them twice.
    assert once.output_tokens < windows.output_tokens < 1.2 * once.output_tokens


def test_every_window_has_an_answer() -> None:
    """Of one subtask, where the whole episode has no more."""
    load = estimate(30 * 600, 30, replace(SHEETS, max_frames=20), guidance={"max_segments": 1})
    assert load.requests > 50
    assert load.output_tokens > 10 * load.requests


def test_every_pass_is_estimated() -> None:
    by_passes = {
        passes: estimate(frames=900, fps=30, sample=SHEETS, passes=passes)
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
    # The frames are written to the cache once and read once, and a batch pays for them in full.
    assert described.written == described.read > 3000
    batch = described.dollars(PRICES, MODEL, batch=True)
    live = described.dollars(PRICES, MODEL, batch=False)
    assert batch is not None
    assert live is not None
    frames = described.written * 5 / 1e6
    assert live == pytest.approx(2 * batch + (0.25 - 0.9) * frames)
    # A beginning that is too short for the cache is paid for in full.
    short = estimate(frames=300, fps=30, sample=SHEETS, passes=("describe", "segment"))
    assert (short.written, short.read) == (0, 0)
    # A closed list of labels asks for another form, so nothing is shared.
    closed = estimate(900, 30, SHEETS, ("describe", "segment"), {"vocabulary": ["a", "b"]})
    assert (closed.written, closed.read) == (0, 0)


def test_the_reference_says_what_passes_cost() -> None:
    reference = (PROJECT / "config/README.md").read_text()
    for passes in (("segment",), ("describe", "segment"), ("segment", "relabel")):
        load = estimate(frames=900, fps=30, sample=SHEETS, passes=passes)
        assert load.written == load.read
        tokens_in = f"{load.requests} | {load.input_tokens:,} | {load.read:,}"
        live = prices.format_usd(load.dollars(PRICES, MODEL, batch=False))
        assert f"| `[{', '.join(passes)}]` | {tokens_in} | {live} |\n" in reference


def test_guidance_bounds_what_is_labelled_again() -> None:
    passes = ("segment", "relabel")
    assert estimate(900, 30, SHEETS, passes, {"max_segments": 4}).requests == 1 + 4
    assert estimate(900, 30, SHEETS, passes, {"min_segment": 5.0}).requests == 1 + 6
    closed = estimate(900, 30, SHEETS, passes, {"vocabulary": ["reach", "grasp"]})
    assert closed.requests == 1 + 15


def test_what_was_measured_counts_in_place_of_what_is_assumed() -> None:
    habits = AnswerHabits(3.0, thinking=500, output={"segment": 700.0}, episodes=9)
    passes = ("segment", "relabel")
    load = estimate(900, 30, SHEETS, passes, habits=habits)
    assert load.requests == 1 + 10
    assert load.output_tokens == pytest.approx(700 + 10 * 520, abs=100)


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
    assert estimate(900, 30, SHEETS, passes, known=answered) == Load()
    assert len(asked) == len(set(asked)) == 2
    assert estimate(900, 30, SHEETS, passes, known=describes).requests == 1
    assert estimate(900, 30, SHEETS, passes, known=useless) == Load()


def test_what_was_submitted_is_counted_apart() -> None:
    asked: list[str] = []
    passes = ("segment", "relabel")
    whole = estimate(900, 30, SHEETS, passes, known=asked.append)
    assert estimate(900, 30, SHEETS, passes, under_way=asked) == Load(under_way=len(asked))
    # What follows from an answer that is under way is still to be asked.
    rest = estimate(900, 30, SHEETS, passes, under_way=asked[:1])
    assert (rest.episodes, rest.under_way) == (1, 1)
    assert rest.requests == whole.requests - 1 > 1


@given(
    frames=st.integers(1, 5_000),
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
def test_any_episode_can_be_estimated(
    frames: int,
    fps: float,
    size: tuple[int, int],
    rate: float,
    layout: Any,
    window: bool,
    max_frames: int,
    passes: tuple[str, ...],
    guidance: dict[str, Any],
    model: str,
) -> None:
    # A typical answer has all subtasks, in each window: thousands of windows would take minutes.
    frames = min(frames, round(MOST_SAMPLES * fps / rate))
    max_frames = max(max_frames, round(frames / fps * rate / MOST_WINDOWS))
    sample = replace(SHEETS, fps=rate, layout=layout, window=window, max_frames=max_frames)
    load = estimate(frames, fps, sample, passes, guidance, size=size, model=model)
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
    one = estimate(frames=300, fps=30, sample=SHEETS)
    lines = workload.table({"a": (one, 1), "long name": (one + one, 5)}, PRICES, MODEL).splitlines()
    assert len({len(line) for line in lines}) == 1
    assert [line.split("  ")[0] for line in lines] == ["dataset", "a", "long name", "all"]
    assert f"{3 * one.input_tokens:,}" in lines[-1]
    assert "3 of 6" in lines[-1]


def test_a_factor_multiplies_input_tokens_alone() -> None:
    one = estimate(frames=300, fps=30, sample=SHEETS)
    [row] = workload.table({"a": (one, 1)}, PRICES, MODEL, 2.0).splitlines()[1:]
    assert f"{2 * one.input_tokens:,}" in row
    assert f"{one.output_tokens:,}" in row
    twice = one.dollars(PRICES, MODEL, batch=False, factor=2.0)
    assert twice == pytest.approx((2 * one.input_tokens * 5 + one.output_tokens * 25) / 1e6)


def test_an_unknown_price_is_unknown_and_nothing_to_ask_is_nothing() -> None:
    one = estimate(frames=300, fps=30, sample=SHEETS)
    table = workload.table({"a": (one, 1)}, PRICES, "claude-unknown")
    assert "$" not in table
    assert table.splitlines()[1].split()[-4:] == ["unknown"] * 4
    done = workload.table({"a": (Load(), 1)}, PRICES, MODEL).splitlines()[1].split()
    assert done[-4:] == ["$0.00", "$0.00", "-", "-"]


def test_the_readmes_table_is_what_is_computed(real_data: Path) -> None:
    lines = (PROJECT / "README.md").read_text().splitlines()
    for name, changed in cost.SETTINGS.items():
        load = cost.estimated(real_data / "g1_bottle_v2.1", changed, MODEL)
        each = [load.dollars(PRICES, MODEL, batch=batch) for batch in (False, True)]
        hourly = [dollars * workload.SECONDS_PER_HOUR / load.seconds for dollars in each]
        plain = [re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", line) for line in lines]
        [row] = [line for line in plain if line.startswith(f"| {name}")]
        assert row.strip("| ").split(" | ")[1:] == [
            f"{load.image_tokens:,}",
            f"{load.input_tokens:,}",
            *map(prices.format_usd, hourly),
        ]
    [sentence] = [line for line in lines if "make bench" in line and "prices of" in line]
    assert f"{load.seconds:.1f} s" in sentence
    assert f"`{MODEL}`" in sentence
    assert f"prices of {PRICES.date}" in sentence


def test_sheets_cost_at_most_three_tenths_of_frames(real_data: Path) -> None:
    """The 8 real episodes: 2 frames a second on sheets, 1 a second as images of their own."""
    source = dataset.load(real_data / "g1_bottle_v2.1")
    lengths = [episode.length for episode in source.episodes.values()]
    sheet, frame = (
        sum((estimate(length, source.fps, sample) for length in lengths), Load())
        for sample in (SHEETS, FRAMES)
    )
    assert sheet.image_tokens <= 0.3 * frame.image_tokens
