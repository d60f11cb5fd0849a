"""Who is let in, and what every answer says to the browser."""

import base64

import anyio
import pytest

from subtasks.review.access import HEADERS, Access, Guard
from support.review_workspace import Review
from unit.review.conftest import TOKEN, Page, opened

PATH = "api/datasets"


def status(page: Page, path: str = PATH, **headers: str) -> int:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = page.client.get(path, headers=named)
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert "server" not in answer.headers
    if answer.status_code != 200:
        assert set(answer.json()) == {"message"}
    return int(answer.status_code)


def test_the_policy_lets_the_page_load_from_here_alone(page: Page) -> None:
    answer = page.client.get(PATH)
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; ")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/api/datasets",
        "//",
        f"/{TOKEN}x/api/datasets",
        f"/{TOKEN[:-1]}/api/datasets",
        f"/{TOKEN.upper()}/api/datasets",
        "/é/api/datasets",
        "/%ff/",
    ],
)
def test_nothing_is_found_without_the_token(page: Page, path: str) -> None:
    assert status(page, f"http://127.0.0.1:8765{path}") == 404


def test_the_token_alone_leads_to_the_page(page: Page) -> None:
    answer = page.client.get(f"http://127.0.0.1:8765/{TOKEN}")
    assert (answer.status_code, answer.headers["location"]) == (307, f"/{TOKEN}/")


@pytest.mark.parametrize(
    "host",
    [
        "evil.com",
        "evil.com:8765",
        "127.0.0.1.evil.com",
        "localhost.",
        "",
        "10.0.0.1",
        "[::2]",
        "127.0.0.1@evil.com",
        "localhost:1:2",
        "[::1",
        "0.0.0.0:8765",
    ],
)
def test_other_hosts_are_refused(page: Page, host: str) -> None:
    assert status(page, host=host) == 421


@pytest.mark.parametrize("host", ["127.0.0.1:8765", "localhost", "LOCALHOST:9000", "[::1]:8765"])
def test_this_machine_has_several_names(page: Page, host: str) -> None:
    assert status(page, host=host) == 200


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.com",
        "null",
        "http://127.0.0.1:3000",
        "http://localhost:8765",
        "",
        "127.0.0.1",
        "file://",
        "http://127.0.0.1:8765.evil.com",
        "chrome-extension://127.0.0.1:8765",
    ],
)
def test_other_pages_are_refused(page: Page, origin: str) -> None:
    assert status(page, host="127.0.0.1:8765", origin=origin) == 403


def test_the_page_itself_is_not(page: Page) -> None:
    assert status(page, origin="http://127.0.0.1:8765", sec_fetch_site="same-origin") == 200
    assert status(page, sec_fetch_site="none", sec_fetch_mode="navigate") == 200


def test_what_the_browser_says_of_other_sites_is_heard(page: Page) -> None:
    assert status(page, sec_fetch_site="cross-site", sec_fetch_mode="navigate") == 403
    assert status(page, sec_fetch_site="same-site", sec_fetch_mode="no-cors") == 403
    # A link in another program of this machine, such as a terminal in the browser.
    assert status(page, sec_fetch_site="same-site", sec_fetch_mode="navigate") == 200
    headers = {"sec-fetch-site": "same-site", "sec-fetch-mode": "navigate"}
    answer = page.client.post("api/demo/labels", headers=headers, json={})
    assert answer.status_code == 403


def test_large_requests_are_refused(page: Page) -> None:
    version = page.episode(0)["version"]
    large = b'{"subtasks": "' + b"x" * 5_000_000 + b'"}'
    headers = {"If-Match": f'"{version}"'}
    path = "api/demo/episodes/0"
    assert page.client.put(path, content=large, headers=headers).status_code == 413
    parts = (large[start : start + 100_000] for start in range(0, len(large), 100_000))
    assert page.client.put(path, content=parts, headers=headers).status_code == 413
    long = {"content-length": "9" * 5000, **headers}
    assert page.client.put(path, content=b"", headers=long).status_code == 413


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


def test_others_need_the_password(review: Review) -> None:
    page = opened(review, Access(TOKEN, password="pass:wörd"))
    assert status(page) == 401
    assert page.client.get(PATH).headers["www-authenticate"].startswith("Basic ")
    for header in (basic("me:other"), basic("pass:wörd"), "Basic !", "Basic", "Bearer x", "é"):
        answer = page.client.get(PATH, headers={"authorization": header.encode()})
        assert (header, answer.status_code) == (header, 401)
    assert status(page, authorization=basic("me:pass:wörd")) == 200
    assert status(page, authorization=basic(":pass:wörd")) == 200


def test_any_address_is_a_number_and_no_name() -> None:
    access = Access(TOKEN, hosts=frozenset(["here"]), any_address=True)
    assert access.knows_host("here")
    assert access.knows_host("192.168.1.5")
    assert access.knows_host("fe80::1")
    assert not access.knows_host("evil.com")
    assert not Access(TOKEN).knows_host("192.168.1.5")


def test_what_is_no_request_is_not_answered() -> None:
    async def never(*_: object) -> None:
        raise AssertionError

    anyio.run(Guard(never, Access(TOKEN)), {"type": "websocket"}, never, never)
