"""The program that serves the page: a real server, asked over the network."""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from random import Random

import httpx2
import pytest

from subtasks.demo import lerobot
from support import programs, review_workspace
from support.review_server import ReviewServer
from support.review_workspace import Review
from support.workflow import PROJECT


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


def test_settings_of_another_version_are_told_from_a_fault(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"datasets": [], "work": "work"}')
    said = programs.fails("review.py", "--config", str(tmp_path / "config.json"))
    assert said == f"{tmp_path}/config.json is of another version: run `snakemake review` again"


def test_without_its_packages_it_says_how_to_install_them(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['uvicorn'] = None\n")
    found = subprocess.run(
        [sys.executable, PROJECT / "scripts" / "review.py"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert found.returncode == 1
    sentence = "the page needs packages that are not installed: pip install -e '.[review]'"
    assert found.stderr.endswith(f" ERROR {sentence}\n")


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


@pytest.mark.parametrize("times", [25, pytest.param(100, marks=pytest.mark.thorough)])
def test_killed_while_saving_nothing_is_torn(tmp_path: Path, times: int) -> None:
    review = review_workspace.build(tmp_path, 2, 20)
    said = review.written("results", 0)
    random = Random(0)
    server = ReviewServer(tmp_path)
    kept = 0
    try:
        for number in range(times):
            mine = [
                {"time": round(frame / 30, 6), "subtask": f"{number} {frame} " + "x" * 150}
                for frame in range(20)
            ]
            with httpx2.Client(base_url=server.address) as client:
                found = client.get("api/demo/episodes/0").json()
                before, version = found["subtasks"], found["version"]
                killer = threading.Timer(random.uniform(0, 0.012), server.kill)
                killer.start()
                with suppress(httpx2.HTTPError):
                    client.put(
                        "api/demo/episodes/0",
                        json={"subtasks": mine},
                        headers={"If-Match": f'"{version}"'},
                    )
                killer.join()
            correction = review.path("corrections", 0)
            found = json.loads(correction.read_text()) if correction.exists() else before
            assert found in (before, mine)
            kept += found == mine
            if correction.exists():
                # It is never without what the annotator had said.
                assert review.written("annotated", 0) == said
            if number % 3 == 2:
                # Also the first time, when both files are written.
                correction.unlink(missing_ok=True)
            server.start()
            # Nothing is left over, and what is there can be read and changed.
            assert not list((tmp_path / "corrections").rglob("*.tmp"))
            assert httpx2.get(f"{server.address}api/demo/episodes/0").json()["subtasks"]
    finally:
        server.kill()
    # Both happened.
    assert 0 < kept < times


def test_two_programs_do_not_write_over_one_another(tmp_path: Path) -> None:
    review = review_workspace.build(tmp_path, 2, 20)
    counts = [0, 0]
    with ReviewServer(tmp_path) as one, ReviewServer(tmp_path) as other:

        def save(place: int, server: ReviewServer) -> None:
            with httpx2.Client(base_url=server.address) as client:
                while counts[place] < 20:
                    found = client.get("api/demo/episodes/0").json()
                    last = found["subtasks"][0]["subtask"]
                    number = int(last) + 1 if last.isdecimal() else 1
                    answer = client.put(
                        "api/demo/episodes/0",
                        json={"subtasks": [{"time": 0, "subtask": str(number)}]},
                        headers={"If-Match": f'"{found["version"]}"'},
                    )
                    assert answer.status_code in (200, 412), answer.text
                    counts[place] += answer.status_code == 200

        threads = [threading.Thread(target=save, args=each) for each in enumerate([one, other])]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    # No number was given twice: nobody wrote over what he had not seen.
    assert review.written("corrections", 0) == [{"time": 0.0, "subtask": str(sum(counts))}]


def test_a_restart_keeps_the_address(tmp_path: Path) -> None:
    review_workspace.build(tmp_path, 1, 10)
    with ReviewServer(tmp_path) as server:
        before = server.address
        server.stop()
        server.start()
        assert server.address == before


def test_ctrl_c_ends_it_in_silence(tmp_path: Path) -> None:
    review_workspace.build(tmp_path, 1, 10)
    with ReviewServer(tmp_path) as server, httpx2.Client(base_url=server.address) as client:
        client.get("api/datasets")
        server.stop()
    assert server.printed == [f"{server.address}\n"]


def test_large_videos_are_given_in_parts_to_many_at_once(tmp_path: Path) -> None:
    review_workspace.build(tmp_path, 2, 10, cameras=[lerobot.CAMERA])
    [video] = (tmp_path / "data/demo/videos").rglob("*episode_000001.mp4")
    size = 2 << 30
    with video.open("r+b") as file:
        file.truncate(size)
    with ReviewServer(tmp_path) as server:
        url = f"{server.address}media/demo/1/0"
        with httpx2.stream("GET", url) as whole:
            assert int(whole.headers["content-length"]) == size
            next(whole.iter_raw(1 << 16))

        def part(start: int) -> tuple[int, bytes]:
            headers = {"range": f"bytes={start}-{start + 999_999}"}
            answer = httpx2.get(url, headers=headers)
            return answer.status_code, answer.content

        starts = [(number << 24) + 1_000_000 for number in range(60)]
        with ThreadPoolExecutor(20) as pool:
            for answer in pool.map(part, starts):
                assert answer == (206, b"\0" * 1_000_000)
        assert httpx2.head(url).headers["accept-ranges"] == "bytes"
        peak = Path(f"/proc/{server.pid}/status").read_text().split("VmHWM:")[1].split()[0]
        assert int(peak) < 200_000


def test_others_need_the_password_that_is_printed(tmp_path: Path) -> None:
    review_workspace.build(tmp_path, 1, 10)
    with ReviewServer(tmp_path, None, "--host=127.0.0.1") as server:
        [line] = server.printed
        password = line.rpartition("password ")[2].rstrip(")\n")
        assert httpx2.get(f"{server.address}api/datasets").status_code == 401
        answer = httpx2.get(f"{server.address}api/datasets", auth=("me", password))
        assert answer.status_code == 200


def _raw(server: ReviewServer, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


HEADERS = [
    "",
    "Origin: http://evil.com\r\n",
    "Range: bytes=0-" + "9" * 5000 + "\r\n",
    "Content-Length: -1\r\n",
    "Transfer-Encoding: chunked\r\n",
    "If-Match: \r\n",
    "Host: localhost\r\n",
    "X: " + "y" * 40_000 + "\r\n",
    "Sec-Fetch-Site: cross-site\r\n",
]


def test_random_requests_are_refused(server: ReviewServer, rendered: Review) -> None:
    """Whatever is sent, nothing but files of the page and of the dataset is given."""
    secret = rendered.folder / "secret.json"
    secret.write_text("SECRET")
    token = server.address.rstrip("/").rpartition("/")[2]
    random = Random(1)
    pieces = [
        *("..", "%2e%2e", "..%2f", "%2e%2e%2f", "..%5c", "%00", "%", "%ff", "/", "//", ".", "~"),
        *("api", "media", "filmstrips", "page", "datasets", "demo", "episodes", "overview", "0"),
        *("secret.json", "work", "config.json", "review_token", "etc/passwd", "%252e%252e%252f"),
        *("episode_000000.json", "\u00e9", "?episodes=1", "#", ";", "\\", "x" * 3000, "9" * 5000),
    ]
    statuses = set()
    for number in range(1500):
        path = "/".join(random.choices(pieces, k=random.randint(1, 7)))
        prefix = f"/{token}/" if number % 4 else random.choice(["/", "/x/", f"/{token[:-1]}/"])
        method = random.choice(["GET", "GET", "GET", "HEAD", "PUT", "DELETE", "POST", "X", "get"])
        host = random.choice(["127.0.0.1", "localhost:1", "evil.com", "", "[::1]", "a b"])
        extra = random.choice(HEADERS)
        head = (
            f"{method} {prefix}{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{extra}\r\n"
        )
        answer = _raw(server, head.encode("latin-1"))
        assert b"SECRET" not in answer
        assert b"Traceback" not in answer
        assert b"root:" not in answer
        if answer:
            status = int(answer.split(b" ", 2)[1])
            assert status < 500, (head[:300], answer[:300])
            statuses.add(status)
            if number % 4 == 0:
                assert status >= 400, head[:300]
    assert {404, 421, 400} <= statuses
    assert server.printed == [f"{server.address}\n"]
    assert httpx2.get(f"{server.address}api/datasets").status_code == 200
