"""Care on the live page: nothing is rebuilt under a hand, lost, or said of one person."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from sim.web.session import Session

Opened = Callable[..., Page]
Serving = Callable[..., tuple[str, Callable[[], None]]]
Until = Callable[..., None]
Files = Callable[[str, str], tuple[Path, Path]]

BAR = '.one-bar[data-plan="1"][data-bar="0"]'
START = "window.uptake.page.model.plans[1].bars[0].start"
PEOPLE = "id,team,manager_id,role\n" + "".join(
    f"p{i},{'Legal' if i < 9 else 'Sales'},{'' if i in (1, 9) else 'p1'},r\n" for i in range(1, 17)
)
TIES = "source,target\n" + "".join(f"p{i},p{i % 16 + 1}\n" for i in range(1, 17))


@pytest.fixture
def late(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every answer to a change comes a second after it was asked for."""

    def slowed(name: str) -> None:
        at_once = getattr(Session, name)

        def later(self: Session, request: dict[str, Any]) -> dict[str, Any]:
            time.sleep(1)
            answer: dict[str, Any] = at_once(self, request)
            return answer

        monkeypatch.setattr(Session, name, later)

    for name in ("edit", "open"):
        slowed(name)


def test_what_is_chosen_before_an_answer_stays_after_it(
    context: BrowserContext, address: str, opened: Opened, until: Until, late: None
) -> None:
    page = opened(context, f"{address}#stage=sandbox")
    page.locator(BAR).focus()
    page.keyboard.press("ArrowRight")
    page.get_by_label("Intervention to add").select_option("mandate")
    page.get_by_text("All").filter(has_text="parameters of the model").click()
    page.get_by_label("Find a parameter").fill("trust")
    page.get_by_label("Speed").select_option("fast")
    page.get_by_label("Find a person").type("p00")
    page.evaluate("window.held = document.activeElement")
    until(page, f"{START} === 2")
    page.wait_for_timeout(200)
    expect(page.get_by_label("Intervention to add")).to_have_value("mandate")
    expect(page.get_by_label("Find a parameter")).to_have_value("trust")
    expect(page.get_by_label("Speed")).to_have_value("fast")
    expect(page.get_by_label("Find a person")).to_have_value("p00")
    assert page.evaluate("document.activeElement === window.held"), "the focus stayed"


def test_other_plans_come_without_taking_what_was_chosen_meanwhile(
    context: BrowserContext, address: str, opened: Opened, until: Until, late: None
) -> None:
    page = opened(context, f"{address}#stage=presets")
    page.locator('select[aria-label="Plan A"]').select_option("mandate")
    page.locator('select[aria-label="Plan B"]').select_option("everything")
    page.get_by_label("What is shown").select_option("habitual")
    page.get_by_role("button", name="Upload …").click()
    page.get_by_label("Name").fill("Client")
    names = "window.uptake.page.model.plans.map(({ name }) => name).join()"
    until(page, f"{names} === 'Mandate,Everything'")
    page.wait_for_timeout(200)
    expect(page.get_by_label("Name")).to_have_value("Client")
    expect(page.locator("dialog.upload")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_label("What is shown")).to_have_value("habitual")
    expect(page.locator('select[aria-label="Plan A"]')).to_have_value("mandate")


def test_a_bet_stays_when_an_answer_comes_while_it_is_placed(
    context: BrowserContext, address: str, opened: Opened, until: Until, late: None
) -> None:
    page = opened(context, f"{address}#stage=presets")
    page.get_by_label("What is shown").select_option("trust")
    page.get_by_role("button", name="Place your bet").click()
    page.get_by_label("Percent in week 52").fill("60")
    until(page, "window.uptake.page.model.payload.team_outcomes.includes('trust')")
    page.wait_for_timeout(200)
    expect(page.get_by_label("Percent in week 52")).to_have_value("60")
    assert page.evaluate("document.activeElement.getAttribute('data-week')") == "52"
    assert page.evaluate("window.uptake.page.store.state.secret"), "and nothing is given away"


def test_the_buttons_of_line_two_stay_and_wait_for_their_answer(
    context: BrowserContext, address: str, opened: Opened, until: Until, late: None
) -> None:
    page = opened(context, f"{address}#stage=presets&plans=licences-only")
    plus = page.locator(".next .small-button").first
    expect(plus).to_be_visible(timeout=60_000)
    plus.focus()
    page.keyboard.press("Enter")
    until(page, "window.uptake.page.model.plans[0].bars.length === 2")
    assert plus.get_attribute("aria-disabled") == "true"
    page.keyboard.press("Enter")  # of the plan as it was: it must not undo what was added
    expect(plus).to_have_attribute("aria-disabled", "false", timeout=60_000)
    assert page.evaluate("window.uptake.page.model.plans[0].bars.length") == 2
    assert page.evaluate("document.activeElement.closest('.next') !== null"), "the focus stayed"


