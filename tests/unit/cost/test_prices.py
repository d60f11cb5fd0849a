"""The price table: what tokens cost, and what models take."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from subtasks.cost import prices
from subtasks.cost.capacity import Capacity
from subtasks.cost.prices import Prices
from subtasks.errors import Problem
from support.workflow import PROJECT

SHIPPED = PROJECT / "config/prices.yaml"
TABLE = Prices("2026-09-30", {"claude-a-1": (4.0, 20.0)}, 0.5, cache_write=1.25, cache_read=0.1)


def test_the_shipped_table_is_dated_and_has_the_default_model() -> None:
    shipped = prices.read(SHIPPED)
    default = yaml.safe_load((PROJECT / "config/config.yaml").read_text())["claude"]["model"]
    assert shipped.date == "2026-09-30"
    assert shipped.price(default) == (5.0, 25.0)


def test_each_kind_of_token_has_its_price() -> None:
    usage = {
        "input_tokens": 1_000_000,
        "cache_creation_input_tokens": 2_000_000,
        "cache_read_input_tokens": 3_000_000,
        "output_tokens": 500_000,
        "ephemeral_things": 7,
    }
    live = 4 + 2 * 4 * 1.25 + 3 * 4 * 0.1 + 0.5 * 20
    assert TABLE.cost("claude-a-1", usage, batch=False) == pytest.approx(live)
    assert TABLE.cost("claude-a-1", usage, batch=True) == pytest.approx(live / 2)


@pytest.mark.parametrize(
    "name",
    [
        "claude-a-1",
        "claude-a-1-20260416",
        "claude-a-1@20260416",
        "anthropic.claude-a-1-v1:0",
        "us.anthropic.claude-a-1-20260416-v2:0",
        "arn:aws:bedrock:eu-west-1:1:inference-profile/eu.anthropic.claude-a-1-v1:0",
    ],
)
def test_a_model_is_known_by_every_platforms_name(name: str) -> None:
    assert TABLE.price(name) == (4.0, 20.0)


@pytest.mark.parametrize("name", ["claude-a", "claude-a-10", "claude-a-1-fast", "claude-a-1-1", ""])
def test_another_model_has_no_price_and_is_not_free(name: str) -> None:
    assert TABLE.cost(name, {"input_tokens": 1}, batch=False) is None
    assert prices.format_usd(None) == "price unknown"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("batch", "half"),
        ("batch", True),
        ("cache_read", -1),
        ("cache_write", float("nan")),
        ("models", None),
        ("models", {"claude-a-1": {"input": 1}}),
        ("models", {"claude-a-1": 5}),
        ("models", {"claude-a-1": {"images": 0}}),
        ("models", {"claude-a-1": {"images": True}}),
        ("models", {"claude-a-1": {"thinks": 1}}),
        ("models", {"claude-a-1": {"imags": 100}}),
    ],
)
def test_an_invalid_table_is_reported_in_one_sentence(tmp_path: Path, key: str, value: Any) -> None:
    path = tmp_path / "prices.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load(SHIPPED.read_text()) | {key: value}))
    with pytest.raises(Problem, match=r"price table .*prices\.yaml is invalid"):
        prices.read(path)


@pytest.mark.parametrize(
    ("name", "images", "long_edge"),
    [
        ("claude-opus-4-7", 600, 2576),
        ("us.anthropic.claude-opus-4-7-20260416-v1:0", 600, 2576),
        ("claude-opus-4-6", 600, 1568),
        ("claude-haiku-4-5-20251001", 100, 1568),
        ("somebody-elses-model", 100, 1568),
    ],
)
def test_what_a_model_takes_stands_in_the_table(name: str, images: int, long_edge: int) -> None:
    capacity = prices.read(SHIPPED).capacity(name)
    assert (capacity.images, capacity.long_edge) == (images, long_edge)


def test_a_model_of_somebodys_own_may_take_more_with_or_without_a_price(tmp_path: Path) -> None:
    path = tmp_path / "prices.yaml"
    table = yaml.safe_load(SHIPPED.read_text())
    table["models"] = {
        "proxy": {"input": 1, "output": 2, "images": 600, "thinks": True},
        "mute": {"images": 7},
    }
    path.write_text(yaml.safe_dump(table))
    read = prices.read(path)
    assert read.price("proxy") == (1.0, 2.0)
    assert read.capacity("proxy") == Capacity(images=600, thinks=True)
    assert read.price("mute") is None
    assert read.capacity("mute") == Capacity(images=7)


@pytest.mark.parametrize("text", ["", "models: [", "- a", "\t"])
def test_a_file_that_is_no_table_and_one_that_is_missing(tmp_path: Path, text: str) -> None:
    path = tmp_path / "prices.yaml"
    path.write_text(text)
    with pytest.raises(Problem, match="is invalid"):
        prices.read(path)
    with pytest.raises(Problem, match="there is no such file"):
        prices.read(tmp_path / "gone.yaml")


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (None, "price unknown"),
        (0, "$0.00"),
        (0.00012, "$0.0001"),
        (0.9999, "$0.9999"),
        (1, "$1.00"),
        (12345.678, "$12,345.68"),
    ],
)
def test_small_amounts_are_shown_with_more_digits(amount: float | None, text: str) -> None:
    assert prices.format_usd(amount) == text
