"""Everybody can use it: axe-core, keyboard, phone, reduced motion, dark mode."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from sim import runner

Opened = Callable[..., Page]
Until = Callable[..., None]

axe_playwright = pytest.importorskip("axe_playwright_python.sync_playwright")


WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
"""What axe-core knows of WCAG 2.2, levels A and AA."""


def faults(page: Page) -> list[str]:
    """Return every fault that axe-core finds, of any weight."""
    options = {
        "runOnly": {"type": "tag", "values": WCAG},
        "rules": {"target-size": {"enabled": True}},  # of 2.2, which axe-core leaves out by itself
    }
    found: dict[str, Any] = axe_playwright.Axe().run(page, options=options).response
    return [
        f"{fault['id']}: {fault['help']} ({node['html'][:120]})"
        for fault in found["violations"]
        for node in fault["nodes"][:3]
    ]


@pytest.mark.parametrize(
    ("stage", "scheme"), [("walk", "light"), ("presets", "dark"), ("sandbox", "light")]
)
def test_axe_finds_no_serious_fault(
    browser: Browser, address: str, scheme: Any, stage: str, opened: Opened
) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme=scheme)
    try:
        page = opened(context, f"{address}#stage={stage}&team=Legal")
        page.wait_for_timeout(200)
        assert not faults(page)
    finally:
        context.close()


@pytest.mark.parametrize("stage", ["presets", "sandbox"])
def test_axe_finds_no_serious_fault_with_four_plans(
    browser: Browser, serving: Callable[..., Any], opened: Opened, stage: str
) -> None:
    names = ("training-first", "trust-before-tools", "everything", "licences-only")
    plans = {name: runner.load_scenario(name) for name in names}
    url, end = serving(scenarios=plans, opened=names, replicates=2)
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    try:
        page = opened(context, f"{url}#stage={stage}&team=Legal")
        expect(page.locator("canvas.network")).to_have_count(4)
        page.wait_for_timeout(200)
        assert not faults(page)
    finally:
        context.close()
        end()


def test_the_dialogs_have_no_serious_fault(page: Page) -> None:
    page.keyboard.press("?")
    expect(page.locator("dialog.help")).to_be_visible()
    assert not faults(page)
    page.keyboard.press("Escape")
    page.keyboard.press("m")
    expect(page.locator(".matrix")).to_be_visible()
    assert not faults(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Upload …").click()
    assert not faults(page)


def test_a_bet_the_leaders_and_the_stage_have_no_fault(
    context: BrowserContext, address: str, opened: Opened
) -> None:
    page = opened(context, f"{address}#stage=presets&week=30")
    page.keyboard.press("i")
    expect(page.locator(".leaders")).to_contain_text("got it from one of")
    page.get_by_role("button", name="If all").click()
    expect(page.locator(".follow .spark")).to_be_visible(timeout=60_000)
    assert not faults(page)
    page.keyboard.press("l")
    page.wait_for_timeout(200)
    assert not faults(page)
    page.keyboard.press("Escape")
    page.keyboard.press("b")
    page.get_by_label("Percent in week 52").fill("40")
    assert not faults(page)


def test_a_phone_has_no_fault(browser: Browser, address: str, opened: Opened) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    try:
        page = opened(context, f"{address}#stage=sandbox&team=Legal")
        page.wait_for_timeout(200)
        assert not faults(page)
    finally:
        context.close()


@pytest.mark.parametrize("width", [320, 390])
def test_a_phone_needs_no_sideways_scrolling(
    browser: Browser, address: str, width: int, opened: Opened
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 780})
    try:
        page = opened(context, f"{address}#stage=presets")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    finally:
        context.close()


@pytest.mark.parametrize(("width", "stage"), [(390, "sandbox"), (640, "presets")])
def test_long_names_and_wide_letters_need_no_sideways_scrolling_either(
    browser: Browser, serving: Callable[..., Any], opened: Opened, width: int, stage: str
) -> None:
    names = ("training-first", "trust-before-tools", "everything")
    long = "Donaudampfschifffahrtsgesellschaftskapitänsversicherung"
    plans = {name: runner.load_scenario(name) for name in names}
    longer = {key: one.model_copy(update={"name": f"{key} {long}"}) for key, one in plans.items()}
    url, end = serving(scenarios=longer, opened=names, replicates=2)
    context = browser.new_context(viewport={"width": width, "height": 640})
    try:
        page = opened(context, f"{url}#stage={stage}&team=Legal")
        page.evaluate("""() => {
          for (const one of document.querySelectorAll("*"))
            one.style.setProperty("font-family", "DejaVu Sans Mono, monospace", "important");
        }""")
        page.wait_for_timeout(200)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    finally:
        context.close()
        end()


def test_dark_mode_follows_the_system_and_the_switch(
    browser: Browser, address: str, opened: Opened
) -> None:
    context = browser.new_context(color_scheme="dark")
    try:
        page = opened(context, f"{address}#stage=presets")
        theme = "document.documentElement.dataset.theme"
        assert page.evaluate(theme) == "dark"
        page.keyboard.press("d")
        assert page.evaluate(theme) == "light"
    finally:
        context.close()


def test_reduced_motion_steps_weeks(
    browser: Browser, address: str, opened: Opened, until: Until
) -> None:
    context = browser.new_context(reduced_motion="reduce")
    try:
        page = opened(context, f"{address}#stage=presets")
        page.evaluate("window.uptake.page.clock.seek(1)")
        page.keyboard.press("Space")
        until(page, "window.uptake.page.store.state.week > 2")
        assert page.evaluate("window.uptake.page.clock.position % 1") == 0
    finally:
        context.close()


def test_the_canvas_says_what_it_shows(
    context: BrowserContext, address: str, opened: Opened
) -> None:
    page = opened(context, f"{address}#stage=presets&week=30")
    label = page.locator("canvas.network").first.get_attribute("aria-label") or ""
    assert "plan A, Training first, week 30" in label
    assert "considering" in label
