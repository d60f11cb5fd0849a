"""Where results are published: what the config says about it."""

import shlex
from collections.abc import Collection, Mapping

from subtasks.dataset.dataset import Dataset
from subtasks.errors import Problem
from subtasks.publish import result_files
from subtasks.workflow.config import Config

NOWHERE = (
    "config: publish names no place: set publish.in_place: true, or publish.repo_id to a dataset "
    "on the Hub"
)
NONE_LOCAL = (
    "unpublish takes back what was published into local datasets, and there is none: on the Hub, "
    "revert the commit"
)


def target_kind(config: Config, datasets: Mapping[str, Dataset]) -> str | None:
    """Give the kind of place under `publish`: `in_place`, `to_hub`, or None where none is named.

    Raises `Problem` for one that contradicts itself or cannot take these datasets.
    """
    wanted = config["publish"]
    if wanted["in_place"] and wanted["repo_id"]:
        raise Problem("config: publish has in_place and repo_id, it goes to one place: choose one")
    if not wanted["repo_id"] and (wanted["branch"] or wanted["pull_request"]):
        raise Problem("config: publish.branch and pull_request need publish.repo_id: set it")
    if wanted["branch"] and wanted["pull_request"]:
        raise Problem("config: publish has branch and pull_request: choose one")
    if wanted["in_place"] and (remote := datasets.keys() - local_datasets(datasets)):
        raise Problem(
            f"config: publish.in_place needs datasets on this machine and {sorted(remote)[0]} is "
            "not here: set publish.repo_id instead"
        )
    for name, dataset in datasets.items():
        if dataset.address is not None and wanted["repo_id"]:
            raise Problem(
                f"config: publish.repo_id cannot take {name}, which lies in object storage: copy "
                "its result to this machine and upload it from here"
            )
    if wanted["repo_id"]:
        repos(config, datasets)
    return "in_place" if wanted["in_place"] else "to_hub" if wanted["repo_id"] else None


def check_targets(
    command: Collection[str], config: Config, datasets: Mapping[str, Dataset]
) -> None:
    """Raise `Problem` where a command asks for what cannot be, before anything is made for it."""
    if "publish" in command:
        if target_kind(config, datasets) is None:
            raise Problem(NOWHERE)
        for dataset in datasets.values():
            result_files.check_whole(dataset, result_files.tables_of(dataset))
    if "unpublish" in command and not local_datasets(datasets):
        raise Problem(NONE_LOCAL)


def repos(config: Config, datasets: Mapping[str, Dataset]) -> dict[str, str]:
    """Give the repo on the Hub of each dataset; raises `Problem` where two have the same."""
    found: dict[str, str] = {}
    for name in datasets:
        # The owner's name is no part of it: lerobot--droid_100 is published as me/droid_100.
        repo = config["publish"]["repo_id"].replace("{dataset}", name.split("--")[-1])
        if repo in found.values():
            raise Problem(
                f"config: publish.repo_id makes {repo} the place of more than one dataset: put "
                "{dataset} into it, or publish them one by one"
            )
        found[name] = repo
    return found


def target_options(config: Config, datasets: Mapping[str, Dataset], name: str) -> str:
    """Options that say to which repo on the Hub a dataset's result goes, and how."""
    wanted = config["publish"]
    return shlex.join(
        [
            f"--repo-id={repos(config, datasets)[name]}",
            *([f"--branch={wanted['branch']}"] if wanted["branch"] else []),
            *(["--pull-request"] if wanted["pull_request"] else []),
            *([] if wanted["private"] else ["--public"]),
            *(["--on-hub"] if datasets[name].remote is not None else []),
        ]
    )


def local_datasets(datasets: Mapping[str, Dataset]) -> list[str]:
    """Names of the datasets that lie on this machine."""
    return [name for name, dataset in datasets.items() if dataset.remote is None]
