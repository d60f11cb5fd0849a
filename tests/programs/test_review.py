"""The program that serves the page: a real server, asked over the network."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from support import programs, review_workspace
from support.review_server import ReviewServer
from support.review_workspace import Review


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Review:
    """A small folder of a run."""
    return review_workspace.build(tmp_path_factory.mktemp("review"))


@pytest.fixture(scope="module")
def server(rendered: Review) -> Iterator[ReviewServer]:
    """The program, started in that folder."""
    with ReviewServer(rendered.folder) as running:
        yield running


@pytest.fixture
def client(server: ReviewServer) -> Iterator[httpx2.Client]:
    """Sends the requests of a page."""
    with httpx2.Client(base_url=server.address) as client:
        yield client


def test_one_line_is_printed_with_the_address(server: ReviewServer) -> None:
    [line] = server.printed
    assert line == f"{server.address}\n"


def test_without_settings_one_is_told_what_to_run(tmp_path: Path) -> None:
    said = programs.fails("review.py", f"--config={tmp_path}/config.json")
    assert said == f"{tmp_path}/config.json is missing: run `snakemake review` first"


def test_labels_are_saved(server: ReviewServer, rendered: Review, client: httpx2.Client) -> None:
    found = client.get("api/demo/episodes/0").json()
    answer = client.put(
        "api/demo/episodes/0",
        json={"subtasks": [{"time": 0, "subtask": "mine"}]},
        headers={"If-Match": f'"{found["version"]}"'},
    )
    assert answer.json()["status"] == "corrected"
    assert rendered.written("corrections", 0) == [{"time": 0.0, "subtask": "mine"}]
    assert json.loads(answer.text)["subtasks"] == [{"time": 0.0, "subtask": "mine"}]
