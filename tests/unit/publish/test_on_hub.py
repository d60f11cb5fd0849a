"""What a commit of a result contains, and what it must not replace."""

import functools
import json
from collections.abc import Iterator
from pathlib import Path

import huggingface_hub
import pytest

from servers.hub import HubServer
from subtasks.dataset import dataset
from subtasks.dataset.dataset import Dataset
from subtasks.errors import Problem
from subtasks.publish import on_hub
from subtasks.publish.on_hub import HubTarget
from support.small_datasets import info_json, make_v2

# The client of the Hub uploads bytes in a way that its HTTP library deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

REPO = "me/set"
DATA = [f"data/chunk-00{i // 2}/episode_00000{i}.parquet" for i in range(5)]
TABLE = "meta/subtasks.parquet"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    with HubServer() as running:
        # The client has read its environment when it was imported.
        api = functools.partial(huggingface_hub.HfApi, endpoint=running.url)
        monkeypatch.setattr(huggingface_hub, "HfApi", api)
        monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_DISABLE_XET", True)
        monkeypatch.setenv("HF_TOKEN", running.token)
        yield running


def write(root: Path, contents: dict[str, str]) -> None:
    for path, content in contents.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content)


@pytest.fixture
def source(tmp_path: Path) -> Dataset:
    root = make_v2(tmp_path / "source", info_json())
    write(
        root, dict.fromkeys(DATA, "as recorded") | {"README.md": "A set.", "videos/a.mp4": "film"}
    )
    write(root, {".cache/mine": "mine"})
    return dataset.load(root)


@pytest.fixture
def result(source: Dataset, tmp_path: Path) -> dict[str, Path]:
    """A result whose first data file is as the source's."""
    root = tmp_path / "result"
    write(root, dict.fromkeys([*DATA[1:], TABLE, "subtasks/a.json"], "labelled"))
    write(
        root,
        {DATA[0]: "as recorded", "meta/info.json": json.dumps(info_json() | {"labelled": True})},
    )
    return {p.relative_to(root).as_posix(): p for p in root.rglob("*") if p.is_file()}


def test_a_new_repo_gets_the_whole_dataset_and_a_tag(
    server: HubServer, source: Dataset, result: dict[str, Path]
) -> None:
    said = on_hub.publish(source, result, None, HubTarget(REPO, private=False))
    repo = server.repos[REPO]
    assert not repo.private
    assert repo.head.files.keys() == {"README.md", "videos/a.mp4", *result}
    for path, file in result.items():
        assert repo.head.files[path].content == file.read_bytes()
    assert repo.tags == {"v2.1": repo.head.oid}
    assert said.startswith("published 10 files: http")
    assert said.endswith("; LeRobot finds it by the tag v2.1")


def test_only_what_differs_is_committed(
    server: HubServer, source: Dataset, result: dict[str, Path]
) -> None:
    server.create(REPO, source.root)
    repo = server.repos[REPO]
    before = dict(repo.head.files)
    assert "published 7 files" in on_hub.publish(source, result, None, HubTarget(REPO))
    changed = {path for path, blob in repo.head.files.items() if before.get(path) != blob}
    assert changed == result.keys() - {DATA[0]}
    head = repo.head.oid
    assert on_hub.publish(source, result, None, HubTarget(REPO)) == (
        f"{REPO} at main is up to date: nothing to publish"
    )
    assert repo.head.oid == head

    # An output that is no longer chosen leaves no table behind.
    del result[TABLE]
    on_hub.publish(source, result, None, HubTarget(REPO))
    assert TABLE not in repo.head.files


def test_info_comes_with_the_last_of_several_commits(
    server: HubServer,
    source: Dataset,
    result: dict[str, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(on_hub, "MAX_COMMIT_FILES", 3)
    repo = server.create(REPO, source.root)
    on_hub.publish(source, result, None, HubTarget(REPO, branch="labels"))
    last = repo.commits[repo.refs["labels"]]
    assert last.parent is not None
    before = repo.commits[last.parent].files
    assert {p for p, blob in last.files.items() if before.get(p) != blob} == {"meta/info.json"}
    assert repo.tags == {}


def test_a_repo_with_another_dataset_is_refused(
    server: HubServer, source: Dataset, result: dict[str, Path], tmp_path: Path
) -> None:
    server.create(REPO, make_v2(tmp_path / "other", info_json(fps=25)))
    with pytest.raises(Problem, match=r"is another dataset \(its fps is 25, not 10\)"):
        on_hub.publish(source, result, None, HubTarget(REPO))


@pytest.mark.parametrize("path", [DATA[2], "meta/episodes.jsonl"])
def test_what_somebody_else_has_changed_is_not_replaced(
    server: HubServer, source: Dataset, result: dict[str, Path], path: str
) -> None:
    repo = server.create(REPO, source.root)
    head = repo.commit({path: b"repaired"}).oid
    write(source.root, {"meta/episodes.jsonl": "changed since"})
    result["meta/episodes.jsonl"] = source.root / "meta/episodes.jsonl"
    with pytest.raises(Problem, match=f"{path} of {REPO} at main was changed by somebody else"):
        on_hub.publish(source, result, None, HubTarget(REPO))
    assert repo.head.oid == head