def test_who_follows_is_shown_and_the_focus_stays(page: Page, until: Until) -> None:
    page.keyboard.press("i")
    start = page.locator(".leader-list button").first
    start.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".follow")).to_contain_text("from week 1 on", timeout=60_000)
    assert page.evaluate("document.activeElement.closest('.leader-list') !== null")
    state = "window.uptake.page.store.state.follow"
    assert page.evaluate(f"{state}.rows.length") == 1
    page.get_by_role("button", name="The plan as it is").click()
    assert page.evaluate(state) is None
    page.keyboard.press("Escape")
    expect(page.locator(".leaders")).to_be_hidden()


def test_a_change_made_while_the_server_is_away_is_applied_when_it_is_back(
    context: BrowserContext, opened: Opened, serving: Serving, until: Until
) -> None:
    url, end = serving(replicates=2)
    page = opened(context, f"{url}#stage=presets")
    end()
    expect(page.locator(".banner")).to_be_visible()
    page.locator(BAR).focus()
    page.keyboard.press("Shift+ArrowRight")
    again, stop = serving(port=int(url.rsplit(":", 1)[1].split("/")[0]), replicates=2)
    try:
        assert again.split("?")[0] == url.split("?")[0]
        until(page, f"{START} === 5")
        expect(page.locator(".banner")).to_have_count(0)
    finally:
        stop()


def test_a_scene_waits_for_a_server_that_is_away(
    context: BrowserContext, opened: Opened, serving: Serving, until: Until
) -> None:
    url, end = serving(replicates=2)
    page = opened(context, f"{url}#stage=walk")
    strip = page.locator(".strip")
    expect(strip).to_contain_text("240 people of Template", timeout=60_000)
    end()
    expect(page.locator(".banner")).to_be_visible()
    page.get_by_role("button", name="Next").click()
    expect(strip).to_contain_text("The server is away")
    expect(strip).not_to_contain_text("three times the same course")
    _, stop = serving(port=int(url.rsplit(":", 1)[1].split("/")[0]), replicates=2)
    try:
        expect(strip).to_contain_text("three times the same course", timeout=30_000)
        names = "window.uptake.page.model.plans.map(({ name }) => name).join()"
        assert page.evaluate(names) == "Training trap,Training first"
    finally:
        stop()


def test_single_letters_may_be_typed_where_they_are_no_keys(page: Page, until: Until) -> None:
    page.keyboard.press("?")
    page.get_by_label("Letters, digits and ? act as keys").uncheck()
    page.keyboard.press("Escape")
    for key in "bimldt0?":
        page.keyboard.press(key)
    assert page.locator("dialog[open], .bet:visible, .leaders:visible").count() == 0
    page.keyboard.press("End")
    expect(page.locator(".week-name")).to_have_text("Week 52")
    until(page, "location.hash.includes('letters=false')")


def test_what_is_wrong_with_a_lever_stands_beside_it(
    context: BrowserContext, address: str, opened: Opened, until: Until
) -> None:
    page = opened(context, f"{address}#stage=sandbox")
    page.evaluate("window.uptake.page.store.set({ selected: { plan: 1, bar: 0 } })")
    field = page.get_by_label("lasts", exact=True)
    field.fill("-5")
    field.press("Enter")
    wrong = page.locator(".field-wrong:visible")
    expect(wrong).to_contain_text("-5")
    assert field.get_attribute("aria-describedby") == wrong.get_attribute("id")
    expect(field).to_have_value("-5")
    field.fill("4")
    field.press("Enter")
    until(page, "window.uptake.page.model.plans[1].bars[0].lasts === 4")
    expect(page.locator(".field-wrong:visible")).to_have_count(0)


def uploaded(page: Page, files: tuple[Path, Path]) -> None:
    """Upload two files."""
    page.get_by_role("button", name="Upload …").click()
    page.locator("input[name=people]").set_input_files(files[0])
    page.locator("input[name=ties]").set_input_files(files[1])
    page.locator("dialog.upload").get_by_role("button", name="Upload").click()


