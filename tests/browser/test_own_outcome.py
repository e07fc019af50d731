"""Outcomes of an installed package on the live page: chosen, read by team, edited, failing."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Page, expect

import sim
from sim.numbers import figure

Opened = Callable[..., Page]
OUTCOMES = '''
import time
import numpy as np


def hours_won(use_days, hours):
    """Hours won by use so far, less those spent.

    Unit : hours/person
    """
    return 0.5 * np.cumsum(use_days, axis=-1) - hours


def broken(weekly_users):
    """Works in a small trial, and nowhere else.

    Unit : share
    """
    if weekly_users.size > 20:
        raise ValueError("is not so")
    return weekly_users


def endless(weekly_users):
    """Comes to no end on real runs.

    Unit : share
    """
    while weekly_users.size > 20:
        time.sleep(0.1)
    return weekly_users
'''
PEOPLE = "id,team,role\n" + "".join(f"p{i},{'Legal' if i < 9 else 'Sales'},r\n" for i in range(18))
TIES = "source,target\n" + "".join(f"p{i},p{(i + 1) % 18}\n" for i in range(18))


@pytest.fixture(scope="module")
def address(
    offered: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory, repository: Path
) -> Iterator[str]:
    """The address of a page whose server has a package with outcomes."""
    site = tmp_path_factory.mktemp("site")
    for name in ("hours_won", "broken", "endless"):
        offered(site, name, OUTCOMES, group="outcomes")
    command = [sys.executable, "-m", "sim", "serve", "training-first", "licences-only"]
    options = ["--organisation", "small-firm", "-n", "6", "--port", "0", "--no-browser"]
    path = os.pathsep.join([str(site), str(repository)])
    with subprocess.Popen(
        [*command, *options, "--no-token"], stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"},
    ) as server:  # fmt: skip
        assert server.stdout is not None
        found = re.search(r"http://\S+", server.stdout.readline())
        try:
            assert found is not None
            yield found[0]
        finally:
            server.terminate()


def shown_figure(page: Page, plan: int) -> str:
    """Return what the curves have of the chosen outcome in the week that is shown."""
    value = page.evaluate(
        """(plan) => { const { model, store } = window.uptake.page, { outcome, week } = store.state;
        const row = model.payload.outcomes.findIndex((one) => one.name === outcome);
        return model.plans[plan].curves.mean.at2(row, week - 1); }""",
        plan,
    )
    return figure(value, "hours/person")


def test_it_is_chosen_like_any_other(
    context: BrowserContext, address: str, opened: Opened, complaints: list[str]
) -> None:
    page = opened(context, f"{address}#stage=presets", complaints)
    page.get_by_label("What is shown").select_option("hours_won")
    expect(page.locator(".deck")).to_contain_text("in hours/person")
    expect(page.locator(".team-table .values").first).to_have_text(
        re.compile(r"^[−\d.]+ → [−\d.]+$")
    )
    expect(page.locator(".teams h2")).to_have_text("Hours won: A (ring) to B (dot)")
    expect(page.locator(".network-head .numbers").first).to_have_text(
        f"Hours won {shown_figure(page, 0)}"
    )
    both = sim.compare(["training-first", "licences-only"], organisation="small-firm", replicates=6)
    by_hand = 0.5 * np.cumsum(both["use_days"], axis=-1) - both["hours"]
    page.evaluate("window.uptake.page.clock.seek(52)")
    assert shown_figure(page, 1) == figure(float(by_hand[1, 0, :, 51].mean()), "hours/person")
    said = page.locator(".data-line")
    expect(said).to_contain_text("outcomes broken: fails with ValueError: is not so")
    expect(said).to_contain_text("outcomes endless: takes longer than 2 seconds")
    page.get_by_label("What is shown").select_option("broken")
    expect(page.locator(".network-head .numbers").first).to_have_text("– broken")
    expect(page.locator(".team-table .values").first).to_have_text("– → –")
    assert not complaints


def test_it_follows_a_change_and_an_upload(
    context: BrowserContext, address: str, opened: Opened, complaints: list[str], tmp_path: Path
) -> None:
    page = opened(context, f"{address}#stage=sandbox&outcome=hours_won", complaints)
    head = page.locator(".network-head .numbers").first
    expect(head).to_contain_text("Hours won")
    page.evaluate("window.uptake.page.clock.seek(52)")
    before = head.inner_text()
    bar = '.one-bar[data-plan="0"][data-bar="0"]'
    page.locator(bar).first.focus()
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    expect(head).not_to_have_text(before)
    edits = "JSON.stringify(window.uptake.{}.edits)"
    page.wait_for_function(f"() => {edits.format('shown')} === {edits.format('wanted')}")
    expect(head).to_have_text(f"Hours won {shown_figure(page, 0)}")
    expect(page.locator(".data-line")).to_contain_text("is not so")
    for name, text in (("people.csv", PEOPLE), ("ties.csv", TIES)):
        (tmp_path / name).write_text(text, "utf-8")
    page.get_by_role("button", name="Upload …").click()
    page.locator("input[name=people]").set_input_files(tmp_path / "people.csv")
    page.locator("input[name=ties]").set_input_files(tmp_path / "ties.csv")
    page.locator("dialog.upload").get_by_role("button", name="Upload").click()
    expect(page.locator(".facts-line")).to_contain_text("18 people")
    expect(head).to_have_text(f"Hours won {shown_figure(page, 0)}")
    expect(page.locator(".teams h2")).to_have_text("Hours won: A (ring) to B (dot)")
    assert not complaints
