"""The page at every size: nothing lies on anything else, and a click meets what is drawn."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from sim import runner

Opened = Callable[..., Page]
Until = Callable[..., None]

NAMES = ("licences-only", "mandate", "capability-first", "everything")
SIZES = ((1280, 720), (1440, 900), (1920, 1080), (390, 844))

NEARLY = "window.uptake.page.store.set({ week: 50, speed: 'fast' })"
"""Plays the last weeks only: ``test_live`` waits through all of them."""

JS = (Path(__file__).parent / "layout.js").read_text("utf-8")


def asked(page: Page, what: str) -> Any:
    """Ask one of the functions of layout.js."""
    return page.evaluate(f"({JS.partition(chr(10))[2].rstrip()}).{what}()")


@pytest.fixture(scope="module")
def stage(serving_module: Callable[..., Any]) -> Iterator[str]:
    """The address of a page with four plans to choose from."""
    url, end = serving_module(
        scenarios={name: runner.load_scenario(name) for name in NAMES}, opened=NAMES, replicates=2
    )
    yield url
    end()


def settled(page: Page) -> None:
    """Wait until all that follows a change of size has been drawn: the table after 100 ms."""
    page.wait_for_timeout(120)
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def check(page: Page, where: str) -> None:
    """Compare boxes and canvases, as they are now."""
    settled(page)
    found = asked(page, "all")
    for across, down, width, height in found.pop("drawn"):
        assert abs(across) <= 1, where
        assert abs(down) <= 1, where
        assert min(width, height) >= 60, where
    assert found.pop("wide") <= (page.viewport_size or {"width": 0})["width"], where
    assert not any(found.values()), (where, found)


@pytest.mark.parametrize("plans", [1, 2, 3, 4])
def test_nothing_lies_on_anything_else_at_any_size(
    browser: Browser, stage: str, opened: Opened, until: Until, plans: int
) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    try:
        page = opened(context, f"{stage}#stage=presets&plans={','.join(NAMES[:plans])}")
        until(page, "document.querySelector('.next .small-button, .next-head') !== null")
        for width, height in (*SIZES, SIZES[0]):  # each after a resize, and back at the first
            page.set_viewport_size({"width": width, "height": height})
            check(page, f"{plans} plans at {width}x{height}")
        page.evaluate("window.uptake.page.store.set({ team: 3, plan: 0 })")
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            check(page, f"{plans} plans at {width}x{height}, with why")
        page.evaluate("window.uptake.page.store.set({ large: 0 })")
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            check(page, f"{plans} plans at {width}x{height}, one on the stage")
    finally:
        context.close()


def test_on_a_phone_curves_come_first_and_names_can_be_read(
    browser: Browser, stage: str, opened: Opened
) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    try:
        page = opened(context, f"{stage}#stage=presets&plans={','.join(NAMES)}")
        top = "(where) => document.querySelector(where).getBoundingClientRect().top"
        assert page.evaluate(top, ".deck") < page.evaluate(top, ".network-panel")
        width = "[...document.querySelectorAll('.strip select')].map((one) => one.offsetWidth)"
        assert min(page.evaluate(width)) >= 90
        assert sorted(page.locator(".end-name").all_text_contents()) == ["A", "B", "C", "D"]
        said = page.locator(".sentence").text_content() or ""
        assert re.search(r"\d–\u2060\d", said)
        assert not re.search(r"\d–\d", said)
        page.evaluate("window.uptake.page.store.set({ large: 0 })")
        assert page.evaluate(top, ".deck") > page.evaluate(top, ".network-panel")
    finally:
        context.close()


@pytest.mark.parametrize("plans", [2, 4])
def test_nothing_lies_on_anything_else_with_fifteen_lanes_and_a_bet(
    browser: Browser, stage: str, opened: Opened, until: Until, plans: int
) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    try:
        page = opened(context, f"{stage}#stage=sandbox&plans={','.join(NAMES[:plans])}")
        asked(page, "fifteen")
        until(page, "window.uptake.page.model.plans.at(-1).bars.length === 15")
        assert page.locator(f".plan-bars.plan-{plans - 1} .lane-name").count() == 15
        assert min(min(one) for one in asked(page, "bars")) >= 24
        page.keyboard.press("b")
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            check(page, f"a bet, {plans} plans, 15 lanes at {width}x{height}")
        page.get_by_label("Percent in week 52").fill("60")
        page.get_by_role("button", name="Reveal").click()
        page.evaluate(NEARLY)
        until(page, "document.querySelector('.bet-result') !== null")
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            check(page, f"after the bet, {plans} plans, 15 lanes at {width}x{height}")
    finally:
        context.close()


def test_nothing_lies_on_anything_else_in_any_scene_of_the_walk(
    browser: Browser, address: str, opened: Opened, until: Until
) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    try:
        page = opened(context, f"{address}#stage=walk")
        scenes = page.evaluate("window.uptake.hello.walk.length")
        for scene in range(1, scenes + 1):
            until(page, f"document.querySelector('.dots').textContent === '{scene} of {scenes}'"
                        " && document.querySelector('.step').textContent !== ''")  # fmt: skip
            for width, height in SIZES:
                page.set_viewport_size({"width": width, "height": height})
                check(page, f"scene {scene} at {width}x{height}")
            page.set_viewport_size({"width": 1280, "height": 720})
            if page.get_by_role("button", name="Reveal").count():
                page.get_by_label("Percent in week 52").fill("60")
                page.get_by_role("button", name="Reveal").click()
                page.evaluate(NEARLY)
                until(page, "document.querySelector('.bet-result') !== null")
                check(page, f"scene {scene}, after the bet")
            elif page.evaluate("window.uptake.page.store.state.playing"):
                page.evaluate(NEARLY)
                until(page, "!window.uptake.page.store.state.playing")
                check(page, f"scene {scene}, at its end")
            else:
                until(
                    page,
                    "document.querySelector('.next').matches(':not([aria-busy=true]), [hidden]')",
                )
                check(page, f"scene {scene}, with what to do next")
            page.locator(".walk .primary").click()
    finally:
        context.close()


def test_a_click_on_each_manager_that_is_drawn_opens_their_team(
    browser: Browser, stage: str, opened: Opened
) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    try:
        page = opened(context, f"{stage}#stage=presets")
        names = page.evaluate("window.uptake.page.model.organisation.teams.name")
        managers = page.evaluate("[...window.uptake.page.model.organisation.teams.manager]")
        assert len(names) == 26
        for width, height in ((1440, 900), (1280, 720)):
            page.set_viewport_size({"width": width, "height": height})
            settled(page)
            for panel in (0, 3):
                canvas = page.locator("canvas.network").nth(panel)
                for name, manager in zip(names, managers, strict=True):
                    page.evaluate("window.uptake.page.store.set({ team: null, person: null })")
                    settled(page) if name == names[0] else None
                    box = canvas.bounding_box()
                    assert box is not None
                    x, y = page.evaluate(
                        f"window.uptake.page.panels[{panel}].network.at({manager})"
                    )
                    page.mouse.click(box["x"] + x, box["y"] + y)
                    team = page.evaluate("window.uptake.page.store.state.team")
                    assert names[team] == name, f"{width}x{height}, panel {panel}"
    finally:
        context.close()
