"""The price table: what tokens cost, and what models take."""

import itertools
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


HEAD = "date: 2026-01-01\nbatch: 0.5\ncache_write: 1.25\ncache_read: 0.1\n"
ONE = "models: {a: {input: 1, output: 2}}\n"
BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{after}: &{after} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, after in itertools.pairwise("abcdefghijk")
)

ODD_TABLES = {
    "a bomb as the date": (BOMB + HEAD.replace("2026-01-01", "*k") + ONE, "unknown key 'a' in it"),
    "a bomb as a price": (HEAD + "models: {a: {input: &a [1, *a], output: 2}}", "not a list"),
    "a list as the date": (HEAD.replace("2026-01-01", "[1]") + ONE, "date must be a date"),
    "a date that is none": (HEAD.replace("2026-01-01", "2026-13-99") + ONE, "month must be"),
    "a key there twice": (HEAD + "batch: 0.6\n" + ONE, "line 5: 'batch' is there twice"),
    "a model there twice": (
        HEAD + "models:\n  a: {input: 1, output: 2}\n  a: {input: 3, output: 4}\n",
        "line 7: 'a' is there twice",
    ),
    "a price there twice": (
        HEAD + "models:\n  a:\n    input: 1\n    input: 2\n    output: 3\n",
        "line 8: 'input' is there twice",
    ),
    "NaN": (HEAD + "models: {a: {input: .nan, output: 2}}", "input of a must be a number"),
    "infinite": (HEAD + "models: {a: {input: 1, output: .inf}}", "output of a must be a number"),
    "negative": (HEAD + "models: {a: {input: -1, output: 2}}", "not -1"),
    "a text": (HEAD + "models: {a: {input: '5', output: 2}}", "not '5'"),
    "a currency": (HEAD + "models: {a: {input: $5, output: 2}}", r"not '\$5'"),
    "a comma": (HEAD + "models: {a: {input: '1,5', output: 2}}", "not '1,5'"),
    "yes": (HEAD + "models: {a: {input: yes, output: 2}}", "not True"),
    "nothing": (HEAD + "models: {a: {input: , output: 2}}", "not None"),
    "absurd": (HEAD + "models: {a: {input: 1.0e+300, output: 2}}", "from 0 to 1,000,000"),
    "absurd digits": (HEAD + f"models: {{a: {{input: {'9' * 5000}, output: 2}}}}", "limit"),
    "absurd hexadecimal": (
        HEAD + f"models: {{a: {{input: 0x{'f' * 9000}, output: 2}}}}",
        "too long",
    ),
    "a factor of 1000": (HEAD.replace("1.25", "1000") + ONE, "cache_write must be a number"),
    "only one price": (HEAD + "models: {a: {output: 2}}", "the model 'a' lacks input"),
    "an unknown key": (HEAD + "models: {a: {input: 1, output: 2, cached: 3}}", "key 'cached'"),
    "a model without a name": (HEAD + "models: {null: {input: 1, output: 2}}", "None is no name"),
    "a list of models": (HEAD + "models: [a, b]", "models must map"),
    "a model that is a list": (HEAD + "models: {a: [1, 2]}", "the model 'a' must have the keys"),
    "no date": (HEAD.replace("date: 2026-01-01\n", "") + ONE, "it lacks date"),
    "no models": (HEAD, "it lacks models"),
    "absurd images": (
        HEAD + f"models: {{a: {{images: {10**30}}}}}",
        "images of a must be a number",
    ),
    "another program's YAML": ("!!python/object/apply:os.system [ls]", "line 1: could not"),
    "a key that is a list": (HEAD + ONE + "? [a, b]\n: 1\n", "line 6: found unhashable key"),
    "two documents": (HEAD + ONE + "---\n" + HEAD, "line 6|line 1"),
    "a missing quote": (HEAD + "models: {a: {input: '1, output: 2}}", "line "),
    "a tab": ("date: 2026\n\tbatch: 1", "line 2"),
    "a NUL": (HEAD + ONE + "\x00", "not YAML"),
    "nested deeply": ("[" * 5000, "nested too deeply"),
    "larger than any table": ("#" * (2 << 20), "larger than 1 MB"),
}


@pytest.mark.parametrize(("text", "said"), ODD_TABLES.values(), ids=ODD_TABLES)
def test_an_odd_table_is_refused_in_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "prices.yaml"
    path.write_text(text)
    with pytest.raises(Problem, match=rf"^the price table .*prices\.yaml is invalid \(.*({said})"):
        prices.read(path)


def test_a_table_that_is_no_text_or_no_file(tmp_path: Path) -> None:
    path = tmp_path / "prices.yaml"
    path.write_bytes(b"date: \xff\xfe")
    with pytest.raises(Problem, match=r"prices\.yaml must be UTF-8 text"):
        prices.read(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(Problem, match=r"prices\.yaml cannot be read \(Is a directory\)"):
        prices.read(path)


def test_a_table_may_have_a_byte_order_mark_and_anchors(tmp_path: Path) -> None:
    path = tmp_path / "prices.yaml"
    path.write_text(
        "\ufeff"
        + HEAD
        + "models:\n  a: &a {input: 1, output: 2}\n  b: *a\n  c: {<<: *a, images: 3}\n"
    )
    table = prices.read(path)
    assert [table.price(name) for name in "abc"] == [(1.0, 2.0)] * 3
    assert table.capacity("c").images == 3


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
