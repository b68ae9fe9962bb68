import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests import plain_http
from tests.page import programs

ROOT = Path(__file__).parents[2]
# A limit for what never comes, not for how fast it comes: other tests use the machine too.
PATIENCE_MILLISECONDS = 60_000
expect.set_options(timeout=PATIENCE_MILLISECONDS)
REFUSED = "Failed to load resource: the server responded with a status of 4"
DESKTOP = {"viewport": {"width": 1280, "height": 860}}
PHONE = {
    "viewport": {"width": 360, "height": 740},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}


@dataclass(frozen=True)
class Served:
    """The application in gunicorn."""

    url: str
    process: subprocess.Popen[bytes]
    folder: Path

    def reload(self) -> None:
        """Replace the worker, as a release replaces a replica: streams end, their clients resume."""
        self.process.send_signal(signal.SIGHUP)


@contextmanager
def serve(folder: Path, *application: str) -> Iterator[Served]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environ = {
        **os.environ,
        "BIND": f"127.0.0.1:{port}",
        "DATABASE_URL": f"sqlite:///{folder}/agents.db",
        "PACE_FOLDER": str(folder),
        # Tests are faster than people.
        **dict.fromkeys(("ANONYMOUS_REQUESTS", "ANONYMOUS_TASKS", "ANONYMOUS_STREAMS"), "0"),
    }
    command = [sys.executable, "-m", "gunicorn", "--config", "app/gunicorn.conf.py", *application]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=log, stderr=log)
    served = Served(f"http://127.0.0.1:{port}", process, folder)
    try:
        _wait_for(served, folder / "log")
        yield served
    finally:
        process.terminate()
        process.wait()


def _wait_for(served: Served, log: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and served.process.poll() is None:
        try:
            if plain_http.get(f"{served.url}/healthz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError(log.read_text())


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Both agents, as `docker run` starts them."""
    with serve(tmp_path_factory.mktemp("real")) as served:
        yield served


@pytest.fixture(scope="session")
def scripted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A planner that plays a part. A file that needs nothing else starts no more than this."""
    with serve(tmp_path_factory.mktemp("scripted"), "tests.page.scripted:build()") as served:
        yield served


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser for one file: while Playwright lives its event loop runs in this thread, in the way of other tests."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=programs.chromium(), args=["--no-sandbox"])
        yield browser
        browser.close()


Open = Callable[..., Page]


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What browsers complain about: anything left here at the end of a test fails it."""
    found: list[str] = []
    yield found
    # That an answer was a refusal is no news to a test that asked for it.
    assert [text for text in found if not text.startswith(REFUSED)] == []


@pytest.fixture
def open_page(chromium: Browser, complaints: list[str]) -> Iterator[Open]:
    """Open an address as a person of one's own."""
    contexts = []

    def open_page(address: str, **options: object) -> Page:
        context = chromium.new_context(**{**DESKTOP, **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MILLISECONDS)
        page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(address)
        return page

    yield open_page
    for context in contexts:
        context.close()


def wait_until(page: Page, condition: str, argument: object = None) -> None:
    """Wait until JavaScript says so. (`wait_for_function` polls by `eval`, which the page's own policy forbids.)"""
    for _ in range(PATIENCE_MILLISECONDS // 20):
        if page.evaluate(condition, argument):
            return
        page.wait_for_timeout(20)
    raise AssertionError(f"it never came to this: {condition}")


class Pace:
    """Allows the parts `paced` and `paced stream` of tests/page/scripted.py one step after another."""

    def __init__(self, folder: Path) -> None:
        self.name = uuid.uuid4().hex
        self._file = folder / self.name

    def allow(self, steps: int) -> None:
        """Let it go as far as step `steps`: its lines have the numbers 1 to 7, its answer is step 8."""
        written = self._file.with_suffix(".new")
        written.write_text(str(steps))
        written.rename(self._file)


@pytest.fixture
def pace(scripted: Served) -> Iterator[Pace]:
    made = Pace(scripted.folder)
    yield made
    # Nothing is left waiting, however the test ended.
    made.allow(99)


def ask(page: Page, question: str) -> None:
    """Type a question and send it, as on a keyboard."""
    page.locator("#question").fill(question)
    page.locator("#question").press("Enter")
