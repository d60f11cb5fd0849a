"""The options that annotate and submit share, and what is made of them."""

import argparse
import json
from pathlib import Path

import pytest

from subtasks.api.connection import Connection
from subtasks.api.options import AskOptions, add_arguments, ask_settings, read_text
from subtasks.cost import prices
from subtasks.cost.capacity import Capacity
from subtasks.cost.prices import Prices
from subtasks.errors import Problem
from subtasks.questions.guidance import Guidance
from subtasks.questions.protocol import Protocol
from support.episode_archive import MODEL, ask_arguments
from support.workflow import PROJECT

TABLE = Prices("2026-09-30", {}, 0.5, 1.25, 0.1, {MODEL: Capacity(images=7)})


def read(folder: Path, *options: str, episodes: int = 1) -> AskOptions:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return AskOptions(**vars(parser.parse_args([*ask_arguments(folder, episodes), *options])))


def test_every_option_has_a_field(tmp_path: Path) -> None:
    """And every field an option, or making the options would fail."""
    options = read(tmp_path)
    assert options.connection() == Connection()
    assert options.budget is None
    settings = options.settings()
    assert (settings.model, settings.max_tokens, settings.effort) == (MODEL, 8192, None)
    assert (settings.guidance, settings.window) == (Guidance(), False)
    assert settings.limits.frames == 600
    table = prices.read(PROJECT / "config/prices.yaml")
    assert settings.limits.images == table.capacity(MODEL).images
    assert settings.passes.keys() == {"segment"}


def test_options_that_are_given(tmp_path: Path) -> None:
    guidance = {"context": "a kitchen", "vocabulary": ["reach"], "max_segments": 3}
    path = tmp_path / "guidance.json"
    path.write_text(json.dumps(guidance))
    options = read(
        tmp_path,
        *("--window", "--effort=low", "--max-tokens=100", "--max-frames=50"),
        f"--guidance={path}",
        *("--provider=vertex", "--base-url=http://localhost", "--max-retries=2", "--max-wait=5"),
    )
    settings = options.settings()
    assert (settings.max_tokens, settings.effort, settings.window) == (100, "low", True)
    assert settings.limits.frames == 50
    assert settings.guidance == Guidance("a kitchen", ("reach",), max_segments=3)
    assert options.connection() == Connection("vertex", "http://localhost", 2, 5.0)


def test_there_is_a_conversation_for_each_episode_in_order(tmp_path: Path) -> None:
    options = read(tmp_path, episodes=12)
    talks = options.talks()
    assert [talk.episode for talk in talks] == list(range(12))
    [question] = talks[11].questions
    assert "pick the cup 11" in question.content[-1]


def test_the_budget_is_kept_in_the_store(tmp_path: Path) -> None:
    options = read(tmp_path, "--budget=5")
    [question] = options.talks()[0].questions
    with options.open_store() as (store, budget):
        assert store.folder == tmp_path / "replies"
        with budget.room_in_batch([question]) as (count, usd):
            assert count == 1
            assert 0 < usd < 5


def test_the_price_table_says_how_many_images_a_request_may_hold(tmp_path: Path) -> None:
    prompt = tmp_path / "prompt.md"
    prompt.write_text(" Watch.\n")
    protocol = tmp_path / "protocol.md"
    protocol.write_text("A step.\n\n## Example\n[]\n")
    settings = ask_settings(
        model=MODEL,
        max_tokens=100,
        effort=None,
        prompts={"segment": prompt},
        protocol=protocol,
        max_frames=50,
        window=True,
        guidance=Guidance(),
        table=TABLE,
    )
    assert (settings.limits.frames, settings.limits.images) == (50, 7)
    assert settings.passes == {"segment": "Watch."}
    assert settings.protocol == Protocol("A step.", "[]")


@pytest.mark.parametrize("content", [b"", b" \n", b"\xff\xfe\x00", b"x" * (2 << 20)])
def test_an_unusable_prompt_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "prompt.md"
    path.write_bytes(content)
    with pytest.raises(Problem, match=r"^the prompt .*prompt\.md"):
        read_text("prompt", path)


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"5", b"\xff", b'{"vocabulary": 3}', b'{"unknown": 1}', b"[" * 200_000]
)
def test_damaged_guidance_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "guidance.json"
    path.write_bytes(content)
    with pytest.raises(Problem, match=r"guidance\.json"):
        read(tmp_path, f"--guidance={path}").settings()


def test_guidance_that_is_missing_is_named(tmp_path: Path) -> None:
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(Problem, match=r"the guidance .* cannot be read"):
            read(tmp_path, f"--guidance={path}").settings()


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"\xff", b'{"0": {}}', b'{"a": 1}', b"[" * 200_000]
)
def test_damaged_facts_are_named(tmp_path: Path, content: bytes) -> None:
    options = read(tmp_path)
    (tmp_path / "facts.json").write_bytes(content)
    with pytest.raises(Problem, match=r"facts\.json is damaged: remove it and run again"):
        options.talks()
