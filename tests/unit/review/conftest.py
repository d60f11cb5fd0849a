"""A page's view of a small folder of a run, without a network."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from subtasks import files
from subtasks.review import app
from subtasks.review.access import Access
from subtasks.review.workspace import Workspace
from subtasks.workflow.config import Config
from support import review_workspace
from support.review_workspace import Review

TOKEN = "a-token-of-tests-______"


class Page:
    """Sends the requests of a page."""

    def __init__(self, review: Review, workspace: Workspace, access: Access) -> None:
        self.review = review
        self.workspace = workspace
        self.client = TestClient(
            app.make(workspace, access),
            base_url=f"http://127.0.0.1:8765/{access.token}/",
            follow_redirects=False,
        )

    def get(self, path: str) -> Any:
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def episode(self, number: int, dataset: str = "demo") -> Any:
        return self.get(f"api/{dataset}/episodes/{number}")

    def row(self, number: int, dataset: str = "demo") -> Any:
        episodes = self.get(f"api/{dataset}/overview")["episodes"]
        return next(each for each in episodes if each["episode"] == number)

    def put(self, number: int, subtasks: Any, version: str | None, dataset: str = "demo") -> Any:
        headers = {} if version is None else {"If-Match": f'"{version}"'}
        path = f"api/{dataset}/episodes/{number}"
        return self.client.put(path, json={"subtasks": subtasks}, headers=headers)

    def save(self, number: int, subtasks: Any, dataset: str = "demo") -> Any:
        """Save over what is there now."""
        version = self.episode(number, dataset)["version"]
        answer = self.put(number, subtasks, version, dataset)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def remove(self, number: int, version: str) -> Any:
        headers = {"If-Match": f'"{version}"'}
        return self.client.delete(f"api/demo/episodes/{number}", headers=headers)

    def rename(self, old: Any, new: Any, dataset: str = "demo") -> Any:
        return self.client.post(f"api/{dataset}/labels", json={"rename": old, "to": new})


def workspace(review: Review) -> Workspace:
    """Read the folder as the program does, which is started in it."""
    return Workspace(Config.from_mapping(files.read_json(review.config)), warn=print)


def opened(review: Review, access: Access | None = None) -> Page:
    """Open the page of a folder."""
    return Page(review, workspace(review), access or Access(TOKEN))


@pytest.fixture(scope="session")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Review:
    """A small folder of a run that nobody changes."""
    return review_workspace.build(tmp_path_factory.mktemp("review"))


@pytest.fixture
def review(rendered: Review, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Review:
    """A small folder of a run, which is the working directory."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(rendered.folder, tmp_path, dirs_exist_ok=True)
    return replace(rendered, folder=tmp_path, config=tmp_path / "work" / "config.json")


@pytest.fixture
def page(review: Review) -> Page:
    """The page of that folder."""
    return opened(review)
