"""Several people bet by phone, for real: a page that asks, and two that answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Browser, expect

from sim.web.guard import ServerAccess

Serving = Callable[..., tuple[str, Callable[[], None]]]


def test_people_bet_by_phone_and_see_nothing_of_the_answer(
    browser: Browser, serving: Serving, opened: Callable[..., Any], complaints: list[str]
) -> None:
    url, end = serving(access=ServerAccess("0.0.0.0", "secret"), replicates=2)
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    phone = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    try:
        page = opened(context, f"{url}#stage=presets", complaints)
        page.get_by_role("button", name="Place your bet").click()
        page.get_by_role("button", name="By phone …").click()
        dialog = page.get_by_role("dialog", name="Bet by phone")
        expect(dialog.locator(".qr")).to_be_visible()
        address = dialog.locator(".bet-address").first.inner_text()
        assert "secret" not in address
        page.keyboard.press("Escape")
        port, code = url.split(":")[2].split("/")[0], address.rpartition("/")[2]
        for who, percent in (("Ada", "20"), ("Ben", "90")):
            ballot = phone.new_page()
            ballot.on("console", lambda said: said.type == "error" and complaints.append(said.text))
            ballot.goto(f"http://127.0.0.1:{port}/bet/{code}")
            expect(ballot.locator("#ballot")).to_contain_text("Trust before tools at Template")
            assert "%" not in ballot.locator("h1").inner_text()
            ballot.get_by_label("Your name").fill(who)
            ballot.get_by_label("In week 52").fill(percent)
            assert ballot.evaluate("document.documentElement.scrollWidth") <= 390
            ballot.emulate_media(color_scheme="dark")
            ballot.wait_for_function("() => document.documentElement.dataset.theme === 'dark'")
            ballot.get_by_role("button", name="Place my bet").click()
            expect(ballot.locator(".ballot-said")).to_contain_text("Placed.")
        expect(page.locator(".phones")).to_contain_text("2 bets by phone")
        assert page.locator(".bet-line").count() == 0, "nobody sees what others bet"
        page.evaluate("window.uptake.page.store.set({ speed: 'fast' })")
        page.get_by_role("button", name="Reveal").click()
        result = page.locator(".bet-result")
        expect(result).to_contain_text("Nearest: Ben (90%), Ada (20%)", timeout=60_000)
        ballot.get_by_role("button", name="Change my bet").click()
        expect(ballot.locator(".ballot-said")).to_contain_text(
            "There is no such bet, or it is over"
        )
        assert [one for one in complaints if "404" not in one] == []
    finally:
        context.close()
        phone.close()
        end()


def test_where_phones_cannot_reach_it_people_take_turns(page: Any) -> None:
    page.get_by_role("button", name="Place your bet").click()
    expect(page.locator(".phones-place")).to_contain_text("In turn, here")
