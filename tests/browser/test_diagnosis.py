"""A diagnosis on the live page: a button where there is one, words that nothing in them obeys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from playwright.sync_api import BrowserContext, Page, expect

from sim.analysis.diagnosis import diagnose, known_firm
from sim.analysis.diagnosis.causes import stored
from sim.organisation import template
from sim.page.words import diagnosis_part
from sim.posterior import posterior

Opened = Callable[..., Page]
Serving = Callable[..., tuple[str, Callable[[], None]]]


def test_a_diagnosis_is_behind_a_button(
    context: BrowserContext, opened: Opened, serving: Serving, page: Page, complaints: list[str]
) -> None:
    expect(page.get_by_role("button", name="Why here?")).to_have_count(0)
    firm = replace(template(60, 3), name="<img src=x onerror=alert(1)> & Sons")
    one = diagnosis_part(stored(diagnose(known_firm(firm), posterior(16), measures=False)))
    url, end = serving(diagnosis=one)
    try:
        page = opened(context, url, complaints)
        page.get_by_role("button", name="Why here?").click()
        dialog = page.locator("dialog.diagnosis[open]")
        expect(dialog).to_contain_text("<img src=x onerror=alert(1)> & Sons")
        expect(dialog).to_contain_text("of the five drivers")
        expect(dialog.locator(".causes li")).to_have_count(11)
        expect(dialog.locator("img")).to_have_count(0)
        box = dialog.bounding_box()
        assert box is not None
        assert box["height"] <= 720 * 0.95
        dialog.get_by_role("button", name="Close").click()
        expect(page.locator("dialog.diagnosis[open]")).to_have_count(0)
        assert not complaints
    finally:
        end()
