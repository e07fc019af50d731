"""A real browser, and the real server it looks at."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright", reason="the browser tests need the extra: pip install -e .[test]")

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from servers import served, shows
from sim.web.server_state import Limits, ServerState

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def _found() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def _installed() -> str | None:
    """Install Debian's Chromium where that is possible: as root, with apt-get."""
    if os.name != "posix" or os.geteuid() != 0 or not shutil.which("apt-get"):
        return None
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "timeout": 300}
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
        try:
            subprocess.run(["apt-get", *command], check=False, env=environment, **quiet)
        except (OSError, subprocess.TimeoutExpired):
            return None
    return _found()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Chromium without a window."""
    program = _found() or _installed()
    if program is None:
        pytest.skip("there is no Chromium, and it cannot be installed here (root and apt-get)")
    with sync_playwright() as playwright:
        flags = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        running = playwright.chromium.launch(executable_path=program, args=flags)
        yield running
        running.close()


def _start(*given: Any) -> tuple[str, Callable[[], None]]:
    """Serve; return the address and what ends it."""
    running = ExitStack()
    url, _ = running.enter_context(served(*given))
    return url, running.close


def _state(**options: Any) -> ServerState:
    """Return the house of the shipped comparison, in few replicates."""
    settings: dict[str, Any] = {
        "names": ("training-first", "trust-before-tools"),
        "organisation": "services-firm",
        "replicates": 6,
        "limits": Limits(megabytes=1.0, rows=20_000),
        "report": _report,
    }
    return shows(**settings | options)


def _report(results: Any, pseudonyms: bool) -> str:
    from sim.report.document.build import build
    from sim.report.document.report_data import gather

    return build(gather(results, pseudonyms=pseudonyms, command="uptake serve"))


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """The address of a live page that shows the shipped comparison."""
    url, end = _start(_state())
    yield url
    end()


@pytest.fixture(scope="session")
def browser(chromium: Browser) -> Browser:
    """The same, by the name that says what it is for."""
    return chromium


@pytest.fixture(scope="module")
def serving_module() -> Callable[..., tuple[str, Callable[[], None]]]:
    """The same for as long as a module of tests needs it."""
    return lambda **options: _start(_state(**options))


@pytest.fixture
def serving() -> Callable[..., tuple[str, Callable[[], None]]]:
    """Serve a house of its own; gives the address and what ends it."""
    return lambda port=0, access=None, **options: _start(_state(**options), access, port)


@pytest.fixture(scope="session")
def opened() -> Callable[..., Page]:
    """Open an address in a context, and wait until everything is shown."""
    return _opened


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh window, in which nothing is remembered."""
    fresh = browser.new_context(viewport={"width": 1280, "height": 720}, color_scheme="light")
    fresh.set_default_timeout(60_000)
    yield fresh
    fresh.close()


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained of: errors of scripts, and what its policy refused."""
    return []


@pytest.fixture
def page(context: BrowserContext, address: str, complaints: list[str]) -> Page:
    """The live page, loaded, at its presets."""
    return _opened(context, f"{address}#stage=presets", complaints)


def _opened(context: BrowserContext, url: str, complaints: list[str] | None = None) -> Page:
    """Return a page on which everything is shown."""
    tab = context.new_page()
    noted = complaints if complaints is not None else []
    tab.on("pageerror", lambda error: noted.append(str(error)))
    tab.on("console", lambda said: said.type == "error" and noted.append(said.text))
    tab.goto(url)
    tab.wait_for_selector(".one-bar", timeout=120_000)
    return tab


@pytest.fixture(scope="session")
def until() -> Callable[..., None]:
    """Wait until an expression is true on a page (whose policy forbids the browser's own way)."""

    def wait(page: Any, expression: str, seconds: float = 30) -> None:
        end = time.monotonic() + seconds
        while not page.evaluate(expression):
            assert time.monotonic() < end, f"never true: {expression}"
            page.wait_for_timeout(30)

    return wait


@pytest.fixture
def client_files(tmp_path: Path) -> Callable[[str, str], tuple[Path, Path]]:
    """Write people.csv and ties.csv."""

    def write(people: str, ties: str) -> tuple[Path, Path]:
        files = tmp_path / "people.csv", tmp_path / "ties.csv"
        for file, text in zip(files, (people, ties), strict=True):
            file.write_text(text, "utf-8")
        return files

    return write
