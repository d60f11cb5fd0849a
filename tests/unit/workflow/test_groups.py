"""Episodes are asked about in groups of a fixed grid."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks.dataset.dataset import Dataset
from subtasks.dataset.episode import Episode
from subtasks.workflow.groups import episodes_of, group_name, group_size, groups_of
from support import configs

CLAUDE = configs.read().claude


def dataset(*episodes: int) -> Dataset:
    chosen = {i: Episode(i, 20, "pick", f"data/{i}", 0) for i in episodes}
    return Dataset("d", Path("d"), "v2.1", 10.0, {}, (), 1000, chosen)


@pytest.mark.parametrize(("api", "size"), [("live", 16), ("batch", 200)])
def test_the_size_of_a_group_is_that_of_a_job(api: str, size: int) -> None:
    assert group_size(configs.read(claude={"api": api}).claude) == size
    sizes = {"api": api, "episodes_per_job": 3, "batch": {"episodes": 5}}
    assert group_size(configs.read(claude=sizes).claude) == {"live": 3, "batch": 5}[api]


def test_groups_are_named_for_the_grid_and_not_for_the_selection() -> None:
    claude = configs.read(claude={"episodes_per_job": 16}).claude
    assert groups_of(dataset(0, 15, 16, 40), claude) == [
        "000000-000015",
        "000016-000031",
        "000032-000047",
    ]
    # One episode less changes no other group.
    assert groups_of(dataset(15, 40, 16), claude) == groups_of(dataset(0, 15, 16, 40), claude)
    assert episodes_of(dataset(0, 15, 16, 40), "000000-000015") == [0, 15]
    assert groups_of(dataset(), claude) == []


@given(
    episodes=st.sets(st.integers(0, 2000), max_size=40),
    size=st.integers(1, 300),
)
def test_every_episode_is_in_one_group(episodes: set[int], size: int) -> None:
    claude = replace(CLAUDE, episodes_per_job=size)
    whole = dataset(*episodes)
    groups = groups_of(whole, claude)
    assert groups == sorted(groups)
    found = [(episode, group) for group in groups for episode in episodes_of(whole, group)]
    assert found == [(episode, group_name(episode, size)) for episode in sorted(episodes)]
