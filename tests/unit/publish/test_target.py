"""Where results go: one target that can take all datasets, or a sentence why there is none."""

import re
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from subtasks.dataset.dataset import Dataset
from subtasks.dataset.episode import RemoteFile
from subtasks.errors import Problem
from subtasks.publish import target
from subtasks.workflow.config import Publish
from support import configs

REMOTE = {"data/x.parquet": RemoteFile("abc")}


def publish(**section: Any) -> Publish:
    return configs.read(publish=section).publish


def datasets(*names: str, remote: Any = None, address: str | None = None) -> dict[str, Dataset]:
    plain = Dataset("", Path(), "v2.1", 10.0, {}, None, 0, {}, remote=remote, address=address)
    return {name: replace(plain, name=name, root=Path(name)) for name in names}


@pytest.mark.parametrize(
    ("section", "kind"),
    [
        ({}, None),
        ({"private": False}, None),
        ({"in_place": True}, "in_place"),
        ({"repo_id": "me/{dataset}-labelled"}, "to_hub"),
        ({"repo_id": "me/{dataset}", "branch": "labels"}, "to_hub"),
        ({"repo_id": "me/{dataset}", "pull_request": True}, "to_hub"),
    ],
)
def test_what_kind_of_target_is_configured(section: dict[str, Any], kind: str | None) -> None:
    assert target.target_kind(publish(**section), datasets("lerobot--a", "b")) == kind


@pytest.mark.parametrize(
    ("section", "sentence"),
    [
        (
            {"in_place": True, "repo_id": "me/x"},
            "publish.in_place and publish.repo_id exclude each other: set only one",
        ),
        (
            {"branch": "labels"},
            "publish.branch and publish.pull_request need publish.repo_id: set it",
        ),
        (
            {"pull_request": True},
            "publish.branch and publish.pull_request need publish.repo_id: set it",
        ),
        (
            {"repo_id": "me/{dataset}", "branch": "b", "pull_request": True},
            "publish.branch and publish.pull_request exclude each other: set only one",
        ),
        (
            {"repo_id": "me/x"},
            "publish.repo_id sends more than one dataset to me/x: put {dataset} into it, or "
            "publish them one by one",
        ),
        (
            {"repo_id": "me/{dataset}"},
            "publish.repo_id sends more than one dataset to me/same: put {dataset} into it, or "
            "publish them one by one",
        ),
    ],
)
def test_a_target_that_contradicts_itself_is_one_sentence(
    section: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(Problem) as caught:
        target.target_kind(publish(**section), datasets("one--same", "two--same"))
    assert str(caught.value) == f"config: {sentence}"


def test_what_is_not_on_this_machine_cannot_be_published_in_place() -> None:
    mixed = datasets("b") | datasets("c", "a", remote=REMOTE)
    sentence = "needs datasets on this machine, and a is not: set publish.repo_id instead"
    with pytest.raises(Problem, match=sentence):
        target.target_kind(publish(in_place=True), mixed)
    assert target.target_kind(publish(repo_id="me/{dataset}"), mixed) == "to_hub"


def test_what_is_in_object_storage_cannot_go_to_the_hub() -> None:
    stored = datasets("a", remote=REMOTE, address="s3://robots/a")
    with pytest.raises(Problem, match="repo_id cannot be used with a, which is in object storage"):
        target.target_kind(publish(repo_id="me/a"), stored)


def test_there_must_be_a_target_for_what_is_published() -> None:
    with pytest.raises(Problem, match=f"^{re.escape(target.NOWHERE)}$"):
        target.check_publish(publish(), datasets("a"))
    target.check_publish(publish(repo_id="me/a"), datasets("a"))


def test_a_part_of_a_dataset_is_not_published() -> None:
    part = replace(datasets("a", remote=REMOTE)["a"], files={})
    with pytest.raises(Problem, match="a has data files whose episodes are not selected"):
        target.check_publish(publish(repo_id="me/a"), {"a": part})
    whole = replace(part, files={"data/x.parquet": [0]})
    target.check_publish(publish(repo_id="me/a"), {"a": whole})


def test_only_local_datasets_can_be_restored() -> None:
    remote = datasets("a", remote=REMOTE)
    with pytest.raises(Problem, match=f"^{re.escape(target.NONE_LOCAL)}$"):
        target.check_unpublish(remote)
    target.check_unpublish(remote | datasets("b"))
    assert target.local_datasets(remote | datasets("b", "c")) == ["b", "c"]


def test_a_repo_has_the_datasets_name_without_that_of_its_owner() -> None:
    names = ["lerobot--a", "b", "x--y--z"]
    assert target.repos("me/{dataset}-labelled", names) == {
        "lerobot--a": "me/a-labelled",
        "b": "me/b-labelled",
        "x--y--z": "me/z-labelled",
    }


@pytest.mark.parametrize(
    ("section", "options"),
    [
        ({"repo_id": "me/{dataset}"}, ["--repo-id=me/a"]),
        ({"repo_id": "me/a", "branch": "b/c"}, ["--repo-id=me/a", "--branch=b/c"]),
        (
            {"repo_id": "me/a", "pull_request": True, "private": False},
            ["--repo-id=me/a", "--pull-request", "--public"],
        ),
    ],
)
def test_the_options_of_the_program(section: dict[str, Any], options: list[str]) -> None:
    found = target.target_options(publish(**section), datasets("me--a"), "me--a")
    assert shlex.split(found) == options
    found = target.target_options(publish(**section), datasets("a", remote=REMOTE), "a")
    assert shlex.split(found) == [*options, "--on-hub"]