def test_nothing_is_said_of_one_real_person(page: Page, client_files: Files) -> None:
    uploaded(page, client_files(PEOPLE, TIES))
    expect(page.locator(".facts-line")).to_contain_text("16 people")
    expect(page.locator(".data-line")).to_contain_text("values imputed")
    names = page.evaluate("window.uptake.page.model.organisation.people.name")
    assert all(name.startswith("Person ") for name in names)
    expect(page.get_by_label("Find a person")).to_be_hidden()
    x, y = page.evaluate("window.uptake.page.panels[0].network.at(3)")
    box = page.locator("canvas.network").first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + x, box["y"] + y)
    page.mouse.click(box["x"] + x, box["y"] + y)
    expect(page.locator(".hover")).to_be_hidden()
    why = page.locator(".why")
    expect(why).to_contain_text("Why Legal stands at")
    expect(why).to_contain_text("single changes", timeout=60_000)
    expect(why).not_to_contain_text("manager used")
    expect(page.locator(".signals")).to_be_empty()
    page.keyboard.press("i")
    expect(page.locator(".leader-list li:visible")).to_have_count(0)
    expect(page.locator(".leaders")).to_contain_text("would be about one of them")
    expect(page.get_by_role("button", name="If all")).to_be_hidden()
    told = page.evaluate("Object.keys(window.uptake.page.model.plans[0].replay)")
    assert "threshold" not in told


def test_fewer_than_five_people_are_refused(page: Page, client_files: Files) -> None:
    few = "id,team\n" + "".join(f"p{i},Legal\n" for i in range(1, 5))
    uploaded(page, client_files(few, "source,target\np1,p2\n"))
    expect(page.locator(".problems")).to_contain_text("any figure would be about one of them")


def test_a_plan_taken_from_the_page_compares_as_it_is(page: Page, tmp_path: Path) -> None:
    import sim

    page.locator(".downloads summary").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Plan B as a scenario (YAML)").click()
    file = tmp_path / "taken.yaml"
    download.value.save_as(file)
    found = sim.compare([str(file), "licences-only"], replicates=2, weeks=4)
    assert found.names == ("Trust before tools", "Licences only")


def test_on_a_phone_a_bar_is_dragged_by_a_finger_and_why_opens_as_a_sheet(
    browser: Browser, address: str, opened: Opened, until: Until
) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    try:
        page = opened(context, f"{address}#stage=presets")
        hold = page.locator('.one-bar[data-plan="1"][data-bar="0"] .hold')
        hold.scroll_into_view_if_needed()
        box = hold.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 24
        week = page.evaluate("uptake.page.deck.scales.x(2) - uptake.page.deck.scales.x(1)")
        x, y, finger = box["x"] + 8, box["y"] + 12, context.new_cdp_session(page)

        def touch(kind: str, *points: dict[str, float]) -> None:
            finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

        touch("touchStart", {"x": x, "y": y})
        for weeks in range(1, 7):
            touch("touchMove", {"x": x + weeks * week, "y": y + 2 * weeks})
            page.wait_for_timeout(30)
        touch("touchEnd")
        until(page, "window.uptake.page.model.plans[1].bars[0].start === 7")
        page.get_by_role("button", name="Place your bet").tap()
        area = page.locator(".bet-area")
        area.scroll_into_view_if_needed()
        box = area.bounding_box()
        assert box is not None
        touch("touchStart", {"x": box["x"] + 4, "y": box["y"] + box["height"] - 4})
        for part in range(1, 21):
            touch("touchMove", {"x": box["x"] + 4 + part / 20 * (box["width"] - 8),
                                "y": box["y"] + box["height"] * (1 - part / 25)})  # fmt: skip
        touch("touchEnd")
        assert int(page.get_by_label("Percent in week 52").input_value()) > 70
        page.get_by_role("button", name="Cancel").tap()
        page.locator(".team-table tbody tr").nth(20).tap()
        page.wait_for_selector(".why:not([hidden])")
        sheet = page.locator(".why").bounding_box()
        assert sheet is not None
        assert sheet["y"] + sheet["height"] == pytest.approx(844, abs=1)
        assert sheet["y"] >= 0.3 * 844, "what was tapped stays in sight"
        small = page.evaluate(
            "[...document.querySelectorAll('button, select, input, summary')]"
            ".filter((one) => one.checkVisibility() && !one.closest('.hear'))"
            ".map((one) => [one.className, one.getBoundingClientRect()])"
            ".filter(([, { width, height }]) => width && Math.min(width, height) < 23.9)"
            ".map(([name]) => name)"
        )
        assert small == [], "each is 24 pixels for a finger"
    finally:
        context.close()
