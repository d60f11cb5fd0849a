"""Addresses of true labels on the Hub, as huggingface_hub writes them."""

import pytest

from subtasks.errors import Problem
from subtasks.truth import on_hub
from subtasks.truth.on_hub import Address


@pytest.mark.parametrize(
    ("place", "address"),
    [
        ("hf://datasets/me/demo", Address("me/demo", "main", None)),
        ("hf://datasets/me/demo/", Address("me/demo", "main", None)),
        ("hf://datasets/me/demo@v2.1", Address("me/demo", "v2.1", None)),
        ("hf://datasets/me/d.e-m_o@refs%2Fpr%2F3", Address("me/d.e-m_o", "refs/pr/3", None)),
        ("hf://datasets/me/demo/a/b.csv", Address("me/demo", "main", "a/b.csv")),
        ("hf://datasets/me/demo@x/b.parquet", Address("me/demo", "x", "b.parquet")),
    ],
)
def test_an_address_names_a_dataset_or_a_table_in_it(place: str, address: Address) -> None:
    assert on_hub.parse(place) == address


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("hf://datasets/demo", "is no address of true labels: write hf://datasets/owner/name"),
        ("hf://datasets/../etc", "is no address of true labels"),
        ("hf://datasets/me/de mo", "is no address of true labels"),
        ("hf://datasets/me/demo/truth", "names a file that is no table"),
        ("hf://datasets/me/demo/truth.json", "names a file that is no table"),
    ],
)
def test_what_is_no_address_is_a_problem(place: str, reason: str) -> None:
    with pytest.raises(Problem, match=reason):
        on_hub.parse(place)
