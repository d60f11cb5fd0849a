"""Where results are published, as the config says."""

import shlex
from collections.abc import Iterable, Mapping

from subtasks.dataset.dataset import Dataset
from subtasks.errors import Problem
from subtasks.publish import result_files
from subtasks.workflow.config import Publish

NOWHERE = "nowhere to publish to: set publish.in_place: true or publish.repo_id"
NONE_LOCAL = (
    "unpublish only works on local datasets, and none is configured; on the Hub, revert the commit"
)


def target_kind(publish: Publish, datasets: Mapping[str, Dataset]) -> str | None:
    """Return the kind of target that is configured: `in_place`, `to_hub`, or None.

    Raises `Problem` for one that contradicts itself or cannot take these datasets.
    """
    if publish.in_place and publish.repo_id:
        raise Problem(
            "config: publish.in_place and publish.repo_id exclude each other: set only one"
        )
    if not publish.repo_id and (publish.branch or publish.pull_request):
        raise Problem(
            "config: publish.branch and publish.pull_request need publish.repo_id: set it"
        )
    if publish.branch and publish.pull_request:
        raise Problem(
            "config: publish.branch and publish.pull_request exclude each other: set only one"
        )
    if publish.in_place and (remote := datasets.keys() - local_datasets(datasets)):
        raise Problem(
            f"config: publish.in_place needs datasets on this machine, and {sorted(remote)[0]} is "
            "not: set publish.repo_id instead"
        )
    if publish.repo_id:
        for name, dataset in datasets.items():
            if dataset.address is not None:
                raise Problem(
                    f"config: publish.repo_id cannot be used with {name}, which is in object "
                    "storage: copy its result to this machine and upload it from here"
                )
        repos(publish.repo_id, datasets)
    return "in_place" if publish.in_place else "to_hub" if publish.repo_id else None


def check_publish(publish: Publish, datasets: Mapping[str, Dataset]) -> None:
    """Raise `Problem` where results cannot be published, before anything is made for it."""
    if target_kind(publish, datasets) is None:
        raise Problem(NOWHERE)
    for dataset in datasets.values():
        result_files.check_whole(dataset)


def check_unpublish(datasets: Mapping[str, Dataset]) -> None:
    """Raise `Problem` where nothing can have been published that could be taken back."""
    if not local_datasets(datasets):
        raise Problem(NONE_LOCAL)


def repos(repo_id: str, datasets: Iterable[str]) -> dict[str, str]:
    """Return the repo on the Hub of each dataset; raises `Problem` where two have the same."""
    found: dict[str, str] = {}
    for name in datasets:
        # The owner's name is no part of it: lerobot--droid_100 is published as me/droid_100.
        repo = repo_id.replace("{dataset}", name.split("--")[-1])
        if repo in found.values():
            raise Problem(
                f"config: publish.repo_id sends more than one dataset to {repo}: put {{dataset}} "
                "into it, or publish them one by one"
            )
        found[name] = repo
    return found


def target_options(publish: Publish, datasets: Mapping[str, Dataset], name: str) -> str:
    """Return the options that say to which repo on the Hub a result goes, and how."""
    return shlex.join(
        [
            f"--repo-id={repos(publish.repo_id or '', datasets)[name]}",
            *([f"--branch={publish.branch}"] if publish.branch else []),
            *(["--pull-request"] if publish.pull_request else []),
            *([] if publish.private else ["--public"]),
            *(["--on-hub"] if datasets[name].remote is not None else []),
        ]
    )


def local_datasets(datasets: Mapping[str, Dataset]) -> list[str]:
    """Return the names of the datasets that are on this machine."""
    return [name for name, dataset in datasets.items() if dataset.remote is None]
