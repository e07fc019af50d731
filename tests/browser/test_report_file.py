"""The report that the page's button makes, opened from disk without a network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page

Opened = Callable[..., Page]
Serving = Callable[..., tuple[str, Callable[[], None]]]
Until = Callable[..., None]


def test_the_report_opens_offline_and_replays(
    browser: Browser,
    context: BrowserContext,
    tmp_path: Path,
    opened: Opened,
    serving: Serving,
    until: Until,
) -> None:
    url, end = serving(replicates=4)
    try:
        page = opened(context, f"{url}#stage=presets")
        page.locator(".downloads summary").click()
        with page.expect_download(timeout=120_000) as download:
            page.get_by_role("button", name="Report (one HTML file)").click()
        file = tmp_path / "report.html"
        download.value.save_as(file)
    finally:
        end()
    assert file.stat().st_size < 2_000_000
    offline = browser.new_context(offline=True)
    wrong: list[str] = []
    try:
        reader = offline.new_page()
        reader.on("pageerror", lambda error: wrong.append(str(error)))
        reader.on("console", lambda said: said.type == "error" and wrong.append(said.text))
        reader.goto(file.as_uri())
        frame = next((f for f in reader.frames if f != reader.main_frame), reader.main_frame)
        frame.wait_for_selector(".network-panel canvas", state="attached", timeout=30_000)
        slider = frame.locator("input.week")
        slider.fill("40")
        assert frame.locator(".week-name").inner_text() == "Week 40"
        frame.locator("button.play").click()
        until(frame, "document.querySelector('input.week').value > 42")
    finally:
        offline.close()
    assert not wrong
