"""Chromium, driven through Playwright, with pages that are watched for whatever goes wrong.

A test fails for an error in the console, an exception nobody caught, anything that the
Content-Security-Policy stopped, a dialog, and a request to any other address than the page's.
"""

import contextlib
import os
import re
import shutil
import signal
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from playwright import sync_api
from playwright.sync_api import ConsoleMessage, Dialog, Page, Request

PROGRAMS = ("chromium", "google-chrome", "chromium-browser")
ARGUMENTS = (
    *(
        "--no-sandbox",
        "--no-zygote",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-sync",
    ),
    *("--disable-background-networking", "--disable-component-update"),
    # Nothing outside this machine has a name.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)
SIZE = (1280, 720)
PATIENCE_SECONDS = 60
"""How long anything is waited for: tests share the processors."""

NO_ERRORS = ("blob:", "data:", "about:")
"""Addresses that lead nowhere."""

TELL_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => {
    console.error(`policy: ${event.violatedDirective} stopped ${event.blockedURI}`);
});
"""


def program() -> str | None:
    """Return the path of Chromium, if it is installed."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


def reason_to_skip() -> str | None:
    """Why no page can be opened on this machine, if so."""
    if program() is None:
        return "Chromium is not installed; on Debian: apt-get install chromium"
    return None


class Window:
    """A window with its own profile. Its pages are its tabs; `faults` is what went wrong in them.

    A fault in which one of the patterns `forgiven` is found is expected, and none.
    """

    def __init__(self, context: sync_api.BrowserContext, forgiven: Sequence[str]) -> None:
        self.context = context
        self.forgiven = list(forgiven)
        self.faults: list[str] = []
        context.set_default_timeout(PATIENCE_SECONDS * 1000)
        context.add_init_script(TELL_VIOLATIONS)

    def open(self, address: str) -> Page:
        """Open an address in a new tab."""
        page = self.context.new_page()
        home = urlsplit(address).netloc

        def console(message: ConsoleMessage) -> None:
            if message.type == "error":
                self._fault(f"{message.text} ({message.location.get('url', '')})")

        def request(sent: Request) -> None:
            if not sent.url.startswith(NO_ERRORS) and urlsplit(sent.url).netloc != home:
                self._fault(f"request outside: {sent.url}")

        def dialog(shown: Dialog) -> None:
            self._fault(f"dialog: {shown.message}")
            shown.dismiss()

        page.on("console", console)
        page.on("request", request)
        page.on("dialog", dialog)
        page.on("pageerror", lambda error: self._fault(f"exception: {error.stack or error}"))
        page.on("crash", lambda: self._fault("the page crashed"))
        page.goto(address)
        return page

    def _fault(self, what: str) -> None:
        if not any(re.search(pattern, what) for pattern in self.forgiven):
            self.faults.append(what)


class Browser:
    """A running Chromium without a screen. While it runs, this thread cannot use asyncio."""

    def __init__(self) -> None:
        self._stack = contextlib.ExitStack()
        playwright = self._stack.enter_context(sync_api.sync_playwright())
        self._chromium = playwright.chromium.launch(
            executable_path=program(), headless=True, args=ARGUMENTS
        )
        processes = self._chromium.new_browser_cdp_session().send("SystemInfo.getProcessInfo")
        (process,) = (each["id"] for each in processes["processInfo"] if each["type"] == "browser")
        # Asked to end, Chromium has kept two processors busy for ten minutes instead.
        self._stack.callback(os.killpg, process, signal.SIGKILL)

    def __enter__(self) -> "Browser":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    @contextlib.contextmanager
    def window(
        self, *, size: tuple[int, int] = SIZE, forgiven: Sequence[str] = (), **options: Any
    ) -> Iterator[Window]:
        """Give a new window; at its end, fail if anything went wrong in it.

        `options` are those of Playwright's `new_context`.
        """
        width, height = size
        context = self._chromium.new_context(viewport={"width": width, "height": height}, **options)
        window = Window(context, forgiven)
        try:
            yield window
        except BaseException as error:
            for fault in window.faults:
                error.add_note(f"in the page: {fault}")
            raise
        finally:
            context.close()
        assert not window.faults, "\n".join(window.faults)

    @contextlib.contextmanager
    def page(self, address: str, **options: Any) -> Iterator[Page]:
        """Open an address in a new window; the options are those of `window`."""
        with self.window(**options) as window:
            yield window.open(address)
